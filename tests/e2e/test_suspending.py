"""A board that is stopped and goes on: by job control, from outside, in the background, and for good."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.lines import board_of, code, ended
from tests.e2e.steps import declare
from tests.e2e.terminal import Terminal

SHELL = 'set -m; "$@"; echo suspended; read key; fg >/dev/null; echo $? > code; read end'
"""A shell with job control: what it runs is suspended once, and called back by Enter."""


@contextmanager
def suspended(home: Home) -> Iterator[tuple[Terminal, psutil.Process]]:
    """A board that was suspended, and its shell in the foreground."""
    command = ["/bin/bash", "--norc", "-c", SHELL, "bash", *home.command("drill", "good-hotfix", "--speed", "60")]
    with Terminal(command, home.environment(), columns=120, rows=36) as terminal:
        declare(terminal)
        board = board_of(terminal)
        board.send_signal(signal.SIGTSTP)
        terminal.wait_for("suspended")
        terminal.wait_until(lambda: board.status() == psutil.STATUS_STOPPED, "the board to be stopped")
        yield terminal, board


def test_a_board_that_was_suspended_comes_back_whole(home: Home) -> None:
    """The shell gets its terminal as it was, the board its picture and its keys; and the terminal again at the end."""
    with suspended(home) as (terminal, board):
        assert terminal.restored()
        terminal.press("enter")
        terminal.wait_for("Timeline", "Press d to deploy it at 0 %")
        terminal.press("n")
        terminal.wait_for("Note for the timeline")
        board.terminate()
        assert code(home) == 128 + signal.SIGTERM
        assert terminal.restored()


def test_a_suspended_board_can_be_ended(home: Home) -> None:
    """SIGTERM with SIGCONT, as `kill %1` sends them: it ends where it is, and leaves the shell's terminal alone."""
    with suspended(home) as (terminal, board):
        family = [board, *board.children()]
        board.terminate()
        os.kill(board.pid, signal.SIGCONT)
        assert ended(family)
        assert b"\x1b[?1049h" not in terminal.raw[terminal.raw.rfind(b"suspended") :]


def test_a_terminal_that_goes_while_it_is_suspended_ends_it(home: Home) -> None:
    """The shell dies with its terminal: the stopped board is woken, and ends with its cloud."""
    with suspended(home) as (terminal, board):
        family = [board, *board.children()]
        terminal.hang_up()
        assert ended(family)


def test_ctrl_z_suspends_it_and_it_says_how_long_it_was_away(home: Home) -> None:
    """As with any terminal program: the shell has its terminal; nothing of ours holds the journal; fg brings all back.

    So it does from a dialog, which still stands there.
    """
    command = ["/bin/bash", "--norc", "-c", SHELL, "bash", *home.command("drill", "good-hotfix", "--speed", "60")]
    with Terminal(command, home.environment(), columns=120, rows=36) as terminal:
        declare(terminal)
        terminal.press("n")
        terminal.wait_for("Note for the timeline")
        board = board_of(terminal)
        terminal.press("ctrl+z")
        terminal.wait_for("suspended")
        terminal.wait_until(lambda: board.status() == psutil.STATUS_STOPPED, "the board to be stopped")
        assert terminal.restored()
        assert home.run("note", "written meanwhile", "--drill").returncode == 0
        terminal.press("enter")
        terminal.wait_for("Note for the timeline", "Away for", "this terminal looked at nothing and judged nothing.")
        terminal.fire("escape")
        terminal.wait_for("written meanwhile", "Away for")
        board.terminate()
        assert code(home) == 128 + signal.SIGTERM


def test_where_no_shell_would_bring_it_back_ctrl_z_says_so(start: OpenTerminal) -> None:
    """The terminal's first program is nobody's job: it goes on, and says why."""
    terminal = start("drill", "good-hotfix")
    declare(terminal)
    terminal.press("ctrl+z")
    terminal.wait_for("Not suspended: no shell is here to bring it back")
    terminal.press("n")
    terminal.wait_for("Note for the timeline")


def has_taken(terminal: Terminal, times: int) -> bool:
    """Whether the board has taken the terminal so often."""
    return terminal.raw.count(b"\x1b[?1049h") >= times


@pytest.mark.parametrize("times", [1, 3])
def test_stopped_from_outside_it_gives_the_terminal_back_all_the_same(start: OpenTerminal, times: int) -> None:
    """SIGSTOP asks nobody: after SIGCONT keys are read once, and the terminal at the end is as at the beginning."""
    terminal = start("drill", "good-hotfix")
    declare(terminal)
    board = psutil.Process(terminal.pid)
    threads = board.num_threads()
    for _ in range(times):
        taken = terminal.raw.count(b"\x1b[?1049h")
        board.suspend()
        board.resume()
        terminal.wait_until(partial(has_taken, terminal, taken + 1), "the terminal to be taken")
    terminal.wait_until(lambda: board.num_threads() <= threads, "one thread for keys")
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.press("abcdefghij")
    terminal.wait_for("abcdefghij")
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert terminal.restored()
