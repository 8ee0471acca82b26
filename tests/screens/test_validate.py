"""v on a panel asks Cloud Run whether it would take the plan, and says on the panel what it said."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.conductor.fakes import FakeCloudRun
from tests.screens import scenes
from warroom.screens.dialogs.arm import ArmDialog
from warroom.services.errors import Conflict, Denied, ServiceError


def run(pilot: Pilot[Any]) -> FakeCloudRun:
    """The scene's Cloud Run."""
    conductor = scenes.war_room(pilot).conductor
    assert conductor is not None and conductor.clients is not None
    assert isinstance(conductor.clients.run, FakeCloudRun)
    return conductor.clients.run


def said(pilot: Pilot[Any], field: str) -> str:
    """What stands in a line of the panel."""
    return str(pilot.app.screen.query_one(field, Static).content)


@pytest.mark.parametrize(("name", "key"), [("baked", "a"), ("fail", "x")])
async def test_what_it_would_take(tmp_path: Path, name: str, key: str) -> None:
    """Advance and abort are validated; the panel stays, nothing is sent, and y still fires."""
    async with scenes.opened(name, tmp_path) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        await scenes.press(pilot, "v")
        await scenes.until(lambda: "would take it" in said(pilot, "#validated"))
        assert (len(run(pilot).validated), run(pilot).sent) == (1, [])
        await pilot.press("y")
        await scenes.until(lambda: len(run(pilot).sent) == 1)


@pytest.mark.parametrize(
    "error",
    [Denied("You may not run.services.update", "Ask for roles/run.developer"), Conflict("It was changed", "Read it")],
)
async def test_what_it_would_not_take(tmp_path: Path, error: ServiceError) -> None:
    """The error and its remedy stand on the panel; asking again can be answered otherwise."""
    async with scenes.opened("baked", tmp_path) as pilot:
        run(pilot).fails["validate"] = [error]
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "v")
        await scenes.until(lambda: error.title in said(pilot, "#refusal"))
        assert error.remedy in said(pilot, "#refusal")
        assert said(pilot, "#validated") == ""
        await scenes.press(pilot, "v")
        await scenes.until(lambda: "would take it" in said(pilot, "#validated"))
        assert said(pilot, "#refusal") == ""


async def test_leaving_while_it_asks(tmp_path: Path) -> None:
    """Esc closes the panel though no answer has come, and the late answer harms nothing."""
    import asyncio

    async with scenes.opened("baked", tmp_path) as pilot:
        run(pilot).gates["validate"] = asyncio.Event()
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "v")
        await scenes.until(lambda: "validate" in run(pilot).calls)
        await scenes.press(pilot, "escape")
        run(pilot).gates["validate"].set()
        await pilot.pause()
        assert not isinstance(pilot.app.screen, ArmDialog)


async def test_v_in_a_reason_is_a_letter(tmp_path: Path) -> None:
    """While a reason is being typed nothing is asked."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "v")
        assert run(pilot).validated == []
