"""The way back waits for nobody, and the best one stands first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList, Static

from tests.screens import scenes
from tests.screens.outside import WorldMonitoring
from warroom.conductor.conductor import Conductor
from warroom.screens.asking import Asking
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import Choose
from warroom.services.ports import Readings


async def test_the_list_of_revisions_asks_nobody_and_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud Run hangs, and so does the past: the list is there, without the hotfix; what is read meanwhile comes in."""
    answers = asyncio.Event()
    read = WorldMonitoring.past

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    async def late(self: WorldMonitoring, *asked: Any) -> Readings:
        await answers.wait()
        return await read(self, *asked)

    monkeypatch.setattr(Conductor, "revisions", hangs)
    monkeypatch.setattr(WorldMonitoring, "past", late)
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "r", shows=Choose)
        shown = pilot.app.screen.query_one(OptionList)

        def told() -> str:
            return " ".join(str(one.render()) for one in pilot.app.screen.query(Static))

        assert [option.id for option in shown.options] == ["payments-api-00040-wex", "payments-api-00041-kol"]
        assert "First: payments-api-00040-wex, from before payments-api-00041-kol, not measured." in told()
        assert "When they served is being read …" in told() and "Any other takes a reason." in told()
        assert "error rate not known" in str(shown.options[0].prompt)
        assert "errors 3" in str(shown.options[1].prompt) and "ago" in str(shown.options[1].prompt)
        await pilot.press("down")
        answers.set()
        await scenes.until(lambda: "it served until 26 h ago, errors 0.0" in told())
        assert "served 4 d to 26 h ago; errors 0.0" in str(shown.options[0].prompt)
        assert shown.highlighted == 1, "whoever has moved the cursor keeps it"


async def test_any_but_the_proposed_revision_takes_a_reason(tmp_path: Path) -> None:
    """The panel says what speaks against it and which one is proposed; the proposed one takes none."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "r", shows=Choose)
        await scenes.press(pilot, "down", "enter", shows=ArmDialog)
        told = " ".join(str(one.render()) for one in pilot.app.screen.query(Static))
        assert "payments-api-00041-kol: errors 3" in told and "proposed is payments-api-00040-wex" in told
        assert "It needs a reason" in told
        await scenes.press(pilot, "escape", shows=BoardScreen)
        await scenes.press(pilot, "r", shows=Choose)
        await scenes.press(pilot, "enter", shows=ArmDialog)
        assert "It needs a reason" not in " ".join(str(one.render()) for one in pilot.app.screen.query(Static))


async def test_an_enter_before_the_list_is_there_goes_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was meant for the list, and is not taken for a step's Enter; the board says so, and the list still comes."""
    answers = asyncio.Event()

    async def late(*_: object, **__: object) -> None:
        await answers.wait()

    monkeypatch.setattr(Asking, "look", late)
    async with scenes.opened("baked", tmp_path) as pilot:
        board = pilot.app.screen
        await pilot.press("r")
        await pilot.press("enter")
        await scenes.until(lambda: "Enter did nothing" in str(board.query_one("#notice", Static).render()))
        assert pilot.app.screen is board
        answers.set()
        await scenes.until(lambda: isinstance(pilot.app.screen, Choose))
