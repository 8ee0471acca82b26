"""Every event in words."""

from typing import get_args

import pytest
from hypothesis import given, settings

from tests.clocks import START
from tests.incident.story import (
    HOSTILE,
    NEW,
    OLD,
    PAY,
    Story,
    applied,
    declared,
    intended,
    judged,
    ladder,
    logs,
    protocol,
    split,
)
from warroom.incident import events
from warroom.incident.change import Outcome
from warroom.incident.comms import comms
from warroom.incident.events import AnyFact, Event
from warroom.incident.timeline import names, tells, timeline
from warroom.rollout.evidence import Grade

TONES = {"plain", "dim", "accent", "good", "watch", "bad"}


def said(fact: AnyFact, *before: AnyFact) -> tuple[str, str] | None:
    """The words for a fact, with the names that a log with `before` gives."""
    event = Event("INC-0001", 9, START, "@rm", fact)
    return timeline(event, names(protocol(), [Event("INC-0001", 8, START, "@rm", one) for one in before]))


@pytest.mark.parametrize(
    ("fact", "words", "tone"),
    [
        (declared(), "declared P0: checkout answers 500", "accent"),
        (events.SeverityChanged("P1", "fewer users"), "severity is now P1: fewer users", "watch"),
        (events.RoleAssigned("qa-lead", "@a"), "QA Lead is @a", "plain"),
        (events.RoleAcknowledged("qa-lead"), "QA Lead acknowledged", "plain"),
        (events.PhaseStarted("testing"), "phase begins: Testing", "accent"),
        (events.Ticked("backup", "snapshot 7"), "done: Back up production (shown by snapshot 7)", "plain"),
        (events.Unticked("no-such-item"), "not done after all: no-such-item", "watch"),
        (events.Noted("as it is"), "as it is", "plain"),
        (events.Undone(7), "took back event 7", "dim"),
        (intended("c1", "advance", 25, grade="WEAK", reason="ok"), "asking for 25 % traffic: on WEAK: ok", "dim"),
        (events.ServiceAdded(PAY, "fails too"), "payments-api is a service of this incident now: fails too", "accent"),
        (events.ServiceTakenOff(PAY, "it works"), "payments-api is taken off this incident: it works", "watch"),
        (events.ChangeFailed("c9", "refused", detail="etag"), "change c9 failed: refused: etag", "bad"),
        (events.ChangeUnknown("c9", "no answer"), "change c9: unknown whether it was applied: no answer", "bad"),
        (ladder(), f"{NEW} may climb 10, 25, 50, 100 %; abort goes back to {OLD} 100 %", "accent"),
        (events.LadderHeld(PAY, "alert"), "held: alert", "watch"),
        (events.LadderResumed(PAY), "no longer held", "plain"),
        (events.AutoAdvanceSet(PAY, True), "auto-advance on", "watch"),
        (
            judged(Grade.WEAK, 10, "0 of 200: could be up to 1.9 %"),
            "verdict WEAK at 10 %: 0 of 200: could be up to 1.9 %",
            "watch",
        ),
        (judged(Grade.NO_DATA, 25, "no data"), "verdict NO DATA at 25 %: no data", "watch"),
        (judged(Grade.FAIL, 25, ""), "verdict FAIL at 25 %", "bad"),
        (events.ProbeChanged(PAY, NEW, False, "503"), f"health of {NEW} does not answer well: 503", "bad"),
        (events.SourceLost("monitoring", "timed out"), "can't read monitoring: timed out", "bad"),
        (events.SourceBack("monitoring"), "monitoring can be read again", "good"),
        (events.UpdateSent("all fine", "#inc"), "update sent (#inc): all fine", "plain"),
        (events.UpdateSent("ok", "Statuspage", link="https://x"), "update sent (Statuspage): ok https://x", "plain"),
        (comms.UpdateSnoozed(START, "quiet"), "next update not before 16:00:00Z: quiet", "watch"),
        (comms.HeadlineFailed("no", "Look."), "the channel's headline is not current: no. Look.", "watch"),
        (comms.PostMortemSet(START), "post-mortem set for 2025-11-24T16:00:00Z", "plain"),
        (
            comms.ActionAdded("a1", "plan it", "@a", "2026-12-01"),
            "action a1: plan it, by @a, until 2026-12-01",
            "plain",
        ),
        (comms.ActionChanged("a1", due="2026-12-01"), "action a1, until 2026-12-01", "plain"),
        (comms.ActionDone("a1"), "action a1 is done", "good"),
        (events.Mitigated("full-traffic"), "mitigated by full traffic", "good"),
        (events.Resolved(), "resolved", "good"),
        (events.Reported("INC-0001.md"), "report written: INC-0001.md", "plain"),
        (events.Closed("left"), "closed: left", "plain"),
    ],
)
def test_sentences(fact: AnyFact, words: str, tone: str) -> None:
    """The sentence and its tone, with titles from the protocol instead of ids."""
    assert said(fact) == (words, tone)


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (intended("c1", "deploy", revision=NEW), f"{NEW} deployed at 0 %, reconciled in 6.1 s"),
        (intended("c1", "advance", 25), "traffic 25 % applied, reconciled in 6.1 s"),
        (intended("c1", "abort"), f"aborted, traffic back on {OLD} 75 %, {NEW} 25 %, reconciled in 6.1 s"),
        (intended("c1", "roll-back"), f"rolled back to {OLD} 75 %, {NEW} 25 %, reconciled in 6.1 s"),
        (intended("c1", "un-pin"), "un-pinned: traffic follows the latest revision, reconciled in 6.1 s"),
    ],
)
def test_an_applied_change_says_what_was_intended(intent: AnyFact, words: str) -> None:
    """The outcome alone knows only the split; with the log it says what the operator wanted."""
    found = said(applied("c1", 25), intent)
    assert found is not None and found[0] == words
    alone = timeline(Event("INC-0001", 9, START, "@rm", applied("c1", 25)))
    assert alone is not None and alone[0] == f"applied, reconciled in 6.1 s: {OLD} 75 %, {NEW} 25 %"


FOUND: list[tuple[AnyFact, str]] = [
    (applied("c1", 25), "traffic 25 % applied, reconciled in 6.1 s"),
    (events.ChangeFailed("c1", "never taken", outcome=Outcome.NOT_APPLIED), "advance to 25 % not applied: never taken"),
    (
        events.ChangeFailed("c1", "@c was later", outcome=Outcome.SUPERSEDED),
        "advance to 25 % superseded: @c was later",
    ),
    (events.ChangeUnknown("c1", "no answer"), "advance to 25 %: unknown whether it was applied: no answer"),
]


@pytest.mark.parametrize(("fact", "words"), FOUND, ids=[words for _, words in FOUND])
def test_whoever_found_what_became_of_a_change_did_not_do_it(fact: AnyFact, words: str) -> None:
    """A line bears the name of who wrote it: of another's change it says whose that was, and who found the end."""
    intent = Event("INC-0001", 2, START, "@ann", intended("c1", "advance", 25))
    told = {}
    for hand in ("@ann", "@bob"):
        event = Event("INC-0001", 3, START, hand, fact)
        found = timeline(event, names(protocol(), [intent, event]))
        assert found is not None
        told[hand] = found[0]
    assert told == {"@ann": words, "@bob": f"{words} (@ann's change; @bob found this)"}


def test_with_several_services_each_is_named() -> None:
    """A percent says little when it could be either's."""
    event = Event("INC-0001", 3, START, "@rm", applied("c1", 25))
    log = [Event("INC-0001", 2, START, "@rm", intended("c1", "advance", 25)), event]
    found = timeline(event, names(protocol(), log, several=True))
    assert found is not None and found[0].startswith("payments-api: traffic 25 %")


@pytest.mark.parametrize(
    "fact", [events.Sampled(PAY, ()), events.Observed(PAY, split(0)), events.ChangeAccepted("c1", "op")]
)
def test_silent_facts(fact: AnyFact) -> None:
    """What comes by the minute, and what says nothing new, makes no line."""
    assert said(fact) is None
    assert not tells(type(fact))


def test_every_other_fact_has_words() -> None:
    """A new kind of fact can't be forgotten: it tells something, or is among the silent ones."""
    silent = {kind for kind in get_args(AnyFact) if not tells(kind)}
    assert silent == {
        events.Sampled,
        events.Observed,
        events.PastRead,
        events.ChangeAccepted,
        comms.HeadlineKept,
    }


@settings(max_examples=40, deadline=None)
@given(logs())
def test_words_for_anything(log: list[Event]) -> None:
    """Whatever happened, and with whatever text in it, each event has words or none, in a known tone."""
    known = names(protocol(), log)
    for event in log:
        found = timeline(event, known)
        assert (found is not None) == tells(type(event.fact))
        assert found is None or (found[0] and found[1] in TONES) or isinstance(event.fact, events.Noted)


def test_outside_text_comes_through_as_it_is() -> None:
    """Making it safe is the business of whoever shows it, who knows where."""
    story = Story().at(100, events.Noted(HOSTILE))
    found = timeline(story.log[-1])
    assert found is not None and found[0] == HOSTILE
