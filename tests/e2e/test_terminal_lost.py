"""A terminal that is gone ends the board, whoever leads the session; one that is frozen holds up nothing."""

import json
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.home import Home
from tests.e2e.lines import Sshd, board_of, code, ended, is_board, led, made, ssh_server, stall
from tests.e2e.steps import advance, declare, deploy
from tests.e2e.terminal import Terminal

GONE = 128 + signal.SIGHUP
PANES = ("Phases", "Traffic", "Clocks", "Error rate", "Response time", "Roster", "Timeline")
DRILL = ("drill", "good-hotfix", "--speed", "60")


@contextmanager
def opened(home: Home, command: list[str], *, columns: int = 120, rows: int = 36) -> Iterator[Terminal]:
    """A drill at its board in a terminal whose first program is `command`."""
    with Terminal(command, home.environment(), columns=columns, rows=rows) as terminal:
        declare(terminal)
        yield terminal


def note(terminal: Terminal, text: str) -> None:
    """A note in the timeline: what must be in the journal, however the terminal ends."""
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.press(text, "enter")
    terminal.wait_until_gone("Note for the timeline")
    terminal.wait_for(text)


def the_journal_has(home: Home, text: str) -> None:
    """Every hash fits, and the report tells what was noted."""
    verified = home.run("journal", "verify", "--drill")
    assert verified.returncode == 0, verified.stderr
    assert text in home.run("report", "INC-0001", "--drill").stdout


def climbed(home: Home) -> int:
    """The ladder's rung in percent, as another process reads it."""
    shown = json.loads(home.run("status", "--drill", "--json").stdout)
    percent: int | None = shown["lanes"][0]["ladder"]["percent"]
    return percent or 0


def flood(terminal: Terminal) -> None:
    """More pictures than any buffer takes: each pane alone, twenty times over; then all of them again."""
    for key in "123456" * 20:
        time.sleep(0.02)  # the pace of quick fingers: keys that come at once are painted at once
        terminal.press(key)
    terminal.press("escape")


def whole(terminal: Terminal) -> bool:
    """Whether all of the board stands there, frame by frame and with its keys, and nothing of an older picture."""
    shown = terminal.shown()
    corners = {shown.count(corner) for corner in "╭╮╰╯"}
    return corners == {len(PANES)} and all(pane in shown for pane in (*PANES, "a Advance", "? Help"))


@pytest.mark.parametrize("below", [led, made])
def test_a_hang_up_ends_it_whoever_leads_the_session(home: Home, below: Callable[..., list[str]]) -> None:
    """The leader outlives SIGHUP and tells nobody: the board ends by itself, with 129, its cloud with it."""
    with opened(home, below(home, *DRILL)) as terminal:
        note(terminal, "seen before")
        family = [board_of(terminal), *board_of(terminal).children()]
        assert len(family) == 2
        terminal.hang_up()
        assert ended(family)
        assert code(home) == GONE
    the_journal_has(home, "seen before")


def test_a_hang_up_during_the_start_ends_it(home: Home) -> None:
    """As soon as the first byte is drawn, before any screen is whole: 129 too, and no fault of its own."""
    with Terminal(led(home, *DRILL), home.environment(), columns=120, rows=36) as terminal:
        terminal.wait_until(lambda: bool(terminal.raw), "the first byte")
        terminal.hang_up()
        assert code(home) == GONE
    assert not (home.path / "state" / "warroom" / "warroom.log").exists()


def test_a_frozen_terminal_holds_up_nothing_and_comes_back_whole(home: Home) -> None:
    """Nobody reads for more than five minutes of the exercise: it is judged and advanced; then the picture is whole."""
    with opened(home, home.command(*DRILL), columns=240, rows=70) as terminal:
        deploy(terminal)
        advance(terminal, 10)
        terminal.press("o")
        terminal.wait_for("Switch auto-advance on")
        terminal.fire("y")
        terminal.wait_until_gone("Switch auto-advance on")
        terminal.freeze()
        before = len(terminal.raw)
        stall(psutil.Process(terminal.pid))
        flood(terminal)
        terminal.wait_until(lambda: climbed(home) >= 25, "auto-advance, which bakes for five minutes")
        terminal.thaw()
        terminal.wait_until(lambda: whole(terminal), "the whole picture")
        # The flood is 3.5 MB where all of it is drawn. On a busy machine some pictures of now come before the look.
        assert len(terminal.raw) - before < 1024 * 1024, "pictures have waited that nobody can see any more"
        terminal.wait_until(lambda: f"takes {climbed(home)} %" in terminal.flat(), "the rung where it is now")


def test_sigterm_ends_it_on_a_frozen_terminal(home: Home) -> None:
    """It ends with 143 though nothing can be drawn; after a thaw the terminal is as a shell wants it."""
    with opened(home, led(home, *DRILL)) as terminal:
        family = [board_of(terminal), *board_of(terminal).children()]
        terminal.freeze()
        stall(family[0])
        flood(terminal)
        family[0].send_signal(signal.SIGTERM)
        assert ended(family)
        assert code(home) == 128 + signal.SIGTERM
        terminal.thaw()
        terminal.wait_until(terminal.restored, "the terminal as it was")


def test_a_hang_up_of_a_frozen_terminal_ends_it(home: Home) -> None:
    """First nobody reads, then the other side is gone: the write that waits fails, and the board ends with 129."""
    with opened(home, led(home, *DRILL)) as terminal:
        family = [board_of(terminal), *board_of(terminal).children()]
        terminal.freeze()
        stall(family[0])
        flood(terminal)
        terminal.hang_up()
        assert ended(family)
        assert code(home) == GONE


def test_keys_that_are_no_text_change_nothing(home: Home) -> None:
    """A byte that is no UTF-8, from a paste or a broken line, is no reason to end."""
    with opened(home, home.command(*DRILL)) as terminal:
        terminal.press_bytes(b"\xff\xfe\xc3(")
        note(terminal, "still here")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    """An SSH server of our own on loopback."""
    with ssh_server(tmp_path / "ssh") as server:
        yield server


@contextmanager
def over_ssh(home: Home, server: Sshd) -> Iterator[tuple[Terminal, list[psutil.Process]]]:
    """A drill at its board, at the far end of a line; and its processes there."""
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in home.environment().items())
    far = f"cd {shlex.quote(str(home.path))} && exec env -i {variables} {shlex.join(led(home, *DRILL))}"
    with opened(home, [*server.client("-tt"), far]) as terminal:
        board = next(process for process in server.family() if is_board(process))
        family = [board, *board.children()]
        try:
            yield terminal, family
        finally:
            for process in family:  # its sshd may be gone, and is then no parent of it any more
                with suppress(psutil.Error):
                    process.kill()


def test_a_client_that_dies_ends_it(home: Home, server: Sshd) -> None:
    """`ssh -tt`, and the client is killed: the board at the far end ends with 129, its cloud too."""
    with over_ssh(home, server) as (terminal, family):
        note(terminal, "over the line")
        terminal.signal(signal.SIGKILL)
        assert ended(family)
        assert code(home) == GONE
    the_journal_has(home, "over the line")


def test_a_client_that_freezes_holds_up_nothing(home: Home, server: Sshd) -> None:
    """The client stops, and all buffers on the way are full: the board goes on, and its picture comes back."""
    with over_ssh(home, server) as (terminal, family):
        client = psutil.Process(terminal.pid)
        client.suspend()
        stall(family[0])
        noted = home.run("note", "from elsewhere", "--drill")
        assert noted.returncode == 0, noted.stderr
        client.resume()
        terminal.wait_for("from elsewhere")
        client.suspend()
        stall(family[0])
        family[0].send_signal(signal.SIGTERM)
        assert ended(family)
        assert code(home) == 128 + signal.SIGTERM
        client.resume()
        terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.raw, "the terminal as it was")
