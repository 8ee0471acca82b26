"""One conductor on fakes: a journal in a folder of the test's own, a clock moved by hand, the shipped config."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import IMAGE, PAY, FakeCloudRun, FakeMonitoring, FakeProber, ShakyJournal
from tests.patience import PATIENCE_SECONDS
from tests.patience import until as until
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident.events import Declared, Event, Judged
from warroom.incident.fold import fold
from warroom.incident.state import Incident, Ladder, Lane
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.resources import config_directory
from warroom.rollout.evidence import Clause, Grade, Verdict
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services.clients import Clients

SHIPPED = load(config_directory())
"""The config as it ships."""

_UNSTAGED = tuple(replace(service, staging_project="") for service in SHIPPED.services.services)
CONFIG = replace(SHIPPED, services=replace(SHIPPED.services, services=_UNSTAGED))
"""The same for services that have no staging, so that deploying asks for no validation."""

NAME = PAY.name
Kind = TypeVar("Kind")


def declaration(at: float, *services: ServiceRef) -> Declared:
    """A P0 that was detected five minutes before `at`."""
    return Declared("checkout answers 500", "P0", "payment-failure", services or (PAY,), at - 300)


class Rig:
    """What a test of the conductor holds in its hands."""

    def __init__(self, path: Path, config: Config = CONFIG, refs: tuple[ServiceRef, ...] = (PAY,)) -> None:
        self.clock = ManualClock()
        self.journal = ShakyJournal(path)
        self.thread = ThreadPoolExecutor(1)
        self.recorder = Recorder(self.journal, self.thread, self.clock, "@rm")
        self.conductor = Conductor(config, self.recorder)
        self.conductor.definitions = path.parent / "definitions"
        self.run = FakeCloudRun(*refs)
        self.monitoring = FakeMonitoring()
        self.prober = FakeProber(self.clock)
        self.refs = refs
        self._others: list[ShakyJournal] = []

    async def declared(self) -> None:
        """An incident, connected, with one look at the services."""
        await self.conductor.declare(declaration(self.clock.now(), *self.refs))
        self.conductor.attach(Clients(self.run, self.monitoring, self.prober))
        await self.look()

    async def deployed(self) -> None:
        """A hotfix at 0 %."""
        await self.declared()
        await self.fire(self.conductor.plan("deploy", NAME, image=IMAGE))
        await self.look()

    async def at(self, percent: int) -> None:
        """A hotfix that was taken to `percent` in one go, just now."""
        await self.deployed()
        plan = self.conductor.plan("advance", NAME, to=percent)
        await self.fire(plan, Consent(reason="set up"))
        await self.look()

    async def baked(self, percent: int, grade: Grade, why: str = "") -> None:
        """At `percent`, its bake over, with a verdict of `grade`."""
        await self.at(percent)
        self.clock.advance(self.ladder.bake_seconds)
        await self.judge(grade, why)

    async def look(self) -> None:
        """One look, as the loop has it."""
        await self.conductor.watching.look(self.run)

    async def judge(self, grade: Grade, why: str = "") -> None:
        """The evidence says `grade`."""
        words = why or f"5xx 2 of 240: {grade.value}"
        clause = Clause("errors", self.candidate, grade, 240, 2, 2 / 240, 0.001, 0.03, 0.01, words=words)
        percent = self.ladder.percent or 0
        verdict = Verdict(grade, self.clock.now(), percent, self.candidate, "", (clause,), words=words)
        await self.conductor.record(Judged(PAY, verdict))

    async def fire(self, plan: Plan, consent: Consent | None = None) -> Service:
        """Fire a plan and wait for its end; a deployment with a reason, as no step before it is ticked here."""
        if consent is None and plan.action == "deploy":
            consent = Consent(reason="set up")
        return await self.conductor.carry_out(plan, consent)

    def start(self, action: str, revision: str = "", image: str = "") -> "asyncio.Task[Service]":
        """Plan and fire, without waiting."""
        return asyncio.ensure_future(self.fire(self.conductor.plan(action, NAME, revision=revision, image=image)))

    @property
    def incident(self) -> Incident:
        """As the conductor has it."""
        return self.conductor.incident

    @property
    def lane(self) -> Lane:
        """The payment service's."""
        return self.conductor.lane(NAME)

    @property
    def did(self) -> str:
        """What was done last that should help users; "" for nothing."""
        return self.incident.relief.how if self.incident.relief else ""

    @property
    def ladder(self) -> Ladder:
        """The ladder, which must have been started."""
        ladder = self.lane.ladder
        assert ladder is not None
        return ladder

    @property
    def candidate(self) -> str:
        """The hotfix's revision."""
        return self.ladder.candidate

    def log(self) -> list[Event]:
        """All that the journal holds; waits for what is being written."""
        return self.thread.submit(self.journal.read, self.incident.id).result(PATIENCE_SECONDS)

    def facts(self, kind: type[Kind]) -> list[Kind]:
        """The facts of one kind in the journal."""
        return [event.fact for event in self.log() if isinstance(event.fact, kind)]

    def agrees(self) -> bool:
        """Whether memory and journal hold the same incident."""
        return fold(self.log()) == self.incident

    def other(self) -> Recorder:
        """A second writer on the same file, with a journal of its own that `close` closes."""
        journal = ShakyJournal(self.journal.path)
        recorder = Recorder(journal, self.thread, self.clock, "@backup-rm")
        self._others.append(journal)
        return recorder

    def close(self) -> None:
        """Close the journals."""
        if self.journal.gate:
            self.journal.gate.set()
        self.thread.shutdown(wait=True)
        for journal in (self.journal, *self._others):
            journal.close()


@asynccontextmanager
async def rigged(path: Path, config: Config = CONFIG, refs: tuple[ServiceRef, ...] = (PAY,)) -> AsyncIterator[Rig]:
    """A rig for as long as the block lasts."""
    rig = Rig(path, config, refs)
    try:
        yield rig
    finally:
        await rig.recorder.settled()
        rig.close()
