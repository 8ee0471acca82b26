"""A journal that can't be written: it is said in red, nothing goes forward, retreat works, nothing is lost later."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.lines import board_of, code, ended, led
from tests.e2e.steps import ARMED, advance, declare, deploy, give_reason, wait_for_traffic
from tests.e2e.terminal import Terminal


def at_ten_percent(start: OpenTerminal) -> Terminal:
    """A drill whose hotfix takes 10 %, and half a minute of ours before the verdict changes."""
    terminal = start("drill", "good-hotfix", "--speed", "10")
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    return terminal


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Another program holds the journal's write lock."""
    other = sqlite3.connect(home.journal, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@contextmanager
def full(terminal: Terminal) -> Iterator[None]:
    """No file of the board's may grow: what it feels of a full disk."""
    process = psutil.Process(terminal.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, before)


def note(terminal: Terminal, text: str) -> None:
    """Something to write."""
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.press(text, "enter")
    terminal.wait_for(f"@primary-rm {text}")


def forward_is_refused_and_abort_works(terminal: Terminal, why: str) -> None:
    """What must hold as long as nothing can be written."""
    terminal.wait_for(f"JOURNAL: {why}", "not written. Retreat works; nothing goes forward.")
    red, green, blue = terminal.colour("JOURNAL:")
    assert red > 1.3 * max(green, blue)
    terminal.press("a")
    terminal.wait_for("It needs a reason", ARMED)
    give_reason(terminal, "in a hurry")
    terminal.press("y")
    terminal.wait_for(f"The journal can't be written: {why}. Free it first; retreat works.")
    wait_for_traffic(terminal, stable=90, candidate=10)
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to", ARMED)
    terminal.fire("y")
    terminal.wait_for("aborted, traffic back on payments-api-00041-kol")
    wait_for_traffic(terminal, stable=100, candidate=0)


def everything_is_in_it(home: Home) -> None:
    """The journal verifies, and knows what happened while it could not be written."""
    assert home.run("journal", "verify", "--drill").returncode == 0
    written = home.run("report", "INC-0001", "--drill").stdout
    assert "seen in the dark" in written
    assert "aborted, traffic back on" in written


def test_a_locked_journal(home: Home, start: OpenTerminal) -> None:
    """Another program holds the lock in mid-rollout; when it lets go, everything is written and the line vanishes."""
    terminal = at_ten_percent(start)
    with locked(home):
        note(terminal, "seen in the dark")
        forward_is_refused_and_abort_works(terminal, "The journal is locked by another program")
    terminal.wait_until_gone("JOURNAL:")
    terminal.wait_for("Aborted: traffic is back on 00041-kol")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    everything_is_in_it(home)


def test_a_full_disk(home: Home, start: OpenTerminal) -> None:
    """The journal's file can't grow in mid-rollout; when there is room again, everything is written."""
    terminal = at_ten_percent(start)
    with full(terminal):
        note(terminal, "seen in the dark")
        forward_is_refused_and_abort_works(terminal, "The journal's disk does not take or give data")
    terminal.wait_until_gone("JOURNAL:")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    everything_is_in_it(home)


def test_leaving_tells_what_was_never_written(home: Home, start: OpenTerminal) -> None:
    """With the lock held, leaving restores the terminal, prints and logs the lines that are owed, and exits with 1."""
    terminal = at_ten_percent(start)
    with locked(home):
        note(terminal, "never to be read")
        terminal.wait_for("JOURNAL:")
        terminal.press("q")
        assert terminal.wait_for_exit() == 1
    assert terminal.restored()
    after = terminal.raw.decode().rpartition("\x1b[?1049l")[2]
    assert "never to be read" in after
    assert "events of INC-0001 are not in the journal" in after
    log = (home.path / "state" / "warroom" / "warroom.log").read_text(encoding="utf-8")
    assert "not in the journal" in log and "never to be read" in log
    assert home.run("journal", "verify", "--drill").returncode == 0


def test_a_terminal_that_goes_as_well_is_told_by_the_status(home: Home) -> None:
    """Journal and terminal lost together: 129, not 1, whoever leads the session; the log has what is owed."""
    command = led(home, "drill", "good-hotfix", "--speed", "60")
    with Terminal(command, home.environment(), columns=120, rows=36) as terminal:
        declare(terminal)
        family = [board_of(terminal), *board_of(terminal).children()]
        with locked(home):
            note(terminal, "never to be read")
            terminal.wait_for("JOURNAL:")
            terminal.hang_up()
            assert ended(family)
            assert code(home) == 128 + signal.SIGHUP
    log = (home.path / "state" / "warroom" / "warroom.log").read_text(encoding="utf-8")
    assert "not in the journal" in log and "never to be read" in log


def test_no_incident_is_declared_where_nothing_can_be_written(home: Home, start: OpenTerminal) -> None:
    """The form says why it does not declare, and declares as soon as the journal is free."""
    assert home.run("drill", "--list").returncode == 0
    terminal = start("drill", "good-hotfix", "--speed", "60")
    terminal.wait_for("ctrl+s declares")
    with locked(home):
        terminal.press("ctrl+s")
        terminal.wait_for("Not declared", "locked by another program")
    declare(terminal)
