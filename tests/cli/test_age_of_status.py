"""`warroom status` reads the journal alone: what it says of traffic has an age, which it tells."""

from types import SimpleNamespace
from typing import cast

import pytest

from warroom.cli.looking import _written
from warroom.status.model import Status


@pytest.mark.parametrize(
    ("seen_at", "state", "words"),
    [
        (940.5, "open", ""),
        (940.0, "open", ", written down 1:00 ago"),
        (-2785.0, "mitigated", ", written down 1:03:05 ago"),
        (None, "open", ""),
        (0.0, "resolved", ""),
    ],
)
def test_what_is_served_is_as_old_as_the_journals_word_of_it(seen_at: float | None, state: str, words: str) -> None:
    """Somebody else may have moved traffic since; of an incident that is over nobody acts on it."""
    shown = cast("Status", SimpleNamespace(at=1000.0, incident=SimpleNamespace(state=state)))
    assert _written(seen_at, shown) == words
