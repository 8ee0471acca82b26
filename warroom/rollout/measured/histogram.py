"""Merging latency histograms and reading them: shares and percentiles come from merged buckets, never from percentiles.

Bounds and answers are milliseconds. Within a bucket requests are taken to lie evenly; the first begins at 0, as no
answer takes less.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from warroom.rollout.evidence import Histogram


def linear_bounds(offset: float, width: float, finite_buckets: int) -> tuple[float, ...]:
    """Bounds of Monitoring's linear layout: offset + width · i, for i from 0 to `finite_buckets`."""
    return tuple(offset + width * i for i in range(finite_buckets + 1))


def exponential_bounds(scale: float, growth: float, finite_buckets: int) -> tuple[float, ...]:
    """Bounds of Monitoring's exponential layout: scale · growth^i, for i from 0 to `finite_buckets`."""
    return tuple(scale * growth**i for i in range(finite_buckets + 1))


def explicit(bounds: Sequence[float], bucket_counts: Sequence[int]) -> Histogram:
    """A histogram from an answer's bounds and counts, the counts that it left out at the end filled with zeros.

    Raises ValueError when the bounds don't rise or when there are more counts than buckets.
    """
    if not bounds or any(low >= high for low, high in pairwise(bounds)):
        raise ValueError("bucket bounds must rise")
    missing = len(bounds) + 1 - len(bucket_counts)
    if missing < 0:
        raise ValueError(f"{len(bucket_counts)} counts for {len(bounds) + 1} buckets")
    return Histogram(tuple(bounds), (*bucket_counts, *(0,) * missing))


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one, truncated counts padded. Raises ValueError for none at all or for unequal layouts."""
    every = tuple(histograms)
    if not every:
        raise ValueError("no histogram to merge")
    bounds = every[0].bounds
    buckets = len(bounds) + 1
    rows = []
    for histogram in every:
        # Samples of one answer share their bounds, which makes this comparison free; replayed ones are compared.
        if histogram.bounds is not bounds and histogram.bounds != bounds:
            raise ValueError("histograms with different buckets cannot be merged")
        counts = histogram.counts
        rows.append(counts if len(counts) == buckets else explicit(bounds, counts).counts)
    return Histogram(bounds, tuple(map(sum, zip(*rows, strict=True))))


def slower_than(histogram: Histogram, ms: float) -> int:
    """How many took longer than `ms`: interpolated in the bucket that holds it, rounded to a whole request.

    All of the overflow bucket counts as slower, also when `ms` lies beyond the last bound: what cannot be told is not
    taken for good news.
    """
    slower = 0.0
    for low, high, count in _finite(histogram):
        if low >= ms:
            slower += count
        elif high > ms:
            slower += count * (high - ms) / (high - low)
    return _overflow(histogram) + round(slower)


def around(histogram: Histogram, ms: float) -> tuple[float, float, int] | None:
    """The bucket that holds `ms` inside, as lower and upper bound in ms and its count; None where it is a bound."""
    return next(((low, high, count) for low, high, count in _finite(histogram) if low < ms < high), None)


def percentile(histogram: Histogram, q: float) -> tuple[float, bool]:
    """The time that the share `q` (0–1, so 0.95 for p95) stays within, and whether it is only known to be above.

    True means that it lies in the overflow bucket: say "> b" with the last bound b, which is what is returned. Raises
    ValueError for an empty histogram or a `q` outside 0–1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"{q} is no share from 0 to 1")
    total = histogram.total
    if not total:
        raise ValueError("an empty histogram has no percentile")
    wanted, below = q * total, 0
    for low, high, count in _finite(histogram):
        if count and below + count >= wanted:
            return low + (high - low) * max(0.0, wanted - below) / count, False
        below += count
    return histogram.bounds[-1], True


def _finite(histogram: Histogram) -> Iterable[tuple[float, float, int]]:
    """(lower bound, upper bound, count) of every bucket but the overflow; truncated counts end early."""
    lows = (min(0.0, histogram.bounds[0]), *histogram.bounds)
    return zip(lows, histogram.bounds, histogram.counts, strict=False)


def _overflow(histogram: Histogram) -> int:
    return histogram.counts[-1] if len(histogram.counts) > len(histogram.bounds) else 0
