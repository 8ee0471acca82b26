"""The port to request and error logs: what the conductor asks of Cloud Logging, and all that it ever gets from it.

Addresses, clients' addresses and user agents stay with the client: a request is its revision, moment, status and time.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from msgspec import Struct

from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.text import plain

LINE = 160
"""Characters that one line of a log may take."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b", re.IGNORECASE)
_SECRET = re.compile(r"(?<![\w./+=-])(?=[\w./+=-]*\d)[\w./+=-]{24,}")
_NUMBER = re.compile(r"\b(?=[\w-]*\d)[0-9a-f-]{8,}\b|\d{4,}", re.IGNORECASE)

_STANDS = (
    (_URL, "[url]"), (_MAIL, "[e-mail]"), (_ADDRESS, "[address]"), (_SECRET, "[id]"), (_NUMBER, "[id]"),
)  # fmt: skip


class LogLine(Struct, frozen=True):
    """One entry as it may be shown: its moment (Unix seconds), revision, severity's name, and one safe line."""

    at: float
    revision: str
    severity: str
    text: str


class ErrorLog(Struct, frozen=True):
    """The entries of severity ERROR and above in [start, end), Unix seconds; with `more` there are at least `count`.

    An error that the service logs itself is an entry, and the failed request another: not requests are counted.
    """

    start: float
    end: float
    count: int
    newest: tuple[LogLine, ...] = ()
    more: bool = False


class Logged(Struct, frozen=True):
    """One request: when it began (Unix seconds), its answer's status, and how long it took.

    `key` tells it from every other one, and says nothing else.
    """

    service: str
    revision: str
    at: float
    status: int
    ms: float
    key: str


class Tailed(Struct, frozen=True):
    """One answer of a tail; `suppressed` is how many entries at least Logging left out of it."""

    requests: tuple[Logged, ...]
    suppressed: int = 0


class Logs(Protocol):
    """Cloud Logging, as far as warroom needs it. Every method raises `services.errors.ServiceError`."""

    async def errors_since(
        self, ref: ServiceRef, revisions: Sequence[str], start: float, end: float, lines: int = 3
    ) -> ErrorLog:
        """The entries of severity ERROR and above by these revisions (all with none) in [start, end), in one query."""
        ...

    def tail(self, services: Sequence[ServiceRef], share: float = 1.0) -> AsyncGenerator[Tailed, None]:
        """The requests to services of one project as they are logged, until it breaks; a `share` (0–1) of them.

        An answer without requests says that the stream stands.
        """
        ...

    async def requests(
        self, services: Sequence[ServiceRef], start: float, end: float, share: float = 1.0
    ) -> tuple[Logged, ...]:
        """The requests that began in [start, end), as a tail would have told of them; at most `MOST_LISTED`, oldest."""
        ...

    async def close(self) -> None:
        """Close the channel."""
        ...


MOST_LISTED = 5000
"""Requests that one hole is filled with."""


class UnreadLogs:
    """Answers every question with the reason why Logging is not asked."""

    def __init__(self, why: ServiceError) -> None:
        self._why = why

    async def errors_since(
        self, ref: ServiceRef, revisions: Sequence[str], start: float, end: float, lines: int = 3
    ) -> ErrorLog:
        """Raises ServiceError."""
        raise self._why

    async def tail(self, services: Sequence[ServiceRef], share: float = 1.0) -> AsyncGenerator[Tailed, None]:
        """Raises ServiceError."""
        nothing: tuple[Tailed, ...] = ()
        for one in nothing:  # which makes this a generator, as the port wants it
            yield one
        raise self._why

    async def requests(
        self, services: Sequence[ServiceRef], start: float, end: float, share: float = 1.0
    ) -> tuple[Logged, ...]:
        """Raises ServiceError."""
        raise self._why

    async def close(self) -> None:
        """Nothing is open."""


def line(text: str) -> str:
    """A log's text as one safe line: without tokens, e-mail and network addresses, URLs and long numbers.

    What is left names the kind of trouble; whose it was does not leave the client.
    """
    told = plain(text, LINE * 4)
    for pattern, stands in _STANDS:
        told = pattern.sub(stands, told)
    return plain(told, LINE)
