"""Which levels were reached and wait, by a table and by properties, on the shipped protocol."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.story import Story, declared, protocol
from warroom.incident import clocks, escalation, events
from warroom.incident.fold import fold
from warroom.incident.triage.triage import CapRaised, LevelCalled, LevelReached

SHIPPED = protocol()
MINUTE = 60.0


@pytest.mark.parametrize(
    ("severity", "minutes", "levels"),
    [
        ("P0", 0, []),
        ("P0", 14.99, []),
        ("P0", 15, [2]),
        ("P0", 29.99, [2]),
        ("P0", 30, [2, 3]),
        ("P0", 60, [2, 3]),
        ("P0", 600, [2, 3]),
        ("P1", 31, [2, 3]),
        ("P2", 31, [2]),
        ("P3", 31, []),
    ],
)
def test_the_boundaries_are_half_open_capped_and_never_by_hand(
    severity: str, minutes: float, levels: list[int]
) -> None:
    """15:00 is level 2, 30:00 level 3; P2 stops at 2, P3 at 1; level 4 is nobody's but a person's."""
    incident = Story(declared(severity)).incident
    now = START + minutes * MINUTE
    assert [one.level for one in escalation.unanswered(incident, SHIPPED, now)] == levels
    assert [fact.level for fact in escalation.unwritten(incident, SHIPPED, now)] == levels


def test_a_call_answers_its_level_only() -> None:
    """Level 2 was called; when level 3 is reached, only that one waits. An acknowledgement stops no clock."""
    story = Story().at(900, LevelReached(2)).at(950, LevelCalled(2, ("@tl",), "page"))
    story.at(960, events.RoleAcknowledged("incident-commander"))
    assert escalation.unanswered(story.incident, SHIPPED, START + 1000) == ()
    waiting = escalation.unanswered(story.incident, SHIPPED, START + 1812)
    assert [one.level for one in waiting] == [3]
    assert escalation.since(story.incident, waiting[0], START + 1812) == 12


def test_rerating_moves_the_cap_at_once() -> None:
    """A P2 that is really a P0 has reached level 3 in the moment that it is said; going down takes the prompt away."""
    story = Story(declared("P2"))
    assert [one.level for one in escalation.unanswered(story.incident, SHIPPED, START + 2400)] == [2]
    story.at(2400, events.SeverityChanged("P0", "it spreads"))
    assert [one.level for one in escalation.unanswered(story.incident, SHIPPED, START + 2400)] == [2, 3]
    both = clocks.sla(story.incident, SHIPPED, START + 2400)
    assert both is not None and both[0].breached and both[1].limit == 60 * MINUTE
    story.at(2500, events.SeverityChanged("P3", "a glitch"))
    assert escalation.unanswered(story.incident, SHIPPED, START + 2500) == ()
    assert clocks.sla(story.incident, SHIPPED, START + 2500) is None


def test_a_raised_cap_lets_the_clock_go_on() -> None:
    """P2 stops at level 2 until the Incident Commander allows more; level 4 stays by hand."""
    story = Story(declared("P2")).at(1900, CapRaised(4, "the press asks"))
    assert [one.level for one in escalation.unanswered(story.incident, SHIPPED, START + 4000)] == [2, 3]
    assert [one.level for one in escalation.open_to_hand(story.incident, SHIPPED)] == [1, 2, 3, 4]
    now = clocks.escalation(story.incident, SHIPPED, START + 4000)
    assert (now.level, now.next_level, now.next_by_hand) == (3, 4, True)


@given(
    st.sampled_from(["P0", "P1", "P2", "P3"]),
    st.lists(st.tuples(st.floats(0, 7200), st.sampled_from(["P0", "P1", "P2", "P3", 3, 4])), max_size=4),
    st.floats(0, 10000),
)
@settings(max_examples=80, deadline=None)
def test_a_restart_knows_the_same(severity: str, turns: list[tuple[float, str | int]], after: float) -> None:
    """Everything comes from the journal and the time: folded anew it says the same; time only adds levels."""
    story = Story(declared(severity))
    for at, turn in sorted(turns, key=lambda one: one[0]):
        story.at(at, CapRaised(turn, "why") if isinstance(turn, int) else events.SeverityChanged(turn, "why"))
    incident, now = story.incident, START + after
    here = escalation.unanswered(incident, SHIPPED, now)
    assert escalation.unanswered(fold(story.log), SHIPPED, now) == here
    later = escalation.unanswered(incident, SHIPPED, now + 600)
    assert set(here) <= set(later)
    assert all(one.level <= escalation.cap(incident, SHIPPED) and not one.by_hand for one in later)
    if here:
        assert here[-1].level == clocks.escalation(incident, SHIPPED, now).level


@pytest.mark.parametrize("end", [events.Resolved(), events.Closed()])
def test_an_incident_that_is_over_escalates_no_more(end: events.AnyFact) -> None:
    """Neither prompt nor boundary after the end."""
    story = Story().at(1000, end)
    assert escalation.unanswered(story.incident, SHIPPED, START + 9999) == ()
    assert escalation.unwritten(story.incident, SHIPPED, START + 9999) == []
