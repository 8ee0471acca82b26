"""On the board, too, no untrue word is said: a hotfix that breaks, the way back that burns, what helps or does not."""

import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests import untrue
from tests.clocks import START
from tests.conductor.fakes import FakeProber
from tests.screens import scenes
from tests.screens.outside import StillClock, WorldMonitoring
from tests.screens.stage import OPERATOR, Stage, config
from warroom.app import WarRoom
from warroom.board.build import slices
from warroom.conductor import loops
from warroom.incident.journal.sqlite import SqliteStore
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import Choose
from warroom.services.clients import Clients
from warroom.workspace import Room

LOOK_SECONDS = 20.0


class MovedClock(StillClock):
    """Stands still but for the test."""

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._at += seconds


class Play:
    """A board on a world that goes on: keys are pressed, minutes pass, and all that is said is looked at."""

    def __init__(self, pilot: Pilot[str], stage: Stage, clock: MovedClock, folder: Path) -> None:
        self.pilot, self.stage, self.clock, self.folder = pilot, stage, clock, folder
        self.conductor = scenes.board(pilot).conductor
        self.monitoring = WorldMonitoring(stage.world, clock)
        self.prober = FakeProber(clock)
        self.found: list[str] = []

    async def minutes(self, minutes: float) -> None:
        """Let them pass, looking as the conductor's loops do."""
        for _ in range(round(minutes * 60 / LOOK_SECONDS)):
            self.clock.advance(LOOK_SECONDS)
            await self.conductor.look(self.stage.run)
            await self.conductor.watching.read(self.monitoring)
            await self.conductor.watching.probe(self.prober)
            await loops.clocks_and_numbers(self.conductor, self.conductor.watching)
            await self.conductor.past.turn()
            await self.conductor.record()
            self.look()

    def look(self) -> None:
        """At every pane but those of the past and of what there is to do, and at every dialog."""
        now = self.conductor.incident
        view = scenes.board(self.pilot).current_view()
        for name, make in slices(now, config().protocol, self.clock.now(), view).items():
            if name not in ("timeline", "phases"):
                self.found += [one for text in untrue.texts(make()) for one in untrue.untrue(text, now)]
        if self.pilot.app.screen is not scenes.board(self.pilot):
            said = (str(one.render()) for one in self.pilot.app.screen.query(Static))
            self.found += [one for text in said for one in untrue.untrue(text, now)]

    async def fire(self, key: str, *, chosen: bool = False) -> None:
        """Press a key, choose what is proposed, give a reason where one is asked, and fire."""
        await scenes.press(self.pilot, key, shows=Choose if chosen else ArmDialog)
        self.look()
        if chosen:
            await scenes.press(self.pilot, "enter", shows=ArmDialog)
            self.look()
        if self.pilot.app.screen.query(Input):
            await scenes.press(self.pilot, *"exercise", "enter")
        before = self.conductor.incident.changes
        await scenes.press(self.pilot, "y", shows=BoardScreen)
        await scenes.until(lambda: self.conductor.incident.changes > before)
        await scenes.until(lambda: all(one.in_flight is None for one in self.conductor.incident.lanes.values()))

    async def ended(self) -> str:
        """Resolve it with what is open, write it up, and look through all of it; the report."""
        await self.conductor.resolve("the exercise ends", "nothing more is tried here")
        self.look()
        path = await self.conductor.report(self.folder)
        log = await self.conductor.recorder.events()
        self.found += untrue.of_log(log, config())
        report = path.read_text(encoding="utf-8")
        self.found += untrue.of_report(report, log)
        return report

    @property
    def line_two(self) -> str:
        """What the board says in a sentence."""
        made = slices(
            self.conductor.incident, config().protocol, self.clock.now(), scenes.board(self.pilot).current_view()
        )["sentence"]()
        return re.sub(r"[\ue000-\uf8ff]", "", " ".join(untrue.texts(made)))


@asynccontextmanager
async def at_ten_percent(scenario: str, folder: Path) -> AsyncIterator[Play]:
    """The real app on a hotfix that has stood at 10 % for its bake, in the scenario's world."""
    with ThreadPoolExecutor(1) as thread:
        stage = Stage(scenario, folder / "journal.db", thread)
        await stage.declare()
        await stage.prepare()
        await stage.work("deployment", 2)
        await stage.deploy()
        await stage.climb(10, 5.5)
        stage.conductor.recorder.journal.close()
    clock = MovedClock(stage.clock.now())
    stage.run.clock = clock  # type: ignore[assignment]
    seconds = count(1.0)

    async def connect() -> Clients:
        return Clients(stage.run, WorldMonitoring(stage.world, clock), FakeProber(clock))

    room = Room(
        config=config(),
        journal=SqliteStore(folder / "journal.db"),
        clock=clock,
        actor=OPERATOR,
        connect=connect,
        reports=folder,
        exercise=stage.exercise,
        incident="INC-0001",
        monotonic=lambda: next(seconds),
        pause=_at_once,
    )
    room.began = START
    app = WarRoom(room)
    async with app.run_test(size=(120, 36)) as pilot:
        await scenes.settled(pilot)
        yield Play(pilot, stage, clock, folder)
        assert not app.faults


async def _at_once(_: float) -> Any:
    """Keys wait for no time of the machine's."""


async def test_a_bad_hotfix_on_the_board(tmp_path: Path) -> None:
    """25 %, FAIL, abort to what burns, back to what was seen healthy: each is said when it is so, and not before."""
    async with at_ten_percent("bad-hotfix", tmp_path) as play:
        await play.fire("a")
        await play.minutes(5)
        await play.fire("x")
        await play.minutes(5)
        assert "NOT mitigated" in play.line_two and "to 00040-wex, it served until" in play.line_two
        await play.fire("r", chosen=True)
        assert "Mitigated" not in play.line_two
        await play.minutes(6)
        assert "Mitigated: roll back, measured" in play.line_two
        await play.ended()
        assert play.found == []


@pytest.mark.parametrize("minutes", [6])
async def test_both_broken_on_the_board(minutes: int, tmp_path: Path) -> None:
    """Nothing helps: it is resolved by decision in the end, and nobody says that users are better."""
    async with at_ten_percent("both-broken", tmp_path) as play:
        await play.fire("x")
        await play.minutes(minutes)
        assert "NOT mitigated" in play.line_two
        await play.fire("r", chosen=True)
        await play.minutes(minutes)
        assert "NOT mitigated" in play.line_two and "No better revision known" in play.line_two
        report = await play.ended()
        assert "users not measured to be better" in report
        assert play.found == []
