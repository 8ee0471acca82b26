"""Who was paged and does not answer: the same for board, status and command."""

import pytest

from tests.clocks import START
from tests.incident.story import Story, protocol
from warroom.incident import events
from warroom.incident.roles.silence import silent

ROLE = "incident-commander"
PAGED = events.RolePaged(ROLE, "@a", "pagerduty", "host/1")
LIMIT = protocol().paging.acknowledge_minutes * 60


@pytest.mark.parametrize(
    ("after", "facts", "words"),
    [
        (LIMIT - 1, [], ""),
        (LIMIT, [], "Incident Commander @a has not answered since the page 5:00 ago; page another: "),
        (10.0, [events.RoleDeclined(ROLE, "@a")], "Incident Commander @a declined 0:10 ago; page another: "),
        (LIMIT, [events.RoleAcknowledged(ROLE, "@a")], ""),
        (LIMIT, [events.RoleAcknowledged(ROLE, "@a"), events.RoleAway(ROLE, "@a")], ""),
    ],
)
def test_who_is_silent(after: float, facts: list[events.AnyFact], words: str) -> None:
    """From the protocol's minutes on, or at once where they declined; nobody who has answered."""
    story = Story().at(100, PAGED, *facts)
    found = silent(story.incident.roles, protocol(), START + 100 + after)
    assert [one.words.startswith(words) for one in found] == ([True] if words else []), found
