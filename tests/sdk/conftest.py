"""One embedded cloud for a module of tests, in a thread of its own: other people's clients block theirs."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clocks import ManualClock
from tests.drill.clients import SCENARIOS
from tests.patience import PATIENCE_SECONDS
from warroom.drill.scenario import directory
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.addresses import Addresses
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.wiring import systems


@dataclass(frozen=True)
class Cloud:
    """A running cloud, its addresses and its clock; `secrets` are what the systems take, by name."""

    emulator: Emulator
    addresses: Addresses
    clock: ManualClock

    @property
    def secrets(self) -> dict[str, str]:
        """The systems' tokens."""
        return directory.secrets(self.emulator.token)

    def url(self, system: str) -> str:
        """Where a system's API is."""
        return directory.url(self.addresses.http, system)

    @property
    def path(self) -> str:
        """The resource name of the scenario's first service."""
        return self.emulator.world.scenario.services[0].ref.path

    def pass_operation(self) -> None:
        """Let as much time pass as an operation takes."""
        self.clock.advance(self.emulator.world.scenario.operation_seconds)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """good-hotfix, with the people and names of the shipped configuration."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    clock = ManualClock()
    scenario = load_scenario("good-hotfix", SCENARIOS)

    async def start() -> tuple[Emulator, Addresses]:
        emulator = Emulator(scenario, clock, cast=systems.cast(load(config_directory())))
        return emulator, await emulator.start()

    emulator, addresses = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_SECONDS)
    try:
        yield Cloud(emulator, addresses, clock)
    finally:
        asyncio.run_coroutine_threadsafe(emulator.stop(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
