"""A fault of warroom's own is told where the key was pressed, logged, and ends neither the board nor what is beside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static, TextArea

from tests.screens import scenes
from warroom.actions import traffic
from warroom.app import WarRoom
from warroom.commands import COMMANDS
from warroom.conductor.comms import updates
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import escalation, paging
from warroom.conductor.steps import execute
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident.journal.errors import JournalError
from warroom.rollout.traffic import Service
from warroom.screens import acting
from warroom.screens.board import SERVICES, STEPS, BoardScreen
from warroom.screens.declare import DeclareScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.contacts import ContactsDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show, Tell
from warroom.screens.dialogs.step_run import StepDialog
from warroom.screens.dialogs.update import Compose, Preview
from warroom.screens.help import HelpScreen
from warroom.screens.home import HomeScreen
from warroom.screens.projector import ProjectorScreen
from warroom.services.clients import Clients
from widgets.panes.clocks import ClocksPane
from widgets.panes.roster import RosterPane

OWN = "fails in warroom itself (ZeroDivisionError: division by zero)"
FULL = JournalError("The journal's disk is full", "Make room where it lies, or use --journal.")

DIALOGS: list[tuple[str, tuple[str, ...], type[Screen[Any]]]] = [
    ("baked", ("a",), ArmDialog),
    ("baked", ("r",), Choose),
    ("baked", ("n",), AskLine),
    ("baked", ("g",), Tell),
    ("baked", ("u",), Compose),
    ("baked", ("c",), ContactsDialog),
    ("baked", ("question_mark",), HelpScreen),
    ("baked", ("m",), ProjectorScreen),
    ("pass", ("v",), Show),
    ("complete", ("s",), Show),
]
"""A scene, the keys that open a dialog in it, and the dialog."""


def broken(*_: Any, **__: Any) -> Any:
    """What has a fault."""
    raise ZeroDivisionError("division by zero")


async def breaks(*_: Any, **__: Any) -> Any:
    """What has a fault when it is awaited."""
    raise ZeroDivisionError("division by zero")


def notice(pilot: Pilot[Any]) -> str:
    """What stands above the key bar, "" when nothing does."""
    found = scenes.board(pilot).query_one("#notice", Static)
    return str(found.content) if found.display else ""


async def says(pilot: Pilot[Any], words: str) -> None:
    """Wait until the board says it, and is alive."""
    await scenes.until(lambda: words in notice(pilot))
    assert pilot.app.is_running
    assert pilot.app._exception is None


async def goes_on(pilot: Pilot[Any]) -> None:
    """The board still answers: a dialog opens and is left."""
    if not isinstance(pilot.app.screen, BoardScreen):
        await scenes.press(pilot, "escape")
        await scenes.until(lambda: isinstance(pilot.app.screen, BoardScreen))
    await scenes.press(pilot, "g", shows=Tell)
    await scenes.press(pilot, "escape", shows=BoardScreen)


@asynccontextmanager
async def opened(
    name: str, folder: Path, size: tuple[int, int] = (120, 36), **changes: Any
) -> AsyncIterator[Pilot[str]]:
    """A scene in which faults are wanted."""
    async with scenes.opened(name, folder, size, faults=True, **changes) as pilot:
        yield pilot


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


async def test_connecting_goes_on_where_not_even_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says that connecting failed fails itself: it is told on the board, and connecting is tried again."""
    monkeypatch.setattr("warroom.app.RECONNECT_SECONDS", 0.01)
    room = scenes.room("pass", tmp_path)
    connect, tries = room.connect, []

    async def connected() -> Clients:
        tries.append(1)
        if len(tries) == 1:
            monkeypatch.setattr(WarRoom, "_lost", breaks)
            raise SystemError("at first")
        return await connect()

    async with opened("pass", tmp_path, connect=connected) as pilot:
        assert len(tries) == 2
        assert any("connecting fails" in one for one in scenes.war_room(pilot).faults)


async def test_a_key_that_fails_in_warroom_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The abort's y meets a fault of ours: the notice names it, and the board goes on."""

    async def carry_out(_plan: Plan, _consent: Consent | None = None) -> Service:
        raise ZeroDivisionError("division by zero")

    async with opened("fail", tmp_path) as pilot:
        board = scenes.board(pilot)
        monkeypatch.setattr(board.conductor, "carry_out", carry_out)
        await scenes.press(pilot, "x", shows=ArmDialog)
        await scenes.press(pilot, "y")
        await says(pilot, f"abort {OWN}. Look at the traffic pane, then press the key again.")


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), FULL], ids=["own", "journal"])
async def test_every_command_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Each key of the table: what goes wrong behind it is said on the board, with its traceback in the log."""

    async def fails(*_: object) -> None:
        raise error

    def moves(_: BoardScreen, __: int) -> None:
        raise error

    monkeypatch.setattr(acting, "flow", lambda _: fails)
    for name in acting.ALONE:
        monkeypatch.setitem(acting.ALONE, name, fails)
    monkeypatch.setattr(Conductor, "check", lambda *_: None)  # what the guards refuse is not begun
    monkeypatch.setattr(BoardScreen, "select_step", moves)
    monkeypatch.setattr(BoardScreen, "focus_service", moves)
    own = not isinstance(error, JournalError)
    async with opened("baked", tmp_path) as pilot:
        board = scenes.board(pilot)
        for command in COMMANDS:
            board.query_one("#notice").display = False
            caplog.clear()
            await scenes.press(pilot, command.key)
            moved = command.id in STEPS or command.id in SERVICES
            await says(pilot, f"{'command' if moved else command.label} {OWN}." if own else str(error))
            assert pilot.app.screen is board
            logged = [record for record in caplog.records if record.name == "warroom" and record.exc_info]
            assert bool(logged) == own or moved
        assert pilot.app.return_code is None


@pytest.mark.parametrize(("name", "keys", "kind"), DIALOGS, ids=lambda one: getattr(one, "__name__", None))
async def test_every_dialog_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, keys: tuple[str, ...], kind: type[Screen[Any]]
) -> None:
    """While it is made, when it is mounted, and behind each of its keys: it is told, and the board is still there."""
    async with opened(name, tmp_path) as pilot:
        board = scenes.board(pilot)
        for method in ("compose", "on_mount"):
            with monkeypatch.context() as patch:
                patch.setattr(kind, method, broken)
                board.query_one("#notice").display = False
                await scenes.press(pilot, *keys)
                await says(pilot, OWN)
                await scenes.until(lambda: pilot.app.screen is board)
        await goes_on(pilot)
        actions = [one.action for one in kind.BINDINGS if isinstance(one, Binding)]
        names = {action.partition("(")[0] for action in [*actions, "leave"] if not action.startswith("app.")}
        await scenes.press(pilot, *keys, shows=kind)
        for action in sorted(names):
            with monkeypatch.context() as patch:
                patch.setattr(kind, f"action_{action}", broken)
                board.query_one("#notice").display = False
                await pilot.app.run_action(action, pilot.app.screen)
                await says(pilot, f"{action.replace('_', ' ')} {OWN}")
        await goes_on(pilot)


async def paged(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody, by a pager with a fault."""
    monkeypatch.setattr(paging, "page", breaks)
    await scenes.press(pilot, "p", shows=Choose)
    await scenes.press(pilot, "enter", shows=Show)
    await scenes.press(pilot, "y")


async def escalated(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The level that waits."""
    monkeypatch.setattr(escalation, "carry_out", breaks)
    await scenes.press(pilot, "v", shows=Show)
    await scenes.press(pilot, "y")


async def all_rolled_back(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the strongest guard."""
    monkeypatch.setattr(traffic, "roll_back_all", breaks)
    await scenes.press(pilot, "f9", shows=AskLine)
    await scenes.press(pilot, *scenes.INCIDENT, "enter")
    await scenes.press(pilot, *"@bob", "enter", shows=Show)
    await scenes.press(pilot, "y")


async def staged(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The image that is laid ready."""
    monkeypatch.setattr(Conductor, "stage", breaks)
    await scenes.press(pilot, "t", shows=AskLine)
    await scenes.press(pilot, "enter", shows=ArmDialog)
    await scenes.press(pilot, "y")


async def updated(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a text of its own."""
    monkeypatch.setattr(updates, "tell", breaks)
    await scenes.press(pilot, "u", shows=Compose)
    pilot.app.screen.query_one(TextArea).text = "We are at 25 %."
    await scenes.press(pilot, "ctrl+s", shows=Preview)
    await scenes.press(pilot, "y")


async def step_done(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A program's."""
    monkeypatch.setattr(execute, "do", breaks)
    await scenes.press(pilot, "f8", shows=Choose)
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index("describe-service")
    await scenes.press(pilot, "enter")
    while isinstance(pilot.app.screen, AskLine):
        pilot.app.screen.query_one(Input).value = "value"
        await scenes.press(pilot, "enter")
    await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
    await scenes.press(pilot, "y")


@pytest.mark.parametrize(
    ("acts", "called"),
    [
        (paged, "paging @"),
        (escalated, "calling level 3"),
        (all_rolled_back, "roll back all"),
        (staged, "stage"),
        (updated, "the update"),
        (step_done, ""),
    ],
)
async def test_every_task_behind_a_y_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, acts: Any, called: str
) -> None:
    """Nobody waits for it any more: it says itself what became of it."""
    async with opened("pass", tmp_path) as pilot:
        await acts(pilot, monkeypatch)
        await says(pilot, OWN)
        assert called in notice(pilot)
        assert any(record.exc_info for record in caplog.records if record.name == "warroom")
        await goes_on(pilot)


async def test_looking_that_ends_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that ends all loops at once is told, and they run again."""
    monkeypatch.setattr("warroom.app.RECONNECT_SECONDS", 0.01)
    runs, run = [], Conductor.run

    async def first_fails(conductor: Conductor) -> None:
        runs.append(1)
        if len(runs) == 1:
            async with asyncio.TaskGroup() as group:
                group.create_task(breaks())
        await run(conductor)

    monkeypatch.setattr(Conductor, "run", first_fails)
    async with opened("pass", tmp_path) as pilot:
        assert len(runs) == 2
        assert f"watching {OWN}" in notice(pilot)


async def test_a_refusal_that_cannot_be_written_down_does_not_end_the_loops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done by itself fails, and so does saying so: it stands on the board, nothing is raised."""
    async with opened("pass", tmp_path) as pilot:
        conductor = scenes.board(pilot).conductor
        monkeypatch.setattr(conductor.own_turns, "_try", breaks)
        conductor.own_turns._work["payments-api", "abort"] = asyncio.ensure_future(asyncio.sleep(0))
        await conductor.own_turns._act("payments-api", "abort")
        assert conductor.faults["acting by itself"] == f"acting by itself {OWN}"


async def test_a_pane_that_cannot_be_shown_says_so_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose slice can't be made and one that can't be drawn: the others go on, and both come back."""
    async with opened("pass", tmp_path, (160, 48)) as pilot:
        board = scenes.board(pilot)
        clocks, roster = board.query_one(ClocksPane), board.query_one(RosterPane)
        with monkeypatch.context() as patch:
            patch.setattr("warroom.board.build.clock_rows", broken)
            patch.setattr(RosterPane, "draw", broken)
            roster._painted = None
            roster.refresh()
            board.refresh_board()
            await scenes.still(pilot)
            assert "showing the clocks fails in warroom itself" in " ".join(text(clocks).split())
            assert "This can't be shown just now" in " ".join(text(roster).split())
            assert pilot.app.is_running and pilot.app._exception is None
            await scenes.press(pilot, "g", shows=Tell)
            await scenes.press(pilot, "escape", shows=BoardScreen)
        board.refresh_board()
        await scenes.still(pilot)
        assert "fails" not in text(clocks)
        assert "shown" not in text(roster)


async def test_a_board_opens_with_a_pane_that_cannot_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back does not depend on the roster."""
    monkeypatch.setattr("warroom.board.build.roster", broken)
    async with opened("fail", tmp_path) as pilot:
        await scenes.press(pilot, "x", shows=ArmDialog)


def text(pane: Any) -> str:
    """What stands in a pane."""
    return "\n".join(pane.render_line(y).text.strip("│ ") for y in range(pane.size.height))


async def test_a_clock_s_turn_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers and handlers of the board: told once, and it goes on."""
    async with opened("pass", tmp_path) as pilot:
        board = scenes.board(pilot)
        monkeypatch.setattr(board, "_slices", broken)
        board.set_timer(0.001, board.refresh_board)
        board.call_later(broken)
        board.call_after_refresh(broken)
        pilot.app.call_later(broken)
        await says(pilot, OWN)
        monkeypatch.undo()
        await goes_on(pilot)


async def test_a_task_that_nobody_waits_for_is_told(tmp_path: Path) -> None:
    """The event loop's own hook."""
    async with opened("pass", tmp_path) as pilot:
        loop, fault = asyncio.get_running_loop(), ZeroDivisionError("division by zero")
        scenes.war_room(pilot).unheard(loop, {"message": "never retrieved", "exception": fault})
        await says(pilot, f"something beside the board {OWN}")


async def test_before_there_is_a_board_it_is_told_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At home and on the form, of reading the journal, opening, and declaring."""
    async with opened("several", tmp_path, incident="", drill=False) as pilot:
        app = scenes.war_room(pilot)

        def trouble(where: str) -> str:
            return str(app.screen.query_one(where, Static).content)

        with monkeypatch.context() as patch:
            patch.setattr(type(app.room), "incidents", broken)
            await scenes.press(pilot, "r")
            await scenes.until(lambda: OWN in trouble("#trouble"))
        with monkeypatch.context() as patch:
            patch.setattr(Conductor, "open", breaks)
            await scenes.press(pilot, "down", "enter")
            await scenes.until(lambda: f"opening it {OWN}" in trouble("#trouble"))
        assert isinstance(app.screen, HomeScreen)
        await scenes.press(pilot, "d", shows=DeclareScreen)
        with monkeypatch.context() as patch:
            patch.setattr(Conductor, "declare", breaks)
            app.screen.query_one("#title", Input).value = "checkout is down"
            await scenes.press(pilot, "ctrl+s")
            await scenes.until(lambda: f"declare {OWN}" in trouble("#refusal"))
        await scenes.press(pilot, "ctrl+s", shows=BoardScreen)


async def test_what_ends_it_ends_it_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The board itself can't be drawn: exit status 1, one sentence without a traceback, which is in the log."""
    printed: list[str] = []
    app = WarRoom(scenes.room("pass", tmp_path))
    monkeypatch.setattr(app, "_print_error_renderables", lambda: printed.extend(map(str, app._exit_renderables)))
    with pytest.raises(ZeroDivisionError):
        async with app.run_test(size=(120, 36)) as pilot:
            await scenes.settled(pilot)
            scenes.board(pilot)._compositor.render_update = broken  # type: ignore[method-assign]
            scenes.board(pilot).refresh()
            await scenes.until(lambda: not app.is_running)
    assert app.return_code == 1
    assert len(printed) == 1
    assert "fault of its own: ZeroDivisionError" in printed[0] and "warroom open INC-0001" in printed[0]
    assert "Traceback" not in printed[0]


async def test_a_journal_that_cannot_be_opened_is_the_end_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before there is a screen to say it on: it is left for the shell."""

    async def full(*_: Any) -> Any:
        raise FULL

    monkeypatch.setattr(Conductor, "open", full)
    app = WarRoom(scenes.room("pass", tmp_path))
    async with app.run_test(size=(120, 36)):
        await scenes.until(lambda: not app.is_running)
    assert app.unopened is FULL
    assert app.return_code == 1
