"""How soon the logs fail a bad hotfix: seconds from the split to the verdict, time running as it does."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from tests.bench.measures import Result
from warroom.clock import ScaledClock
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.traffic.plans import Consent
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.incident.events import Declared
from warroom.incident.journal.sqlite import SqliteStore
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.probe import HttpProber

LONGEST_SECONDS = 90.0
BEFORE_SECONDS = 20.0  # the logs are followed for so long, and compared with Monitoring, before the split


def loud(state: Path, times: int = 3) -> Iterator[Result]:
    """`bad-hotfix` at 25 % on an embedded cloud at speed 1: until FAIL stands, the median of several times."""
    found = [asyncio.run(_once(state / f"loud-{number}.db")) for number in range(times)]
    yield Result("FAIL after a bad split", median(found), 20.0, "s", "from the split at speed 1")


async def _once(journal: Path) -> float:
    config = load(config_directory())
    unstaged = tuple(replace(service, staging_project="") for service in config.services.services)
    config = replace(config, services=replace(config.services, services=unstaged))
    clock, scenario = ScaledClock(), load_scenario("bad-hotfix", config_directory() / "scenarios")
    plan, emulator = scenario.services[0], Emulator(scenario, clock)
    addresses = await emulator.start()
    run, monitoring, logging = (Endpoint(one) for one in (addresses.run, addresses.monitoring, addresses.logging))
    google = await connect(run, monitoring, clock, logging=logging)
    clients = Clients(google.run, google.monitoring, HttpProber(clock), logs=google.logs)
    store, thread = SqliteStore(journal), ThreadPoolExecutor(1)
    conductor = Conductor(config, Recorder(store, thread, clock, "@rm"))
    await conductor.declare(Declared("bench", "P0", "payment-failure", (plan.ref,), clock.now() - 300))
    conductor.attach(clients)
    running = asyncio.ensure_future(conductor.run())
    try:
        await conductor.first_look(plan.name)
        consent = Consent(reason="bench")
        await conductor.carry_out(conductor.plan("deploy", plan.name, image=plan.hotfix_image), consent)
        await clock.sleep(BEFORE_SECONDS)
        await conductor.carry_out(conductor.plan("advance", plan.name, to=25), consent)
        ladder = conductor.lane(plan.name).ladder
        began = clock.now() if ladder is None or ladder.applied_at is None else ladder.applied_at
        while clock.now() < began + LONGEST_SECONDS:
            verdict = conductor.lane(plan.name).step_verdict
            if verdict is not None and verdict.grade is Grade.FAIL:
                break
            await clock.sleep(0.1)
        return clock.now() - began
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await clients.close()
        await emulator.stop()
        await asyncio.to_thread(thread.shutdown)
        store.close()
