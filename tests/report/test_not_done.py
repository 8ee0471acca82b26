"""What was only asked for is nowhere told as done: every change action with every end that is none."""

import re

import pytest

from tests.clocks import START
from tests.incident.story import NEW, Story, applied, climbing, intended, judged, protocol
from warroom.incident import events
from warroom.incident.change import Outcome
from warroom.incident.events import AnyFact
from warroom.incident.timeline import names, timeline
from warroom.report.change_record import change_record
from warroom.report.markdown import markdown
from warroom.rollout.evidence import Grade

ENDS: dict[str, AnyFact] = {
    "failed": events.ChangeFailed("c9", "refused"),
    "not applied": events.ChangeFailed("c9", "never taken", outcome=Outcome.NOT_APPLIED),
    "superseded": events.ChangeFailed("c9", "@x was later", outcome=Outcome.SUPERSEDED),
    "unknown": events.ChangeUnknown("c9", "timed out"),
    "open": events.ChangeAccepted("c9", "operations/9"),
}

DONE = {
    "deploy": rf"{NEW} deployed at|[Dd]eployed to production",
    "advance": r"[Aa]dvanced|traffic 50 % applied|\| 50 % \|",
    "abort": r"[Aa]borted|traffic back on",
    "roll-back": r"[Rr]olled back",
    "un-pin": r"un-pinned: traffic follows",
}
"""How a report tells of each one that holds."""


def story(action: str, end: AnyFact) -> Story:
    """At 10 %, FAIL; then one change with a reason against what the protocol says."""
    percent = {"advance": 50, "un-pin": 100}.get(action, 0)
    begun = Story() if action == "deploy" else climbing(10, at=100).at(200, judged(Grade.FAIL, 10))
    return begun.at(210, intended("c9", action, percent, grade="FAIL", reason="all the same", revision=NEW), end)


@pytest.mark.parametrize("action", DONE)
def test_what_is_done_is_told(action: str) -> None:
    """The sentences that the other test looks for are there when the change holds."""
    percent = {"advance": 50, "un-pin": 100}.get(action, 0)
    assert re.search(DONE[action], markdown(story(action, applied("c9", percent)).log, protocol(), START + 300))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("action", DONE)
def test_what_is_not_done_is_not_told_as_done(action: str, end: str) -> None:
    """Neither by the report nor by the timeline; and each deviation says how it ended."""
    told = story(action, ENDS[end])
    assert not re.search(DONE[action], markdown(told.log, protocol(), START + 300))
    known = names(protocol(), told.log)
    lines = [said[0] for event in told.log[-2:] if (said := timeline(event, known))]
    assert not [line for line in lines if re.search(DONE[action], line)]
    how = {"failed": "it failed", "unknown": "unknown whether it was applied", "open": "its end is not known"}
    mine = [one for one in change_record(told.log, protocol()).deviations if one.at == START + 210]
    assert bool(mine) == (action in ("deploy", "advance"))
    assert all(one.what.endswith(f"; {how.get(end, f'it was {end}')}") for one in mine)


def test_a_retreat_that_came_to_nothing_is_no_answer_to_a_fail() -> None:
    """The one that held is told, else that none did."""
    lost = story("abort", ENDS["not applied"])
    report = markdown(lost.log, protocol(), START + 300)
    assert "Going back was asked for within 10 s of FAIL at 10 %, but it was not applied." in report
    assert "A change did not happen (abort, not applied): never taken." in report
    held = lost.at(230, intended("c10", "abort"), applied("c10"))
    assert "Aborted after FAIL at 10 %: asked for within 30 s, applied 3" in markdown(held.log, protocol(), START + 300)
