"""A board in one terminal, commands in another: both are the same incident, within seconds and in one chain."""

import re

from tests.cli.cloud import IMAGE, asked, emulated
from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import declare, wait_for_traffic


def test_a_board_follows_what_a_script_does(home: Home, start: OpenTerminal) -> None:
    """What is declared, deployed, advanced, noted and taken back outside stands on the open board; the chain holds."""
    with emulated(home) as variables:
        asked(home, 0, "declare", "card payments fail", "--severity", "P0", **variables)
        terminal = start("open", "INC-0001", **variables)
        wait_for_traffic(terminal, stable=100)
        asked(home, 0, "note", "seen from the second terminal")
        terminal.wait_for("seen from the second terminal")
        asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **variables)
        terminal.wait_for("Press a for 10 %")
        asked(home, 0, "advance", "--yes", **variables)
        terminal.wait_for("Hotfix takes 10 %")
        wait_for_traffic(terminal, stable=90, candidate=10)
        # And the other way round: what the board does, the script sees.
        terminal.press("h")
        terminal.wait_for("h goes on")
        assert asked(home, 0, "status")["lanes"][0]["ladder"]["held"]
        asked(home, 0, "abort", "--yes", **variables)
        terminal.wait_for("aborted, traffic back on")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
    verified = home.run("journal", "verify")
    assert verified.returncode == 0, verified.stdout


def test_a_drill_that_runs_faster_is_reached_from_another_terminal(home: Home, start: OpenTerminal) -> None:
    """The gcloud dialog says what to export, its clock too; with it a command acts on the drill at the drill's time."""
    terminal = start("drill", "good-hotfix", "--speed", "20", columns=160)
    declare(terminal)
    terminal.press("g")
    terminal.wait_for("export CLOUD_RUN_EMULATOR_HOST=", "export WARROOM_CLOCK=")
    variables = dict(re.findall(r"export (\w+)=(\S+)", terminal.flat()))
    terminal.fire("escape")
    asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", "--drill", **variables)
    terminal.wait_for("Press a for 10 %")
    shown = asked(home, 0, "status", "--drill", **variables)
    assert 0 < shown["clocks"]["since_detection_seconds"] < 3600
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert home.run("journal", "verify", "--drill").returncode == 0
