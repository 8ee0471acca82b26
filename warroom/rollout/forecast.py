"""When a rung's first verdict can come: Monitoring shows each minute late, and the first one mixes two splits. Pure."""

from math import ceil

from warroom.rollout.evidence import Freshness
from warroom.rollout.measured.window import first_evidence_at


def first_verdict_seconds(delay: float, period: float, evidence_minutes: float = 0.0) -> float:
    """How long after a rung was applied its first verdict comes, in seconds, on the average.

    `delay` and `period` are the metric's, in seconds; `evidence_minutes` is how much of the rung must be measured, at
    least one period. Periods end when they do, not when a rung is applied: that is half a period on the average.
    """
    whole = max(1, ceil(evidence_minutes * 60 / period)) if period else 1
    soonest = first_evidence_at(0.0, Freshness(period, delay), ())
    return soonest + period / 2 + (whole - 1) * period
