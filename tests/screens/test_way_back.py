"""The way back waits for nobody, and the best one stands first."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.screens import scenes
from warroom.conductor.conductor import Conductor
from warroom.screens.asking import Asking
from warroom.screens.dialogs.prompts import Choose


async def test_the_list_of_revisions_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud Run hangs: the list is there, without the hotfix, and says why its first one is that."""

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Conductor, "revisions", hangs)
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "r", shows=Choose)
        options = pilot.app.screen.query_one(OptionList).options
        lane = scenes.board(pilot).conductor.lane("payments-api")
        assert lane.ladder is not None
        assert [option.id for option in options] == ["payments-api-00040-wex", "payments-api-00041-kol"]
        told = " ".join(str(one.render()) for one in pilot.app.screen.query(Static))
        assert "First: payments-api-00040-wex, from before payments-api-00041-kol, not measured." in told
        assert "error rate not known" in str(options[0].prompt)
        assert "errors 3" in str(options[1].prompt) and "ago" in str(options[1].prompt)


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
