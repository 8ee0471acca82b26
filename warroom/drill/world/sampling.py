"""Draws of chance at a cost that does not grow with the number of requests."""

import math
from functools import lru_cache
from itertools import pairwise
from random import Random

FINITE_BUCKETS = 66
GROWTH = 1.2
SCALE_MS = 1.0
"""Bounds of the latency buckets: SCALE_MS · GROWTH^i for i in 0…FINITE_BUCKETS, laid out as Google does."""

BOUNDS_MS = tuple(SCALE_MS * GROWTH**power for power in range(FINITE_BUCKETS + 1))

_FEW = 64
_RARE = 25.0
_NEGLIGIBLE = 1e-9


def poisson(random: Random, mean: float) -> int:
    """How many of many independent things happened: exact for small means, else rounded from the normal."""
    if mean <= 0:
        return 0
    if mean >= _RARE:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    probability = math.exp(-mean)
    rest = random.random() - probability
    count = 0
    while rest > 0 and probability > 0:
        count += 1
        probability *= mean / count
        rest -= probability
    return count


def binomial(random: Random, trials: int, share: float) -> int:
    """How many of `trials` succeed when each does with probability `share`; exact where the counts are small."""
    if trials <= 0 or share <= 0:
        return 0
    if share >= 1:
        return trials
    if share > 0.5:
        return trials - binomial(random, trials, 1 - share)
    if trials <= _FEW:
        return sum(random.random() < share for _ in range(trials))
    mean = trials * share
    if mean >= _RARE:
        return min(trials, max(0, round(random.gauss(mean, math.sqrt(mean * (1 - share))))))
    probability = math.exp(trials * math.log1p(-share))
    odds = share / (1 - share)
    rest = random.random() - probability
    count = 0
    while rest > 0 and count < trials:
        probability *= odds * (trials - count) / (count + 1)
        count += 1
        rest -= probability
    return count


def latency_counts(random: Random, requests: int, median_ms: float, sigma: float) -> list[int]:
    """Counts per latency bucket of `requests` lognormal response times: underflow, the finite ones, overflow.

    A multinomial draw, bucket by bucket, each binomial of what is left.
    """
    counts = [0] * (FINITE_BUCKETS + 2)
    left, mass = requests, 1.0
    for bucket, share in _bucket_shares(median_ms, sigma):
        if left <= 0:
            break
        drawn = binomial(random, left, min(1.0, share / mass)) if mass > share else left
        counts[bucket] += drawn
        left -= drawn
        mass -= share
    return counts


@lru_cache(maxsize=256)
def _bucket_shares(median_ms: float, sigma: float) -> tuple[tuple[int, float], ...]:
    """The buckets that a lognormal falls into, as (bucket, share); the last takes what rounding left over."""
    below = [0.0, *(_lognormal_share_below(bound, median_ms, sigma) for bound in BOUNDS_MS), 1.0]
    shares = [(bucket, high - low) for bucket, (low, high) in enumerate(pairwise(below)) if high - low > _NEGLIGIBLE]
    last, share = shares[-1]
    return (*shares[:-1], (last, share + 1 - sum(share for _, share in shares)))


def _lognormal_share_below(bound_ms: float, median_ms: float, sigma: float) -> float:
    return 0.5 * (1 + math.erf(math.log(bound_ms / median_ms) / (sigma * math.sqrt(2))))
