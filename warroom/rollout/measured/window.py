"""What the evidence covers, and what the service was like before the incident. All times are Unix seconds."""

from collections.abc import Callable, Collection, Iterable, Sequence

from warroom.rollout.evidence import Freshness, Histogram, Sample
from warroom.rollout.measured.histogram import merged, percentile

LEAST_FOR_P95 = 20  # fewer requests than this have no slowest twentieth


def evidence_window(step_began: float, now: float, freshness: Freshness) -> tuple[float, float] | None:
    """(start, end] that may be judged: from when the split was applied to now minus the ingest delay.

    Only samples whose whole period lies in it count (`within`), so the one that the split was applied in, which mixes
    two splits, does not. None while no period fits in.
    """
    start, end = step_began, now - freshness.ingest_delay
    return (start, end) if end - start >= freshness.sample_period else None


def first_evidence_at(step_began: float, freshness: Freshness, samples: Sequence[Sample]) -> float:
    """The earliest settled look at a step: when the first whole period that begins after `step_began` can be read.

    `step_began` is when the split was applied. Periods end where those of `samples` do; without any they are taken to
    end on the whole multiples of the sample period. That is one to two periods and the ingest delay after the split:
    4:00 to 5:00 with Google's 60 s and 180 s; whoever forecasts a verdict adds how often Monitoring is read. The
    answer is rounded to a second.
    """
    period = freshness.sample_period
    phase = max((sample.end for sample in samples), default=0.0)
    return float(round(step_began + (phase - step_began) % period + period + freshness.ingest_delay))


def never_judges(freshness: Freshness, evidence_seconds: float, stale_seconds: float) -> str:
    """Why no verdict can ever stand with these settings, or only now and then, in a phrase; "" where one can.

    Evidence reaches back `evidence_seconds` from now, and a period in it has to be whole and settled: it may have begun
    up to two periods and the ingest delay ago. The newest settled one ends up to a period and the delay ago; data older
    than `stale_seconds` is no data.
    """
    period, delay = freshness.sample_period, freshness.ingest_delay
    if evidence_seconds < delay + 2 * period:
        return f"evidence_minutes is below {(delay + 2 * period) / 60:g}, so that no whole minute is ever settled in it"
    if stale_seconds < delay + period:
        return f"stale_seconds is below {delay + period:g}, so that settled minutes are too old again and again"
    return ""


def within(samples: Iterable[Sample], revision: str, window: tuple[float, float]) -> tuple[Sample, ...]:
    """The samples of `revision` whose whole period lies in `window`."""
    start, end = window
    return tuple(s for s in samples if s.revision == revision and s.start >= start and s.end <= end)


def unsettled(samples: Iterable[Sample], revision: str, began: float, settled_to: float) -> tuple[Sample, ...]:
    """The samples of `revision` from after `began` that can be read already, though they end after `settled_to`.

    Monitoring promises a point within the ingest delay, and often has it sooner: but not always all of its series.
    Errors may come before the answers that they are a share of, so a point of nothing but errors waits.
    """
    found = [s for s in samples if s.end > settled_to and s.revision == revision and s.start >= began]
    return tuple([s for s in found if s.requests is None or s.requests > (s.errors or 0)])


def remembered(old: Iterable[Sample], new: Iterable[Sample], keep_seconds: float) -> tuple[Sample, ...]:
    """Both together, oldest first; for one revision and period end the new one wins.

    Those that ended more than `keep_seconds` before the newest are forgotten.
    """
    latest = {(sample.end, sample.revision): sample for group in (old, new) for sample in group}
    newest = max((end for end, _ in latest), default=0.0)
    return tuple(latest[key] for key in sorted(latest) if key[0] >= newest - keep_seconds)


def normal_ms(
    samples: Iterable[Sample], revisions: Collection[str] | None, before: float, q: float = 0.95
) -> float | None:
    """The service's own percentile `q` (0–1) in milliseconds from periods that ended by `before` (detected at).

    Over `revisions`, or all with None. None with fewer than twenty requests, with layouts that cannot be merged, or
    when it lies in the overflow bucket, as a limit cannot be built on "> b".
    """
    found = _percentile(samples, revisions, q, lambda sample: sample.end <= before)
    return None if found is None or found[1] else found[0]


def normal_slow_ms(
    samples: Iterable[Sample], revisions: Collection[str] | None, before: float, factor: float
) -> float | None:
    """The response time in milliseconds past which a request is slow: `factor` times the normal p95, or None."""
    normal = normal_ms(samples, revisions, before)
    return None if normal is None else normal * factor


def trigger_ratio(
    samples: Sequence[Sample], revisions: Collection[str] | None, before: float, since: float
) -> float | None:
    """How many times the normal p95 the p95 of the periods that began at `since` or later is; None if unknown.

    The trigger is "more than 10 × normal". In the overflow bucket the last bound stands in: then it is at least that.
    """
    normal = normal_ms(samples, revisions, before)
    current = _percentile(samples, revisions, 0.95, lambda sample: sample.start >= since)
    return current[0] / normal if current and normal else None


def _percentile(
    samples: Iterable[Sample], revisions: Collection[str] | None, q: float, wanted: Callable[[Sample], bool]
) -> tuple[float, bool] | None:
    chosen: list[Histogram] = [
        sample.latency
        for sample in samples
        if sample.latency and wanted(sample) and (revisions is None or sample.revision in revisions)
    ]
    try:
        whole = merged(chosen)
    except ValueError:
        return None
    return percentile(whole, q) if whole.total >= LEAST_FOR_P95 else None
