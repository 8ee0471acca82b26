"""The rows of the home screen."""

import pytest

from tests.incident.story import Story, declared, protocol
from warroom.incident import events
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
    over = Story(declared(personal_data=True)).at(60, end).incident
    clock = Still(over.declared_at + hours * 3600)
    assert _duty(over, protocol(), clock).strip() == words  # type: ignore[arg-type]
    assert _duty(Story().at(60, end).incident, protocol(), clock) == ""  # type: ignore[arg-type]
