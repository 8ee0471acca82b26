"""google.logging.v2 LoggingServiceV2: the entries of the simulated world, listed and tailed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from random import Random

import grpc
from google.cloud.logging_v2.types import (
    ListLogEntriesRequest,
    ListLogEntriesResponse,
    TailLogEntriesRequest,
    TailLogEntriesResponse,
)

from warroom.clock import Clock, real_seconds
from warroom.drill.cloud_run.state import CloudState
from warroom.drill.logging.book import Book
from warroom.drill.logging.entries import Entry, message, scattered
from warroom.drill.logging.filters import FilterError, Query, parse
from warroom.drill.wire.grpc import Method, Refused, StreamMethod, service_handler
from warroom.drill.wire.proto import Message, get_seconds

DEFAULT_PAGE, LARGEST_PAGE = 50, 1000
MOST_SESSIONS = 10
"""Tails that one project may have at once, as Google has it."""

MOST_PER_MINUTE = 60_000
"""Entries that a project's tails give in a minute; the others are suppressed, and said to be."""

TAIL_SECONDS = 3600.0
"""After so long a tail ends by itself, and has to be opened anew."""

MOST_BUFFER_SECONDS, DEFAULT_BUFFER_SECONDS = 60.0, 2.0
POLL_SECONDS, LEAST_POLL_SECONDS = 0.25, 0.05
"""How often a tail looks for entries, in seconds of the clock, and of this machine's at least."""

MOST_AT_ONCE = 500
"""Entries of one response of a tail."""

LIST = "google.logging.v2.LoggingServiceV2/ListLogEntries"
TAIL = "google.logging.v2.LoggingServiceV2/TailLogEntries"

_ListResponse = ListLogEntriesResponse.pb()
_TailResponse = TailLogEntriesResponse.pb()
_Suppression = TailLogEntriesResponse.SuppressionInfo.pb()
_RATE_LIMIT = int(TailLogEntriesResponse.SuppressionInfo.Reason.RATE_LIMIT)


class LoggingApi:
    """Answers the calls of Cloud Logging clients from the world."""

    def __init__(self, state: CloudState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._book = Book(state)
        self._sessions: Counter[str] = Counter()

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """For a gRPC server."""
        methods: dict[str, Method | StreamMethod] = {
            "ListLogEntries": Method(ListLogEntriesRequest.pb(), _ListResponse, self.list_log_entries),
            "TailLogEntries": StreamMethod(TailLogEntriesRequest.pb(), _TailResponse, self.tail_log_entries),
        }
        return (service_handler("google.logging.v2.LoggingServiceV2", methods, self._state.faults),)

    async def list_log_entries(self, request: Message) -> Message:
        """One page of the entries that the filter lets through, by their own time."""
        now = self._now()
        project, query = self._project(request.resource_names), _query(request.filter)
        if request.page_size < 0:
            raise _invalid("page_size must not be negative.")
        if request.order_by not in ("", "timestamp asc", "timestamp desc"):
            raise _invalid("order_by must be 'timestamp asc' or 'timestamp desc'.")
        late = self._state.faults.take("late-entries", LIST, request.filter)
        share = self._excluded(LIST, request.filter)
        now -= late.seconds or 0.0 if late else 0.0
        newest_first = request.order_by == "timestamp desc"
        most = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
        numbers = self._book.periods(query.start, min(query.end, now))
        ordered = list(reversed(numbers) if newest_first else numbers)
        begin, skip = _position(request.page_token, ordered)
        response = _ListResponse()
        for number in ordered[begin:]:
            entries = self._book.period(project, number, query)
            found = [one for one in entries if one.received <= now and not _dropped(one, share)]
            if newest_first:
                found.reverse()
            for place, one in enumerate(found[skip:], skip):
                if len(response.entries) == most:
                    response.next_page_token = f"{number}:{place}"
                    return response
                response.entries.append(message(one))
            skip = 0
            await asyncio.sleep(0)  # an hour of a busy service takes a while: others are answered meanwhile
        return response

    async def tail_log_entries(self, requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """The entries that come from now on and that the filter lets through, each once it was buffered."""
        request = await anext(requests, None)
        if request is None:
            raise _invalid("The first request of a tail says what it is about.")
        project, query = self._project(request.resource_names), _query(request.filter)
        buffer = get_seconds(request.buffer_window) if request.HasField("buffer_window") else DEFAULT_BUFFER_SECONDS
        if not 0 <= buffer <= MOST_BUFFER_SECONDS:
            raise _invalid("buffer_window must be between 0 and 60000 milliseconds.")
        if self._sessions[project] >= MOST_SESSIONS:
            words = f"Quota exceeded for quota metric 'Tail sessions' of consumer 'projects/{project}'."
            raise Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, words)
        self._sessions[project] += 1
        try:
            async for response in self._tailed(project, query, request.filter, buffer):
                yield response
        finally:
            self._sessions[project] -= 1

    async def _tailed(self, project: str, query: Query, about: str, buffer: float) -> AsyncIterator[Message]:
        began = told_to = self._now()
        minute, given = began, 0
        while self._now() - began < TAIL_SECONDS:
            # This machine's time, not the clock's: who waits here must not move a clock that a test moves by hand.
            await asyncio.sleep(max(LEAST_POLL_SECONDS, real_seconds(self._clock, POLL_SECONDS)))
            now = self._now()
            if broken := self._state.faults.take("broken-tail", TAIL, about):
                raise Refused(grpc.StatusCode[broken.status or "UNAVAILABLE"], "Injected: the stream broke.")
            late = self._state.faults.take("late-entries", TAIL, about)
            share = self._excluded(TAIL, about)
            delay = buffer + (late.seconds or 0.0 if late else 0.0)
            found = [
                one
                for one in self._book.came(project, told_to - delay, now - delay, query.kind)
                if one.received > began - buffer and query.holds(one) and not _dropped(one, share)
            ]
            told_to = now
            if now - minute >= 60:
                minute, given = now, 0
            kept = self._unsuppressed(found, about)[: max(0, MOST_PER_MINUTE - given)]
            given += len(kept)
            if kept and self._state.faults.take("doubled-entries", TAIL, about):
                kept = [one for one in kept for _ in range(2)]
            for response in _responses(kept, len(found) - len(kept) if len(kept) < len(found) else 0):
                yield response

    def _unsuppressed(self, found: list[Entry], about: str) -> list[Entry]:
        suppressed = self._state.faults.take("suppressed-entries", TAIL, about) if found else None
        if suppressed is None:
            return found
        random = Random(found[0].insert_id)
        return [one for one in found if random.random() >= (suppressed.share or 0.0)]

    def _excluded(self, method: str, about: str) -> float:
        """The share of entries that an exclusion filter drops before they are stored."""
        fault = self._state.faults.take("excluded-entries", method, about)
        return (fault.share or 0.0) if fault else 0.0

    def _now(self) -> float:
        now = self._clock.now()
        self._state.settle(now)
        return now

    def _project(self, names: Sequence[str]) -> str:
        if len(names) != 1 or not names[0].startswith("projects/"):
            raise _invalid("The embedded cloud takes one resource name, projects/PROJECT.")
        project = names[0].removeprefix("projects/")
        if not any(ref.project == project for ref in self._state.world.places):
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Project does not exist: {project}")
        return project


def _responses(entries: list[Entry], suppressed: int) -> list[Message]:
    found: list[Message] = []
    for first in range(0, max(len(entries), 1 if suppressed else 0), MOST_AT_ONCE):
        response = _TailResponse(entries=[message(one) for one in entries[first : first + MOST_AT_ONCE]])
        if suppressed and not found:
            response.suppression_info.append(_Suppression(reason=_RATE_LIMIT, suppressed_count=suppressed))
        found.append(response)
    return found


def _dropped(one: Entry, share: float) -> bool:
    """Always the same entries: what was never stored is never found."""
    return share > 0 and scattered(one.mark + 1) >> 32 < share * (1 << 32)


def _query(text: str) -> Query:
    try:
        return parse(text)
    except FilterError as error:
        raise _invalid(str(error)) from error


def _position(token: str, ordered: Sequence[int]) -> tuple[int, int]:
    """Where a page begins: which of the periods, and after how many of its entries."""
    if not token:
        return 0, 0
    number, _, skip = token.partition(":")
    if not (skip.isascii() and skip.isdigit() and number.isascii() and number.isdigit()):
        raise _invalid("The page_token is invalid.")
    if int(number) not in ordered:
        raise _invalid("The page_token is of another question.")
    return ordered.index(int(number)), int(skip)


def _invalid(words: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, words)
