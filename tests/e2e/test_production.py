"""Production mode: against nothing at all, and against an emulator that runs in a process of its own."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import ARMED, arm_and_fire, deploy, wait_for_traffic
from tests.e2e.terminal import Terminal
from tests.patience import PATIENCE_SECONDS

IMAGE = "europe-west1-docker.pkg.dev/shop-prod/apps/payments-api@sha256:" + "4" * 64

SOON_SECONDS = 3.0
"""Well under the five seconds that connecting may take, and enough for a key on a busy machine."""


def nowhere() -> dict[str, str]:
    """The variables of an emulator that does not run: a port that was free a moment ago."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return {"CLOUD_RUN_EMULATOR_HOST": address, "CLOUD_MONITORING_EMULATOR_HOST": address}


@contextmanager
def emulator(home: Home, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`warroom emulator`, and the variables that it says to export."""
    process = home.popen("emulator", *arguments)
    assert process.stdout is not None
    variables: dict[str, str] = {}
    try:
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                variables[name] = value
            elif variables:
                break
        yield process, variables
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def declare_from_home(terminal: Terminal, title: str) -> None:
    """From home's empty list over the form to the board."""
    terminal.wait_for("No incident yet. d declares one")
    terminal.press("d")
    terminal.wait_for("Declare an incident", "ctrl+s declares")
    terminal.press("ctrl+s")
    terminal.wait_for("Say what is wrong, in a few words")
    terminal.press(title, "ctrl+s")
    terminal.wait_for("INC-0001", title)


def test_an_unreachable_cloud(home: Home, start: OpenTerminal) -> None:
    """Home opens, an incident is declared, the board says since when nothing answers, and refuses writes with why."""
    terminal = start(**nowhere())
    declare_from_home(terminal, "nobody can pay")
    terminal.wait_for("CLOUD RUN: ", "unreachable, since 0:", "Reads are retried")
    assert "DRILL" not in terminal.flat()
    terminal.press("d")
    terminal.wait_for("Deploy which image?")
    terminal.fire(IMAGE, "enter")
    terminal.wait_for("Cloud Run can't be read", "unreachable")
    assert ARMED not in terminal.flat()
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    listed = home.run("report", "INC-0001")
    assert "nobody can pay" in listed.stdout


def test_a_cloud_that_accepts_and_says_nothing(start: OpenTerminal) -> None:
    """While the clients wait for an answer that never comes, keys are answered at once; the board says what is lost."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        terminal = start(CLOUD_RUN_EMULATOR_HOST=address, CLOUD_MONITORING_EMULATOR_HOST=address)
        terminal.wait_for("No incident yet")
        terminal.press("d")
        terminal.wait_for("ctrl+s declares", timeout=SOON_SECONDS)
        terminal.press("nobody can pay")
        terminal.wait_for("nobody can pay", timeout=SOON_SECONDS)
        terminal.press("ctrl+s")
        terminal.wait_for("INC-0001", "nobody can pay", timeout=SOON_SECONDS)
        terminal.wait_for("CLOUD RUN: ", "since 0:")
        terminal.press("?")
        terminal.wait_for("Retreat: arms", timeout=SOON_SECONDS)


def test_an_emulator_of_its_own(home: Home, start: OpenTerminal) -> None:
    """With the two variables production mode reads, deploys and advances on it; a dead board's incident opens again."""
    quick = home.scenario("quick", operation_seconds="1")
    with emulator(home, str(quick)) as (_, variables):
        assert set(variables) >= {"CLOUD_RUN_EMULATOR_HOST", "CLOUD_MONITORING_EMULATOR_HOST"}
        terminal = start(**variables)
        declare_from_home(terminal, "card payments fail")
        wait_for_traffic(terminal, stable=100)
        deploy(terminal, IMAGE)
        terminal.press("a")
        terminal.wait_for("from 0 % to 10 %", ARMED)
        terminal.fire("y")
        terminal.wait_for("asking for 10 % traffic")
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_exit()

        again = start("open", "INC-0001", **variables)
        wait_for_traffic(again, stable=90, candidate=10)
        arm_and_fire(again, "x")
        wait_for_traffic(again, stable=100, candidate=0)
        again.press("q")
        assert again.wait_for_exit() == 0


def test_a_cloud_that_goes_away_and_comes_back(home: Home, start: OpenTerminal) -> None:
    """The emulator stops under the board: it says so; another on the same ports, and the board goes on by itself."""
    with emulator(home) as (_, variables):
        terminal = start(**variables)
        declare_from_home(terminal, "card payments fail")
        wait_for_traffic(terminal, stable=100)
    terminal.wait_for("CLOUD RUN: ", "unreachable, since")
    options = ("--run-port", "--monitoring-port", "--logging-port", "--http-port")
    ports = (value.rpartition(":")[2] for value in variables.values())
    with emulator(home, *chain.from_iterable(zip(options, ports, strict=True))):
        terminal.wait_until_gone("CLOUD RUN: ")
        terminal.wait_for("Press d to deploy it at 0 %")


def test_a_script_beside_an_emulator_meets_the_scenario_s_failing_programs(home: Home) -> None:
    """What the board of that drill would be told: exit 1, not ticked; a step that the scenario lets pass is done."""
    with emulator(home, "failing-tests") as (_, variables):
        assert variables["WARROOM_FAILING_STEPS"] == "critical-tests,security-scan"
        declared = home.run("declare", "card payments fail", "--severity", "P1", "--yes", **variables)
        assert declared.returncode == 0, declared.stderr
        red = home.run("run", "critical-tests", "--yes", **variables)
        assert red.returncode == 1, red.stdout + red.stderr
        status = home.run("status", "--json", **variables)
        assert '"critical-tests"' not in status.stdout.partition('"ticks"')[2].partition("}")[0]
