"""What steers an incident: levels, the cap, decisions, what is known of the data; and each of it in words."""

import pytest
from hypothesis import given, settings

from tests.clocks import START
from tests.incident.story import Story, declared, logs
from warroom.incident.events import AnyFact, ClockSetBack, Event
from warroom.incident.fold import apply, fold
from warroom.incident.timeline import timeline
from warroom.incident.triage.answers import Answered
from warroom.incident.triage.triage import (
    CapRaised,
    DataChangeKnown,
    Decided,
    LevelCalled,
    LevelReached,
    Measured,
    PersonalDataKnown,
)


@pytest.mark.parametrize(
    ("fact", "words", "tone"),
    [
        (LevelReached(2), "escalation level 2 reached", "watch"),
        (LevelCalled(2, ("@tl", "@rm"), "page"), "escalation level 2 paged: @tl, @rm", "accent"),
        (LevelCalled(4), "escalation level 4 called by hand: nobody named", "accent"),
        (CapRaised(3, "the press asks"), "escalation may now reach level 3: the press asks", "watch"),
        (DataChangeKnown("no"), "data change: no data is changed", "plain"),
        (
            DataChangeKnown("forward-only", "drops a column"),
            "data change: data is changed for good: the old revision cannot run on it: drops a column",
            "watch",
        ),
        (Decided("hotfix", "older than the last release"), "decided: hotfix: older than the last release", "accent"),
        (
            Decided("wait", "small", advice="no"),
            "decided against the matrix: wait for a regular release: small",
            "accent",
        ),
        (
            PersonalDataKnown(1764000000.0),
            "personal data is at stake, known since 2025-11-24T16:00:00Z",
            "bad",
        ),
        (PersonalDataKnown(0.0, False, "test data"), "no personal data is at stake after all: test data", "watch"),
        (Measured("pay", 12.3, "p95 is 12.3 × normal", True), "pay: p95 is 12.3 × normal", "bad"),
        (Measured("pay", None, "NO DATA: too few"), "pay: NO DATA: too few", "watch"),
        (Answered("impact", "cards fail"), "what users feel: cards fail", "plain"),
        (Answered("eta", "", "@ic"), "ETA: taken back (by @ic)", "plain"),
    ],
)
def test_sentences(fact: AnyFact, words: str, tone: str) -> None:
    """Each fact has its sentence and tone."""
    assert timeline(Event("INC-0001", 9, START, "@ic", fact)) == (words, tone)


def test_a_level_is_reached_once() -> None:
    """What a second process writes of the same boundary changes nothing."""
    story = Story().at(900, LevelReached(2)).at(902, LevelReached(2))
    assert story.incident.steering.levels[2].reached_at == START + 900


def test_awareness_is_the_first_moment_that_somebody_knew() -> None:
    """Flagged at the declaration it is that; later it is when it was known; a second flag does not put it off."""
    assert Story().incident.aware_at is None
    assert Story(declared(personal_data=True)).incident.aware_at == START + 60
    story = Story().at(700, PersonalDataKnown(START + 400)).at(900, PersonalDataKnown(START + 800))
    assert story.incident.aware_at == START + 400
    assert story.at(950, PersonalDataKnown(0.0, at_stake=False)).incident.aware_at is None
    cleared = Story(declared(personal_data=True)).at(700, PersonalDataKnown(0.0, at_stake=False))
    assert cleared.incident.aware_at is None


def test_the_newest_decision_holds() -> None:
    """Deciding anew is allowed; both stay in the timeline."""
    story = Story().at(300, Decided("hotfix", "a"), actor="@ic").at(600, Decided("roll-back", "b"), actor="@backup-ic")
    decision = story.incident.steering.decision
    assert decision is not None
    assert (decision.choice, decision.reason, decision.at, decision.actor) == (
        "roll-back",
        "b",
        START + 600,
        "@backup-ic",
    )
    assert [event.fact for event in story.incident.tail[1:]] == [Decided("hotfix", "a"), Decided("roll-back", "b")]


@given(logs(25))
@settings(max_examples=40, deadline=None)
def test_the_cap_never_falls_and_a_reached_level_stays(log: list[Event]) -> None:
    """Whatever comes, in any order: a raised cap stays raised, a boundary keeps its first moment.

    But for one that a clock had dated ahead: when that was set back, no moment may lie in the future.
    """
    incident = fold(log[:1])
    for event in log[1:]:
        before, incident = incident.steering, apply(incident, event)
        after = incident.steering
        assert (after.cap or 0) >= (before.cap or 0)
        for number, level in before.levels.items():
            if level.reached_at is not None:
                back = isinstance(event.fact, ClockSetBack)
                kept = min(level.reached_at, event.at) if back else level.reached_at
                assert after.levels[number].reached_at == kept
