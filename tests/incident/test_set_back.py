"""A clock that was set back: what lay ahead counts from then, and one moment holds for all that is told."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.story import Story, applied, climbing, declared, intended, logs
from warroom.incident import clocks, events
from warroom.incident.events import Event
from warroom.incident.fold import apply, fold
from warroom.incident.lane.bake import bake

NOT_OURS = {"tail", "samples", "verdict", "verdicts", "declared", "until", "changed_at", "post_mortem_at", "newest_at"}
"""What happened, what other clocks say, what is planned, and what is kept to tell by how much the clock is behind."""


def moments(thing: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Everything in an incident that can only be a moment, with where it stands."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            if name not in NOT_OURS:
                yield from moments(value, f"{path}.{name}")
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from moments(value, f"{path}[]")
    elif isinstance(thing, float) and thing > START / 2:
        yield path, thing


@settings(max_examples=100, deadline=None)
@given(logs(), st.floats(700, 90_000))
def test_nothing_is_left_that_would_wait_for_the_clock(log: list[Event], ahead: float) -> None:
    """Whatever was written before, no moment of the incident lies after the one in which the clock was set back."""
    incident = fold(log)
    at = incident.newest_at - ahead
    after = apply(incident, Event(incident.id, incident.last_seq + 1, at, "warroom", events.ClockSetBack(ahead)))
    assert not [(path, moment) for path, moment in moments(msgspec.to_builtins(after)) if moment > at]
    assert (after.newest_at, after.counted_to) == (incident.newest_at, at)


def test_what_has_ended_counts_anew_as_well() -> None:
    """A change that failed, a retreat that does not hold, a way to staging that is still open behind a newer one."""
    story = climbing(10, at=4000)
    story.at(4100, intended("c3", "abort", 0), events.ChangeFailed("c3", "not applied", "Not there", "Again"))
    lane = story.lane
    assert lane.ended is not None
    assert lane.missed is not None
    story.at(400, events.ClockSetBack(3700))
    after = msgspec.to_builtins(story.incident)
    assert not [(path, moment) for path, moment in moments(after) if moment > START + 400]


def test_a_bake_begins_anew() -> None:
    """It is longer by what had been baked; not shorter, and it does not last until the clock has caught up."""
    story = climbing(10, at=4000)
    assert bake(story.lane.ladder, START + 400) == (0.0, 300.0)  # type: ignore[arg-type]
    story.at(400, events.ClockSetBack(3600))
    ladder = story.lane.ladder
    assert ladder is not None
    assert [bake(ladder, START + after)[1] for after in (400, 699, 700)] == [300, 1, 0]
    story.at(710, intended("c3", "advance", 25)).at(716, applied("c3", 25))
    ladder = story.lane.ladder
    assert ladder is not None and bake(ladder, START + 816) == (100.0, 200.0)


def test_it_was_detected_so_long_before_it_was_declared() -> None:
    """Declared by a clock that ran a day ahead, five minutes after it was detected: they stay five minutes."""
    story = (
        Story(declared(), declared_after=300).at(310, events.Noted("n")).at(400 - 86_400, events.ClockSetBack(86_310))
    )
    incident = story.incident
    assert incident.declared_at == START + 400 - 86_400
    assert incident.declared_at - incident.detected_at == 300


@pytest.mark.parametrize(
    ("place", "drill", "now", "moment", "behind"),
    [
        ("production", False, 200.0, 200.0, 0.0),
        ("production", False, 96.0, 96.0, 0.0),
        ("production", False, 94.0, 94.0, 6.0),
        ("", False, -3500.0, -3500.0, 3600.0),
        ("emulator", False, 50.0, 100.0, 50.0),
        ("", True, 50.0, 100.0, 50.0),
        ("", True, 200.0, 200.0, 0.0),
    ],
)
def test_one_moment(place: str, drill: bool, now: float, moment: float, behind: float) -> None:
    """Production's is the clock's; a toy's hours may be ahead of it. Past 5 s it is told by how much it is behind."""
    incident = Story(declared("P0", place=place, drill=drill)).at(100, events.Noted("n")).incident
    assert clocks.moment(incident, START + now) == START + moment
    assert clocks.behind(incident, START + now) == behind


def test_what_is_over_needs_no_clock() -> None:
    """Resolved while the clock ran ahead, its clocks stand where they stood, and nothing is told of the clock."""
    incident = Story().at(4000, events.Mitigated("roll-back"), events.Resolved()).incident
    assert clocks.since_detection(incident, START + 400) == 4000
    assert clocks.behind(incident, START + 400) == 0


def test_the_newest_is_not_the_last() -> None:
    """It is the latest moment of any event: one that was written late may carry an earlier one."""
    incident = Story().at(500, events.Noted("late")).at(100, events.Noted("later written")).incident
    assert incident.newest_at == START + 500
