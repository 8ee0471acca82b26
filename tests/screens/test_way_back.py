"""The way back waits for nobody, and the best one stands first."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.screens import scenes
from warroom.conductor.conductor import Conductor
from warroom.incident.events import PastRead
from warroom.screens.asking import Asking
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import Choose


async def test_the_list_of_revisions_asks_nobody_and_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud Run hangs: the list is there, without the hotfix; what is read of the days before comes in meanwhile."""

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Conductor, "revisions", hangs)
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "r", shows=Choose)
        shown = pilot.app.screen.query_one(OptionList)

        def told() -> str:
            return " ".join(str(one.render()) for one in pilot.app.screen.query(Static))

        assert [option.id for option in shown.options] == ["payments-api-00040-wex", "payments-api-00041-kol"]
        assert "First: payments-api-00040-wex, it served until 27 h ago, errors 0.0" in told()
        assert "Any other takes a reason." in told()
        assert "served 4 d to 27 h ago; errors 0.0" in str(shown.options[0].prompt)
        assert "errors 3" in str(shown.options[1].prompt) and "ago" in str(shown.options[1].prompt)
        await pilot.press("down")
        conductor = scenes.board(pilot).conductor
        lane = conductor.lane("payments-api")
        now = lane.samples[-1].end + 86_400
        await conductor.record(PastRead(lane.ref, now - 7 * 86_400, now))
        await scenes.until(lambda: "First: payments-api-00040-wex, from before payments-api-00041-kol" in told())
        assert "not seen serving in the last 6 d; error rate not known" in str(shown.options[0].prompt)
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
