"""Prints the longest stall, in ms, of an event loop that ticks each millisecond while the Google clients load."""

import asyncio
import time

from warroom.services.google.loading import load_google


async def main() -> float:
    """Tick and load; the longest gap in ms."""
    worst = 0.0
    loading = asyncio.ensure_future(load_google())
    last = time.perf_counter()
    while not loading.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        worst, last = max(worst, now - last), now
    return worst * 1000


if __name__ == "__main__":
    print(asyncio.run(main()))
