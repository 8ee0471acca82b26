"""Journals that are closed again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from warroom.incident.journal.sqlite import SqliteStore

OpenJournal = Callable[[Path], SqliteStore]


@pytest.fixture
def opened() -> Iterator[OpenJournal]:
    """Opens journals, and closes them after the test."""
    journals: list[SqliteStore] = []

    def opening(path: Path) -> SqliteStore:
        journals.append(SqliteStore(path, busy_seconds=0.05))
        return journals[-1]

    yield opening
    for journal in journals:
        journal.close()
