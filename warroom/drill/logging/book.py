"""Which entries there are: made from the world's requests and the cloud's revisions, so that they agree with both."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

from warroom.drill.cloud_run.state import CloudState
from warroom.drill.logging.entries import ERROR, INFO, REQUESTS, STDERR, SYSTEM, WARNING, Entry, scattered
from warroom.drill.world.requests import Request
from warroom.drill.world.world import Piece
from warroom.rollout.traffic import ServiceRef

LEAST_DELAY, MOST_DELAY = 1.0, 2.0
"""Seconds between the end of a request and Logging's having its entry."""

LONGEST_SECONDS = 60.0
"""No request of the world takes longer: entries that come now are of requests no older than this and their delay."""

_KEPT = 64

_STARTED = "Starting new instance. Reason: DEPLOYMENT_ROLLOUT - Instance started due to a deployment."

_TROUBLES = (
    "ConnectionPoolTimeout: no connection to the database within 5.0 s",
    "psycopg.OperationalError: server closed the connection unexpectedly",
    "Unhandled error in POST /v1/orders/{number}: card processor answered 502 for jane.doe{number}@example.com",
)


class Book:
    """All entries of a cloud's services, period by period."""

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._world = state.world
        self._orders: dict[tuple[ServiceRef, str, int, tuple[Piece, ...]], _Order] = {}

    @property
    def begins_at(self) -> float:
        """Before this nothing was written (Unix seconds)."""
        return self._world.origin - self._world.scenario.history_minutes * 60

    def period(self, project: str, number: int) -> list[Entry]:
        """The entries of one period by their own time, in its order; what has not come yet among them."""
        found = [entry for written in self._written(project, number) for entry in written.entries()]
        found.sort(key=lambda one: one.at)
        return found

    def came(self, project: str, after: float, until: float) -> list[Entry]:
        """The entries that Logging got in (after, until], in the order of their own time."""
        found: list[Entry] = []
        for number in self.periods(after - LONGEST_SECONDS - MOST_DELAY, until):
            for written in self._written(project, number):
                found += written.entries(after, until)
        found.sort(key=lambda one: one.at)
        return found

    def periods(self, start: float, end: float) -> range:
        """The numbers of the periods that have a part in `start`…`end`."""
        seconds = self._world.period_seconds
        return range(math.floor(max(start, self.begins_at) / seconds), math.floor(end / seconds) + 1)

    def _written(self, project: str, number: int) -> Iterator["_Written"]:
        for ref in sorted(self._world.places):
            if ref.project == project:
                for revision in self._world.served(ref):
                    yield self._of_requests(ref, revision, number)
                if system := self._of_system(ref, number):
                    yield _Written(system)

    def _of_requests(self, ref: ServiceRef, revision: str, number: int) -> "_Written":
        key = (ref, revision, number, self._world.pieces(ref, revision, number))
        order = self._orders.get(key)
        requests = self._world.requests(ref, revision, number)
        if order is None:
            order = _Order(requests)
            if len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[key] = order
        return _Written((), order, requests, ref, revision)

    def _of_system(self, ref: ServiceRef, number: int) -> list[Entry]:
        """What Cloud Run itself has to say: which revisions have begun, and which could not."""
        seconds = self._world.period_seconds
        found = []
        for place, one in enumerate(self._state.services[ref].revisions.values()):
            if number * seconds <= one.settled_at < (number + 1) * seconds:
                text = f"{one.failure or _STARTED}"
                severity = ERROR if one.failure else INFO
                at = one.settled_at
                found.append(Entry(ref, one.name, SYSTEM, at, at + MOST_DELAY, severity, number=place, text=text))
        return found


class _Order:
    """In which order the entries of requests come, in numbers alone: memory must stay flat however busy it is."""

    def __init__(self, requests: Sequence[Request]) -> None:
        moments = [_received(one) for one in requests]
        places = sorted(range(len(moments)), key=moments.__getitem__)
        self.places = array("L", places)
        self.moments = array("d", (moments[place] for place in places))


class _Written(Struct, frozen=True):
    """Entries as they are, or requests whose entries are made when they are asked for."""

    ready: Sequence[Entry] = ()
    order: _Order | None = None
    requests: Sequence[Request] = ()
    ref: ServiceRef | None = None
    revision: str = ""

    def entries(self, after: float = float("-inf"), until: float = float("inf")) -> Iterator[Entry]:
        """Those that Logging got in (after, until]."""
        yield from (one for one in self.ready if after < one.received <= until)
        if self.order is not None and self.ref is not None:
            first, last = bisect_right(self.order.moments, after), bisect_right(self.order.moments, until)
            for place in self.order.places[first:last]:
                yield from _told(self.ref, self.revision, self.requests[place])


def _received(one: Request) -> float:
    """When Logging has a request's entry: some time after its end, always the same for the same one."""
    return one.at + one.ms / 1000 + LEAST_DELAY + scattered(int(one.at * 1e6)) / (1 << 64) * (MOST_DELAY - LEAST_DELAY)


def _told(ref: ServiceRef, revision: str, one: Request) -> Iterator[Entry]:
    """What a request leaves in the logs: its own entry, and the container's line where it failed."""
    ended, received = one.at + one.ms / 1000, _received(one)
    severity = ERROR if one.code >= 500 else WARNING if one.code >= 400 else INFO
    yield Entry(ref, revision, REQUESTS, one.at, received, severity, number=one.number, status=one.code, ms=one.ms)
    if one.code >= 500:
        text = _TROUBLES[one.number % len(_TROUBLES)].format(number=one.number)
        yield Entry(ref, revision, STDERR, ended, received, ERROR, number=one.number, text=text)
