"""What is kept of request logs: how many per revision and second, by class of status and response time. No more."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from msgspec import Struct

KEPT_SECONDS = 15 * 60
"""Older seconds are forgotten: Monitoring's count of them has come long ago."""

LATE_SECONDS = 5 * 60
"""So long an entry is remembered by its key: one that comes twice counts once."""

BOUNDS_MS = tuple(round(10 * 1.5**power, 1) for power in range(22))
"""Bounds of the response times' buckets, 10 ms to 50 s."""

OK, CLIENT, RATE, GONE, SERVER = range(5)
"""Classes of status: fine, other 4xx, 429, 499 (the client left), and 5xx."""


class Seen(Struct, frozen=True):
    """Counts over some seconds: `n` requests, `bad` of them answered 5xx or 429: errors, as in the metrics."""

    n: int = 0
    bad: int = 0

    @property
    def share(self) -> float:
        """The bad ones of all, 0–1."""
        return self.bad / self.n if self.n else 0.0


class _Second:
    def __init__(self) -> None:
        self.classes = [0, 0, 0, 0, 0]
        self.times: dict[int, int] = {}


def class_of(status: int) -> int:
    """Which class a status is counted in."""
    if status >= 500:
        return SERVER
    return {429: RATE, 499: GONE}.get(status, CLIENT if status >= 400 else OK)


class Counts:
    """The counts of one project's services.

    Of a second that was not read whole nothing can be told: `covered` says which were, and which share of their
    requests was asked for.
    """

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], dict[int, _Second]] = {}
        self._keys: dict[int, set[int]] = {}
        self._shares: dict[int, float] = {}

    def take(self, service: str, revision: str, at: float, status: int, ms: float, key: str) -> bool:
        """Count one request that began `at` (Unix seconds); False for one that is known, or too old to matter."""
        second = int(at)
        known, mark = self._keys.setdefault(second, set()), hash(key)
        if mark in known:
            return False
        known.add(mark)
        cell = self._seconds.setdefault((service, revision), {}).setdefault(second, _Second())
        cell.classes[class_of(status)] += 1
        bucket = bisect_left(BOUNDS_MS, ms)
        cell.times[bucket] = cell.times.get(bucket, 0) + 1
        return True

    def cover(self, start: float, end: float, share: float) -> None:
        """Every whole second of [start, end) was read, of a `share` (0–1) of its requests."""
        for second in range(_up(start), int(end)):
            self._shares.setdefault(second, share)

    def spoil(self, start: float, end: float) -> None:
        """The seconds that overlap [start, end) were not read whole after all."""
        for second in range(int(start), _up(end)):
            self._shares.pop(second, None)

    def covered(self, start: float, end: float) -> bool:
        """Whether every whole second of [start, end) was read."""
        return all(second in self._shares for second in range(int(start), _up(end)))

    def seen(self, service: str, revision: str, start: float, end: float) -> Seen:
        """What one revision did in [start, end), whole seconds, as it was read: of a sample the sample's counts."""
        own = self._seconds.get((service, revision), {})
        n = bad = 0
        for second in range(int(start), int(end)):
            cell = own.get(second)
            if cell is not None and second in self._shares:
                n += sum(cell.classes)
                bad += cell.classes[SERVER] + cell.classes[RATE]
        return Seen(n, bad)

    def times(self, service: str, revision: str, start: float, end: float) -> tuple[int, ...]:
        """The response times of the same requests, by the buckets of `BOUNDS_MS`, from below the first on."""
        found = [0] * (len(BOUNDS_MS) + 1)
        own = self._seconds.get((service, revision), {})
        for second in range(int(start), int(end)):
            for bucket, count in own[second].times.items() if second in own else ():
                found[bucket] += count
        return tuple(found)

    def whole(self, service: str, start: float, end: float) -> tuple[int, float, float]:
        """Of a service's requests in [start, end): how many were read, how many that makes in all, and the share."""
        read, in_all, shares = 0, 0.0, []
        for second in range(int(start), int(end)):
            share = self._shares.get(second, 1.0)
            shares.append(share)
            for (name, _), own in self._seconds.items():
                if name == service and second in own:
                    count = sum(own[second].classes)
                    read, in_all = read + count, in_all + count / share
        return read, in_all, min(shares, default=1.0)

    def forget(self, now: float) -> None:
        """Let go of what is too old to matter."""
        oldest = int(now - KEPT_SECONDS)
        for own in self._seconds.values():
            _drop(own, oldest)
        _drop(self._shares, oldest)
        _drop(self._keys, int(now - LATE_SECONDS))


def _drop(known: Mapping[int, object], oldest: int) -> None:
    assert isinstance(known, dict)
    for second in [one for one in known if one < oldest]:
        del known[second]


def _up(at: float) -> int:
    return int(at) + (at > int(at))


def compared(pairs: Iterable[tuple[int, float, float, int]]) -> float | None:
    """The share (0–1 and above) of Monitoring's requests that the logs have, over closed periods read whole.

    Each period is (read, in all, sampled share, Monitoring's count). What chance alone may hold back of a sample, two
    standard deviations of its count, is given for free. None where Monitoring has counted nothing to compare with.
    """
    in_all = expected = free = 0.0
    for _, logged, share, counted in pairs:
        in_all, expected = in_all + logged, expected + counted
        free += counted * (1 - share) / share
    return None if expected <= 0 else (in_all + 2 * free**0.5) / expected
