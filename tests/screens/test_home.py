"""The rows of the home screen."""

import pytest

from tests.incident.story import Story, declared, protocol
from warroom.incident import events
from warroom.incident.comms.comms import ActionAdded, PostMortemSet
from warroom.screens.home import _duty


class Still:
    """A clock that stands."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        """Unix seconds."""
        return self.at


@pytest.mark.parametrize(("hours", "words"), [(1.0, "NOTIFY 71:00:00 left"), (73.0, "NOTIFY LATE by 1:00:00")])
@pytest.mark.parametrize("end", [events.Resolved(), events.Closed()])
def test_the_end_of_an_incident_hides_no_duty_to_notify(end: events.AnyFact, hours: float, words: str) -> None:
    """The row says what is owed and how long there is; nothing where no personal data is at stake."""
    over = Story(declared(personal_data=True)).at(60, end, PostMortemSet(0.0)).incident
    clock = Still(over.declared_at + hours * 3600)
    assert _duty(over, protocol(), clock).strip() == words  # type: ignore[arg-type]
    paid = Story().at(60, end, PostMortemSet(0.0)).incident
    assert _duty(paid, protocol(), clock) == ""  # type: ignore[arg-type]


def test_the_row_has_two_duties_and_how_many_more() -> None:
    """A post-mortem without a date and actions that nobody answers for do not push each other, or the title, out."""
    story = Story().at(60, events.Resolved(), ActionAdded("a1", "x"), ActionAdded("a2", "y"))
    clock = Still(story.incident.declared_at + 3600)
    words = _duty(story.incident, protocol(), clock).strip()  # type: ignore[arg-type]
    assert words == "POST-MORTEM due 2025-11-27, ACTION a1 open +1"
