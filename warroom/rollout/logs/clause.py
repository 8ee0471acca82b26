"""What request logs may say of a revision: that it fails. Never that it is well, which stays with Monitoring.

A look every second or two is many looks: so three parts of time, one after the other, must each be over twice the
limit, and together be over it beyond what chance does. Three parts, as a burst of errors shorter than one of them can't
reach into more than two; twice, as what is near the limit can wait for Monitoring, whose minutes judge it better.
"""

from collections.abc import Callable

from msgspec.structs import replace

from warroom.rollout import words
from warroom.rollout.evidence import Clause, Grade, Limits, Verdict
from warroom.rollout.logs.counts import Seen
from warroom.rollout.measured.stats import wilson
from warroom.rollout.signals import ERRORS, clause_of

SIGNAL = "logs"
"""The clause's signal, which is none of the judged ones: it brings bad news only."""

PARTS = 3
WIDTHS = (4, 8, 16, 30)
"""Seconds of one part: the short ones find what is loud, the long ones what has little traffic."""

LOGS_Z = 3.3
"""The lower bound that a FAIL needs: 99.95 % sure, stricter than Monitoring's as it is looked at so much oftener."""

LOUD = 2.0
"""Times the error limit: logs fail what is over so much."""

LEAST_BAD = 6
"""Errors of the three parts together: fewer are an accident."""

SETTLE_SECONDS = 4.0
"""Younger seconds are not counted yet: Logging has an entry within two, buffers one, and slow requests end later."""

Read = Callable[[float, float], Seen | None]
"""What a revision did between two moments (Unix seconds), None where not every second of it was read."""


def failing(revision: str, read: Read, since: float, now: float, limits: Limits) -> Clause | None:
    """The clause that fails a revision by its request logs since `since`, looked at `now` (Unix seconds); else None."""
    end, begin = float(int(now - SETTLE_SECONDS)), float(int(since) + (since > int(since)))
    loud = LOUD * limits.error_share
    for width in WIDTHS:
        start = end - PARTS * width
        if start < begin:
            break
        parts = [read(start + part * width, start + (part + 1) * width) for part in range(PARTS)]
        known = [part for part in parts if part is not None and part.share > loud]
        if len(known) < PARTS:
            continue
        n, bad = sum(part.n for part in known), sum(part.bad for part in known)
        lower, upper = wilson(bad, n, LOGS_Z)
        if bad >= max(LEAST_BAD, limits.least_events) and lower > loud:
            share = bad / n
            seconds = PARTS * width
            told = f"logs: errors {words.percent(share)} of {words.count(n)} in {seconds} s (≥ {words.at_least(lower)})"
            told += f", limit {words.limit(limits.error_share)}"
            return Clause(
                SIGNAL, revision, Grade.FAIL, n, bad, share, lower, upper, limits.error_share, age=now - end,
                words=told, data_end=end,
            )  # fmt: skip
    return None


def heard(verdict: Verdict, mine: Clause | None, stables: Clause | None, at: float) -> Verdict:
    """The verdict with what the logs say against the candidate, and against stable; as it was where that is nothing."""
    if stables is not None and clause_of(verdict.stable_clauses, SIGNAL) is None:
        verdict = replace(verdict, stable_clauses=(*verdict.stable_clauses, stables), stable_fails=True)
    if mine is None or clause_of(verdict.clauses, SIGNAL) is not None:
        return verdict
    clauses = (*verdict.clauses, mine)
    if verdict.grade is Grade.FAIL:
        return replace(verdict, clauses=clauses)
    told = f"errors {words.percent(mine.share or 0.0)} in the logs, limit {words.limit(mine.limit)}"
    return replace(verdict, grade=Grade.FAIL, clauses=clauses, at=max(verdict.at, at), words=told)


def outlived(fail: Clause, verdict: Verdict) -> bool:
    """Whether Monitoring has measured, over later minutes, that the revision is well: then the logs' FAIL ends."""
    clauses = verdict.clauses if verdict.candidate == fail.revision else verdict.stable_clauses
    errors = clause_of(clauses, ERRORS.id)
    if errors is None or errors.grade is not Grade.PASS or errors.data_end is None or fail.data_end is None:
        return False
    return verdict.window is not None and verdict.window[1] >= fail.data_end and errors.data_end >= fail.data_end
