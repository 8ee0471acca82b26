"""Waiting for a state, and for how long at most: long, as on a busy machine everything comes, only later."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
"""After this a test gives up. Nothing that passes waits for it, so it says nothing of how fast anything should be."""


async def until(true: Callable[[], bool]) -> None:
    """Wait for a state, giving the loop and the threads their turns. Raises TimeoutError when it does not come."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the awaited state did not come")
        await asyncio.sleep(0.001)
