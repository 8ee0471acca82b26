"""The board as a screen: panes alone, any size, no work for nothing, and the scenes that the pictures stand on."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.screen import Screen

from tests.screens import scenes
from warroom.board import board as built
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.screens.declare import DeclareScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import Choose
from warroom.screens.dialogs.update import Compose
from warroom.screens.help import HelpScreen
from warroom.screens.layout import PANES
from warroom.screens.projector import ProjectorScreen
from widgets.pane import Pane
from widgets.panes.keybar import KeyBar
from widgets.panes.timeline import TimelinePane

FLIGHT = ((80, 24), (1, 1), (200, 60), (59, 15), (24, 6), (23, 5), (3, 40), (300, 2), (60, 16), (100, 30), (120, 36))
ALWAYS = {"HeaderLine", "SentenceLine", "KeyBar"}


def seen(pane: Pane[object]) -> bool:
    """Whether a pane takes room on the screen."""
    return pane.region.area > 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (58, 15)])
async def test_a_number_key_shows_a_pane_alone(tmp_path: Path, size: tuple[int, int]) -> None:
    """That pane fills all between the lines and the keys, with the roster beside the clocks; Esc brings all back."""
    async with scenes.opened("pass", tmp_path, size) as pilot:
        screen = scenes.board(pilot)
        before = {pane for pane in screen.query(Pane) if seen(pane)}
        for number, name in enumerate(PANES, 1):
            await scenes.press(pilot, str(number))
            shown = {pane.id for pane in screen.query(Pane) if seen(pane) and type(pane).__name__ not in ALWAYS}
            assert shown == ({name, "roster"} if name == "clocks" else {name})
            assert screen.query_one(f"#{name}").region.width == size[0]
            await scenes.press(pilot, "escape")
            assert {pane for pane in screen.query(Pane) if seen(pane)} == before


async def test_the_same_number_key_brings_all_panes_back(tmp_path: Path) -> None:
    """And another one goes to its pane at once."""
    async with scenes.opened("pass", tmp_path) as pilot:
        screen = scenes.board(pilot)
        await scenes.press(pilot, "3", "4")
        assert (seen(screen.query_one("#errors", Pane)), seen(screen.query_one("#latency", Pane))) == (False, True)
        await scenes.press(pilot, "4")
        assert seen(screen.query_one("#errors", Pane))


async def test_the_timeline_alone_looks_back(tmp_path: Path) -> None:
    """Arrows move through time there, and over the steps again afterwards."""
    async with scenes.opened("pass", tmp_path) as pilot:
        screen = scenes.board(pilot)
        await scenes.press(pilot, "6", "pageup")
        assert "newer" in screen.query_one(TimelinePane).corner_note()
        step = screen.selected_step()
        await scenes.press(pilot, "escape", "up")
        assert screen.selected_step() != step


@pytest.mark.parametrize("name", ["pass", "hostile"])
async def test_no_size_breaks_the_board(tmp_path: Path, name: str) -> None:
    """Down to one cell, with all panes and with one alone."""
    async with scenes.opened(name, tmp_path) as pilot:
        for key in ("escape", "1", "2", "6"):
            await scenes.press(pilot, key)
            for size in FLIGHT:
                await pilot.resize_terminal(*size)
                await pilot.pause()
        assert pilot.app.screen is scenes.board(pilot)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("x", ArmDialog),
        ("a", ArmDialog),
        ("r", Choose),
        ("u", Compose),
        ("question_mark", HelpScreen),
        ("m", ProjectorScreen),
    ],
)
async def test_no_size_breaks_what_lies_over_the_board(tmp_path: Path, key: str, kind: type[Screen[Any]]) -> None:
    """Panels, a list, a text, help, the projector."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, key, shows=kind)
        for size in FLIGHT:
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert isinstance(pilot.app.screen, kind)


@pytest.mark.parametrize("drill", [True, False])
async def test_no_size_breaks_home_and_the_form(tmp_path: Path, drill: bool) -> None:
    """With incidents in the list, and in the form."""
    async with scenes.opened("several", tmp_path, incident="", drill=drill) as pilot:
        await scenes.press(pilot, *([] if drill else ["d"]), shows=DeclareScreen)
        for _ in range(2):
            for size in FLIGHT:
                await pilot.resize_terminal(*size)
                await pilot.pause()
            await scenes.press(pilot, "escape")


async def test_an_equal_board_costs_no_refresh(tmp_path: Path) -> None:
    """Nothing is drawn again for the same values; for one new value, that pane only."""
    async with scenes.opened("pass", tmp_path) as pilot:
        screen = scenes.board(pilot)
        panes = list(screen.query(Pane))
        screen.refresh_board()
        assert [pane for pane in panes if pane._repaint_required] == []
        keys = screen.query_one(KeyBar)
        keys.show(replace(keys.value, rows=keys.value.rows[1:]))
        assert [pane for pane in panes if pane._repaint_required] == [keys]


@pytest.mark.parametrize("name", [name for name in scenes.STORIES if name not in ("several", "nothing")])
async def test_opening_a_scene_changes_nothing_that_is_shown(tmp_path: Path, name: str) -> None:
    """What the board shows when the outside has answered is what its journal said before."""
    async with scenes.opened(name, tmp_path) as pilot:
        screen = scenes.board(pilot)
        conductor = screen.conductor
        folder = tmp_path / "again"
        folder.mkdir()
        (folder / "journal.db").write_bytes(scenes.scene(name).journal)
        journal = SqliteStore(folder / "journal.db")
        told = fold(journal.read(scenes.INCIDENT))
        journal.close()
        now, view = conductor.clock.now(), screen.current_view()
        protocol = conductor.config.protocol
        assert built(conductor.incident, protocol, now, view) == built(told, protocol, now, view)


@pytest.mark.parametrize("name", ["pass", "weak"])
async def test_a_scene_is_the_same_each_time(name: str) -> None:
    """Played again, it comes to the same incident."""
    again = scenes.scene.__wrapped__(name)
    assert again.now == scenes.scene(name).now
    assert again.run.looks == scenes.scene(name).run.looks
    assert len(again.journal) == len(scenes.scene(name).journal)
