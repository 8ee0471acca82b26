"""A fault of warroom's own is told on the board, and is never the end of connecting or of a key."""

from pathlib import Path

import pytest
from textual.widgets import Static

from tests.screens import scenes
from warroom.conductor.clients import Clients
from warroom.conductor.plans import Consent, Plan
from warroom.rollout.traffic import Service
from warroom.screens.arm import ArmDialog


async def test_connecting_that_fails_in_warroom_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try meets a fault of ours: the journal says so, and the second connects."""
    monkeypatch.setattr("warroom.app.RECONNECT_SECONDS", 0.01)
    room = scenes.room("pass", tmp_path)
    connect, tries = room.connect, []

    async def connected() -> Clients:
        tries.append(1)
        if len(tries) == 1:
            raise SystemError("AST constructor recursion depth mismatch")
        return await connect()

    async with scenes.opened("pass", tmp_path, connect=connected) as pilot:
        conductor = scenes.board(pilot).conductor
        assert conductor.clients is not None
        assert len(tries) == 2
        events = await conductor.recorder.events()
        assert any("connecting fails in warroom itself (SystemError" in str(event.fact) for event in events)


async def test_a_key_that_fails_in_warroom_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The abort's y meets a fault of ours: the notice names it, and the board goes on."""

    async def broken(_plan: Plan, _consent: Consent | None = None) -> Service:
        raise ZeroDivisionError("division by zero")

    async with scenes.opened("fail", tmp_path, faults=True) as pilot:
        board = scenes.board(pilot)
        monkeypatch.setattr(board.conductor, "carry_out", broken)
        await scenes.press(pilot, "x", shows=ArmDialog)
        await scenes.press(pilot, "y")
        notice = board.query_one("#notice", Static)
        await scenes.until(lambda: "abort fails in warroom itself (ZeroDivisionError" in str(notice.content))
        assert notice.display
        assert pilot.app.is_running
