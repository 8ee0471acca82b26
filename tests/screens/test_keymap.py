"""A board with keys of its own: the new ones work and are shown wherever keys are, the old ones do nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from textual.command import Hit
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens import scenes
from tests.screens.stage import config
from warroom.marks import key
from warroom.protocol.keymap import Keys, keymap_of
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine
from warroom.screens.help import HelpScreen
from warroom.screens.palette import BoardCommands
from warroom.screens.projector import ProjectorScreen

HINT = key("advance")
WRITTEN = {"abort": "0", "advance": "j", "roles": "a", "note": "", "projector": ";", "hold": "f7", "help": "f1"}


@asynccontextmanager
async def moved(name: str, folder: Path) -> AsyncIterator[Pilot[Any]]:
    """A scene on a board with the keys of WRITTEN."""
    own = replace(config(), keymap=keymap_of(Keys(WRITTEN)))
    async with scenes.opened(name, folder, (200, 50), config=own) as pilot:
        yield pilot


def aborting(pilot: Pilot[Any]) -> bool:
    """Whether the abort's panel lies on top."""
    return isinstance(pilot.app.screen, ArmDialog) and pilot.app.screen.aborting


def painted(pilot: Pilot[Any]) -> str:
    """What the screen on top shows, with all its panes."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def test_the_new_key_works_and_the_old_one_does_nothing(tmp_path: Path) -> None:
    """Of what arms, of what does something at once, and of what changed places."""
    async with moved("baked", tmp_path) as pilot:
        for gone in ("x", "h", "n", "m", "question_mark"):
            await scenes.press(pilot, gone)
            assert pilot.app.screen is scenes.board(pilot)
        await scenes.press(pilot, "j", shows=ArmDialog)
        assert not aborting(pilot)
        await scenes.press(pilot, "escape")
        await scenes.press(pilot, "0", shows=ArmDialog)
        assert aborting(pilot)


async def test_abort_works_in_dialogs_and_on_the_projector(tmp_path: Path) -> None:
    """By its new key from both; the projector is left by its own. ctrl+x is as ever, also while typing."""
    async with moved("baked", tmp_path) as pilot:
        for first in ("j", "semicolon"):
            await scenes.press(pilot, first)
            await scenes.press(pilot, "x")
            assert isinstance(pilot.app.screen, ArmDialog if first == "j" else ProjectorScreen)
            await scenes.press(pilot, "0", shows=ArmDialog)
            assert aborting(pilot)
            await scenes.press(pilot, "escape")
        await scenes.press(pilot, "semicolon", shows=ProjectorScreen)
        await scenes.press(pilot, "semicolon")
        assert pilot.app.screen is scenes.board(pilot)
        scenes.board(pilot).action_command("note")
        await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
        await scenes.press(pilot, "ctrl+x", shows=ArmDialog)


async def test_sentences_and_the_key_bar_show_it(tmp_path: Path) -> None:
    """Line 2, the bar, a dialog's last line and the projector; the palette's key where there is none."""
    async with moved("baked", tmp_path) as pilot:
        board = painted(pilot)
        assert "Press j for " in board and "Press a for " not in board
        bar = board.splitlines()[-1]
        assert " j Advance " in bar and " 0 Abort " in bar and " f7 Hold " in bar and " ctrl+p Note " in bar
        await scenes.press(pilot, "j", shows=ArmDialog)
        assert "0 aborts the ladder" in painted(pilot)
        await scenes.press(pilot, "escape")
        await scenes.press(pilot, "semicolon", shows=ProjectorScreen)
        assert "Press j for " in painted(pilot)


async def test_a_failing_hotfix_is_answered_by_the_new_key(tmp_path: Path) -> None:
    """In the sentence, and by a refusal above the key bar."""
    async with moved("fail", tmp_path) as pilot:
        assert "Press 0 then y to go back." in painted(pilot)
        scenes.board(pilot).notice(f"{HINT} settles it")
        await scenes.still(pilot)
        assert "j settles it" in painted(pilot)


async def test_help_and_palette_show_it(tmp_path: Path) -> None:
    """Every key as it is now, and the guards' own."""
    async with moved("baked", tmp_path) as pilot:
        await scenes.press(pilot, "f1", shows=HelpScreen)
        lines = [str(line.content).split() for line in pilot.app.screen.query(Static)]
        for key, label in (("0", "Abort"), ("j", "Advance"), ("ctrl+p", "Note"), (";", "Projector")):
            assert any(line[:2] == [key, label] for line in lines)
        assert any("The same as 0," in " ".join(line) for line in lines)
        await scenes.press(pilot, "escape")
        hits = [hit async for hit in BoardCommands(scenes.board(pilot)).search("End the ladder")]
        assert any(isinstance(hit, Hit) and str(hit.help).startswith("0: End the ladder") for hit in hits)
