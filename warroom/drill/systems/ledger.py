"""What the other systems of a drill were sent: each write, with what became of it."""

from collections import deque

from msgspec import Struct

MOST = 1000
_LONGEST_BODY = 4000


class Sent(Struct, frozen=True):
    """One write. `at` is the drill's clock (Unix seconds), `status` the answer's; `refused` says why, "" for taken."""

    number: int
    at: float
    system: str
    method: str
    path: str
    summary: str
    body: str
    status: int
    refused: str = ""


class Ledger:
    """The newest `MOST` writes, oldest first."""

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque(maxlen=MOST)
        self._count = 0

    def add(
        self, at: float, system: str, method: str, path: str, summary: str, body: str, status: int, refused: str
    ) -> None:
        """One more."""
        self._count += 1
        self._sent.append(Sent(self._count, at, system, method, path, summary, body[:_LONGEST_BODY], status, refused))

    def all(self, system: str = "") -> tuple[Sent, ...]:
        """Those that are remembered, of one system or of all."""
        return tuple(one for one in self._sent if system in ("", one.system))
