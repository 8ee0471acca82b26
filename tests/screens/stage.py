"""Plays an incident on the simulated world, on a clock moved by hand and through the real conductor, for a scene."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from tests.clocks import START, ManualClock
from tests.conductor.fakes import FakeProber
from tests.screens.outside import SceneCloudRun, WorldMonitoring
from warroom.conductor import loops
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.steps import ticks
from warroom.conductor.traffic.plans import Consent
from warroom.conductor.validation import looks, staging_logs
from warroom.drill.scenario.load import load_scenario
from warroom.drill.world.world import World
from warroom.incident import events
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Tick
from warroom.incident.triage.triage import Decided
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.resources import config_directory
from warroom.services.clients import Clients
from warroom.wiring.rooms import exercise
from warroom.workspace import Exercise

OPERATOR = "@primary-rm"
LOOK_SECONDS = 10.0
BY_THEMSELVES = ("deploy", "ladder", "health", "metrics", "errors", "resolve", "unpin", "report")
"""The steps that nobody does here: what happens in production ticks them."""


@cache
def config() -> Config:
    """The shipped configuration."""
    return load(config_directory())


class Stage:
    """One incident under way. Every method takes protocol time, none takes real time."""

    def __init__(self, scenario: str, journal: Path, thread: ThreadPoolExecutor) -> None:
        self.scenario = load_scenario(scenario, config_directory() / "scenarios")
        self.clock = ManualClock()
        self.world = World(self.scenario, START)
        self.plan = self.scenario.services[0]
        self.exercise: Exercise = exercise(self.scenario, config(), self.clock)
        self.run = SceneCloudRun(self.plan, self.world, self.clock)
        self.monitoring = WorldMonitoring(self.world, self.clock)
        self.prober = FakeProber(self.clock)
        recorder = Recorder(SqliteStore(journal), thread, self.clock, OPERATOR)
        self.conductor = Conductor(config(), recorder, draw=lambda: "4967")  # a picture has one name, not a new one
        self.conductor.attach(Clients(self.run, self.monitoring, self.prober))

    async def declare(self, change: Callable[[events.Declared], events.Declared] = lambda one: one) -> None:
        """Declare what the scenario lays ready, changed by `change`; people come, and the service is looked at."""
        self.clock.advance(20)
        await self.conductor.declare(change(self.exercise.declared))
        await self.look()
        for role in ("release-manager", "incident-commander", "lead-developer", "devops-engineer"):
            self.clock.advance(15)
            await self.conductor.record(events.RoleAcknowledged(role))
        await self.wait(20)

    async def work(self, phase: str, minutes: float, leave: int = 0) -> None:
        """Do a phase's open steps but the last `leave`, spread over so many minutes."""
        phase_steps = steps_of(config().protocol.phase(phase), self.conductor.incident)
        todo = [one for one in phase_steps if one.id not in self._ticks and one.native not in BY_THEMSELVES]
        todo = todo[: len(todo) - leave]
        for step in todo:
            await self.wait(minutes * 60 / len(todo))
            if step.native == "stage" and config().services.find(self.plan.name):
                plan = await self.conductor.plan_stage(self.plan.name, self.plan.hotfix_image)
                await self.conductor.stage(self.plan.name, plan)
            elif step.native == "decide":
                await self.conductor.record(Decided("hotfix", "it is ready, and what served before is broken too"))
            elif step.id not in self._ticks:
                await ticks.tick(self.conductor, step.id)

    @property
    def _ticks(self) -> dict[str, Tick]:
        return self.conductor.incident.ticks

    async def prepare(self) -> None:
        """All that comes before the deployment, briskly; with the first update."""
        await self.work("assessment", 4)
        await self.tell(f"We know of it and work on it: {self.scenario.title}.")
        await self.work("preparation", 9)
        await self.work("testing", 6)

    async def tell(self, text: str) -> None:
        """An update went out by hand."""
        template = "progress-update" if self.conductor.incident.updates else "initial-alert"
        await self.conductor.record(events.UpdateSent(text, template=template))

    async def deploy(self) -> None:
        """The hotfix at 0 %."""
        service = self.plan.name
        plan = self.conductor.plan("deploy", service, image=self.plan.hotfix_image)
        await self.conductor.carry_out(plan, Consent(reason="the scene goes on"))
        await self.look()

    async def climb(self, percent: int, minutes: float = 5.5) -> None:
        """Advance to `percent` on a PASS, or from 0 %, and watch for so many minutes."""
        await self.conductor.carry_out(self.conductor.plan("advance", self.plan.name, to=percent))
        await self.wait(minutes * 60)

    async def abort(self) -> None:
        """All traffic back."""
        await self.conductor.carry_out(self.conductor.plan("abort", self.plan.name))

    async def wait(self, seconds: float) -> None:
        """Let time pass, looking as often as the conductor does."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(min(LOOK_SECONDS, end - self.clock.now()))
            await self.look()

    async def look(self) -> None:
        """One look at service, metrics and health URLs."""
        await self.conductor.look(self.run)
        await self.conductor.watching.read(self.monitoring)
        await self.conductor.watching.probe(self.prober)
        await loops.clocks_and_numbers(self.conductor, self.conductor.watching)
        await self.conductor.past.turn()
        await looks.measure_staging(self.conductor)
        await staging_logs.follow(self.conductor)
        await looks.look(self.conductor)
        await self.conductor.record()


def in_production(declared: events.Declared) -> events.Declared:
    """The same, and no drill."""
    return replace(declared, drill=False, place="production")


def on_emulator(declared: events.Declared) -> events.Declared:
    """The same, by somebody whose terminal leads to an emulator."""
    return replace(declared, drill=False, place="emulator", address="127.0.0.1:4000")
