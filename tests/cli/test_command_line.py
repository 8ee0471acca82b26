"""The command line explains itself: version, help, completion."""

import shutil
import subprocess
from contextlib import closing

import pytest

from tests.clocks import START
from tests.e2e.home import Home
from tests.incident.story import declared
from warroom import __version__
from warroom.cli import COMMANDS as TABLE
from warroom.incident.journal.sqlite import SqliteStore

COMMANDS = (
    "abort",
    "acknowledge",
    "action",
    "advance",
    "alert",
    "answer",
    "assign",
    "away",
    "check",
    "completion",
    "data-change",
    "decide",
    "declare",
    "deploy",
    "doctor",
    "drill",
    "emulator",
    "escalate",
    "exercise",
    "handover",
    "hold",
    "incidents",
    "init",
    "inject",
    "journal",
    "mitigated",
    "note",
    "open",
    "page",
    "personal-data",
    "post-mortem",
    "report",
    "resolve",
    "rollback",
    "roster",
    "run",
    "sends",
    "sent",
    "services",
    "settle",
    "severity",
    "smoke",
    "snooze",
    "stage",
    "status",
    "tick",
    "ticket",
    "unpin",
    "update",
)


def test_the_version(home: Home) -> None:
    """It is the package's."""
    assert home.run("--version").stdout.strip() == f"warroom, version {__version__}"


def test_all_commands_are_known_here() -> None:
    """A new command needs its line in COMMANDS, and so its help and completion checked."""
    assert tuple(sorted(TABLE)) == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS, "journal verify"])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(home: Home, command: str, option: str) -> None:
    """Every command says what it does and what it takes, on standard output, within 100 columns."""
    done = home.run(*command.split(), option)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: warroom")
    assert done.stdout.splitlines()[2].strip()
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_the_scenarios_are_listed(home: Home) -> None:
    """One line for each, name first."""
    lines = home.run("drill", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "bad-hotfix",
        "blind",
        "both-broken",
        "failing-tests",
        "good-hotfix",
        "quiet-service",
        "slow-hotfix",
        "two-services",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(home: Home, shell: str) -> None:
    """A script for each shell, which that shell accepts where it is installed."""
    done = home.run("completion", shell)
    assert done.returncode == 0, done.stderr
    assert "_WARROOM_COMPLETE" in done.stdout
    if program := shutil.which(shell):
        parsed = subprocess.run([program, "-n"], input=done.stdout, text=True, capture_output=True, check=False)
        assert parsed.returncode == 0, parsed.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dri", ["drill"]),
        ("drill goo", ["good-hotfix"]),
        ("journal ", ["repair", "verify"]),
        ("completion z", ["zsh"]),
        ("drill --sp", ["--speed"]),
        ("open INC-", ["INC-0002", "INC-0001"]),
        ("report INC-0001 --format h", ["html"]),
        ("note --incident INC-0002", ["INC-0002"]),
        ("advance --service pay", ["payments-api"]),
        ("page incident-c", ["incident-commander"]),
        ("tick rollout-s", ["rollout-started"]),
        ("run disable-", ["disable-feature"]),
        ("severity P", ["P0", "P1", "P2", "P3"]),
        ("exercise table", ["table-top"]),
        ("page --config nowhere incident-c", []),
    ],
)
def test_bash_completes(home: Home, typed: str, offered: list[str]) -> None:
    """The script, loaded as the help says, offers what fits: commands, options, names of config and journal."""
    state = home.path / "state" / "warroom"
    state.mkdir(parents=True)
    with closing(SqliteStore(state / "journal.db")) as journal:
        journal.begin(declared(), "@rm", START)
        journal.begin(declared(), "@rm", START)
    words = ["warroom", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
        eval "$(warroom completion bash)"
        COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
        _warroom_completion warroom
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=home.environment(),
        cwd=home.path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stdout.split() == offered, done.stderr
