"""A clock that jumps: when everybody waits for it and nobody for the outside, it goes on to who wakes first."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

from tests.clocks import START

_P = ParamSpec("_P")
_T = TypeVar("_T")
QUIET_TURNS = 6  # of the loop, in which whatever was woken has gone back to sleep


class JumpingClock:
    """Nothing but waiting passes time. `jumping` must be running; what is `told` it to be busy holds it still."""

    def __init__(self, at: float = START) -> None:
        self._now = at
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._busy: set[asyncio.Task[Any]] = set()
        self._asleep: set[asyncio.Task[Any]] = set()
        self.thread = CountingThreads(1)
        self._threads = CountingThreads()

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has jumped that far."""
        task = asyncio.current_task()
        assert task is not None
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + max(0.0, seconds), next(self._number), woken))
        self._asleep.add(task)
        try:
            await woken
        finally:
            self._asleep.discard(task)

    def told(self, call: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
        """The same call of the outside, while which the clock stands still unless the call itself sleeps on it."""

        @wraps(call)
        async def counted(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            task = asyncio.current_task()
            assert task is not None
            self._busy.add(task)
            try:
                return await call(*args, **kwargs)
            finally:
                self._busy.discard(task)

        return counted

    @asynccontextmanager
    async def jumping(self) -> AsyncIterator[None]:
        """Jump for as long as the block lasts; what the loop has done in threads holds the clock still too."""
        asyncio.get_running_loop().set_default_executor(self._threads)
        driving = asyncio.ensure_future(self._drive())
        try:
            yield
        finally:
            driving.cancel()
            await asyncio.gather(driving, return_exceptions=True)

    async def _drive(self) -> None:
        quiet = 0
        while True:
            if self._busy <= self._asleep and not self.thread.busy and not self._threads.busy:
                quiet += 1
                await asyncio.sleep(0)
            else:
                quiet = 0
                await asyncio.sleep(0.0005)
            if quiet >= QUIET_TURNS and self._sleepers:
                quiet = 0
                at, _, woken = heapq.heappop(self._sleepers)
                self._now = max(self._now, at)
                if not woken.done():
                    woken.set_result(None)


class Told:
    """Any client, its calls counted as the outside at work."""

    def __init__(self, client: object, clock: JumpingClock) -> None:
        self._client = client
        self._clock = clock

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return self._clock.told(getattr(self._client, name))


class CountingThreads(ThreadPoolExecutor):
    """Worker threads of which is known how many calls the loop still waits for."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__(most)
        self.busy = 0

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        """As the executor, counted until the loop has the result: a thread may be halted between its end and that."""
        self.busy += 1
        future = super().submit(fn, *args, **kwargs)
        loop = asyncio.get_running_loop()

        def count_off() -> None:
            self.busy -= 1

        # In a later turn, so that it comes behind the callback by which the caller gets the result.
        loop.call_soon(future.add_done_callback, lambda _: loop.call_soon_threadsafe(count_off))
        return future


class NowOf:
    """The same time for the other side, whose own waiting takes none."""

    def __init__(self, clock: JumpingClock) -> None:
        self.now = clock.now

    async def sleep(self, seconds: float) -> None:
        """Give the others a turn."""
        await asyncio.sleep(0)
