"""The way back waits for nobody, and the best one stands first."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from tests.screens import scenes
from warroom.conductor.conductor import Conductor
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
        assert "5xx 3" in str(options[1].prompt) and "ago" in str(options[1].prompt)
