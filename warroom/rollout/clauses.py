"""The gate's clauses: what one signal says of one revision."""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from warroom.rollout import words
from warroom.rollout.evidence import Clause, Grade, Limits, Sample
from warroom.rollout.measured.stats import wilson
from warroom.rollout.rules import series
from warroom.rollout.rules.looks import FAIL_Z, Beyond, Tally
from warroom.rollout.rules.passing import PASS_Z, passes
from warroom.rollout.rules.series import Rule, Run, Seen
from warroom.rollout.signals import Count, Judged

NEWEST_PERIODS = 31  # as many as the longest window beside the whole has, at a minute each


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


class Covered(Struct, frozen=True):
    """What may be judged of one revision: `settled` samples, and `early` ones, which can only bring bad news.

    `before` are those of the rungs before, which can only help out where the settled ones are too few for a PASS.
    """

    settled: tuple[Sample, ...] = ()
    early: tuple[Sample, ...] = ()
    before: tuple[Sample, ...] = ()


def clause(
    signal: Judged,
    revision: str,
    covered: Covered,
    look: Look,
    before: Clause | None = None,
    stable: Covered | None = None,
) -> Clause:
    """The judgement of `signal` on `revision`.

    `before` is the clause of the last look in the same step: looks running are counted from it, and a FAIL that it had
    stands until new evidence of the same size clears it. With `stable` (only for a candidate whose stable does not fail
    in this signal itself) being worse than stable fails, too.
    """
    settled = _of(signal, revision, covered, look, before, stable.settled if stable else ())
    if not covered.early or settled.grade is Grade.FAIL or look.lost:
        return settled
    rival = (*stable.settled, *stable.early) if stable else ()
    early = _of(signal, revision, Covered((*covered.settled, *covered.early)), look, before, rival)
    return early if early.grade is Grade.FAIL else settled


def _of(
    signal: Judged,
    revision: str,
    covered: Covered,
    at: Look,
    before: Clause | None,
    rivals: tuple[Sample, ...],
) -> Clause:
    samples, limits, limit = covered.settled, at.limits, signal.share(at.limits)
    count, run = signal.count(samples, limits), _run(before)
    age = None if count.data_end is None else max(0.0, at.at - count.data_end)
    slow_ms = limits.slow_ms if signal.slow else 0.0
    result = Clause(signal.id, revision, Grade.NO_DATA, limit=limit, age=age, data_end=count.data_end, slow_ms=slow_ms)
    missing = _missing(count, at)
    if missing:
        return _silent(result, before, missing, at)

    rule = Rule(limit, signal.looks, limits.worse_ratio, limits.least_events)
    theirs = _seen(signal, rivals, limits) if rivals else None
    seen = _seen(signal, samples, limits, count)
    found = series.look(rule, seen, run, theirs)
    passed = passes(rule, seen, found, _tallies(signal, covered.before, limits))
    lower, _ = wilson(count.bad, count.n, FAIL_Z)
    upper = passed.upper if passed else wilson(count.bad, count.n, PASS_Z)[1]
    grade = Grade.FAIL if found.fails else Grade.PASS if passed else Grade.WEAK
    ms, over = count.p95 or (None, False)
    result = replace(
        result, grade=grade, n=count.n, bad=count.bad, share=count.bad / count.n, lower=lower,
        upper=upper, percentile_ms=ms, percentile_over=over, fails_running=found.run.running, worse=found.worse,
        failed_end=found.run.failed_end, failed_n=found.run.failed_n,
        earlier_n=passed.earlier_n if passed else 0, earlier_bad=passed.earlier_bad if passed else 0,
    )  # fmt: skip
    if found.beyond is not None and found.beyond.seconds:
        result = _shorter(result, signal, samples, found.beyond, limits)
    if found.remembered and before is not None:
        return _remembered(
            result, before, signal.count([s for s in samples if s.end > (run.failed_end or 0.0)], limits)
        )
    stable = signal.count(rivals, limits) if result.worse else Count()
    return replace(result, words=_sentence(signal, result, stable))


def _shorter(whole: Clause, signal: Judged, samples: Sequence[Sample], beyond: Beyond, limits: Limits) -> Clause:
    """The clause with the numbers of the window that is beyond the limit in place of the whole's."""
    newest = max(one.end for one in samples)
    ms, over = signal.count([s for s in samples if s.end > newest - beyond.seconds + 1.0], limits).p95 or (None, False)
    return replace(
        whole, n=beyond.n, bad=beyond.bad, share=beyond.bad / beyond.n, lower=beyond.lower,
        upper=wilson(beyond.bad, beyond.n, PASS_Z)[1], percentile_ms=ms, percentile_over=over,
        span_seconds=beyond.seconds,
    )  # fmt: skip


def _run(before: Clause | None) -> Run:
    if before is None:
        return Run()
    return Run(before.data_end, before.fails_running, before.failed_end, before.failed_n)


def _seen(signal: Judged, samples: tuple[Sample, ...], limits: Limits, count: Count | None = None) -> Seen:
    whole = count or signal.count(samples, limits)
    return Seen((whole.n, whole.bad), _tallies(signal, samples, limits) or [Tally(0.0, 0, 0)])


def _tallies(signal: Judged, samples: tuple[Sample, ...], limits: Limits) -> list[Tally]:
    newest = samples[-NEWEST_PERIODS:]
    return [one for sample in newest if (one := _tally(signal, sample, limits)) is not None]


@lru_cache(maxsize=4096)
def _tally(signal: Judged, sample: Sample, limits: Limits) -> Tally | None:
    """One period's count. Kept, as the same half hour is judged every second."""
    found = signal.count((sample,), limits)
    return None if found.data_end is None else Tally(sample.end, found.n, found.bad)


def _silent(result: Clause, before: Clause | None, missing: str, look: Look) -> Clause:
    """A look that saw nothing is none: the looks running so far stay, and so does a FAIL, with how old it is."""
    if before is None:
        return replace(result, words=missing)
    if before.grade is Grade.FAIL:
        age = None if before.data_end is None else max(0.0, look.at - before.data_end)
        return replace(before, age=age, words=f"{_failed(before)}; since then {missing}")
    return replace(result, data_end=before.data_end, fails_running=before.fails_running, words=missing)


def _remembered(result: Clause, before: Clause, since: Count) -> Clause:
    """A FAIL that later evidence is too little to clear: its own numbers, and what has come since."""
    come = f"{words.count(since.bad)} of {words.count(since.n)} since, {words.count(result.failed_n)} as good clear it"
    kept = replace(
        before, grade=Grade.FAIL, age=result.age, data_end=result.data_end, fails_running=result.fails_running
    )
    return replace(kept, words=f"{_failed(before)}; {come}" if since.n else _failed(before))


def _failed(before: Clause) -> str:
    """The words that a FAIL was first told with."""
    return before.words.partition("; ")[0]


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


def _sentence(signal: Judged, clause: Clause, stable: Count) -> str:
    share, lower, upper = clause.share or 0.0, clause.lower or 0.0, clause.upper or 0.0
    limit, n = words.limit(clause.limit), words.count(clause.n)
    lead, kind = signal.lead(clause), signal.tail(clause)
    if clause.span_seconds:
        kind += f" in the last {words.minutes(clause.span_seconds)}"
    value = f"{lead}{words.percent(share)} of {n}{kind}"
    if clause.worse and stable.n:
        told = f"{value}, worse than stable's {words.percent(stable.bad / stable.n)} of {words.count(stable.n)}"
    elif clause.fails_running or clause.grade is Grade.FAIL:
        told = f"{value} (≥ {words.at_least(lower)}), limit {limit}"
    elif clause.grade is Grade.WEAK:
        told = f"{lead}{words.count(clause.bad)} of {n}{kind}: could be up to {words.at_most(upper)}, limit {limit}"
    else:
        told = f"{value} (≤ {words.at_most(upper)}), limit {limit}"
        if clause.earlier_n:
            more_bad, more = words.count(clause.bad + clause.earlier_bad), words.count(clause.n + clause.earlier_n)
            told = f"{value}, {more_bad} of {more} with the rungs before (≤ {words.at_most(upper)}), limit {limit}"
    waiting = clause.fails_running and clause.grade is not Grade.FAIL
    return f"{told}; one more such look fails it" if waiting else told
