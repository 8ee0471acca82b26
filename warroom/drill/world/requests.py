"""Single requests out of a period's counts: what the logs tell one by one is what Monitoring tells in sum."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from random import Random

from msgspec import Struct

from warroom.drill.world.sampling import BOUNDS_MS


class Outcome(Struct, frozen=True):
    """The requests of one sample period that got the same response `code`.

    `latency` counts them per bucket of `sampling.BOUNDS_MS`, from the underflow on, without trailing zeros.
    """

    code: int
    count: int
    latency: tuple[int, ...]


class Request(Struct, frozen=True):
    """One request: when it came (Unix seconds), what it was answered after how many milliseconds, and its number."""

    at: float
    code: int
    ms: float
    number: int


def placed(random: Random, start: float, seconds: float, outcomes: Iterable[Outcome]) -> tuple[Request, ...]:
    """The requests behind the counts, evenly strewn over `seconds` from `start` on, in order of time."""
    found: list[tuple[float, int, float]] = []
    for one in outcomes:
        for bucket, count in enumerate(one.latency):
            low, high = _bounds(bucket)
            found += [
                (start + random.random() * seconds, one.code, low * math.exp(random.random() * math.log(high / low)))
                for _ in range(count)
            ]
    found.sort()
    return tuple(Request(at, code, ms, number) for number, (at, code, ms) in enumerate(found))


def counted(requests: Sequence[Request]) -> tuple[Outcome, ...]:
    """The counts behind the requests, by response code, ascending."""
    buckets: dict[int, list[int]] = {}
    for one in requests:
        own = buckets.setdefault(one.code, [])
        bucket = bisect_left(BOUNDS_MS, one.ms)
        own.extend([0] * (bucket + 1 - len(own)))
        own[bucket] += 1
    return tuple(Outcome(code, sum(own), tuple(own)) for code, own in sorted(buckets.items()))


def _bounds(bucket: int) -> tuple[float, float]:
    """Between which milliseconds a bucket's requests are strewn; a tenth more where it has no end."""
    low = BOUNDS_MS[bucket - 1] if bucket else BOUNDS_MS[0] / 2
    high = BOUNDS_MS[bucket] if bucket < len(BOUNDS_MS) else BOUNDS_MS[-1] * 1.1
    return low * 1.000001, high * 0.999999
