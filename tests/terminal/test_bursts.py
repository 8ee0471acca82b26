"""Pastes without brackets: keys that come faster than fingers do nothing, and are told; what fingers press is done."""

import asyncio
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from textual import events
from textual._xterm_parser import XTermParser
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens import scenes
from tests.screens.outside import SceneCloudRun
from warroom.commands import COMMANDS
from warroom.incident.events import Noted
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Tell
from warroom.terminal.burst import BURST_SECONDS, Burst

KEYS = "".join(command.key for command in COMMANDS if len(command.key) == 1) + " \r\t?123456yw"
TEXTS = (
    "…please retry today",
    "nothing to judge yet",
    "yes\rno\ryes",
    " \r \r \r",
    "hhh",
    "zzzz",
    "w" * 4000,
    "quit",
    "xyxyxy",
)


def burst(pilot: Pilot[Any], text: str, *, apart: float = 0.00001, at: float | None = None) -> float:
    """Have a text arrive as keys, as the terminal's bytes are read, so many seconds `apart`; when it ends."""
    when = time.monotonic() if at is None else at
    for one in XTermParser().feed(text):
        assert isinstance(one, events.Key)
        one.time = when
        when += apart
        one.set_sender(pilot.app)
        pilot.app.post_message(one)
    return when


async def quiet(pilot: Pilot[Any]) -> None:
    """Wait until all that has arrived is decided."""
    await pilot.pause()
    await scenes.until(lambda: not scenes.war_room(pilot).gate.holds)
    await scenes.still(pilot)


def told(pilot: Pilot[Any]) -> str:
    """What stands above the key bar, or as the refusal of the dialog on top."""
    where = "#notice" if isinstance(pilot.app.screen, BoardScreen) else "#refusal"
    return str(pilot.app.screen.query_one(where, Static).content)


def done(pilot: Pilot[Any]) -> tuple[Any, ...]:
    """All that keys could have done."""
    board, clients = scenes.board(pilot), scenes.war_room(pilot).room.clients
    assert clients is not None
    assert isinstance(clients.run, SceneCloudRun)
    return board.conductor.incident.last_seq, list(clients.run.sent), board.view, board.alone, pilot.app.return_code


def test_three_within_50_ms_are_a_burst_and_all_that_follow_close_behind() -> None:
    """Two are none, however close; the end of a burst is 50 ms without a key."""
    here = Burst()
    assert [here.key(at) for at in (1.0, 1.001, 1.06, 1.1)] == [False, False, False, False]
    assert [here.key(at) for at in (2.0, 2.02, 2.05, 2.09, 2.15, 2.16)] == [False, False, True, True, False, False]


@given(st.lists(st.floats(0.0001, 1.0), min_size=3, max_size=30))
def test_fingers_are_no_burst_and_a_paste_is_one(gaps: list[float]) -> None:
    """Where no three keys lie within 50 ms there is none; where all do, all from the third on belong to it."""
    fingers, paste, now, close = Burst(), Burst(), 100.0, 100.0
    for number, gap in enumerate(gaps, start=1):
        now += BURST_SECONDS / 2 + gap
        close += gap * BURST_SECONDS / 2.1
        assert not fingers.key(now)
        assert paste.key(close) == (number > 2)


@pytest.mark.parametrize("text", TEXTS)
async def test_a_paste_on_the_board_does_nothing_and_is_told(tmp_path: Path, text: str) -> None:
    """No tick, no hold, no report, no leaving, no dialog; the next key works."""
    async with scenes.opened("baked", tmp_path) as pilot:
        board, before = scenes.board(pilot), done(pilot)
        burst(pilot, text)
        await quiet(pilot)
        assert pilot.app.screen is board
        assert told(pilot) == f"That was a paste ({len(text)} characters): nothing was done."
        assert done(pilot) == before
        await scenes.press(pilot, "n", shows=AskLine)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.text(KEYS, min_size=3, max_size=60), min_size=6, max_size=6), st.floats(0.0001, 0.02))
def test_no_text_does_anything(texts: list[str], apart: float) -> None:
    """Whatever keys it is made of, in one piece or drop by drop: on the board, and on a panel that would fire."""

    async def play(folder: Path) -> None:
        async with scenes.opened("baked", folder) as pilot:
            before, board = done(pilot), scenes.board(pilot)
            at = time.monotonic()
            for text in texts:
                at = burst(pilot, text, apart=apart, at=at) + 1.0
                await quiet(pilot)
                assert pilot.app.screen is board
                assert done(pilot) == before
            at = burst(pilot, "a", at=at) + 1.0
            await scenes.until(lambda: isinstance(pilot.app.screen, ArmDialog))
            for text in texts:
                at = burst(pilot, text, apart=apart, at=at) + 1.0
                await quiet(pilot)
                assert done(pilot) == before
                assert len(pilot.app.screen_stack) <= 3

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


@pytest.mark.parametrize("key", ["a", "x"])
@pytest.mark.parametrize("text", ["nothing to judge yet", "yes please", "wwwyyy"])
async def test_a_paste_on_the_arm_panel_fires_nothing(tmp_path: Path, key: str, text: str) -> None:
    """Neither forward nor back, wherever its y stands; it is told there, and a single y fires."""
    async with scenes.opened("baked", tmp_path) as pilot:
        await scenes.press(pilot, key, shows=ArmDialog)
        panel, before = pilot.app.screen, done(pilot)
        burst(pilot, text)
        await quiet(pilot)
        assert pilot.app.screen is panel
        assert told(pilot) == f"That was a paste ({len(text)} characters): nothing was done."
        assert done(pilot) == before
        await scenes.press(pilot, "y")
        await scenes.until(lambda: len(done(pilot)[1]) == 1)


async def test_what_the_first_keys_have_opened_is_closed_again(tmp_path: Path) -> None:
    """The p of a slow paste opens a list at once; with the third key it is closed, and what is late never opens."""
    async with scenes.opened("baked", tmp_path) as pilot:
        board, at = scenes.board(pilot), time.monotonic()
        burst(pilot, "p", at=at)
        await scenes.until(lambda: isinstance(pilot.app.screen, Choose))
        burst(pilot, "le", at=at + 0.03)
        await quiet(pilot)
        assert pilot.app.screen is board
        assert "That was a paste (3 characters)" in told(pilot)
        app = scenes.war_room(pilot)
        assert app.room.clients is not None and isinstance(app.room.clients.run, SceneCloudRun)
        app.room.clients.run.hang("revisions")
        burst(pilot, "r", at=at + 2.0)
        await scenes.until(lambda: bool(board._acts._going))
        burst(pilot, "ea", at=at + 2.02)
        await quiet(pilot)
        await scenes.until(lambda: not board._acts._going)
        assert pilot.app.screen is board


async def test_two_keys_are_no_paste(tmp_path: Path) -> None:
    """An x and a y in one read: the panel opens, and the y came too soon for it; where nothing opens both act."""
    async with scenes.opened("fail", tmp_path, monotonic=lambda: 100.0) as pilot:
        burst(pilot, "xy")
        await scenes.until(lambda: isinstance(pilot.app.screen, ArmDialog))
        await quiet(pilot)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        before = done(pilot)[0]
        burst(pilot, " z")
        await quiet(pilot)
        await scenes.until(lambda: done(pilot)[0] > before)
        assert "paste" not in told(pilot)


async def test_what_is_ticked_is_not_ticked_again(tmp_path: Path) -> None:
    """Space twice at once: one tick, and what the second press means is decided after it."""
    async with scenes.opened("declared", tmp_path) as pilot:
        board = scenes.board(pilot)
        item, before = board.selected_step(), board.conductor.incident.last_seq
        assert item not in board.conductor.incident.ticks
        burst(pilot, " ")
        await quiet(pilot)
        await scenes.until(lambda: item in board.conductor.incident.ticks)
        burst(pilot, "     ")
        await quiet(pilot)
        assert item in board.conductor.incident.ticks
        events_since = [event for event in board.conductor.incident.tail if event.seq > before]
        assert len([event for event in events_since if getattr(event.fact, "item", "") == item]) == 1


async def test_a_paste_into_a_field_is_text_and_what_comes_after_it_is_none(tmp_path: Path) -> None:
    """It goes in as fast as it comes; behind the Enter in it there is no field any more, and no key."""
    async with scenes.opened("baked", tmp_path) as pilot:
        board = scenes.board(pilot)
        at = burst(pilot, "n")
        await scenes.until(lambda: isinstance(pilot.app.screen, AskLine) and pilot.app.focused is not None)
        burst(pilot, "all calm", at=at + 0.02)
        await quiet(pilot)
        assert pilot.app.screen.query_one(Input).value == "all calm"
        before = board.conductor.incident.last_seq
        at = burst(pilot, ", it is\r", at=at + 1.0)
        await scenes.until(lambda: pilot.app.screen is board)
        burst(pilot, "please hold a moment \r", at=at)
        await quiet(pilot)
        await scenes.until(lambda: board.conductor.incident.last_seq > before)
        assert pilot.app.screen is board
        assert "That was a paste (22 characters)" in told(pilot)
        facts = [event.fact for event in board.conductor.incident.tail if event.seq > before]
        assert facts == [Noted("all calm, it is", by_hand=True)]


async def test_a_key_behind_a_paste_leaves_what_was_told(tmp_path: Path) -> None:
    """The key tells the paste; when that would have been told by itself, no paste of nothing is."""
    passed, waiting = asyncio.Event(), []

    async def pause(seconds: float) -> None:
        waiting.append(seconds)
        await passed.wait()
        waiting.pop()

    async with scenes.opened("baked", tmp_path, pause=pause) as pilot:
        at = burst(pilot, "hhh")
        await scenes.until(lambda: scenes.war_room(pilot).gate.holds and bool(waiting))
        burst(pilot, "g", at=at + 1.0)
        await scenes.until(lambda: isinstance(pilot.app.screen, Tell))
        passed.set()
        await scenes.until(lambda: not waiting)
        await quiet(pilot)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        assert told(pilot) == "That was a paste (3 characters): nothing was done."


async def test_a_paste_with_brackets_is_told_where_nothing_is_typed(tmp_path: Path) -> None:
    """On the board, and in a guard."""
    async with scenes.opened("baked", tmp_path) as pilot:
        pilot.app.post_message(events.Paste("hold\r"))
        await quiet(pilot)
        assert told(pilot) == "That was a paste (5 characters): nothing was done."
        await scenes.press(pilot, "a", shows=ArmDialog)
        pilot.app.post_message(events.Paste("y"))
        await quiet(pilot)
        assert told(pilot) == "That was a paste (1 character): nothing was done."
        pilot.app.post_message(events.Paste(""))
        await quiet(pilot)
        assert told(pilot) == "That was an empty paste: nothing was done."


async def test_arrows_move_as_often_as_they_come(tmp_path: Path) -> None:
    """A key held down repeats 30 times a second, some 100 times: each one moves, in lists too."""
    async with scenes.opened("declared", tmp_path) as pilot:
        board = scenes.board(pilot)
        order = [step.id for phase in board.conductor.config.protocol.phases for step in phase.steps]
        start = order.index(board.selected_step())
        burst(pilot, "\x1b[B" * 5, apart=0.01)
        await quiet(pilot)
        assert order.index(board.selected_step()) >= start + 5
        assert not told(pilot)


@pytest.mark.parametrize("name", ["declared", "baked", "complete", "resolved"])
async def test_a_key_that_does_not_wait_only_opens_and_shows(tmp_path: Path, name: str) -> None:
    """It may be the first of a paste: nothing is written or sent by it."""
    async with scenes.opened(name, tmp_path) as pilot:
        before = done(pilot)
        for command in COMMANDS:
            if not command.waits and len(command.key) == 1:
                await scenes.press(pilot, command.key)
                if not isinstance(pilot.app.screen, BoardScreen):
                    await scenes.press(pilot, "escape", shows=BoardScreen)
                assert done(pilot) == before, command.id


async def test_nothing_comes_between_the_look_at_the_stack_and_the_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual may wait before a dialog is opened: what another key has opened meanwhile is seen."""
    async with scenes.opened("baked", tmp_path) as pilot:
        board, app, go_on = scenes.board(pilot), scenes.war_room(pilot), asyncio.Event()
        flush = app._flush_next_callbacks
        waiting: list[asyncio.Task[Any]] = []

        async def slow() -> None:
            if (current := asyncio.current_task()) is not None and current is first._task:
                waiting.append(current)
                await go_on.wait()
            await flush()

        monkeypatch.setattr(app, "_flush_next_callbacks", slow)

        async def tell(title: str) -> None:
            await app.push_screen_wait(Tell(title, []))

        first = board.run_worker(app.telling(tell("the first"), "the first"))
        await scenes.until(lambda: bool(waiting))
        board.run_worker(app.telling(tell("the second"), "the second"))
        await scenes.until(lambda: isinstance(app.screen, Tell))
        there = app.screen
        go_on.set()
        await scenes.until(lambda: first.is_finished or app.screen is not there)
        assert app.screen is there


async def test_a_box_is_unticked_without_a_question_and_z_takes_that_back(tmp_path: Path) -> None:
    """As the help says: space ticks or unticks, nothing is asked, z takes back."""
    async with scenes.opened("declared", tmp_path) as pilot:
        board = scenes.board(pilot)
        item = board.selected_step()
        for key, ticked in ((" ", True), (" ", False), ("z", True), ("z", False)):
            board.view = replace(board.view, step=item)
            burst(pilot, key)
            await quiet(pilot)
            await scenes.until(partial(is_so, board, item, ticked))
            assert pilot.app.screen is board


def is_so(board: BoardScreen, item: str, ticked: bool) -> bool:
    """Whether a step is ticked, or is not."""
    return (item in board.conductor.incident.ticks) is ticked


async def test_one_dialog_lies_on_the_board(tmp_path: Path) -> None:
    """Two keys at once open one; what comes late does not lie down on the abort panel, which goes before others."""
    async with scenes.opened("fail", tmp_path) as pilot:
        board, app = scenes.board(pilot), scenes.war_room(pilot)
        at = burst(pilot, "gi")
        await scenes.until(lambda: isinstance(app.screen, Tell | Choose))
        await quiet(pilot)
        assert len(app.screen_stack) == app.screen_stack.index(board) + 2
        await scenes.press(pilot, "escape", shows=BoardScreen)
        assert app.room.clients is not None and isinstance(app.room.clients.run, SceneCloudRun)
        run = app.room.clients.run
        run.hang("revisions")
        burst(pilot, "r", at=at + 1.0)
        await scenes.until(lambda: bool(board._acts._going))
        burst(pilot, "x", at=at + 1.1)
        await scenes.until(lambda: isinstance(app.screen, ArmDialog))
        panel = app.screen
        run.gates["revisions"].set()
        await scenes.until(lambda: len(board._acts._going) == 1)
        await scenes.still(pilot)
        assert app.screen is panel
        await scenes.press(pilot, "escape", shows=BoardScreen)
        burst(pilot, "gx", at=at + 10.0)
        await scenes.until(lambda: isinstance(app.screen, ArmDialog) and app.screen.aborting)
        assert len(app.screen_stack) == app.screen_stack.index(board) + 2
