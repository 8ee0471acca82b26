"""An embedded cloud for other processes, whose next writes wait at a gate until the test lets them in, one by one."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from msgspec.structs import replace

from tests.patience import PATIENCE_SECONDS
from warroom.clock import ScaledClock, clock_text
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.resources import config_directory

GOOD = load_scenario("good-hotfix", config_directory() / "scenarios")
SERVICE = GOOD.services[0]
STABLE = SERVICE.stable.revision
HELD_SECONDS = 3599.0
"""A write that is answered so late waits at the gate, not for a clock."""
Answer = TypeVar("Answer")


class GateClock(ScaledClock):
    """Five times as fast as time; who would sleep for HELD_SECONDS waits until it is let in."""

    def __init__(self) -> None:
        super().__init__(speed=5.0)
        self.gates: list[asyncio.Event] = []

    async def sleep(self, seconds: float) -> None:
        """As its base, but for what is held."""
        if seconds != HELD_SECONDS:
            await super().sleep(seconds)
            return
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()


class HeldCloud:
    """The cloud in a thread of its own; everything here may be called from the test's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._clock = GateClock()
        self.emulator = Emulator(replace(GOOD, faults=(), operation_seconds=1.0), self._clock)
        self.variables: dict[str, str] = {}

    async def start(self) -> None:
        """Listen."""
        addresses = await self.emulator.start()
        self.variables = {**addresses.environment(), "WARROOM_CLOCK": clock_text(self._clock)}

    def hold(self, writes: int) -> None:
        """The next so many writes wait at the gate."""
        fault = Fault("delay", method="UpdateService", times=writes, seconds=HELD_SECONDS)
        self._do(lambda: self.emulator.faults.add(fault))

    @property
    def waiting(self) -> int:
        """How many writes are at the gate."""
        return len(self._clock.gates)

    def let_in(self, *order: int) -> None:
        """Let them in, in this order of their arrival; each is done before the next is looked at."""

        def opens() -> None:
            for number in order:
                self._clock.gates[number].set()
            self._clock.gates.clear()
            self.emulator.faults.clear()

        self._do(opens)

    @property
    def served(self) -> dict[str, int]:
        """What the cloud really serves, by revision in percent."""

        def split() -> dict[str, int]:
            self.emulator.state.settle(self._clock.now())
            return self.emulator.state.services[SERVICE.ref].split()

        return self._do(split)

    def _do(self, work: Callable[[], Answer]) -> Answer:
        done: Future[Answer] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(work()))
        return done.result(PATIENCE_SECONDS)


@contextmanager
def held_cloud() -> Iterator[HeldCloud]:
    """One that listens for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    cloud = HeldCloud(loop)
    try:
        asyncio.run_coroutine_threadsafe(cloud.start(), loop).result(PATIENCE_SECONDS)
        yield cloud
    finally:
        asyncio.run_coroutine_threadsafe(cloud.emulator.stop(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
