"""Opening what takes a while: in a worker thread, one such at a time, and again where it failed."""

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_one_at_a_time = threading.Lock()


async def apart(function: Callable[[], T]) -> T:
    """Call a function that imports a lot in a worker thread, the loop running on meanwhile.

    The collector is off meanwhile: in the middle of imports it walks every object made so far while it holds the
    interpreter's lock, which is what the loop would feel. And only one runs at a time: Python before 3.11.8 and 3.12.2
    fails with a SystemError when two threads build syntax trees at once, as anyio and inspect do while they are
    imported (python/cpython#106905).
    """

    def alone() -> T:
        with _one_at_a_time:
            collecting = gc.isenabled()
            gc.disable()
            try:
                return function()
            finally:
                if collecting:
                    gc.enable()

    return await asyncio.to_thread(alone)


class Opened(Generic[T]):
    """What is opened when it is first asked for, once for all who ask. What failed is tried again with the next."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._opening: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The opened thing. Raises what opening it raises."""
        if self._opening is None or _failed(self._opening):
            self._opening = asyncio.create_task(apart(self._function))
        return await asyncio.shield(self._opening)

    async def if_any(self) -> T | None:
        """The opened thing, None where it was never asked for or could not be opened."""
        if self._opening is None:
            return None
        await asyncio.wait([self._opening])
        return None if _failed(self._opening) else self._opening.result()


def _failed(task: "asyncio.Task[T]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
