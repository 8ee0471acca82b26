"""A panel whose plan another hand has overtaken says so at once, and fires nothing; the way back is always open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens import scenes
from tests.screens.outside import SceneCloudRun
from warroom.conductor.conductor import Conductor
from warroom.incident import events
from warroom.incident.change import Action, Outcome
from warroom.incident.journal.sqlite import SqliteStore
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog

ABORTED = "no longer so: @backup-rm aborted at "


def conductor(pilot: Pilot[Any]) -> Conductor:
    """The board's."""
    found = scenes.war_room(pilot).conductor
    assert found is not None
    return found


def said(pilot: Pilot[Any], field: str) -> str:
    """What stands in a line of the panel."""
    return str(pilot.app.screen.query_one(field, Static).content)


def run(pilot: Pilot[Any]) -> SceneCloudRun:
    """The scene's Cloud Run."""
    clients = scenes.war_room(pilot).room.clients
    assert clients is not None and isinstance(clients.run, SceneCloudRun)
    return clients.run


@asynccontextmanager
async def armed(name: str, key: str, path: Path) -> AsyncIterator[Pilot[Any]]:
    """A scene with a panel on its board."""
    async with scenes.opened(name, path) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        yield pilot


async def elsewhere(pilot: Pilot[Any], *facts: events.AnyFact) -> None:
    """Another terminal's hand writes into the same file; then this board follows, as it does every two seconds."""
    here = conductor(pilot)
    journal = SqliteStore(Path(here.recorder.journal.where))
    journal.append(here.incident.id, facts, "@backup-rm", here.clock.now(), here.incident.last_seq)
    journal.close()
    await here.recorder.follow()
    await pilot.pause()


def abort(pilot: Pilot[Any]) -> tuple[events.AnyFact, events.AnyFact]:
    """Another hand's retreat: its intent, and that it holds."""
    here = conductor(pilot)
    (lane,) = here.incident.lanes.values()
    plan = here.plan("abort", lane.ref.name)
    intended = events.ChangeIntended(
        "c9-theirs", service=lane.ref, action=Action.ABORT, split=plan.split, gcloud=plan.gcloud
    )
    return intended, events.ChangeApplied("c9-theirs", plan.split, 1.0, plan.split)


@pytest.mark.parametrize("name", ["baked", "fail"])
async def test_an_abort_elsewhere_takes_the_force_from_an_advance(tmp_path: Path, name: str) -> None:
    """From its intent on the panel says who does what; then that it is done; y sends nothing and says why; Esc leaves.

    Also where a reason is being typed.
    """
    async with armed(name, "a", tmp_path) as pilot:
        intended, applied = abort(pilot)
        await elsewhere(pilot, intended)
        assert "no longer so: @backup-rm began to abort at " in said(pilot, "#overtaken")
        await elsewhere(pilot, applied)
        assert ABORTED in said(pilot, "#overtaken")
        assert "y fires" not in said(pilot, "#keys")
        if name == "fail":
            await scenes.press(pilot, *"known noise", "enter")
        await scenes.press(pilot, "y")
        assert isinstance(pilot.app.screen, ArmDialog)
        assert said(pilot, "#refusal").startswith("Nothing was sent: ")
        await scenes.press(pilot, "escape")
        assert isinstance(pilot.app.screen, BoardScreen)
        assert run(pilot).sent == []


async def test_a_retreat_stays_usable(tmp_path: Path) -> None:
    """On an abort panel it is said who aborted meanwhile, and y sends it all the same."""
    async with armed("fail", "x", tmp_path) as pilot:
        await elsewhere(pilot, *abort(pilot))
        assert "@backup-rm aborted at " in said(pilot, "#overtaken")
        assert "y fires" in said(pilot, "#keys")
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(run(pilot).sent) == 1)


async def test_what_came_to_nothing_overtakes_nothing(tmp_path: Path) -> None:
    """The other's change was refused by Cloud Run: the panel is as it was, and y fires."""
    async with armed("baked", "a", tmp_path) as pilot:
        here = conductor(pilot)
        (lane,) = here.incident.lanes.values()
        plan = here.plan("advance", lane.ref.name)
        await elsewhere(
            pilot,
            events.ChangeIntended(
                "c9-theirs", service=lane.ref, action=Action.ADVANCE, split=plan.split, gcloud=plan.gcloud
            ),
        )
        assert said(pilot, "#overtaken")
        await elsewhere(pilot, events.ChangeFailed("c9-theirs", "refused", outcome=Outcome.FAILED))
        assert said(pilot, "#overtaken") == ""
        assert "y fires" in said(pilot, "#keys")
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(run(pilot).sent) == 1)


async def test_a_ladder_that_was_held_elsewhere(tmp_path: Path) -> None:
    """A hold asks for a reason that nobody gave on this panel."""
    async with armed("baked", "a", tmp_path) as pilot:
        (lane,) = conductor(pilot).incident.lanes.values()
        await elsewhere(pilot, events.LadderHeld(lane.ref, "look at the logs"))
        assert "no longer so: meanwhile the ladder is held: look at the logs" in said(pilot, "#overtaken")
        await scenes.press(pilot, "y")
        assert run(pilot).sent == []
