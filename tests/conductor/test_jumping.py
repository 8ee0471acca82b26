"""The clock that jumps stands still as long as anybody is at work."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from tests.conductor.jumping import JumpingClock

WAYS: dict[str, Callable[[JumpingClock, Callable[[], object]], Awaitable[object]]] = {
    "the journal's": lambda clock, work: asyncio.get_running_loop().run_in_executor(clock.thread, work),
    "any": lambda clock, work: asyncio.to_thread(work),
}


@pytest.mark.parametrize("thread", WAYS)
async def test_what_is_done_in_a_thread_takes_no_time(thread: str) -> None:
    """However long it takes on a busy machine: who sleeps on the clock is woken when it is done."""
    clock, gate = JumpingClock(), threading.Event()
    began = clock.now()
    async with clock.jumping():
        working = asyncio.ensure_future(WAYS[thread](clock, gate.wait))
        sleeping = asyncio.ensure_future(clock.sleep(60))
        try:
            for _ in range(200):
                await asyncio.sleep(0)
            assert not sleeping.done()
            assert clock.now() == began
        finally:
            gate.set()
        await working
        await sleeping
    assert clock.now() == began + 60
