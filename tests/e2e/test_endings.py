"""However the terminal ends, the incident goes on, nothing is left running, and the shell gets its screen back."""

import signal

import psutil
import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import ARMED, FORM, declare, deploy
from tests.e2e.terminal import Terminal
from tests.patience import PATIENCE_SECONDS


def in_mid_rollout(home: Home, start: OpenTerminal) -> Terminal:
    """A drill that has just asked for 10 % of a slow Cloud Run: the change is under way for some seconds."""
    slow = home.scenario("slow-cloud", operation_seconds="150")
    terminal = start("drill", str(slow), "--speed", "60")
    declare(terminal)
    deploy(terminal)
    terminal.press("a")
    terminal.wait_for("from 0 % to 10 %", ARMED)
    terminal.fire("y")
    terminal.wait_for("Taking the hotfix to 10 %", "asking for 10 % traffic")
    return terminal


def the_incident_is_whole(home: Home) -> None:
    """Another process reads it: every hash fits, and the report knows the traffic that was asked for."""
    verified = home.run("journal", "verify", "--drill")
    assert verified.returncode == 0, verified.stderr
    written = home.run("report", "INC-0001", "--drill")
    assert written.returncode == 0, written.stderr
    assert "10 %" in written.stdout


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended, given a moment for it."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    return not alive


def test_the_boards_sudden_death_costs_nothing(home: Home, start: OpenTerminal) -> None:
    """SIGKILL in mid-rollout: the journal verifies, the report can be written, the embedded cloud is gone."""
    terminal = in_mid_rollout(home, start)
    cloud = terminal.family()
    assert len(cloud) == 1
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_for_exit() == -signal.SIGKILL
    assert gone(cloud)
    the_incident_is_whole(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(home: Home, start: OpenTerminal, number: signal.Signals) -> None:
    """The terminal is restored, the exit status is 128 + the signal's number as shells count, nothing is left over."""
    terminal = in_mid_rollout(home, start)
    cloud = terminal.family()
    terminal.signal(number)
    assert terminal.wait_for_exit() == 128 + number
    assert terminal.restored()
    assert "Traceback" not in terminal.flat()
    assert gone(cloud)
    the_incident_is_whole(home)


def test_a_signal_during_the_start_ends_it_in_good_order(start: OpenTerminal) -> None:
    """SIGTERM as soon as something is drawn, while the cloud is being started and the clients are being loaded."""
    terminal = start("drill", "good-hotfix")
    terminal.wait_for(FORM)
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert terminal.restored()
    assert "Traceback" not in terminal.flat()


def test_a_closed_window_ends_it_without_leftovers(home: Home, start: OpenTerminal) -> None:
    """The other side of the PTY goes away: the board and its cloud end, the incident is whole."""
    terminal = in_mid_rollout(home, start)
    processes = [psutil.Process(terminal.pid), *terminal.family()]
    terminal.hang_up()
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP
    assert gone(processes)
    the_incident_is_whole(home)


def test_ctrl_c_asks_once_and_then_leaves(home: Home, start: OpenTerminal) -> None:
    """The first Ctrl-C says how to leave, also out of a dialog's field; the second leaves, terminal restored."""
    terminal = in_mid_rollout(home, start)
    cloud = terminal.family()
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.press("ctrl+c")
    terminal.wait_for("Ctrl-C again leaves the terminal; the incident goes")
    # Two at once: on a busy machine the three seconds in which the second one counts may be over by now.
    terminal.press("ctrl+c", "ctrl+c")
    assert terminal.wait_for_exit() == 0
    assert terminal.restored()
    assert gone(cloud)
    the_incident_is_whole(home)
