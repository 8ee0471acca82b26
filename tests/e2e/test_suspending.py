"""A board that is stopped and goes on: by job control, from outside, in the background, and for good."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.lines import board_of, code, ended, made
from tests.e2e.steps import declare
from tests.e2e.terminal import Terminal

SHELL = 'set -m; "$@"; echo suspended; read key; fg >/dev/null; echo $? > code; read end'
"""A shell with job control: what it runs is suspended once, and called back by Enter."""

BACK = """set -m; "$@"; echo suspended; read key; bg
until [ "$(jobs -s)" ]; do sleep 0.05; done; echo stopped again; read key; fg >/dev/null; read end"""
"""One that lets it go on in the background first, and waits until it has stopped there."""

SPEED = 60
DRILL = ("drill", "good-hotfix", "--speed", str(SPEED))


def below_sh(home: Home) -> list[str]:
    """Below a shell that does something after it, and so waits for it."""
    return ["/bin/sh", "-c", '"$@"; echo end', "sh", *home.command(*DRILL)]


def below_make(home: Home) -> list[str]:
    """As `make drill`."""
    return made(home, *DRILL)


def below_timeout(home: Home) -> list[str]:
    """Below a command that limits its time, and leaves the terminal to it."""
    return ["timeout", "--foreground", "900", *home.command(*DRILL)]


WRAPPED = (below_sh, below_make, below_timeout)


@contextmanager
def job(home: Home, command: list[str], shell: str = SHELL) -> Iterator[tuple[Terminal, psutil.Process]]:
    """A board that a shell with job control runs, by itself or below others."""
    whole = ["/bin/bash", "--norc", "-c", shell, "bash", *command]
    with Terminal(whole, home.environment(), columns=120, rows=36) as terminal:
        declare(terminal)
        yield terminal, board_of(terminal)


def stopped(terminal: Terminal, board: psutil.Process) -> float:
    """Wait until the shell has its terminal back, whole, and the board is stopped; when, on the monotonic clock."""
    terminal.wait_for("suspended")
    terminal.wait_until(lambda: board.status() == psutil.STATUS_STOPPED, "the board to be stopped")
    terminal.wait_until(terminal.restored, "the terminal as it was")
    assert 0 < terminal.raw.rfind(b"\x1b[?1049l") < terminal.raw.rfind(b"Stopped"), "the shell wrote on the picture"
    return time.monotonic()


def goes_on(terminal: Terminal) -> None:
    """The board has its picture, and takes keys."""
    terminal.wait_for("Timeline", "Press d to deploy it at 0 %")
    terminal.press("n")
    terminal.wait_for("Note for the timeline")


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
        terminal.wait_until(terminal.restored, "the terminal as it was")
        terminal.press("enter")
        terminal.wait_for("Timeline", "Press d to deploy it at 0 %")
        terminal.press("n")
        terminal.wait_for("Note for the timeline")
        board.terminate()
        assert code(home) == 128 + signal.SIGTERM
        terminal.wait_until(terminal.restored, "the terminal as it was")


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
        terminal.wait_until(terminal.restored, "the terminal as it was")
        assert home.run("note", "written meanwhile", "--drill").returncode == 0
        terminal.press("enter")
        terminal.wait_for("Note for the timeline", "Away for", "this terminal looked at nothing and judged nothing.")
        terminal.fire("escape")
        terminal.wait_for("written meanwhile", "Away for")
        board.terminate()
        assert code(home) == 128 + signal.SIGTERM


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_who_waits_for_it_in_its_job_is_stopped_with_it_and_not_before(
    home: Home, wrapped: Callable[[Home], list[str]]
) -> None:
    """Ctrl-Z below make and the like: the terminal is given back before the shell takes it, and fg brings all back."""
    with job(home, wrapped(home)) as (terminal, board):
        terminal.press("ctrl+z")
        gone = stopped(terminal, board)
        assert home.run("note", "written meanwhile", "--drill").returncode == 0
        back = time.monotonic()
        terminal.press("enter")
        terminal.wait_for("Timeline", "Away for")
        assert seconds_away(terminal) >= int((back - gone) * SPEED)
        goes_on(terminal)


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_in_the_background_all_of_its_job_stops(home: Home, wrapped: Callable[[Home], list[str]]) -> None:
    """`bg`: also below one that heeds no SIGTTOU, as `timeout` does; fg wakes no job that was not seen to stop."""
    with job(home, wrapped(home), shell=BACK) as (terminal, board):
        terminal.press("ctrl+z")
        stopped(terminal, board)
        terminal.press("enter")
        terminal.wait_for("stopped again")
        terminal.press("enter")
        goes_on(terminal)


def test_a_job_that_is_stopped_at_once_by_somebody_else_comes_back(home: Home) -> None:
    """`kill -TSTP %1`: make stops before the board has given the terminal back; fg brings back both all the same.

    What the shell says meanwhile may be drawn over by the end of a frame: that it has its terminal is asked instead.
    """
    with job(home, below_make(home)) as (terminal, board):
        os.killpg(os.getpgid(board.pid), signal.SIGTSTP)
        terminal.wait_until(terminal.in_foreground, "the shell to have its terminal")
        terminal.wait_until(lambda: board.status() == psutil.STATUS_STOPPED, "the board to be stopped")
        terminal.press("\n")  # the terminal is not as this shell, which has no line editor, would want it
        goes_on(terminal)


def test_a_stop_and_a_continue_at_once_leave_it_running(home: Home) -> None:
    """The shell, which sees make alone, would never wake it: after SIGCONT it does not stop, however soon it came.

    Whether it gives the terminal up in between is the kernel's: a stop that it has not heard of yet is thrown away.
    """
    with job(home, below_make(home)) as (terminal, board):
        for _ in range(12):
            board.send_signal(signal.SIGTSTP)
            board.send_signal(signal.SIGCONT)
            before = since_detection(terminal)
            terminal.wait_until(partial(has_gone_on, terminal, before), "its clock to go on")
        goes_on(terminal)


def test_stopped_alone_from_outside_it_gives_the_terminal_back_and_says_how_long(home: Home) -> None:
    """`kill -TSTP PID` and later `kill -CONT PID`, below make, which does not stop."""
    with job(home, below_make(home)) as (terminal, board):
        board.send_signal(signal.SIGTSTP)
        terminal.wait_until(lambda: board.status() == psutil.STATUS_STOPPED, "the board to be stopped")
        terminal.wait_until(terminal.restored, "the terminal as it was")
        gone = time.monotonic()
        terminal.wait_until(lambda: time.monotonic() - gone > 0.5, "a while to pass")
        back = time.monotonic()
        board.resume()
        terminal.wait_for("Timeline", "Away for")
        assert seconds_away(terminal) >= int((back - gone) * SPEED)
        goes_on(terminal)


def test_stopped_in_mid_abort_it_says_how_long_too(home: Home) -> None:
    """Ctrl-Z on the dialog of an abort: it stands there again, and on the board behind it the figure."""
    with job(home, home.command(*DRILL)) as (terminal, board):
        terminal.press("ctrl+x")
        terminal.wait_for("bort")
        terminal.press("ctrl+z")
        gone = stopped(terminal, board)
        assert home.run("note", "written meanwhile", "--drill").returncode == 0
        back = time.monotonic()
        terminal.press("enter")
        terminal.wait_for("Away for")
        assert seconds_away(terminal) >= int((back - gone) * SPEED)


def test_of_a_stop_that_asked_nobody_it_says_at_least_how_long(start: OpenTerminal) -> None:
    """After SIGSTOP and SIGCONT the figure is what is certain: no more than the time between the two."""
    terminal = start(*DRILL)
    declare(terminal)
    board = psutil.Process(terminal.pid)
    before = time.monotonic()
    board.suspend()
    begun = time.monotonic()
    terminal.wait_until(lambda: time.monotonic() - begun > 2.5, "a while to pass")
    board.resume()
    terminal.wait_for("Away for at least")
    assert 1 <= seconds_away(terminal) <= (time.monotonic() - before) * SPEED


def seconds_away(terminal: Terminal) -> int:
    """The figure that it says, in seconds."""
    found = re.search(r"Away for (?:at least )?(?:(\d+):)?(\d+):(\d+), ", terminal.flat())
    assert found is not None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (hours * 60 + minutes) * 60 + seconds


def test_where_no_shell_would_bring_it_back_ctrl_z_says_so(start: OpenTerminal) -> None:
    """The terminal's first program is nobody's job: it goes on, and says why."""
    terminal = start("drill", "good-hotfix")
    declare(terminal)
    terminal.press("ctrl+z")
    terminal.wait_for("Not suspended: no shell is here to bring it back")
    terminal.press("n")
    terminal.wait_for("Note for the timeline")


def since_detection(terminal: Terminal) -> str:
    """What the clock on the board says, "" where there is none just now."""
    found = re.search(r"detected +(\S+) ago", terminal.shown())
    return found[1] if found else ""


def has_gone_on(terminal: Terminal, before: str) -> bool:
    """Whether the board has drawn another moment than that."""
    return since_detection(terminal) not in ("", before)


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
    terminal.wait_until(terminal.restored, "the terminal as it was")
