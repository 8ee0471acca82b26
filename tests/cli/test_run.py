"""`warroom run`: real programs and simulated ones by a script, with the guards, the exit codes and the journal."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.cli.cloud import asked, emulated, full
from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS
from tests.processes import command_of
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.steps.steps import CommandEnded
from warroom.resources import config_directory

SLOW = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"


@pytest.fixture
def config(home: Home) -> Path:
    """The shipped configuration without other systems, whose programs are this Python."""
    folder = home.path / "own"
    shutil.copytree(config_directory(), folder)
    (folder / "integrations.toml").unlink()
    path = folder / "protocol.toml"
    text = path.read_text(encoding="utf-8")
    for old, code in (
        (
            '["gcloud", "run", "services", "describe", "{service}"',
            "import sys; print('seen', sys.argv[1]); sys.exit(0)",
        ),
        ('["kubectl", "rollout", "undo", "deployment/{service}"', "import sys; print('no'); sys.exit(4)"),
        ('["./scripts/feature-flag.sh", "--disable={feature}"', "import sys; print(sys.argv[1])"),
        ('["./scripts/emergency/generate-report.sh"', SLOW),
    ):
        assert old in text
        rest = "".join(f", {part}" for part in old[1:].split(", ") if "{" in part)
        text = text.replace(old, f'["{sys.executable}", "-c", "{code}"{rest}')
    path.write_text(text, encoding="utf-8")
    return folder


def test_programs_by_a_script(home: Home, config: Path) -> None:
    """What changes nothing runs at once; the rest asks for --yes; a failure is 3; values and their lack are told."""
    own = ("--config", str(config))
    asked(home, 0, "declare", "cards fail", "--severity", "P0", *own)

    unnamed = asked(home, 2, "run", *own)["error"]  # a board means the step under its cursor, a script has none
    assert (unnamed["title"], unnamed["remedy"]) == ("No step named", "See: warroom run --list")
    seen = asked(home, 0, "run", "describe-service", *own)
    assert (seen["outcome"], seen["exit_code"], seen["argv"][3]) == ("done", 0, "payments-api")
    log = Path(seen["log"])
    assert log.read_text() == "seen payments-api\n"
    assert log.stat().st_mode & 0o777 == 0o600

    shown = asked(home, 1, "run", "undo-kubernetes", *own)
    assert shown["error"]["title"] == "refused: add --yes"
    assert shown["plan"]["guard"] == "retreat" and shown["plan"]["argv"][0] == sys.executable
    failed = asked(home, 3, "run", "undo-kubernetes", "--yes", *own)
    assert failed["error"]["title"] == "Undo a Kubernetes rollout: failed with exit 4"

    lacking = asked(home, 2, "run", "disable-feature", "--yes", *own)
    assert lacking["error"]["remedy"] == "Add --set feature=…"
    asked(home, 1, "run", "disable-feature", "--yes", "--set", "feature=a\nb", *own)
    early = asked(home, 2, "run", "create-branch", *own)["error"]  # what the line lacks, before what the protocol does
    assert early["remedy"].startswith("Add --set ")
    done = asked(home, 0, "run", "disable-feature", "--yes", "--set", "feature=cards", "--mitigated", *own)
    assert done["argv"][-1] == "--disable=cards"
    told = asked(home, 0, "status", *own)
    assert told["measured"] == {"state": "unknown", "words": "payments-api is not measured since"}
    assert told["incident"]["mitigated_at"] is None
    asked(home, 0, "run", "disable-feature", "--yes", *own)  # asked for once

    assert asked(home, 2, "run", "deploy", *own)["error"]["remedy"] == "See: warroom deploy --help"
    assert asked(home, 2, "run", "minimal-fix", *own)["error"]["remedy"] == "Then: warroom tick minimal-fix"
    assert asked(home, 2, "run", "nothing-like-it", *own)["error"]["code"] == 2
    assert "steps" in asked(home, 0, "run", "--list", *own)


def test_what_cannot_be_undone(home: Home, config: Path) -> None:
    """A second person, who is another, and the incident or backup named in full."""
    own = ("--config", str(config), "--as", "@rm")
    asked(home, 0, "declare", "cards fail", "--severity", "P0", *own)
    refused = asked(home, 1, "run", "roll-back-all", "--yes", *own)
    assert refused["error"]["title"] == "refused: add --second HANDLE and --incident INC-0001"
    named = ("--yes", "--incident", "INC-0001", *own)
    assert "second person" in asked(home, 1, "run", "roll-back-all", "--second", "@rm", *named)["error"]["title"]
    failed = asked(home, 3, "run", "roll-back-all", "--second", "@cto", *named)
    assert failed["error"]["title"].endswith("could not be started")
    asked(home, 1, "run", "roll-back-database", "--yes", "--second", "@cto", "--set", "backup=", *own)
    asked(home, 2, "run", "roll-back-database", "--yes", "--second", "@cto", *own)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ending_warroom_ends_its_program(home: Home, config: Path, number: signal.Signals) -> None:
    """Asked, or by a lost line, it cancels and writes that down; killed, the program ends too, its outcome unknown."""
    own = ("--config", str(config))
    asked(home, 0, "declare", "cards fail", "--severity", "P0", *own)
    process = home.popen("run", "emergency-report", "--yes", *own)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("pid "), line
    pid = int(line.split()[1])
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_SECONDS)
    end = time.monotonic() + PATIENCE_SECONDS
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not psutil.pid_exists(pid)
    asked(home, 1, "run", "emergency-report", *own)  # the next one to look writes down what nobody saw
    journal = SqliteStore(home.path / "state" / "warroom" / "journal.db")
    ended = [event.fact for event in journal.read("INC-0001") if isinstance(event.fact, CommandEnded)]
    journal.close()
    assert [fact.outcome for fact in ended] == ["unknown" if number == signal.SIGKILL else "cancelled"]


def test_it_ends_when_told_though_nobody_reads(home: Home, config: Path) -> None:
    """SIGTERM while its output is stuck in a pipe that is full: it cancels its program, and waits for no reader."""
    own = ("--config", str(config))
    asked(home, 0, "declare", "cards fail", "--severity", "P0", *own)
    reading, writing = full()
    arguments = home.command("run", "emergency-report", "--yes", *own)
    environment = {**home.environment(), "PYTHONFAULTHANDLER": "1"}
    process = subprocess.Popen(
        arguments, cwd=home.path, env=environment, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing
    )
    end = time.monotonic() + PATIENCE_SECONDS
    while not any("sleep(60)" in command_of(one) for one in psutil.Process(process.pid).children(True)):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.terminate()
    try:
        assert process.wait(PATIENCE_SECONDS) == 130
    except subprocess.TimeoutExpired:  # where it stands is all that tells why
        process.send_signal(signal.SIGABRT)
        os.close(writing)
        with os.fdopen(reading, "rb") as rest:
            pytest.fail(rest.read()[-8000:].decode(errors="replace"))
    os.close(reading)
    os.close(writing)


def test_a_drill_runs_no_program(home: Home, config: Path) -> None:
    """Beside an emulator it is simulated: it says so on every line, and is taken as done."""
    own = ("--config", str(config))
    with emulated(home) as cloud:
        asked(home, 0, "declare", "cards fail", "--severity", "P0", "--drill", *own)
        told = home.run("run", "describe-service", "--drill", *own, **cloud)
        assert told.returncode == 0, told.stderr
        badge, *lines = told.stdout.splitlines()
        assert badge == f"DRILL at {cloud['CLOUD_RUN_EMULATOR_HOST']}"
        assert all(line.startswith("DRILL: ") for line in lines[:2]) and badge not in lines
        assert "seen" not in told.stdout.replace("print('seen'", "")
    assert asked(home, 2, "run", "describe-service", "--drill", *own)["error"]["title"].startswith(
        "INC-0001 is a drill"
    )
