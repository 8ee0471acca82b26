"""Scenes: moments of incidents, played once, in which the real app can be opened as often as wanted.

Nothing of a scene depends on the machine, the day, or a folder's name. The clock stands still, and the outside answers
what the journal says already, so that opening a scene changes nothing that is shown.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static, TextArea

from tests.clocks import START
from tests.conductor.fakes import FakeProber
from tests.patience import until as until
from tests.screens.outside import SceneCloudRun, Silent, StillClock, WorldMonitoring
from tests.screens.stage import OPERATOR, Stage, config, in_production, on_emulator
from warroom.app import WarRoom
from warroom.conductor import loops
from warroom.drill.world.world import World
from warroom.incident import events
from warroom.incident.change import Action, Asked, fields
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.traffic import ServiceRef, Share
from warroom.screens.board import BoardScreen
from warroom.screens.home import HomeScreen
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.workspace import Exercise, Room

Story = Callable[[Stage], Awaitable[None]]
INCIDENT = "INC-0001"
HOSTILE = "[/red][bold]$x\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u2066 日本語 e\u0301\u0301\u0301\u0301 \ud800 |\n# head"
"""A text that tries to be markup, an escape, another direction, and several lines."""

LOST = ServiceError("Cloud Run does not answer", "Look at your line, then at status.cloud.google.com.")


@dataclass(frozen=True)
class Scene:
    """A moment: the journal's bytes, the time, and the outside as it then is."""

    journal: bytes
    now: float
    world: World
    run: SceneCloudRun
    exercise: Exercise


async def _declared(stage: Stage) -> None:
    await stage.declare()
    await stage.work("assessment", 2, leave=4)


async def _at_25(stage: Stage, minutes: float) -> None:
    await stage.declare()
    await stage.prepare()
    await stage.work("deployment", 2)
    await stage.deploy()
    await stage.climb(10)
    await stage.tell("The hotfix takes 10 % of all traffic and is healthy so far.")
    await stage.climb(25, minutes)


async def _passing(stage: Stage) -> None:
    await _at_25(stage, 4.2)


async def _baked(stage: Stage) -> None:
    await _at_25(stage, 6.2)


async def _failing(stage: Stage) -> None:
    await _at_25(stage, 4.7)


async def _weak(stage: Stage) -> None:
    await stage.declare()
    await stage.prepare()
    await stage.work("deployment", 2)
    await stage.deploy()
    await stage.tell("The hotfix is about to take its first users.")
    await stage.climb(10, 6.2)


async def _blind(stage: Stage) -> None:
    await _at_25(stage, 7.2)


async def _changing(stage: Stage) -> None:
    """The second half of an advance is still to come: Cloud Run has taken it, and works on it."""
    await _baked(stage)
    plan = stage.conductor.plan("advance", stage.plan.name)
    operation = await stage.run.shift(plan.service, plan.split, plan.basis.etag)
    intended = events.ChangeIntended("c90", **{**fields(plan, Asked), "candidate_percent": 50}, grade=plan.grade)
    await stage.conductor.record(intended, events.ChangeAccepted("c90", operation.name))
    stage.clock.advance(4)
    await stage.look()


async def _aborted(stage: Stage) -> None:
    await _failing(stage)
    await stage.wait(20)
    await stage.abort()
    await stage.wait(50)


async def _complete(stage: Stage) -> None:
    await _baked(stage)
    await stage.climb(50)
    await stage.tell("The hotfix takes half of all traffic and is healthy.")
    await stage.climb(100, 4.5)


async def _resolved(stage: Stage) -> None:
    await _complete(stage)
    await stage.work("verification", 4)
    await stage.conductor.resolve("verified at 100 %")
    await stage.tell("Resolved: checkout takes card payments again.")
    await stage.wait(60)


async def _cut_off(stage: Stage) -> None:
    await _passing(stage)
    await stage.conductor.record(events.SourceLost("cloud-run", LOST.title, LOST.remedy))
    stage.clock.advance(73)
    await stage.conductor.watching.read(stage.monitoring)


async def _drift(stage: Stage) -> None:
    """Somebody else has moved the hotfix from 25 to 40 %."""
    await _passing(stage)
    ladder = stage.conductor.lane(stage.plan.name).ladder
    assert ladder is not None
    theirs = (Share(stage.plan.stable.revision, 60), Share(ladder.candidate, 40, ladder.tag))
    stage.clock.advance(9)
    stage.run.meddle(theirs, by="night-deploy@elsewhere.example", ref=stage.plan.ref)
    await stage.look()
    stage.clock.advance(31)


async def _hostile(stage: Stage) -> None:
    """Every text that comes from outside is hostile."""
    ref = ServiceRef(HOSTILE, HOSTILE, HOSTILE)
    await stage.conductor.declare(replace(stage.exercise.declared, title=HOSTILE, impact=HOSTILE, services=(ref,)))
    stage.clock.advance(60)
    other = f"{HOSTILE}2"
    serving = (Share(HOSTILE, 50, HOSTILE), Share(other, 50))
    await stage.conductor.record(
        events.RoleAssigned("qa-lead", HOSTILE),
        events.Noted(HOSTILE),
        events.Noted("x" * 10_000),
        events.Observed(ref, serving, serving, HOSTILE, last_modifier=HOSTILE),
        events.LadderStarted(ref, HOSTILE, HOSTILE, {other: 100}, (10, 25, 50, 100), 300.0),
        events.ProbeChanged(ref, HOSTILE, ok=False, detail=HOSTILE),
        events.ChangeIntended(
            "c1",
            service=ref,
            action=Action.ADVANCE,
            split=serving,
            candidate_percent=50,
            **dict.fromkeys(("gcloud", "revision", "image", "tag", "reason"), HOSTILE),
        ),
        events.ChangeFailed("c1", HOSTILE, HOSTILE, HOSTILE),
        events.SourceLost("cloud-run", HOSTILE, HOSTILE),
        events.SourceLost("monitoring", HOSTILE, HOSTILE),
        events.UpdateSent(HOSTILE),
    )
    await stage.conductor.watching.judge()
    await loops.clocks_and_numbers(stage.conductor, stage.conductor.watching)


async def _production(stage: Stage) -> None:
    await stage.declare(in_production)
    await stage.prepare()


async def _emulator(stage: Stage) -> None:
    await stage.declare(on_emulator)
    await stage.prepare()
    await stage.deploy()
    await stage.climb(10)


async def _nothing(stage: Stage) -> None:
    """No incident at all."""


async def _several(stage: Stage) -> None:
    """A journal with a past: the newest incident is open, an older one too, two are resolved."""
    journal = stage.conductor.recorder.journal
    now = stage.clock.now()
    for hours, severity, title, done in (
        (700.0, "P1", "search index is eight hours behind", True),
        (52.0, "P0", "orders are charged twice", True),
        (3.0, "P2", "images load slowly in one region", False),
        (0.4, "P0", "checkout answers 500 to card payments", False),
    ):
        at = now - hours * 3600
        fact = replace(stage.exercise.declared, severity=severity, title=title, detected_at=at - 60, drill=False)
        begun = journal.begin(fact, OPERATOR, at)
        journal.append(begun.incident, [events.PhaseStarted("preparation")], OPERATOR, at + 600, 1)
        if done:
            ended: list[events.AnyFact] = [events.Mitigated("full-traffic"), events.Resolved("verified")]
            journal.append(begun.incident, ended, OPERATOR, at + 2900, 2)


STORIES: dict[str, tuple[str, Story]] = {
    "declared": ("good-hotfix", _declared),
    "pass": ("good-hotfix", _passing),
    "baked": ("good-hotfix", _baked),
    "fail": ("bad-hotfix", _failing),
    "weak": ("quiet-service", _weak),
    "no-data": ("blind", _blind),
    "changing": ("good-hotfix", _changing),
    "aborted": ("bad-hotfix", _aborted),
    "complete": ("good-hotfix", _complete),
    "resolved": ("good-hotfix", _resolved),
    "cut-off": ("good-hotfix", _cut_off),
    "stranger": ("good-hotfix", _drift),
    "hostile": ("good-hotfix", _hostile),
    "production": ("bad-hotfix", _production),
    "emulator": ("good-hotfix", _emulator),
    "several": ("good-hotfix", _several),
    "nothing": ("good-hotfix", _nothing),
}
"""Each scene's scenario, and what happens in it until its moment."""


@cache
def scene(name: str) -> Scene:
    """The scene of that name, played at its first use. It runs a loop of its own, wherever it is called from."""
    with ThreadPoolExecutor(1) as loop:
        return loop.submit(asyncio.run, _play(*STORIES[name])).result()


async def _play(scenario: str, story: Story) -> Scene:
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        path = Path(folder) / "journal.db"
        stage = Stage(scenario, path, thread)
        await story(stage)
        now = stage.clock.now()
        stage.conductor.recorder.journal.close()
        return Scene(path.read_bytes(), now, stage.world, stage.run.still(), stage.exercise)


SILENT = {"cut-off": LOST, "hostile": ServiceError(HOSTILE, HOSTILE)}
"""The scenes in which Cloud Run does not answer (in the hostile one nothing does), and what it says instead."""


def room(
    name: str,
    folder: Path,
    *,
    incident: str = INCIDENT,
    drill: bool = True,
    connected: bool = True,
    kind: type[SqliteStore] = SqliteStore,
    **changes: Any,
) -> Room:
    """A room in which the scene's moment lasts. Its journal is a copy in `folder`; `kind` may be one that fails."""
    here = scene(name)
    path = folder / "journal.db"
    path.write_bytes(here.journal)
    path.chmod(0o600)
    clock = StillClock(here.now)
    seconds = count(1.0)

    async def connect() -> Clients:
        if not connected:
            await clock.sleep(1)
        return clients(name)

    made = Room(
        config=config(),
        journal=kind(path),
        clock=clock,
        actor=OPERATOR,
        connect=connect,
        reports=folder,
        exercise=here.exercise if drill else None,
        incident=incident,
        # Each look at this clock is a second later: no key of a test comes too fast to be meant.
        monotonic=lambda: next(seconds),
        pause=_at_once,
    )
    made.began = START
    for field, value in changes.items():
        setattr(made, field, value)
    return made


async def _at_once(_: float) -> None:
    """Keys wait for what has arrived with them, and for no time of the machine's."""
    await asyncio.sleep(0)


def clients(name: str) -> Clients:
    """The outside of a scene, as it is at its moment."""
    here = scene(name)
    clock = StillClock(here.now)
    error = SILENT.get(name)
    monitoring: Any = Silent(error) if name == "hostile" and error else WorldMonitoring(here.world, clock)
    return Clients(Silent(error) if error else here.run.still(), monitoring, FakeProber(clock))


@asynccontextmanager
async def opened(
    name: str, folder: Path, size: tuple[int, int] = (120, 36), *, faults: bool = False, **changes: Any
) -> AsyncIterator[Pilot[str]]:
    """The real app in a scene, settled; `changes` as for `room`. Without `faults` there must be none of our own."""
    app = WarRoom(room(name, folder, **changes))
    async with app.run_test(size=size) as pilot:
        await settled(pilot, connected=changes.get("connected", True))
        yield pilot
        assert faults or not app.faults


def war_room(pilot: Pilot[Any]) -> WarRoom:
    """The app that the pilot flies."""
    assert isinstance(pilot.app, WarRoom)
    return pilot.app


def board(pilot: Pilot[Any]) -> BoardScreen:
    """The board, whatever lies over it."""
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, BoardScreen))


async def settled(pilot: Pilot[Any], *, connected: bool = True) -> None:
    """Wait until the app shows all that journal and outside have to say; not `connected`, that is the journal."""
    app = war_room(pilot)
    conductor = app.conductor
    if conductor is not None and connected:
        await until(lambda: conductor.clients is not None)
        await until(lambda: bool(conductor.watching.looks or conductor.incident.lost))
        for _ in range(2):
            await conductor.recorder.record()  # its turn comes after all that is being written
        board(pilot).refresh_board()  # as the next second would
    if isinstance(app.screen, HomeScreen):
        home = app.screen
        await until(lambda: "Reading" not in str(home.query_one("#state", Static).content))
    await still(pilot)


async def press(pilot: Pilot[Any], *keys: str, shows: type[Screen[Any]] | None = None) -> None:
    """Press keys one after the other, each when the one before has had its effect; `shows` then lies on top."""
    for key in keys:
        await pilot.press(key)
        await until(lambda: not war_room(pilot).gate.holds)
    if shows is not None:
        await until(lambda: isinstance(pilot.app.screen, shows))
    await still(pilot)


async def still(pilot: Pilot[Any]) -> None:
    """Let what was asked be drawn; no cursor blinks afterwards."""
    await pilot.pause()
    fields = [*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)]
    for field in fields:
        field.cursor_blink = False
    if fields:
        await pilot.pause()
