"""Two hands at once: whichever way their events lie in the journal, each outcome is its own change's."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.incident.story import NEW, PAY, Story, climbing, intended, protocol, split
from warroom.incident import events
from warroom.incident.events import AnyFact
from warroom.incident.state import Change, Lane
from warroom.incident.timeline import names, timeline
from warroom.report.change_record import change_record
from warroom.report.history import gather

RETREATS = {"abort": "aborted", "roll-back": "rolled back"}
Told = tuple[str, AnyFact]
"""Who writes what."""


class Hand:
    """One hand's change: what it writes, in order. `generation` is its place at Cloud Run, None: it was refused."""

    def __init__(self, actor: str, change: str, action: str, percent: int, generation: int | None, doubt: bool) -> None:
        self.actor, self.change, self.action, self.percent = actor, change, action, percent
        self.generation = generation
        facts: list[AnyFact] = [intended(change, action, percent, etag="e1")]
        if generation is not None:
            facts += [events.ChangeAccepted(change, f"operations/{generation}")]
        if doubt:
            facts += [events.ChangeUnknown(change, "no answer")]
        if generation is None:
            facts += [events.ChangeFailed(change, "not done: the other was first")]
        else:
            facts += [events.ChangeApplied(change, split(percent), 1.0, split(percent), generation)]
        self.facts = facts


@st.composite
def hands(draw: st.DrawFn) -> tuple[Hand, Hand]:
    """Two of them; both may have landed one after the other, or one was refused. Only a retreat lands on top."""
    actions = st.sampled_from([("advance", 25), ("advance", 50), ("abort", 0), ("roll-back", 0)])
    one, other = draw(actions), draw(actions)
    both = draw(st.booleans())
    order = draw(st.permutations([7, 8])) if both else draw(st.permutations([7, None]))
    made = [
        Hand(actor, change, action, percent, generation, draw(st.booleans()))
        for actor, change, (action, percent), generation in zip(
            ("@a", "@b"), ("c9-aaaaaaaa", "c9-bbbbbbbb"), (one, other), order, strict=True
        )
    ]
    return made[0], made[1]


@st.composite
def courses(draw: st.DrawFn) -> tuple[Hand, Hand, list[Told]]:
    """Their events, interleaved in any way."""
    a, b = draw(hands())
    left = [list(a.facts), list(b.facts)]
    told: list[Told] = []
    while left[0] or left[1]:
        which = draw(st.integers(0, 1)) if left[0] and left[1] else int(bool(left[1]))
        told.append(((a, b)[which].actor, left[which].pop(0)))
    return a, b, told


def story(told: list[Told]) -> Story:
    """At 10 %, then the race, all within a second."""
    begun = climbing(10, at=100)
    clock = count()
    for actor, fact in told:
        begun.at(200 + next(clock) / 100, fact, actor=actor)
    return begun


@settings(max_examples=150, deadline=None)
@given(courses())
def test_what_landed_last_is_what_the_ladder_shows(course: tuple[Hand, Hand, list[Told]]) -> None:
    """Whatever was written down first: percent, end and the last change are those of what holds at Cloud Run."""
    a, b, told = course
    lane = story(told).lane
    ladder = lane.ladder
    assert ladder is not None
    assert (lane.in_flight, lane.superseded) == (None, ())
    landed = sorted((hand for hand in (a, b) if hand.generation), key=lambda hand: hand.generation or 0)
    last = landed[-1]
    assert ladder.percent == last.percent
    assert (ladder.ended in RETREATS.values()) == (last.action in RETREATS)
    assert {share.revision: share.percent for share in lane.ours if share.percent} == {
        share.revision: share.percent for share in split(last.percent) if share.percent
    }
    overtaken = len(landed) == 2 and landed[0].action in RETREATS and last.action not in RETREATS
    assert overtaken <= (lane.missed is not None)
    if last.action in RETREATS:
        assert lane.missed is None
    ends = {one.authorised_by: one.outcome for one in change_record(story(told).log, protocol()).changes[-2:]}
    assert ends == {hand.actor: "applied" if hand.generation else "failed" for hand in (a, b)}


@settings(max_examples=150, deadline=None)
@given(courses())
def test_an_old_journal_with_one_id_for_both_reads_the_same(course: tuple[Hand, Hand, list[Told]]) -> None:
    """Two people's changes of one id: the lane, the timeline, the record and the report are as with two ids."""
    _, _, told = course
    apart, shared = story(told), story([(actor, renamed(fact)) for actor, fact in told])
    assert unnamed(shared.lane) == unnamed(apart.lane)
    assert said(shared) == said(apart)
    assert change_record(shared.log, protocol()).changes == change_record(apart.log, protocol()).changes
    assert [unnumbered(one.change) for one in gather(shared.log).made] == [
        unnumbered(one.change) for one in gather(apart.log).made
    ]


def renamed(fact: AnyFact) -> AnyFact:
    """The same fact of change c17."""
    return replace(fact, change="c17")


def unnumbered(change: Change | None) -> Change | None:
    """Without its id."""
    return replace(change, id="") if change else None


def unnamed(lane: Lane) -> Lane:
    """Without the changes' ids."""
    missed = replace(lane.missed, change=replace(lane.missed.change, id="")) if lane.missed else None
    return replace(lane, last_change=unnumbered(lane.last_change), ended=unnumbered(lane.ended), missed=missed)


def said(told: Story) -> list[str]:
    """The timeline."""
    known = names(protocol(), told.log)
    return [line[0] for event in told.log if (line := timeline(event, known))]


def test_one_actors_two_changes_of_one_id_are_told_apart_by_what_they_say() -> None:
    """Board and twin of one person: the split that is applied, and what was not accepted, say whose it is."""
    old = climbing(10, at=100).at(200, intended("c17", "abort"), intended("c17", "advance", 25))
    old.at(201, events.ChangeAccepted("c17", "operations/7"))
    old.at(202, events.ChangeFailed("c17", "payments-api was changed since it was read"))
    open_ones = [one.action for one in (old.lane.in_flight, *old.lane.superseded) if one]
    assert open_ones == ["abort"]
    lane = old.at(203, events.ChangeApplied("c17", split(0), 3.0)).lane
    assert lane.ladder is not None
    assert (lane.ladder.ended, lane.ladder.percent, lane.in_flight) == ("aborted", 0, None)
    assert said(old)[-2:] == [
        "advance to 25 % failed: payments-api was changed since it was read",
        "aborted, traffic back on payments-api-00041-kol 100 %, reconciled in 3.0 s",
    ]


@pytest.mark.parametrize("percent", [0, 25])
def test_a_ladder_that_is_started_twice_stands_where_it_stood(percent: int) -> None:
    """Two boards both find the deployment; the second one's word comes when the hotfix has traffic already."""
    story = climbing(percent, at=100)
    before = story.lane.ladder
    (start,) = [event.fact for event in story.log if isinstance(event.fact, events.LadderStarted)]
    assert story.at(150, start).lane.ladder == before


def test_a_refused_deployment_of_the_same_second_does_not_keep_the_ladder_waiting() -> None:
    """Both have one revision name; the winner's ladder stands at its foot, whatever becomes of the other."""
    twice = Story().at(100, intended("c1-a", "deploy", revision=NEW), actor="@a")
    twice.at(100, intended("c1-b", "deploy", revision=NEW), actor="@b")
    twice.at(101, events.ChangeApplied("c1-a", split(0)), events.LadderStarted(PAY, NEW, "t", {}, (10,), 300.0))
    twice.at(102, events.ChangeFailed("c1-b", "not done: @a was first"))
    assert twice.lane.ladder is not None
    assert twice.lane.ladder.percent == 0


def test_a_second_hold_without_a_reason_keeps_the_first_ones() -> None:
    """Two operators hold at once."""
    held = climbing(10).at(200, events.LadderHeld(PAY, "alert")).at(200, events.LadderHeld(PAY))
    assert held.lane.ladder is not None
    assert held.lane.ladder.held_reason == "alert"


def test_of_two_images_that_are_staged_at_once_the_refused_one_stands_back() -> None:
    """The one that stands in staging is shown, whichever was sent last."""
    asked = [events.StagingAsked(PAY, "staging", f"img-{one}", f"rev-{one}") for one in ("a", "b")]
    story = Story().at(100, asked[0], actor="@a").at(100, asked[1], actor="@b")
    story.at(105, events.StagingFailed(PAY, "rev-b", "not done: @a was first"))
    story.at(110, events.StagingDeployed(PAY, "rev-a", 100))
    staged = story.lane.staging
    assert staged is not None
    assert (staged.image, staged.percent, staged.failed, staged.actor) == ("img-a", 100, "", "@a")
