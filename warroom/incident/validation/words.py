"""What was looked at to validate a hotfix, in words."""

from typing import Any

from warroom.clock import clock_time
from warroom.incident.validation.facts import AlertsAsked, OpenAlert, SmokeRan, StagingJudged, StagingLogsRead
from warroom.rollout.evidence import Grade

PLACES = {"candidate": "the candidate's own address", "service": "what serves"}
MOST_NAMED = 5


def smoke(fact: SmokeRan) -> tuple[str, str]:
    """The smoke test met production."""
    outcome = "passed" if fact.ok else "failed"
    where = PLACES.get(fact.where, fact.where)
    return f"smoke test of {fact.revision}, {where}: {outcome}: {fact.detail}", "plain" if fact.ok else "bad"


def staging(fact: StagingJudged) -> tuple[str, str]:
    """What staging measures."""
    verdict = fact.verdict
    tone = {Grade.FAIL: "bad", Grade.PASS: "good"}.get(verdict.grade, "dim")
    return f"staging: {fact.revision} {verdict.grade}: {verdict.words}", tone


def alerts(fact: AlertsAsked) -> tuple[str, str]:
    """A system was asked for its open alerts."""
    if fact.failed:
        return f"{fact.system} does not say which alerts are open: {fact.failed}", "watch"
    return answer(fact), "bad" if fact.open else "plain"


def logs(fact: StagingLogsRead) -> tuple[str, str]:
    """Staging's error logs were read."""
    if fact.failed:
        return f"staging's error logs could not be read: {fact.failed}", "watch"
    return f"staging: {read(fact)}", "bad" if fact.count else "plain"


def read(fact: StagingLogsRead) -> str:
    """How many errors the logs have, since when, and the newest."""
    many = f"at least {fact.count}" if fact.more else str(fact.count) if fact.count else "no"
    noun = "entry" if fact.count == 1 and not fact.more else "entries"
    newest = f"; the newest: “{fact.newest[0].text}”" if fact.newest else ""
    return f"{many} error {noun} in the logs of {fact.revision} since {clock_time(fact.since)}{newest}"


def answer(fact: AlertsAsked) -> str:
    """What a system answered, with what was asked of it."""
    begun = f"since {clock_time(fact.since)}"
    new = f"{_count(fact.open)} open {begun}: {named(fact.open)}" if fact.open else f"no alert opened {begun}"
    old = f"; still open from before: {named(fact.older)}" if fact.older else ""
    left = f"; {fact.others} of other services left out" if fact.others else ""
    return f"{fact.system} ({fact.asked}): {new}{old}{left}"


def named(found: tuple[OpenAlert, ...]) -> str:
    """Alerts by name, some of many."""
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(f"“{one.name}”" for one in found[:MOST_NAMED]) + more


def _count(found: tuple[OpenAlert, ...]) -> str:
    return f"{len(found)} alert" if len(found) == 1 else f"{len(found)} alerts"


SAY: dict[type, Any] = {
    SmokeRan: lambda fact, known: smoke(fact),
    StagingJudged: lambda fact, known: staging(fact),
    StagingLogsRead: lambda fact, known: logs(fact),
    AlertsAsked: lambda fact, known: alerts(fact),
}
