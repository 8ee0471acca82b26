"""`warroom emulator` as its user meets it: what it prints leads a client there, line by line or as one object."""

import json
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder of the test's own."""
    (tmp_path / "run").mkdir()
    return Home(tmp_path)


def started(home: Home, *arguments: str) -> subprocess.Popen[str]:
    """The command, running."""
    return home.popen("emulator", *arguments, XDG_RUNTIME_DIR=str(home.path / "run"))


def ended(process: subprocess.Popen[str]) -> None:
    """The command, told to end as by Ctrl-C."""
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def works(environment: dict[str, str]) -> None:
    """A client that is built of the variables is let in."""
    client = WebClient(token=environment["SLACK_BOT_TOKEN"], base_url=environment["SLACK_API_URL"])
    assert client.auth_test()["ok"]


def test_its_lines_can_be_pasted(home: Home) -> None:
    """Variables once each, everything else a comment; the last of them builds a client."""
    process = started(home)
    assert process.stdout is not None
    lines: list[str] = []
    while not any("listMetric" in line or "MetricServiceClient({" in line for line in lines[-1:]):
        line = process.stdout.readline()
        assert line, lines
        lines.append(line.rstrip("\n"))
    assert all(line.startswith(("# ", "export ")) for line in lines)
    exported = [shlex.split(line.removeprefix("export "), comments=True)[0] for line in lines if line.startswith("e")]
    environment = dict(one.split("=", 1) for one in exported)
    assert len(environment) == len(exported)
    works(environment)
    ended(process)


def test_as_one_object(home: Home) -> None:
    """--json says the same on one line: variables, services with their health URLs, clients with their code."""
    process = started(home, "--json")
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    assert told["trouble"] == "" and told["environment"]["WARROOM_DRILL_TOKEN_FILE"].startswith(str(home.path))
    assert {one["name"] for one in told["services"]} == {"payments-api"}
    assert {one["language"] for one in told["clients"]} == {"python", "node", "shell"}
    works(next(one["environment"] for one in told["clients"] if one["package"] == "slack-sdk"))
    assert "WARROOM_CLOCK" not in told["environment"]
    ended(process)
