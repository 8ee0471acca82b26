"""The way back waits for nobody: not for a list that Cloud Run does not give."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.screens import scenes
from warroom.actions import traffic
from warroom.conductor.conductor import Conductor
from warroom.rollout.traffic import Revision
from warroom.screens.dialogs.prompts import Choose


async def test_revisions_that_are_not_listed_in_time_are_those_seen_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud Run hangs: the key offers what was read before, and says so."""

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Conductor, "revisions", hangs)
    monkeypatch.setattr(traffic, "LIST_SECONDS", 0.01)
    async with scenes.opened("baked", tmp_path) as pilot:
        await scenes.press(pilot, "r", shows=Choose)
        options = pilot.app.screen.query_one(OptionList).options
        assert options and all("(seen before)" in str(option.prompt) for option in options)


async def test_an_enter_before_the_list_is_there_goes_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was meant for the list, and is not taken for a step's Enter; the board says so, and the list still comes."""
    answers = asyncio.Event()

    async def late(*_: object) -> tuple[Revision, ...]:
        await answers.wait()
        return ()

    monkeypatch.setattr(Conductor, "revisions", late)
    monkeypatch.setattr(traffic, "LIST_SECONDS", 600.0)
    async with scenes.opened("baked", tmp_path) as pilot:
        board = pilot.app.screen
        await pilot.press("r")
        await pilot.press("enter")
        await scenes.until(lambda: "Enter did nothing" in str(board.query_one("#notice", Static).render()))
        assert pilot.app.screen is board
        answers.set()
        await scenes.until(lambda: isinstance(pilot.app.screen, Choose))
