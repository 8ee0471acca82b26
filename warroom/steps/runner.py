"""The port that programs are run through, and the one that runs nothing: a drill's."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from warroom.clock import Clock


class Ended(Struct, frozen=True):
    """How a run ended: done, failed, timed out or cancelled. `exit_code` is None where the program never started."""

    outcome: str
    exit_code: int | None = None
    log: str = ""


class Order(Struct, frozen=True):
    """What is to be run: the step's id, its arguments, how long it may take (seconds), and the log's file name.

    `badge` is what is said of it where nothing is really run.
    """

    step: str
    argv: tuple[str, ...]
    timeout_seconds: float
    log: str
    badge: str = "DRILL"


class Runner(Protocol):
    """Runs one program at a time for whoever asks."""

    simulated: bool

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """Run it to its end, its timeout or `stop`; each line of its output goes to `on_line` as it comes.

        Lines are plain text without escapes and without secrets. Cancelling ends the program too. Never raises for
        what the program does.
        """
        ...


class Simulated:
    """Runs nothing: says what it would have run, waits a moment of the clock's time, and reports exit 0.

    Steps in `failing` report exit 1.
    """

    simulated = True

    def __init__(self, clock: Clock, failing: tuple[str, ...] = (), seconds: float = 3.0) -> None:
        self._clock = clock
        self._failing = failing
        self._seconds = seconds

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """As Runner.run."""
        on_line(f"{order.badge}: nothing is run. In an emergency this would be: {' '.join(order.argv)}")
        await self._clock.sleep(self._seconds)
        if stop.is_set():
            return Ended("cancelled")
        if order.step in self._failing:
            on_line(f"{order.badge}: this scenario lets it fail.")
            return Ended("failed", 1)
        on_line(f"{order.badge}: taken as done.")
        return Ended("done", 0)


def log_name(incident: str, step: str, run: str) -> str:
    """The file name for a run's log."""
    return f"{Path(incident).name}-{step}-{run}.log"
