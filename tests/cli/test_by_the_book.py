"""Without a terminal, a drill plays its scenario by the book: for pipes, for CI, for a first look."""

import signal
import subprocess
import time
from pathlib import Path

import psutil

from tests.e2e.home import Home
from tests.e2e.terminal import Terminal
from tests.patience import PATIENCE_SECONDS
from warroom.drill.scenario.load import list_scenarios
from warroom.resources import config_directory

OUTCOMES = {"full_traffic": "full traffic", "aborted": "aborted", "mixed": "mixed", "rolled_back": "rolled back"}


def lines_until_outcome(process: subprocess.Popen[str]) -> list[str]:
    """Everything that it says, once it has ended well."""
    said, _ = process.communicate(timeout=4 * PATIENCE_SECONDS)  # eight of them share the machine
    assert process.returncode == 0, said
    return said.splitlines()


def test_every_scenario_ends_as_it_should(home: Home) -> None:
    """All eight at once, each in its own journal: exit 0, a line per event, the outcome, the report's place."""
    scenarios = list_scenarios(config_directory() / "scenarios")
    assert len(scenarios) == 8
    config = home.unhurried()
    running = {
        scenario.id: home.popen(
            "drill", scenario.id, "--speed", "60", "--journal", f"{scenario.id}/journal.db", "--config", config
        )
        for scenario in scenarios
    }
    for scenario in scenarios:
        lines = lines_until_outcome(running[scenario.id])
        assert lines[-2].startswith(f"Outcome: {OUTCOMES[scenario.expected.outcome]} ("), lines[-2]
        where = "red: " if scenario.expected.outcome == "rolled_back" else f"at {scenario.expected.at_percent} %"
        assert where in lines[-2], lines[-2]
        # All but the first and the last two: the time and what happened, indented what it was done with, or a refusal.
        for line in lines[1:-2]:
            assert line[2:3] == ":" or line.startswith(("    ", "refused: ")), line
        written = home.path / lines[-1].removeprefix("Report: ")
        assert scenario.title in written.read_text(encoding="utf-8")
        verified = home.run("journal", "verify", "--journal", f"{scenario.id}/journal.db")
        assert verified.returncode == 0, verified.stderr


def test_without_standard_error_on_the_terminal_nothing_is_drawn(home: Home) -> None:
    """Textual draws on standard error: with that in a file, the drill plays by the book and the file stays empty."""
    command = ["sh", "-c", f"warroom drill --speed 60 --config {home.unhurried(brief=True)} 2>errors"]
    with Terminal(command, home.environment(), columns=120, rows=36) as terminal:
        assert terminal.wait_for_exit() == 0
        assert b"\x1b" not in terminal.raw
        assert b"Outcome: " in terminal.raw
    assert (home.path / "errors").read_text(encoding="utf-8") == ""


def test_a_reader_that_goes_away_ends_it_quietly(home: Home) -> None:
    """`warroom drill | head -1`: no traceback, no cloud left behind."""
    process = subprocess.Popen(
        home.command("drill", "--speed", "60"),
        cwd=home.path,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().startswith("DRILL: starting the embedded cloud")
    children = wait_for_child(process.pid)
    process.stdout.close()
    assert process.wait(PATIENCE_SECONDS) != 0
    assert process.stderr.read() == ""
    process.stderr.close()
    assert not psutil.wait_procs(children, timeout=PATIENCE_SECONDS)[1]


def test_ctrl_c_ends_it_quietly(home: Home) -> None:
    """SIGINT in mid-drill: no traceback, a status that says so, no cloud left behind, the journal whole."""
    process = home.popen("drill", "--speed", "60")
    assert process.stdout is not None
    for line in process.stdout:
        if "deployed at 0 %" in line:
            break
    children = wait_for_child(process.pid)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode not in (0, None)
    assert "Traceback" not in said
    assert not psutil.wait_procs(children, timeout=PATIENCE_SECONDS)[1]
    assert home.run("journal", "verify", "--drill").returncode == 0


def test_hostile_text_of_a_scenario_is_shown_as_text(home: Home) -> None:
    """Escape sequences, markup, line breaks and right-to-left marks in a scenario come out as visible signs."""
    evil = r'"\u001b]0;owned\u0007[/red]\u202Eevil\u009b31m\nX"'
    path = home.scenario("evil", title=evil, description=evil)
    listed = home.run("drill", str(path), "--speed", "60", "--config", home.unhurried(brief=True))
    for raw in ("\x1b", "\x07", "\u202e", "\u009b"):
        assert raw not in listed.stdout + listed.stderr
    assert "[/red]" in listed.stdout
    report = Path(home.drills / "INC-0001.md").read_text(encoding="utf-8")
    for raw in ("\x1b", "\x07", "\u202e", "\u009b"):
        assert raw not in report


def wait_for_child(pid: int) -> list[psutil.Process]:
    """The processes that it has started: there is one as soon as it says that it starts it, or a moment later."""
    mother = psutil.Process(pid)
    while not (children := mother.children(recursive=True)):
        assert mother.is_running()
        time.sleep(0.01)
    return children
