"""What every dialog guards: haste, Enter, pasted text; and the way back that none of them closes."""

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandPalette
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static, TextArea

from tests.screens import scenes
from tests.screens.outside import SceneCloudRun
from warroom.rollout.traffic import Split
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.base import TOO_SOON_SECONDS
from warroom.screens.dialogs.prompts import AskLine, Choose, Show, Tell
from warroom.screens.dialogs.update import Compose, Preview
from warroom.screens.help import HelpScreen
from warroom.screens.projector import ProjectorScreen
from widgets.panes.keybar import KeyBar

Opening = list[tuple[str, type[Screen[Any]]]]
"""Keys on the board, and what each opens."""
STABLE = {"payments-api-00041-kol": 100}
PLANS = [("baked", "a"), ("weak", "a"), ("fail", "a"), ("fail", "x")]
DIALOGS: Opening = [("a", ArmDialog), ("r", Choose), ("i", Choose), ("g", Tell), ("question_mark", HelpScreen)]
FIELDS: Opening = [("n", AskLine), ("u", Compose)]
"""Those with nothing, and with something, to type into."""


class Fingers:
    """A clock for fingers that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def sent(pilot: Pilot[Any]) -> list[Split]:
    """The splits that were asked of Cloud Run."""
    clients = scenes.war_room(pilot).room.clients
    assert clients is not None
    assert isinstance(clients.run, SceneCloudRun)
    return clients.run.sent


def refusal(pilot: Pilot[Any]) -> str:
    """What the dialog on top says against the last key."""
    return str(pilot.app.screen.query_one("#refusal", Static).content)


def aborting(pilot: Pilot[Any]) -> bool:
    """Whether the abort panel is on top."""
    return isinstance(pilot.app.screen, ArmDialog) and pilot.app.screen.aborting


async def give(pilot: Pilot[Any]) -> None:
    """Give the arm panel on top what its guard asks."""
    if pilot.app.screen.query(Input):
        await scenes.press(pilot, *"known noise", "enter")
    else:
        await scenes.press(pilot, "w")


@pytest.mark.parametrize(("name", "key"), PLANS)
async def test_keys_within_300_ms_are_ignored_and_told(tmp_path: Path, name: str, key: str) -> None:
    """A y that was already on its way when the panel opened fires nothing; 300 ms later it does."""
    fingers = Fingers()
    async with scenes.opened(name, tmp_path, monotonic=fingers) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        if pilot.app.screen.query(Input):
            await scenes.press(pilot, *"known noise", "enter")  # a reason is typed, not hit
        fingers.now += TOO_SOON_SECONDS - 0.01
        await scenes.press(pilot, "w", "y")
        assert isinstance(pilot.app.screen, ArmDialog)
        assert refusal(pilot) == "Too fast to be meant: press it again."
        assert sent(pilot) == []
        fingers.now += 0.02
        await scenes.press(pilot, "w", "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)


async def test_x_within_300_ms_does_not_change_the_dialog(tmp_path: Path) -> None:
    """A second x of a nervous finger is no new abort panel; later, from another dialog, it is one."""
    fingers = Fingers()
    async with scenes.opened("fail", tmp_path, monotonic=fingers) as pilot:
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "ctrl+x")
        assert not aborting(pilot)
        fingers.now += 1
        await scenes.press(pilot, "ctrl+x")
        await scenes.until(lambda: aborting(pilot))


@pytest.mark.parametrize(("key", "kind"), [("r", Choose), ("u", Compose), ("s", Show)])
async def test_other_dialogs_wait_as_well(tmp_path: Path, key: str, kind: type[Screen[Any]]) -> None:
    """Neither a choice, nor a text or a yes is taken within 300 ms."""
    fingers = Fingers()
    async with scenes.opened("complete", tmp_path, monotonic=fingers) as pilot:
        await scenes.press(pilot, key, shows=kind)
        here = pilot.app.screen
        await scenes.press(pilot, "enter", "ctrl+s", "y")
        assert pilot.app.screen is here
        assert refusal(pilot) == "Too fast to be meant: press it again."


@pytest.mark.parametrize(("name", "key"), [*PLANS, ("complete", "x")])
async def test_enter_never_fires(tmp_path: Path, name: str, key: str) -> None:
    """Not at once, not after all that the guard asks was given."""
    async with scenes.opened(name, tmp_path) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        await scenes.press(pilot, "enter", "enter")
        await give(pilot)
        await scenes.press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, ArmDialog)
        assert sent(pilot) == []


@pytest.mark.parametrize(("name", "key"), [("weak", "a"), ("fail", "a")])
async def test_y_fires_only_what_the_guard_was_given_for(tmp_path: Path, name: str, key: str) -> None:
    """Without the confirmation or the reason, y says what is missing; with it, it fires once."""
    async with scenes.opened(name, tmp_path) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        pilot.app.screen.set_focus(None)
        await scenes.press(pilot, "y")
        assert "This needs" in refusal(pilot)
        assert sent(pilot) == []
        for field in pilot.app.screen.query(Input):
            field.focus()
        await give(pilot)
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)


async def test_a_guard_that_was_satisfied_takes_no_more(tmp_path: Path) -> None:
    """w, and w again by a nervous finger: the panel stays, and y fires once."""
    async with scenes.opened("weak", tmp_path) as pilot:
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "w", "w", "w", "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)


async def test_a_field_stays_in_view_when_the_terminal_shrinks(tmp_path: Path) -> None:
    """It is scrolled to once it is laid out lower than the edge; who then scrolls away from it is left there."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "a", shows=ArmDialog)
        dialog, field = pilot.app.screen, pilot.app.screen.query_one(Input)
        assert dialog.can_view_entire(field)
        await pilot.resize_terminal(59, 15)
        await scenes.until(lambda: dialog.size == (59, 15) and dialog.can_view_entire(field))
        await scenes.press(pilot, "pageup", "pageup")
        assert dialog.query_one(VerticalScroll).scroll_y == 0
        assert not dialog.can_view_entire(field)


@pytest.mark.parametrize("text", ["y", "xy", "ay\n", "wy\r\n", "\x1b[A"])
async def test_pasted_text_triggers_no_key(tmp_path: Path, text: str) -> None:
    """Neither on the board nor on a panel."""
    async with scenes.opened("fail", tmp_path) as pilot:
        board = scenes.board(pilot)
        pilot.app.post_message(events.Paste(text))
        await scenes.still(pilot)
        assert pilot.app.screen is board
        await scenes.press(pilot, "x", shows=ArmDialog)
        pilot.app.post_message(events.Paste(text))
        await scenes.still(pilot)
        assert isinstance(pilot.app.screen, ArmDialog)
        assert sent(pilot) == []


async def test_pasted_text_goes_into_a_field_as_text(tmp_path: Path) -> None:
    """A reason may be pasted; it is the reason, and fires nothing."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "a", shows=ArmDialog)
        pilot.app.post_message(events.Paste("known noise\ny"))
        await scenes.still(pilot)
        assert pilot.app.screen.query_one(Input).value.startswith("known noise")
        assert sent(pilot) == []


@pytest.mark.parametrize(("key", "kind"), DIALOGS)
async def test_x_leads_from_every_dialog_to_abort(tmp_path: Path, key: str, kind: type[Screen[Any]]) -> None:
    """From panels, lists and texts to read; then y fires."""
    async with scenes.opened("baked", tmp_path) as pilot:
        await scenes.press(pilot, key, shows=kind)
        await scenes.press(pilot, "x")
        await scenes.until(lambda: aborting(pilot))
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)
        assert {share.revision: share.percent for share in sent(pilot)[0] if share.percent} == STABLE


async def test_ctrl_x_leads_to_abort_while_typing_too(tmp_path: Path) -> None:
    """Where x is a letter, ctrl+x is the way back, with text selected as well; and from every other screen."""
    async with scenes.opened("baked", tmp_path) as pilot:
        everything: Opening = [*FIELDS, *DIALOGS, ("m", ProjectorScreen)]
        for key, kind in everything:
            await scenes.press(pilot, key, shows=kind)
            if kind in (AskLine, Compose):
                await scenes.press(pilot, "x", "ctrl+a")
            assert pilot.app.screen is not scenes.board(pilot)
            await scenes.press(pilot, "ctrl+x")
            await scenes.until(lambda: aborting(pilot))
            assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [BoardScreen, ArmDialog]
            await scenes.press(pilot, "escape", shows=BoardScreen)


async def test_ctrl_x_leads_out_of_the_palette(tmp_path: Path) -> None:
    """Textual's own screen keeps no one."""
    async with scenes.opened("baked", tmp_path) as pilot:
        await scenes.press(pilot, "ctrl+p")
        await scenes.until(lambda: pilot.app.screen is not scenes.board(pilot))
        await scenes.press(pilot, "ctrl+x")
        await scenes.until(lambda: aborting(pilot))


async def test_x_on_the_abort_panel_does_not_begin_it_anew(tmp_path: Path) -> None:
    """The 300 ms do not begin again."""
    async with scenes.opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "x", shows=ArmDialog)
        panel = pilot.app.screen
        await scenes.press(pilot, "x", "ctrl+x")
        assert pilot.app.screen is panel


async def test_escape_leaves_without_doing_anything(tmp_path: Path) -> None:
    """Back on the board, nothing written, nothing sent."""
    async with scenes.opened("baked", tmp_path) as pilot:
        before = scenes.board(pilot).conductor.incident.last_seq
        for key, kind in [*FIELDS, *DIALOGS]:
            await scenes.press(pilot, key, shows=kind)
            await scenes.press(pilot, "escape", shows=BoardScreen)
        assert scenes.board(pilot).conductor.incident.last_seq == before
        assert sent(pilot) == []


async def test_abort_goes_before_an_advance_under_way(tmp_path: Path) -> None:
    """The advance hangs in Cloud Run; x then y sends the way back all the same."""
    async with scenes.opened("baked", tmp_path) as pilot:
        app = scenes.war_room(pilot)
        assert app.room.clients is not None
        run = app.room.clients.run
        assert isinstance(run, SceneCloudRun)
        run.hang("finish")
        await scenes.press(pilot, "a", shows=ArmDialog)
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(sent(pilot)) == 1)
        await scenes.press(pilot, "x", shows=ArmDialog)
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(sent(pilot)) > 1)
        assert {share.revision: share.percent for share in sent(pilot)[-1] if share.percent} == STABLE


async def test_what_is_written_into_dialogs_reaches_the_journal(tmp_path: Path) -> None:
    """A note, an update as it was edited, and who is here."""
    async with scenes.opened("pass", tmp_path) as pilot:
        board = scenes.board(pilot)
        await scenes.press(pilot, "n", shows=AskLine)
        await scenes.press(pilot, *"all calm", "enter")
        await scenes.press(pilot, "u", shows=Compose)
        pilot.app.screen.query_one(TextArea).text = "We are at 25 %."
        await scenes.press(pilot, "ctrl+s", shows=Preview)
        await scenes.press(pilot, "y")
        await scenes.press(pilot, "i", shows=Choose)
        role = pilot.app.screen.query_one(OptionList).get_option_at_index(0).id
        await scenes.press(pilot, "enter")
        await scenes.until(lambda: board.conductor.incident.roles[str(role)].acknowledged_at is not None)
        said = [str(event.fact) for event in board.conductor.incident.tail[-3:]]
        assert "all calm" in said[0]
        assert "We are at 25 %." in said[1]


async def test_the_palette_does_not_overtake_an_escape(tmp_path: Path) -> None:
    """Both keys in one read: the projector is left and the palette stays, on the board."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "m", shows=ProjectorScreen)
        for key in ("escape", "ctrl+p"):
            pilot.app.post_message(events.Key(key, None))
        await scenes.until(lambda: isinstance(pilot.app.screen, CommandPalette))
        await scenes.still(pilot)
        assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [BoardScreen, CommandPalette]


async def test_a_dialog_follows_the_terminal_s_size(tmp_path: Path) -> None:
    """Made smaller and larger under it, both it and the board beneath keep within the terminal."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "n", shows=AskLine)
        for columns, rows in ((80, 24), (60, 16), (140, 40)):
            await pilot.resize_terminal(columns, rows)
            await scenes.still(pilot)
            box = pilot.app.screen.query_one(VerticalScroll).region
            assert box.width == min(84, columns) and box.bottom <= rows and abs(box.x - (columns - box.right)) <= 1
            assert scenes.board(pilot).query_one(KeyBar).region.bottom == rows
