"""Time that passes only when told to, and a journal that can be cut off in the middle of a change."""

import asyncio
import heapq
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec.structs import replace

from tests.conductor.jumping import QUIET_TURNS, JumpingClock
from warroom.incident.events import AnyFact, ChangeIntended, Declared, Event
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore

_P = ParamSpec("_P")
_T = TypeVar("_T")
NOBODY = f"{socket.gethostname()}/{2**22 + 1}"
"""An owner whose process is gone: no process id is that high."""


class SteppingClock(JumpingClock):
    """A JumpingClock that jumps when it is told to. What is `told` is waited for as there, on the wire in real time."""

    async def settle(self) -> None:
        """Let everybody go on until all wait for the clock, or for ever."""
        quiet = 0
        while quiet < QUIET_TURNS:
            resting = self._busy <= self._asleep
            quiet = quiet + 1 if resting else 0
            await asyncio.sleep(0 if resting or self.in_process else 0.0005)

    in_process = True
    """Whether the outside is in this process, and needs turns of the loop instead of real time."""

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While this lasts the task that entered it waits for the clock in a way of its own."""
        task = asyncio.current_task()
        assert task is not None
        self._asleep.add(task)
        try:
            yield
        finally:
            self._asleep.discard(task)

    async def pass_(self, seconds: float) -> None:
        """Let `seconds` pass: whoever wakes in them does so in order, and goes as far as it gets."""
        until = self._now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._now = max(self._now, at)
            woken.set_result(None)
            await self.settle()
        self._now = until


class Inline(Executor):
    """Does it at once, on this thread: the order of things is then the loop's alone."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        """As the executor, done when it returns."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class MortalJournal(SqliteStore):
    """A journal that belongs to one process: when that is `dead` nothing is written any more."""

    dead = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._connection.execute("PRAGMA synchronous = OFF")  # no power fails here, and steps must be quick

    def begin(self, fact: Declared, actor: str, at: float) -> Event:
        """As the journal, while it lives."""
        self._alive()
        return super().begin(fact, actor, at)

    def append(
        self,
        incident_id: str,
        facts: Sequence[AnyFact],
        actor: str,
        at: float,
        after_seq: int,
        *,
        once: bool = False,
    ) -> list[Event]:
        """As the journal, while it lives. What it intends is known as a process's that others can see is gone."""
        self._alive()
        owned = [replace(fact, owner=NOBODY) if isinstance(fact, ChangeIntended) else fact for fact in facts]
        return super().append(incident_id, owned, actor, at, after_seq, once=once)

    def _alive(self) -> None:
        if self.dead:
            raise JournalError("The process is gone", "Nothing.")
