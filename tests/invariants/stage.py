"""One embedded cloud, one journal, and the process that conducts, which can be killed and started anew."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from tests.conductor.fakes import FakeMonitoring, FakeProber
from tests.conductor.jumping import Told
from tests.conductor.rig import CONFIG, declaration
from tests.invariants.in_process import LocalChannel
from tests.invariants.stepping import Inline, MortalJournal, SteppingClock
from tests.patience import PATIENCE_SECONDS
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.drill.cloud_run.operations import OperationsApi
from warroom.drill.cloud_run.state import RunService
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.control import NotPossible
from warroom.drill.server.emulator import Emulator
from warroom.incident.events import Event, Judged
from warroom.incident.state import Incident, Lane
from warroom.resources import config_directory
from warroom.rollout.evidence import Clause, Grade, Verdict
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.services.google.cloud_run import Deadlines, GoogleCloudRun
from warroom.services.google.endpoints import Endpoint

SCENARIO = load_scenario("good-hotfix", config_directory() / "scenarios")
PLAN = SCENARIO.services[0]
REF = PLAN.ref
STABLE, OLDER = PLAN.stable.revision, PLAN.previous[0].revision
NAME = REF.name
LOOK_SECONDS = 5.0


class Stage:
    """What the rules play on. `wire` says whether calls go through gRPC on loopback, or stay in this process."""

    def __init__(self, folder: Path, *, wire: bool) -> None:
        self.clock = SteppingClock()
        self.clock.in_process = not wire
        self.wire = wire
        self.path = folder / "journal.db"
        self.emulator = Emulator(replace(SCENARIO, faults=()), self.clock)
        self.keys: set[asyncio.Task[None]] = set()
        self.armed: list[Plan] = []
        self.surprises: list[BaseException] = []
        self.incident_id = ""
        self._others: list[MortalJournal] = []

    async def open(self) -> None:
        """Start the cloud, declare, and look once."""
        self._loop = asyncio.get_running_loop()
        if self.wire:
            addresses = await self.emulator.start()
            # Of this machine, which may be busy: nothing hangs here, and what is refused is refused at once.
            deadlines = Deadlines(PATIENCE_SECONDS, PATIENCE_SECONDS, PATIENCE_SECONDS)
            self.client = GoogleCloudRun(Endpoint(addresses.run), self.clock, deadlines=deadlines)
            await self.client.warm()
        else:
            handlers = (*self.emulator.run.handlers(), *OperationsApi(self.emulator.state, self.clock).handlers())
            self.channel = LocalChannel(handlers, self.clock)
            self.client = GoogleCloudRun(Endpoint(), self.clock, channel=self.channel)
        self._begin()
        await self.conductor.declare(declaration(self.clock.now(), REF))
        self.incident_id = self.conductor.incident.id
        await self.look()

    async def close(self) -> None:
        """Stop everything."""
        await self.kill()
        if self.wire:
            await self.client.close()
        await self.emulator.stop()
        for journal in self._others:
            journal.close()

    @property
    def lane(self) -> Lane:
        """The service's lane, as the process that lives has it."""
        return self.conductor.lane(NAME)

    @property
    def service(self) -> RunService:
        """The service as the cloud has it, by now."""
        self.emulator.state.settle(self.clock.now())
        return self.emulator.state.services[REF]

    @property
    def incident(self) -> Incident:
        """As the process that lives has it."""
        return self.conductor.incident

    def log(self, after: int = 0) -> list[Event]:
        """What the journal holds behind number `after`."""
        return self.journal.read(self.incident_id, after)

    def press(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin what a key does; a guard or the cloud may say no, and nothing else may go wrong."""

        async def pressed() -> None:
            try:
                await work
            except (Refused, ServiceError):
                return

        task = self._loop.create_task(pressed())
        self.keys.add(task)
        task.add_done_callback(self._ended)

    def fire(self, plan: Plan, consent: Consent) -> None:
        """Begin to carry out a plan."""
        self.press(self.conductor.carry_out(plan, consent))

    def plan(self, action: str, **more: Any) -> Plan | None:
        """A plan, or None where a guard says no."""
        try:
            return self.conductor.plan(action, NAME, **more)
        except Refused:
            return None

    async def look(self) -> None:
        """One look, as the loop has it, in the background where it takes longer."""
        self.press(self.conductor.look(self.conductor.changes.run or self.client))
        await self.clock.settle()

    async def judge(self, grade: Grade) -> None:
        """The evidence says `grade` of the step that the candidate stands on."""
        ladder = self.lane.ladder
        if ladder is None:
            return
        words = f"5xx 2 of 240: {grade.value}"
        clause = Clause("errors", ladder.candidate, grade, 240, 2, 2 / 240, 0.001, 0.03, 0.01, words=words)
        verdict = Verdict(grade, self.clock.now(), ladder.percent or 0, ladder.candidate, "", (clause,), words=words)
        await self.conductor.record(Judged(REF, verdict))

    def inject(self, fault: Fault) -> bool:
        """Begin a fault, or let a stranger act. False where that is not possible now."""
        try:
            self.emulator.control.begin(fault)
        except NotPossible:
            return False
        return True

    async def restart(self) -> None:
        """The cloud's servers are gone for a moment, and every call with them."""
        if self.wire:
            restarting = asyncio.ensure_future(self.emulator.restart(0))
            while not restarting.done():
                await asyncio.wait({restarting}, timeout=0.01)
                await self.clock.pass_(0)
            await restarting
            await self.client.warm()
        else:
            self.channel.restart()

    async def kill(self, *, gently: bool = False) -> None:
        """End the process: with its last words, or in the middle of a word."""
        if not gently:
            self.journal.dead = True
            self._line.dead = True
        for task in tuple(self.keys):
            task.cancel()
        await asyncio.gather(*self.keys, return_exceptions=True)
        self.journal.dead = self._line.dead = True
        self.keys.clear()
        self.armed.clear()

    async def again(self) -> None:
        """Another process takes the incident up from the journal."""
        self._begin()
        await self.conductor.open(self.incident_id)

    def _begin(self) -> None:
        self.journal = MortalJournal(self.path)
        self._others.append(self.journal)
        self._line = Line(self.client)
        recorder = Recorder(self.journal, Inline(), self.clock, "@rm")
        self.conductor = Conductor(CONFIG, recorder)
        run: Any = Told(self._line, self.clock)
        self.conductor.attach(Clients(run, FakeMonitoring(), FakeProber(self.clock)))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.keys.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.surprises.append(error)


class Line:
    """A process's end of the line: nothing goes out any more once the process is `dead`."""

    def __init__(self, client: GoogleCloudRun) -> None:
        self.dead = False
        self._client = client

    def __getattr__(self, name: str) -> Any:
        if self.dead:
            raise asyncio.CancelledError
        return getattr(cast(Any, self._client), name)
