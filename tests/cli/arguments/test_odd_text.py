"""Bytes that are no UTF-8, over the real command line: refused as misuse where text is asked for, escaped in paths."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.cloud import PLACE
from tests.e2e.home import DONE_SECONDS, Home
from warroom.cli import COMMANDS, cli
from warroom.cli.arguments.text import TEXT
from warroom.cli.twin import Twin
from warroom.clock import ScaledClock
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.wiring import systems

BAD = b"caf\xe9"
USAGE = 2
TEXTS: dict[str, list[str | bytes]] = {
    "open": [BAD],
    "declare": [BAD, "--severity", "P0"],
    "stage": [BAD],
    "smoke": ["--service", BAD],
    "deploy": [BAD],
    "advance": ["--reason", BAD],
    "hold": ["--reason", BAD],
    "abort": ["--incident", BAD],
    "rollback": [BAD, *PLACE],
    "unpin": ["--as", BAD],
    "settle": ["restore", "--reason", BAD],
    "run": ["kubectl-undo", "--set", b"name=" + BAD],
    "alert": ["--incident", BAD],
    "update": ["--approved-by", BAD],
    "snooze": ["5", "--reason", BAD],
    "sends": ["--incident", BAD],
    "page": ["incident-commander", "--person", BAD],
    "assign": ["incident-commander", BAD],
    "acknowledge": [BAD],
    "handover": ["incident-commander", BAD],
    "away": ["--person", BAD],
    "roster": ["--as", BAD],
    "tick": [BAD],
    "note": [BAD],
    "resolve": [BAD],
    "mitigated": ["--reason", BAD],
    "answer": ["impact", BAD],
    "services": ["add", BAD],
    "decide": ["wait", "--reason", BAD],
    "data-change": ["no", "--reason", BAD],
    "severity": [BAD],
    "escalate": ["1", "--reason", BAD],
    "personal-data": ["--reason", BAD],
    "status": ["--incident", BAD],
    "drill": [BAD],
    "exercise": [BAD],
    "emulator": [BAD],
    "inject": [BAD],
    "report": [BAD],
    "ticket": ["--incident", BAD],
    "action": ["add", BAD],
    "post-mortem": [BAD],
    "doctor": ["--service", BAD],
}
"""A way to give a text to each command that takes one."""


def run(
    home: Home, *arguments: str | bytes, given: bytes = b"", **variables: bytes
) -> subprocess.CompletedProcess[bytes]:
    """The installed program with arguments and environment as bytes."""
    environment = {name.encode(): value.encode() for name, value in home.environment().items()}
    environment |= {name.encode(): value for name, value in variables.items()}
    command = [os.fsencode(one) for one in (*home.command(), *arguments)]
    return subprocess.run(
        command, cwd=home.path, env=environment, input=given, capture_output=True, timeout=DONE_SECONDS, check=False
    )


@pytest.mark.parametrize("command", TEXTS)
def test_a_byte_that_is_no_utf_8(home: Home, command: str) -> None:
    """Misuse, told in one sentence with the byte escaped, before anything is read or made; with --json as JSON."""
    done = run(home, command, *TEXTS[command])
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (USAGE, b""), said
    assert r"caf\xe9 is no UTF-8 text: give it in UTF-8." in said
    assert "Traceback" not in said and "fault of its own" not in said
    if isinstance(found(command), Twin):
        typed = [os.fsdecode(one) for one in TEXTS[command]]
        told = CliRunner().invoke(cli, [command, *typed, "--json"], env=dict(home.environment()))
        assert json.loads(told.stdout)["error"]["code"] == told.exit_code == USAGE
    assert not (home.path / "state").exists()


@pytest.mark.parametrize("command", TEXTS)
def test_a_nul(home: Home, command: str) -> None:
    """No shell can hand one on, but a program that starts warroom's command line in its own process can."""
    typed = [os.fsdecode(one).replace("caf\udce9", "caf\0") for one in TEXTS[command]]
    done = CliRunner().invoke(cli, [command, *typed], env=dict(home.environment()))
    assert (done.exit_code, "holds a NUL character" in done.stderr) == (USAGE, True), done.stderr


def test_no_text_goes_past_the_entrance() -> None:
    """Every parameter that takes a text has the type that looks at it, and every command with one is tried above."""
    takers = set()
    for name in COMMANDS:
        for parameter in found(name).params:
            assert parameter.type is not click.STRING, (name, parameter.name)
            takers |= {name} if parameter.type is TEXT else set()
    assert takers - {"sent"} == set(TEXTS)


def found(name: str) -> click.Command:
    """The command of that name."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def test_misuse_is_told_as_text(home: Home) -> None:
    """What was typed in the wrong place comes back without what a terminal obeys, hides or reorders."""
    hostile = "x\x1b]0;owned\x07\u202e\u200d\x9b2J"
    for arguments in (
        ["bogus" + hostile],
        ["status", "--" + hostile],
        ["note", "a", hostile],
        ["advance", "--to", hostile],
    ):
        done = run(home, *arguments)
        assert done.returncode == USAGE
        assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202e\u200d]", done.stderr.decode())
    assert b"Usage: warroom journal" in run(home, "journal").stderr + run(home, "journal").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [BAD],
        [b"--" + BAD],
        ["report", b"--" + BAD],
        ["report", "INC-0001", "--format", BAD],
        ["journal", BAD],
        ["journal", "verify", BAD],
        ["emulator", "--run-port", BAD],
        ["drill", "--speed", BAD],
        ["advance", "--to", BAD],
        ["advance", "--to", BAD, "--json"],
    ],
)
def test_an_odd_byte_in_the_wrong_place(home: Home, arguments: list[str | bytes]) -> None:
    """As a command, an option, a choice or a number: it is shown as everywhere, not as Python keeps it."""
    done = run(home, *arguments)
    told = done.stderr.decode() or json.loads(done.stdout)["error"]["title"]
    assert done.returncode == USAGE
    assert r"caf\xe9" in told and "udc" not in told


def test_paths_may_be_called_anything(home: Home) -> None:
    """A journal, a configuration and a report of such names are used, and named with the byte escaped."""
    place = os.fsencode(home.path) + b"/caf\xe9"
    done = run(home, "init", place)
    assert done.returncode == 0 and rb"caf\xe9/protocol.toml" in done.stdout
    checked = run(home, "check", place)
    assert checked.returncode == 1 and b"Traceback" not in checked.stderr
    told = json.loads(run(home, "doctor", "--json", "--config", place).stdout)
    assert told["config"].endswith(r"caf\xe9")
    journal = place + b".db"
    assert run(home, "declare", "cards fail", "--severity", "P0", "--journal", journal).returncode == 0
    assert rb"caf\xe9.db: 1 incident(s)" in run(home, "journal", "verify", "--journal", journal).stdout
    wrote = run(home, "report", "INC-0001", "--journal", journal, "--out", place + b".md")
    assert wrote.returncode == 0 and wrote.stdout.endswith(rb"caf\xe9.md" + b"\n")
    missing = run(home, "check", place + b"-missing")
    assert missing.returncode == 1 and rb"caf\xe9-missing" in missing.stderr
    assert all(Path(os.fsdecode(one)).is_file() for one in (place + b".md", journal))


def test_what_comes_another_way(home: Home) -> None:
    """From the environment, a file, standard input, a scenario and the configuration: one sentence each."""
    assert run(home, "declare", "cards fail", "--severity", "P0").returncode == 0
    done = run(home, "note", "hi", WARROOM_OPERATOR=BAD)
    assert done.returncode == 1 and rb"WARROOM_OPERATOR: caf\xe9 is no UTF-8 text" in done.stderr
    (home.path / "bad.txt").write_bytes(BAD)
    for name in ("bad.txt", "-"):
        done = run(home, "update", "--text", name, "--channel", "by-hand", given=BAD)
        assert done.returncode == USAGE, done.stderr
        assert b"UTF-8" in done.stderr and b"Traceback" not in done.stderr
    path = home.scenario("bad")
    path.write_bytes(path.read_bytes() + b"# " + BAD + b"\n")
    done = run(home, "drill", str(path))
    assert done.returncode == 1 and b"bad.toml: is not TOML: line" in done.stderr and b"codec" not in done.stderr
    shutil.copytree(config_directory(), home.path / "conf")
    services = home.path / "conf" / "services.toml"
    services.write_text(services.read_text().replace('name = "', 'name = "\\u0000', 1))
    assert b"Holds a NUL character" in run(home, "check", str(home.path / "conf")).stderr
    services.write_bytes(BAD)
    assert b"Is not UTF-8 in line 1" in run(home, "check", str(home.path / "conf")).stderr
    others = load(config_directory()).integrations
    secrets = dict.fromkeys(re.findall(r"\w+", str(others)), os.fsdecode(BAD))
    missing = systems.production(others, secrets, ScaledClock()).missing
    assert "holds characters that no token has" in missing["slack"]
