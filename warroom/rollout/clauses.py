"""The gate's clauses: what one signal says of one revision."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from warroom.rollout import words
from warroom.rollout.evidence import Clause, Grade, Limits, Probe
from warroom.rollout.signals import Count, Judged
from warroom.rollout.stats import fisher_greater, wilson

PASS_Z = 1.96  # the upper bound that a PASS needs: 97.5 % sure
FAIL_Z = 2.576  # the lower bound that a FAIL needs: 99.5 % sure
SURE_P = 0.01  # Fisher's p below which two revisions differ


class Look(Struct, frozen=True):
    """What all clauses of one evaluation share.

    `at` and `opens_at` (when the first closed period can be read) are Unix seconds, `newest` is the end of the newest
    point of any revision, `period` the sample period in seconds. `lost` says which query failed, "" when none did.
    """

    at: float
    opens_at: float
    newest: float | None
    period: float
    limits: Limits
    lost: str = ""


def clause(
    signal: Judged, revision: str, count: Count, look: Look, before: Clause | None = None, stable: Clause | None = None
) -> Clause:
    """The judgement of `signal` on `revision`.

    `before` is the clause of the last look in the same step, from which looks running are counted. With `stable` (only
    for a candidate whose stable does not fail itself) being worse than stable fails, too.
    """
    limit = signal.share(look.limits)
    age = None if count.data_end is None else max(0.0, look.at - count.data_end)
    slow_ms = look.limits.slow_ms if signal.slow else 0.0
    result = Clause(signal.id, revision, Grade.NO_DATA, limit=limit, age=age, data_end=count.data_end, slow_ms=slow_ms)
    missing = _missing(count, look)
    if missing:
        # This is no look: the looks running so far stay, with the point that they were counted at.
        carried = replace(result, data_end=before.data_end, fails_running=before.fails_running) if before else result
        return replace(carried, words=missing)

    lower, _ = wilson(count.bad, count.n, FAIL_Z)
    _, upper = wilson(count.bad, count.n, PASS_Z)
    many = count.bad >= look.limits.least_events
    worse = many and stable is not None and _worse(count, stable, look.limits.worse_ratio)
    beyond = many and lower > limit
    running = _running(count, before) if beyond or worse else 0
    if running >= signal.looks:
        grade = Grade.FAIL
    elif upper <= limit and not running:
        grade = Grade.PASS
    else:
        grade = Grade.WEAK
    ms, over = count.p95 or (None, False)
    result = replace(
        result, grade=grade, n=count.n, bad=count.bad, share=count.bad / count.n, lower=lower,
        upper=upper, percentile_ms=ms, percentile_over=over, fails_running=running, worse=worse and not beyond,
    )  # fmt: skip
    return replace(result, words=_sentence(signal, result, stable))


def probe_clause(probe: Probe, look: Look) -> Clause | None:
    """What the probe says: FAIL, or a PASS that counts for nothing. None when it is old or was never sent.

    NO DATA where it was turned away, and not by this revision alone: that counts for nothing either.
    """
    limits, age = look.limits, max(0.0, look.at - probe.latest_at)
    if not probe.sent + probe.refused or age > limits.stale_seconds:
        return None
    if not probe.sent:
        why = f"the probe can't tell: {words.short(probe.detail or 'it is turned away')}, and not by this one alone"
        return Clause("probe", probe.revision, Grade.NO_DATA, age=age, words=why, data_end=probe.latest_at)
    failed = min(probe.failed, probe.sent)
    lower, _ = wilson(failed, probe.sent, FAIL_Z)
    _, upper = wilson(failed, probe.sent, PASS_Z)
    fails = failed >= limits.least_events and lower > limits.probe_failure_share
    told = f"{words.count(failed)} of {words.count(probe.sent)} probes failed"
    told += f", limit {words.limit(limits.probe_failure_share)}"
    if failed and probe.detail:
        told += f": {words.short(probe.detail)}"
    return Clause(
        "probe", probe.revision, Grade.FAIL if fails else Grade.PASS, probe.sent, failed, failed / probe.sent,
        lower, upper, limits.probe_failure_share, age=age, words=told, data_end=probe.latest_at,
    )  # fmt: skip


def worst(grades: Sequence[Grade]) -> Grade:
    """The worst of them, in the order FAIL, NO DATA, WEAK, PASS; NO DATA of none."""
    order = (Grade.FAIL, Grade.NO_DATA, Grade.WEAK, Grade.PASS)
    return min(grades, key=order.index, default=Grade.NO_DATA)


def _missing(count: Count, look: Look) -> str:
    """Why there is nothing to judge, or ""."""
    if look.lost:
        return f"query failed: {words.short(look.lost)}"
    if count.unreadable:
        return count.unreadable
    stale = look.limits.stale_seconds
    if count.data_end is None:
        if look.at < look.opens_at:
            unit = "minute" if look.period == 60 else "period"
            return f"nothing yet: first closed {unit} at {words.time_of_day(look.opens_at)}"
        if look.newest is not None and look.at - look.newest > stale:
            return _old(look.at - look.newest)
        return "no requests measured"
    if look.at - count.data_end > stale:
        return _old(look.at - count.data_end)
    return "" if count.n else "no requests"


def _old(age: float) -> str:
    # In whole minutes, so that the words, which the journal keeps, change once a minute and not every second.
    return f"newest point over {int(age // 60)} min old"


def _worse(count: Count, stable: Clause, ratio: float) -> bool:
    if not stable.n or count.bad * stable.n < ratio * stable.bad * count.n:
        return False
    return fisher_greater(count.bad, count.n, stable.bad, stable.n) < SURE_P


def _running(count: Count, before: Clause | None) -> int:
    """How many looks running are bad with this one; the same data again is no new look."""
    if before is None or before.data_end is None or count.data_end is None:
        return 1
    return max(1, before.fails_running + (count.data_end > before.data_end))


def _sentence(signal: Judged, clause: Clause, stable: Clause | None) -> str:
    share, lower, upper = clause.share or 0.0, clause.lower or 0.0, clause.upper or 0.0
    limit, n = words.limit(clause.limit), words.count(clause.n)
    lead, kind = signal.lead(clause), signal.tail(clause)
    value = f"{lead}{words.percent(share)} of {n}{kind}"
    if clause.worse and stable is not None:
        told = f"{value}, worse than stable's {words.percent(stable.share or 0.0)} of {words.count(stable.n)}"
    elif clause.fails_running:
        told = f"{value} (≥ {words.at_least(lower)}), limit {limit}"
    elif clause.grade is Grade.WEAK:
        told = f"{lead}{words.count(clause.bad)} of {n}{kind}: could be up to {words.at_most(upper)}, limit {limit}"
    else:
        told = f"{value} (≤ {words.at_most(upper)}), limit {limit}"
    waiting = clause.fails_running and clause.grade is not Grade.FAIL
    return f"{told}; one more such look fails it" if waiting else told
