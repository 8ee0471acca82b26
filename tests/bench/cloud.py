"""What the benchmarks run against: an embedded cloud in a thread of its own, and a journal with an incident in it."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

from warroom.clock import ScaledClock
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.addresses import Addresses
from warroom.incident.events import AnyFact, Declared, LadderStarted, RoleAcknowledged, RoleAssigned
from warroom.incident.journal.sqlite import SqliteStore
from warroom.resources import config_directory

CORE = (
    "incident-commander",
    "release-manager",
    "lead-developer",
    "qa-lead",
    "devops-engineer",
    "communications-lead",
)


class Cloud:
    """An embedded cloud for as long as the `with` lasts.

    `updates` are the moments (perf_counter) at which changes were asked for.
    """

    def __init__(self, scenario: str = "good-hotfix", speed: float = 1.0) -> None:
        self.scenario = load_scenario(scenario, config_directory() / "scenarios")
        self.clock = ScaledClock(speed=speed)
        self.updates: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Cloud":
        self._thread.start()
        self.addresses: Addresses = self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self.emulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a warroom here."""
        return dict(self.addresses.environment())

    def incident(self, path: Path, *, ladder: bool = True) -> str:
        """A journal with one incident, its ladder at 0 % as a deploy leaves it where it has a `ladder`; its number."""
        journal = SqliteStore(path)
        plan = self.scenario.services[0]
        now = self.clock.now()
        event = journal.begin(
            Declared("bench", "P0", self.scenario.trigger, (plan.ref,), now - 60, place="emulator"), "@bench", now
        )
        target = {plan.stable.revision: 100}
        started = LadderStarted(plan.ref, plan.stable.revision, "", target, (10, 25, 50, 100), 300.0)
        team: list[AnyFact] = [
            fact for role in CORE for fact in (RoleAssigned(role, f"@{role}"), RoleAcknowledged(role))
        ]
        facts = [*team, started] if ladder else team
        journal.append(event.incident, facts, "@bench", now, event.seq)
        journal.close()
        return event.incident

    async def _start(self) -> Addresses:
        self.emulator = Emulator(self.scenario, self.clock)
        change = self.emulator.run.change

        def timed(*args: Any, **kwargs: Any) -> Any:
            self.updates.append(time.perf_counter())
            return change(*args, **kwargs)

        self.emulator.run.change = timed  # type: ignore[method-assign]
        return await self.emulator.start()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
