"""What tests of the verdict are made of: samples of a candidate and of stable, and looks at them."""

from warroom.rollout.evidence import Clause, Freshness, Histogram, Limits, Probe, Sample, Verdict
from warroom.rollout.verdict import judge

NEW, OLD = "shop-new", "shop-old"
LIMITS = Limits(error_share=0.01, slow_share=0.05, slow_ms=400)
BOUNDS = (200.0, 400.0, 800.0)


def fast(n: int, slow: int = 0) -> Histogram:
    """`n` answers of which `slow` took longer than 400 ms."""
    return Histogram(BOUNDS, (n - slow, 0, slow, 0))


def minute(
    revision: str, n: int, bad: int = 0, *, slow: int = 0, end: float = 120, rejected: int | None = None
) -> Sample:
    """One minute with `n` requests, `bad` 5xx, `slow` slow ones."""
    return Sample(revision, end - 60, end, n, bad, fast(n, slow), rejected=rejected)


def look(
    *samples: Sample,
    now: float = 300,
    percent: int = 25,
    stable: str = OLD,
    probes: dict[str, Probe] | None = None,
    previous: Verdict | None = None,
    lost: str = "",
    limits: Limits = LIMITS,
    stable_percent: int | None = None,
    sticky: bool = False,
    began: float = 0,
    climb_began: float | None = None,
) -> Verdict:
    """A verdict on NEW in a step that began at 0, by default five minutes ago."""
    return judge(
        samples=samples, candidate=NEW, stable=stable, percent=percent, step_began=began, now=now,
        freshness=Freshness(),
        limits=limits, probes=probes or {}, previous=previous, lost=lost,
        stable_percent=stable_percent, sticky=sticky, climb_began=climb_began,
    )  # fmt: skip


def looks(
    mine: list[Sample],
    theirs: list[Sample],
    *,
    known: list[Sample] | None = None,
    percent: int = 25,
    stable_percent: int | None = None,
    sticky: bool = False,
    count: int = 0,
) -> list[Verdict]:
    """One verdict after each minute of `mine` (or after `count` of them), each with the one before."""
    found: list[Verdict] = []
    for number in range(1, (count or max(len(mine), len(theirs))) + 1):
        seen = [one for one in (*(known or ()), *mine, *theirs) if one.end <= 60 * number]
        found.append(
            look(
                *seen, now=60 * number + 180, percent=percent, stable_percent=stable_percent, sticky=sticky,
                previous=found[-1] if found else None,
            )
        )  # fmt: skip
    return found


def clause(verdict: Verdict, signal: str) -> Clause:
    """The candidate's clause on `signal`."""
    return next(one for one in verdict.clauses if one.signal == signal)
