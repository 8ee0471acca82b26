"""The board for any incident at all: it never fails, depends on nothing else, and costs little."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.board.scenes import PROTOCOL, at
from tests.clocks import START
from tests.cost import calls
from tests.incident.story import NEW, OLD, PAY, declared, judged, logs, sample
from warroom.board import View, board
from warroom.board.projector import projector
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.state import Incident
from warroom.rollout.evidence import Grade, Histogram
from warroom.status.build import status
from widgets.data import Board

views = st.builds(
    View,
    service=st.sampled_from(["", "payments-api", "cart", "gone"]),
    step=st.sampled_from(["", "backup", "no-such-step"]),
    operator=st.sampled_from(["", "@a"]),
    trouble=st.sampled_from(["", "The journal's disk is full"]),
    unwritten=st.integers(0, 3),
    connected=st.booleans(),
    progress=st.sampled_from([{}, {"payments-api": "Routing\x1b[31m"}]),
)


@settings(max_examples=120, deadline=None)
@given(log=logs(), view=views, after=st.floats(-100, 40_000))
def test_it_never_fails_and_is_a_function(log: list[Event], view: View, after: float) -> None:
    """Any facts, any view, any moment: there is a board, and the same twice is equal slice by slice."""
    moment = START + after
    first = board(fold(log), PROTOCOL, moment, view)
    again = board(fold(list(log)), PROTOCOL, moment, view)
    for name in Board.__struct_fields__:
        assert getattr(first, name) == getattr(again, name), name
    projector(fold(log), PROTOCOL, moment, view)


@settings(max_examples=40, deadline=None)
@given(log=logs())
def test_a_private_one_never_shows_its_title_on_the_wall(log: list[Event]) -> None:
    """Whatever happens, title and impact stay off the projected slice."""
    first = declared("P0", private=True, impact="impactful")
    secret = [replace(log[0], fact=replace(first, title="unspeakable")), *log[1:]]
    wall = repr(projector(fold(secret), PROTOCOL, START + 500, View()))
    assert "unspeakable" not in wall
    assert "impactful" not in wall


def test_a_second_later_only_what_counts_seconds_differs() -> None:
    """Phases' times, clocks and the sentence tick; traffic's bake and the signals' ages do; the rest is equal."""
    incident = at(25).at(400, judged(Grade.PASS, 25)).incident
    one, two = (board(incident, PROTOCOL, START + 410 + second, View()) for second in (0, 1))
    same = {name for name in Board.__struct_fields__ if getattr(one, name) == getattr(two, name)}
    assert {"header", "roster", "timeline", "keys"} <= same
    assert [row.steps for row in one.phases.rows] == [row.steps for row in two.phases.rows]
    assert one.traffic.shares == two.traffic.shares
    assert one.errors.plot == two.errors.plot


def hours(count: int) -> Incident:
    """An incident of so many hours: samples of three revisions each minute, verdicts, notes, ticks and changes."""
    story = at(25)
    bounds = tuple(10.0 * 1.4**step for step in range(30))
    counts = tuple(range(31))
    for minute in range(5, 5 + count * 60):
        taken = tuple(
            replace(sample(minute * 60.0, name, 4000, minute % 7), latency=Histogram(bounds, counts))
            for name in (OLD, NEW, "payments-api-00040-wex")
        )
        story.at(minute * 60.0, events.Sampled(PAY, taken), judged(list(Grade)[minute % 4], 25, f"5xx {minute}"))
        story.at(minute * 60.0 + 5, events.Noted(f"minute {minute}"))
    return story.incident


def test_a_board_costs_no_more_as_the_hours_go_by() -> None:
    """Each second one is made: after four hours with little more work than after one, with nothing remembered."""

    def cost(incident: Incident, now: float) -> int:
        fresh = replace(incident, tail=(*incident.tail[:-1], incident.tail[-1]))
        lanes = {
            name: replace(lane, samples=(*lane.samples[:-1], lane.samples[-1])) for name, lane in fresh.lanes.items()
        }
        return calls(lambda: board(replace(fresh, lanes=lanes), PROTOCOL, now, View()))

    one, four = cost(hours(1), START + 3_900), cost(hours(4), START + 14_700)
    assert four < 1.6 * one


@settings(max_examples=120, deadline=None)
@given(log=logs(), view=views, after=st.floats(-100_000, 40_000))
def test_no_age_is_negative_and_status_says_the_same(log: list[Event], view: View, after: float) -> None:
    """Wherever the clock was set back to: nothing has lasted less than no time, and the status is the board."""
    incident, moment = fold(log), START + after
    shown = board(incident, PROTOCOL, moment, view)
    assert not re.search(r"(?<![\w.–-])-\d+:\d\d", repr(shown)), repr(shown)
    said = status(incident, PROTOCOL, moment, view)
    assert said.board == shown
    assert said.projector == projector(incident, PROTOCOL, moment, view)
    lengths = [said.clocks.since_detection_seconds, said.clock_behind_seconds]
    lengths += [budget.used for budget in said.clocks.phases.values()]
    lengths += [one for lane in said.lanes for one in (lane.data_age_seconds,) if one is not None]
    lengths += [lane.ladder.baked_seconds for lane in said.lanes if lane.ladder]
    assert min(lengths) >= 0
    quiet = not view.elsewhere and (view.trouble or view.fault or "cloud-run" in incident.lost)
    assert bool(said.clock_behind_seconds) == ("CLOCK: " in shown.sentence.alarm) or quiet
