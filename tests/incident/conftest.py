"""Journals that are closed again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warroom.incident.journal.sqlite import Journal

OpenJournal = Callable[[Path], Journal]


@pytest.fixture
def opened() -> Iterator[OpenJournal]:
    """Opens journals, and closes them after the test."""
    journals: list[Journal] = []

    def opening(path: Path) -> Journal:
        journals.append(Journal(path, busy_seconds=0.05))
        return journals[-1]

    yield opening
    for journal in journals:
        journal.close()
