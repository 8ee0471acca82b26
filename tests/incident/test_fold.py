"""The fold: what facts mean together."""

from typing import get_args

import pytest
from hypothesis import given, settings

from tests.clocks import START
from tests.cost import calls
from tests.incident.story import CART, PAY, Story, applied, declared, intended, judged, ladder, logs, sample, split
from warroom.incident import events
from warroom.incident.events import AnyFact, Event
from warroom.incident.fold import _MEANING, TAIL_KEPT, FoldError, apply, fold
from warroom.rollout.evidence import Grade


@settings(max_examples=60, deadline=None)
@given(logs())
def test_any_prefix_then_the_rest_is_the_whole(log: list[Event]) -> None:
    """Folding can stop and go on anywhere, whatever the facts, and never raises after a declaration."""
    whole = fold(log)
    for cut in range(1, len(log), 7):
        part = fold(log[:cut])
        for event in log[cut:]:
            part = apply(part, event)
        assert part == whole


@settings(max_examples=40, deadline=None)
@given(logs())
def test_what_is_kept_is_bounded(log: list[Event]) -> None:
    """However often a log is told again, the incident does not grow beyond its bounds."""
    story = Story()
    for _ in range(8):
        story.log += [Event("INC-0001", story.last + 1, event.at, event.actor, event.fact) for event in log]
    incident = story.incident
    assert len(incident.tail) <= TAIL_KEPT
    assert len(incident.acts) <= 200
    assert len(incident.undone) <= TAIL_KEPT
    for lane in incident.lanes.values():
        assert len(lane.verdicts) <= 200
        assert len(lane.superseded) <= 8


def test_every_fact_has_a_meaning() -> None:
    """A new kind of fact can't be forgotten: an incident that holds one could not be opened any more."""
    assert set(_MEANING) == set(get_args(AnyFact))


def test_a_fact_before_the_declaration_is_an_error() -> None:
    """Without a declaration there is no incident to change."""
    with pytest.raises(FoldError, match="before the declaration"):
        fold([Event("INC-0001", 1, START, "@rm", events.Noted("early"))])
    with pytest.raises(FoldError, match="no events"):
        fold([])


def test_a_fact_of_another_incident_is_an_error() -> None:
    """Two incidents never mix."""
    with pytest.raises(FoldError, match="INC-0002"):
        apply(Story().incident, Event("INC-0002", 2, START, "@rm", events.Noted("stray")))


def test_what_means_nothing_changes_nothing_but_the_timeline() -> None:
    """Outcomes without intents, holds without ladders and acknowledgements without holders are harmless."""
    before = Story().incident
    after = (
        Story()
        .at(90, applied("c9"), events.ChangeFailed("c9", "no"), events.ChangeUnknown("c9"), events.ChangeAccepted("c9"))
        .at(91, events.LadderHeld(PAY), events.LadderResumed(PAY), events.AutoAdvanceSet(PAY, True))
        .at(92, events.RoleAcknowledged("qa-lead"), events.SourceBack("monitoring"), events.Undone(77))
        .incident
    )
    assert after.lanes == before.lanes
    assert (after.roles, after.lost, after.ticks, after.undone) == ({}, {}, {}, frozenset())


def test_the_first_mitigation_and_resolution_count() -> None:
    """Later ones don't move the moments."""
    story = Story().at(600, events.Mitigated("roll-back")).at(700, events.Mitigated("full-traffic"))
    incident = story.at(800, events.Resolved()).at(900, events.Resolved()).incident
    assert (incident.mitigated_at, incident.mitigated_how) == (START + 600, "roll-back")
    assert incident.resolved_at == START + 800


def test_phases_keep_their_times_over_several_visits() -> None:
    """Going back to a phase adds to its time instead of losing what was spent before."""
    story = Story().at(60, events.PhaseStarted("assessment")).at(160, events.PhaseStarted("preparation"))
    story.at(200, events.PhaseStarted("preparation")).at(260, events.PhaseStarted("assessment"))
    incident = story.at(300, events.Closed()).incident
    assert incident.phase == "assessment"
    assert incident.phases["assessment"].earlier_seconds == 100
    assert incident.phases["assessment"].ended_at == START + 300
    assert incident.phases["preparation"].ended_at == START + 260


def test_a_lost_source_keeps_since_when() -> None:
    """A second report of the same loss brings new words, not a new beginning."""
    story = (
        Story().at(100, events.SourceLost("monitoring", "timed out")).at(200, events.SourceLost("monitoring", "denied"))
    )
    lost = story.incident.lost["monitoring"]
    assert (lost.since, lost.title) == (START + 100, "denied")
    assert story.at(300, events.SourceBack("monitoring")).incident.lost == {}


def test_severity_updates_and_reports_are_counted() -> None:
    """A re-rating holds from then on; updates count, the last one's time stays."""
    story = Story().at(100, events.SeverityChanged("P1"), events.UpdateSent("one"))
    incident = story.at(200, events.UpdateSent("two"), events.Reported("INC-0001.md")).incident
    assert (incident.severity, incident.updates, incident.last_update_at) == ("P1", 2, START + 200)
    assert incident.reported_at == START + 200
    assert incident.declared.severity == "P0"


def test_the_tail_holds_timeline_lines_and_turns_only() -> None:
    """Samples, looks, acceptances and verdicts that repeat themselves don't crowd the timeline."""
    story = Story().at(100, events.Observed(PAY, split(0)), events.Sampled(PAY, (sample(60),)), ladder())
    story.at(110, judged(Grade.WEAK, 10), judged(Grade.WEAK, 10, "5xx 0 of 300"), judged(Grade.PASS, 10))
    kinds = [type(event.fact).__name__ for event in story.incident.tail]
    assert kinds == ["Declared", "LadderStarted", "Judged", "Judged"]


def test_full_traffic_waits_for_every_ladder() -> None:
    """With two services the fix serves everyone only when both are at 100 %; an aborted one is not waited for."""
    story = Story(declared("P0", PAY, CART)).at(100, ladder(PAY), ladder(CART))
    story.at(110, intended("c1", "advance", 100), applied("c1", 100))
    assert story.incident.full_traffic_at is None
    both = story.at(120, intended("c2", "advance", 100, CART), applied("c2", 100)).incident
    assert (both.first_traffic_at, both.full_traffic_at) == (START + 110, START + 120)


def test_un_pinned_when_every_changed_service_is() -> None:
    """Un-pinning holds until traffic is moved again, and is whole when no service is left pinned."""
    story = Story(declared("P0", PAY, CART)).at(100, ladder(PAY), ladder(CART))
    story.at(110, intended("c1", "advance", 100), applied("c1", 100), intended("c2", "un-pin"), applied("c2"))
    assert story.incident.un_pinned_at == START + 110
    story.at(120, intended("c3", "advance", 100, CART), applied("c3", 100), intended("c4", "un-pin"))
    assert story.at(120, applied("c4")).incident.un_pinned_at is None
    assert story.at(130, intended("c5", "un-pin", service=CART), applied("c5")).incident.un_pinned_at == START + 130
    assert story.at(140, intended("c6", "advance", 10), applied("c6", 10)).incident.un_pinned_at is None


def long_story(minutes: int) -> Story:
    """Five events a minute, and samples of two revisions."""
    story = Story().at(90, ladder())
    for minute in range(1, minutes + 1):
        at = minute * 60.0
        late = sample(at - 120, requests=101)
        story.at(at, events.Sampled(PAY, (sample(at), late, sample(at, "payments-api-00042-fix"))))
        story.at(at, judged(Grade.PASS if minute % 3 else Grade.WEAK, 10), events.Noted("still here"))
        story.at(at, events.Ticked("backup"), events.Observed(PAY, split(10)))
    return story


def test_folding_costs_as_much_as_there_are_events() -> None:
    """Ten times as many take ten times as long, and a lane keeps six hours of samples and no more."""
    short, long = long_story(1_000), long_story(10_000)
    assert calls(lambda: long.incident) < 11 * calls(lambda: short.incident)
    incident = long.incident
    assert incident.last_seq > 50_000
    assert len(incident.lanes[PAY.name].samples) == 2 * 361
