"""The first seconds: a key before the first look waits for it, and connecting ends whenever it ends."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor
from textual._context import active_app
from textual.widgets import Static

from tests.screens import scenes
from warroom.conductor import process
from warroom.screens.dialogs.arm import ArmDialog
from warroom.services.clients import Clients


async def test_no_picture_is_made_that_nobody_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While several changes are made as one, as when the board is mounted, Textual makes pictures and drops them."""
    render = Compositor.render_update
    made: list[tuple[Compositor, int]] = []

    def noted(self: Compositor, *arguments: Any, **settings: Any) -> Any:
        made.append((self, active_app.get()._batch_count))
        return render(self, *arguments, **settings)

    monkeypatch.setattr(Compositor, "render_update", noted)
    async with scenes.opened("fail", tmp_path) as pilot:
        screen = scenes.board(pilot)
        with pilot.app.batch_update():
            screen.refresh(layout=True)
            screen._refresh_layout()
        await pilot.pause()
        pictures = [batch for compositor, batch in made if compositor is screen._compositor]
        assert pictures and not any(pictures)


async def test_x_waits_for_the_first_look(tmp_path: Path) -> None:
    """It says what it waits for; when the service is read the panel is there, one for two presses."""
    reached = asyncio.Event()

    async def connected() -> Clients:
        await reached.wait()
        return scenes.clients("fail")

    async with scenes.opened("fail", tmp_path, connected=False, connect=connected) as pilot:
        board = scenes.board(pilot)
        notice = board.query_one("#notice", Static)
        await pilot.press("x", "x")
        await scenes.until(lambda: "Reading payments-api …" in str(notice.content))
        assert pilot.app.screen is board
        reached.set()
        await scenes.until(lambda: isinstance(pilot.app.screen, ArmDialog))
        assert not notice.display
        await scenes.press(pilot, "escape")
        await scenes.until(lambda: pilot.app.screen is board)
        await pilot.pause(0.2)
        assert pilot.app.screen is board


async def test_connecting_that_ends_while_an_incident_is_declared(tmp_path: Path) -> None:
    """The conductor was made before, and is put on the board after: it is connected all the same."""
    reached = asyncio.Event()

    async def connected() -> Clients:
        await reached.wait()
        return scenes.clients("several")

    room = scenes.opened("several", tmp_path, incident="", drill=False, connected=False, connect=connected)
    async with room as pilot:
        app = scenes.war_room(pilot)
        made = app.room.conductor()
        reached.set()
        await scenes.until(lambda: app.room.clients is not None)
        assert made.clients is None
        await app.enter(made, "INC-0001")
        assert made.clients is app.room.clients


async def test_which_process_this_is_is_known_before_the_first_change(tmp_path: Path) -> None:
    """Asking for it loads a library: that is done while connecting, not between a key and its change."""
    process._named.cache_clear()
    async with scenes.opened("several", tmp_path, incident="", drill=False, connected=False, connect=never):
        await scenes.until(lambda: process._named.cache_info().currsize == 1)


async def never() -> Clients:
    """A connection that does not come about."""
    await asyncio.Event().wait()
    raise AssertionError
