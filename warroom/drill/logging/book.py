"""Which entries there are: made from the world's requests and the cloud's revisions, so that they agree with both."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import compress

from msgspec import Struct

from warroom.drill.cloud_run.state import CloudState
from warroom.drill.logging.entries import ERROR, INFO, REQUESTS, STDERR, SYSTEM, WARNING, Entry, scattered
from warroom.drill.logging.filters import Holds, Query
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
        self._about: tuple[object, ...] = ()
        self._last: list[Entry] = []

    @property
    def begins_at(self) -> float:
        """Before this nothing was written (Unix seconds)."""
        return self._world.origin - self._world.scenario.history_minutes * 60

    def period(self, project: str, number: int, query: Query) -> list[Entry]:
        """The entries of one period by their own time, in its order; what has not come yet among them.

        Only those that are let through: an hour of a busy service has a hundred thousand. The last answer is kept, as
        who asks for a page of it asks for the next one.
        """
        about = project, number, query.text, *self._known(project, number)
        if about != self._about:
            made = (entry for written in self._written(project, number, query.kind) for entry in written.entries())
            self._about, self._last = about, sorted(filter(query.holds, made), key=lambda one: one.at)
        return self._last

    def came(self, project: str, after: float, until: float, kind: Holds) -> list[Entry]:
        """Those of a kind that is let through which Logging got in (after, until], in the order of their own time."""
        found: list[Entry] = []
        for number in self.periods(after - LONGEST_SECONDS - MOST_DELAY, until):
            for written in self._written(project, number, kind):
                found += written.came(after, until)
        found.sort(key=lambda one: one.at)
        return found

    def periods(self, start: float, end: float) -> range:
        """The numbers of the periods that have a part in `start`…`end`."""
        seconds = self._world.period_seconds
        return range(math.floor(max(start, self.begins_at) / seconds), math.floor(end / seconds) + 1)

    def _known(self, project: str, number: int) -> Iterator[object]:
        """What the entries of a period follow from: the traffic, as far as it is known, and the revisions."""
        for ref in sorted(self._world.places):
            if ref.project == project:
                for revision in self._world.served(ref):
                    yield revision, self._world.pieces(ref, revision, number)
                for one in self._state.services[ref].revisions.values():
                    yield one.name, one.settled_at, one.failure

    def _written(self, project: str, number: int, kind: Holds) -> Iterator["_Written"]:
        for ref in sorted(self._world.places):
            if ref.project == project:
                for revision in self._world.served(ref):
                    requests = self._world.requests(ref, revision, number)
                    order = partial(self._order, ref, revision, number, requests)
                    yield _Written(kind, requests=requests, order=order, ref=ref, revision=revision)
                if system := self._of_system(ref, number):
                    yield _Written(kind, system)

    def _order(self, ref: ServiceRef, revision: str, number: int, requests: Sequence[Request]) -> "_Order":
        key = (ref, revision, number, self._world.pieces(ref, revision, number))
        order = self._orders.get(key)
        if order is None:
            order = _Order(requests)
            if len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[key] = order
        return order

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
    """Entries as they are, or requests whose entries are made when asked for; of both what `kind` lets through."""

    kind: Holds
    ready: Sequence[Entry] = ()
    requests: Sequence[Request] = ()
    order: Callable[[], _Order] | None = None
    ref: ServiceRef | None = None
    revision: str = ""

    def entries(self) -> Iterator[Entry]:
        """All of them, by their own time."""
        yield from filter(self.kind, self.ready)
        yield from self._told(self.requests)

    def came(self, after: float, until: float) -> Iterator[Entry]:
        """Those that Logging got in (after, until]."""
        yield from (one for one in self.ready if after < one.received <= until and self.kind(one))
        if self.order is not None:
            order = self.order()
            first, last = bisect_right(order.moments, after), bisect_right(order.moments, until)
            yield from self._told(self.requests[place] for place in order.places[first:last])

    def _told(self, requests: Iterable[Request]) -> Iterator[Entry]:
        """What requests leave in the logs; of most of them nothing is asked, and nothing made."""
        wanted: dict[int, tuple[bool, ...]] = {}
        for one in requests:
            kinds = wanted.get(one.code)
            if kinds is None:
                wanted[one.code] = kinds = tuple(self.kind(entry) for entry in self._left(one))
            if any(kinds):
                yield from compress(self._left(one), kinds)

    def _left(self, one: Request) -> Iterator[Entry]:
        return iter(()) if self.ref is None else _told(self.ref, self.revision, one)


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
