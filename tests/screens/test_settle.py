"""Somebody else has changed the service: line 2 asks, e answers, and what moves traffic arms first."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens import scenes
from tests.screens.conftest import Picture
from tests.screens.outside import SceneCloudRun
from tests.spoken import spoken
from warroom.incident.state import Lane
from warroom.rollout.split import percents
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import Choose
from widgets.panes.keybar import KeyBar

SIZES = [(80, 24), (120, 36)]


def lane(pilot: Pilot[Any]) -> Lane:
    """The first service's."""
    conductor = scenes.war_room(pilot).conductor
    assert conductor is not None
    return next(iter(conductor.incident.lanes.values()))


def sent(pilot: Pilot[Any]) -> list[dict[str, int]]:
    """What was asked of Cloud Run."""
    clients = scenes.war_room(pilot).room.clients
    assert clients is not None
    assert isinstance(clients.run, SceneCloudRun)
    return [percents(split, "") for split in clients.run.sent]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_board_asks(picture: Picture, size: tuple[int, int]) -> None:
    """Who, what and when in line 2; e in the key bar, armed."""
    assert picture("stranger", size=size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_three_answers(picture: Picture, size: tuple[int, int]) -> None:
    """Before, after, and what each answer does."""
    assert picture("stranger", "e", size=size, shows=Choose)


def test_the_arm_panel_of_a_restored_split(picture: Picture) -> None:
    """The whole split and its gcloud command."""
    assert picture("stranger", "e", "down", "enter", shows=ArmDialog)


async def test_e_is_armed_while_it_is_asked(tmp_path: Path) -> None:
    """And advance is not to be had."""
    async with scenes.opened("stranger", tmp_path) as pilot:
        rows = {spoken(row.key): row for row in scenes.board(pilot).query_one(KeyBar).value.rows}
        assert (rows["e"].armed, rows["a"].enabled) == (True, False)


async def test_without_a_question_e_is_not_in_the_key_bar(tmp_path: Path) -> None:
    """Pressed all the same it opens nothing."""
    async with scenes.opened("pass", tmp_path) as pilot:
        rows = {spoken(row.key): row for row in scenes.board(pilot).query_one(KeyBar).value.rows}
        assert "e" not in rows
        await scenes.press(pilot, "e")
        assert isinstance(pilot.app.screen, BoardScreen)


async def test_advance_says_that_it_must_be_settled_first(tmp_path: Path) -> None:
    """No panel opens."""
    async with scenes.opened("stranger", tmp_path) as pilot:
        await scenes.press(pilot, "a")
        assert isinstance(pilot.app.screen, BoardScreen)
        assert sent(pilot) == []


async def test_adopting_sends_nothing(tmp_path: Path) -> None:
    """The first answer, with Enter."""
    async with scenes.opened("stranger", tmp_path) as pilot:
        await scenes.press(pilot, "e", shows=Choose)
        await scenes.press(pilot, "enter")
        await scenes.until(lambda: lane(pilot).drift is None)
        ladder = lane(pilot).ladder
        assert ladder is not None
        assert (ladder.percent, sent(pilot)) == (40, [])


@pytest.mark.parametrize(("downs", "percent"), [(1, 25), (2, 0)], ids=["restore", "abort"])
async def test_what_moves_traffic_arms_first(tmp_path: Path, downs: int, percent: int) -> None:
    """Enter opens the arm panel, y fires."""
    async with scenes.opened("stranger", tmp_path) as pilot:
        await scenes.press(pilot, "e", *["down"] * downs, "enter", shows=ArmDialog)
        assert sent(pilot) == []
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)
        ladder = lane(pilot).ladder
        assert ladder is not None
        assert sent(pilot)[0].get(ladder.candidate, 0) == percent


async def test_esc_leaves_the_question_open(tmp_path: Path) -> None:
    """The ladder stays held."""
    async with scenes.opened("stranger", tmp_path) as pilot:
        await scenes.press(pilot, "e", shows=Choose)
        await scenes.press(pilot, "escape")
        assert lane(pilot).drift is not None
