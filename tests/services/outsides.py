"""An embedded cloud with the clients of the systems beside Google's on it, as the shipped configuration names them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from tests.clocks import ManualClock
from tests.drill.clients import SCENARIOS
from warroom.drill.scenario import directory
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.emulator import Emulator
from warroom.drill.systems.ledger import Sent
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.services.systems.ports import Others
from warroom.wiring import systems

S = TypeVar("S")


@dataclass
class Outside:
    """A running cloud, its clock, and the clients that a drill has."""

    emulator: Emulator
    clock: ManualClock
    others: Others

    def system(self, kind: type[S]) -> S:
        """The cloud's side of one system."""
        return next(one for one in self.emulator.others.systems if isinstance(one, kind))

    def url(self, system: str) -> str:
        """Where a system's API is."""
        return directory.url(self.emulator.stage.http, system)

    @property
    def secrets(self) -> dict[str, str]:
        """The systems' tokens."""
        return directory.secrets(self.emulator.token)

    def sent(self, system: str) -> list[Sent]:
        """What reached a system, oldest first."""
        return list(self.emulator.stage.ledger.all(system))

    def befall(self, system: str, code: int, method: str = "*", times: int = 1, seconds: float = 0.0) -> None:
        """Let the next calls of a system be answered with an HTTP status."""
        self.emulator.faults.add(Fault("http", method, system=system, code=code, times=times, seconds=seconds))


@asynccontextmanager
async def outside(scenario: Scenario | None = None) -> AsyncIterator[Outside]:
    """Such a cloud for as long as the block lasts; of good-hotfix unless told otherwise."""
    scenario = scenario or load_scenario("good-hotfix", SCENARIOS)
    clock, config = ManualClock(), load(config_directory())
    emulator = Emulator(scenario, clock, cast=systems.cast(config))
    addresses = await emulator.start()
    others = systems.drill(config.integrations, addresses.http, addresses.token, clock)
    try:
        yield Outside(emulator, clock, others)
    finally:
        await others.close()
        await emulator.stop()
