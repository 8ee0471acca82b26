"""Every command, from a terminal that leads where its incident was declared and from others: what it says of that."""

import json
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.cli.cloud import IMAGE, OLDER, PLACE, asked, emulated
from tests.e2e.home import Home
from warroom.cli import COMMANDS, cli
from warroom.cli.twin import Twin
from warroom.resources import config_directory

DAY_SECONDS = 86400.0
ABOUT = ("--incident", "INC-0001")
OF_AN_INCIDENT: dict[str, tuple[str, ...]] = {
    "stage": (IMAGE, *ABOUT),
    "smoke": ABOUT,
    "deploy": (IMAGE, *ABOUT),
    "advance": ABOUT,
    "hold": ABOUT,
    "abort": ABOUT,
    "rollback": ("--to", OLDER, *ABOUT),
    "unpin": ABOUT,
    "settle": ("adopt", *ABOUT),
    "run": ("describe-service", *ABOUT),
    "alert": ABOUT,
    "update": ABOUT,
    "snooze": ("5", "--reason", "quiet", *ABOUT),
    "sends": ABOUT,
    "page": ("incident-commander", *ABOUT),
    "assign": ("incident-commander", "@bo", *ABOUT),
    "acknowledge": ("incident-commander", *ABOUT),
    "handover": ("incident-commander", "@al", *ABOUT),
    "away": ("--person", "@bo", *ABOUT),
    "roster": ABOUT,
    "tick": ("create-branch", *ABOUT),
    "note": ("seen", *ABOUT),
    "resolve": ABOUT,
    "mitigated": ("--reason", "the users say so", *ABOUT),
    "answer": ("impact", "cards fail", *ABOUT),
    "services": ABOUT,
    "decide": ("hotfix", "--reason", "no way back", *ABOUT),
    "data-change": ("no", *ABOUT),
    "severity": ("P1", "--reason", "half of them", *ABOUT),
    "escalate": ("1", *ABOUT),
    "personal-data": ("--reason", "names are shown", *ABOUT),
    "status": ABOUT,
    "incidents": (),
    "report": ("INC-0001", "--out", "report.md"),
    "ticket": ABOUT,
    "action": ("list", *ABOUT),
    "post-mortem": ("2031-01-01 10:00", *ABOUT),
}
"""What is said of an incident: begins with where that was declared. Nothing here is consented to."""

OF_THE_TERMINAL: dict[str, tuple[str, ...]] = {
    "declare": ("cards fail", "--severity", "P1"),
    "run": ("--list",),
    "rollback": ("payments-api", *PLACE, "--to", OLDER),
    "incidents": ("--drill",),
    "doctor": ("--service", "payments-api"),
}
"""What is said of the cloud that this terminal leads to: begins with its badge."""

ON_THEIR_OWN = {
    "open": "a screen: tests/e2e/test_across.py",
    "drill": "its own cloud: tests/cli/test_by_the_book.py",
    "emulator": "its own cloud: tests/drill/wire/test_token.py",
    "inject": "the running cloud, not where this leads: tests/drill/wire/test_inject.py",
    "sent": "the same: tests/drill/test_sent.py",
    "journal": "a file of incidents from anywhere: below",
    "check": "a configuration: below",
    "exercise": "a day on which one was held: neither an incident nor a cloud",
    "init": "files that are written: neither",
    "completion": "a script for the shell: neither",
}
"""Why a command is in neither table."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One emulator for all of them."""
    with emulated(Home(tmp_path_factory.mktemp("cloud"))) as variables:
        yield variables


@pytest.fixture(scope="module")
def homes(cloud: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    """A home whose incident was declared there, for each place."""
    made = {there: Home(tmp_path_factory.mktemp(there)) for there in ("production", "emulator")}
    for there, home in made.items():
        asked(home, 0, "declare", "cards fail", "--severity", "P0", **(cloud if there == "emulator" else {}))
    return made


def said(home: Home, *arguments: str, **variables: str) -> Result:
    """What a command answers, in this process, as each is asked several times."""
    none: dict[str, str | None] = {name: None for name in os.environ if "EMULATOR" in name or "WARROOM" in name}
    return CliRunner().invoke(cli, arguments, env={**none, **home.environment(**variables)})


def told(done: Result) -> list[str]:
    """The lines of an answer: on standard output, or the refusal on standard error."""
    return (done.stdout or done.stderr).splitlines()


def in_json(done: Result) -> Any:
    """The one object."""
    return json.loads(done.stdout)


def test_every_command_is_in_a_table() -> None:
    """Whoever adds one says what it speaks of."""
    assert {*OF_AN_INCIDENT, *OF_THE_TERMINAL, *ON_THEIR_OWN} == set(COMMANDS)


@pytest.mark.parametrize("command", OF_AN_INCIDENT)
def test_each_answer_begins_with_where_the_incident_was_declared(
    homes: dict[str, Home], cloud: dict[str, str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator's with the badge from everywhere, production's without from everywhere; across says so too."""
    address, arguments = cloud["CLOUD_RUN_EMULATOR_HOST"], (command, *OF_AN_INCIDENT[command])
    for there, here in (("emulator", "emulator"), ("emulator", "production"), ("production", "emulator")):
        monkeypatch.chdir(homes[there].path)
        variables = cloud if here == "emulator" else {}
        done = said(homes[there], *arguments, **variables)
        lines = told(done)
        assert lines[0].startswith("EMULATOR") == (there == "emulator"), (there, here, lines)
        leads = "leads to PRODUCTION" if here == "production" else f"leads to the EMULATOR at {address}"
        everything = f"{done.stdout}{done.stderr}".replace("this leads", "this terminal leads")
        if there != here:
            assert leads in everything, (there, here, everything)
        elif command != "incidents":  # which tells of several
            assert "terminal leads" not in everything, (there, here, everything)


@pytest.mark.parametrize("command", OF_AN_INCIDENT)
def test_the_same_as_data(
    homes: dict[str, Home], cloud: dict[str, str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was declared, where this leads, and why that is not the same."""
    found = cli.get_command(click.Context(cli), command)
    if not isinstance(found, Twin):
        return
    monkeypatch.chdir(homes["production"].path)
    for there, here in (("emulator", "production"), ("production", "emulator")):
        variables = cloud if here == "emulator" else {}
        data = in_json(said(homes[there], command, *OF_AN_INCIDENT[command], "--json", **variables))
        if command == "status":
            place, across = data["incident"]["place"], data["elsewhere"]
        elif command == "incidents":
            row = next(one for one in data["incidents"] if one["id"] == "INC-0001")
            place, across = row["place"], row["elsewhere"]
            assert data["place"] == here
        else:
            place, across = data["declared_in"]["place"], data["elsewhere"]
            assert data["place"] == here
        assert place == there and f"declared in {there.upper()}" in across


@pytest.mark.parametrize("command", OF_THE_TERMINAL)
def test_each_answer_says_what_this_terminal_leads_to(home: Home, cloud: dict[str, str], command: str) -> None:
    """Without an incident it is the terminal's own badge, also where the answer is a refusal."""
    done = said(home, command, *OF_THE_TERMINAL[command], **cloud)
    assert f"EMULATOR at {cloud['CLOUD_RUN_EMULATOR_HOST']}" in told(done)[0], told(done)


def test_a_journal_says_of_which_incidents(homes: dict[str, Home], tmp_path: Path) -> None:
    """Verify counts those that are not production's, repair names them, and so does what is told of damage."""
    for there, toys, mark in (("production", "", ""), ("emulator", " (1 EMULATOR)", "EMULATOR ")):
        assert f": 1 incident(s){toys}, every event" in told(said(homes[there], "journal", "verify"))[0]
        copy = tmp_path / f"{there}.db"
        assert told(said(homes[there], "journal", "repair", "--to", str(copy)))[0].startswith(f"{mark}INC-0001: ")
        with closing(sqlite3.connect(copy)) as book:
            book.execute("UPDATE event SET actor = 'somebody' WHERE seq = 2")
            book.commit()
        damaged = told(said(homes[there], "journal", "verify", "--journal", str(copy)))
        assert damaged[0].startswith(f"{mark}INC-0001: event 2"), damaged


def test_the_way_back_says_which_traffic_it_moves(
    homes: dict[str, Home], cloud: dict[str, str], tmp_path: Path
) -> None:
    """The rollback that a damaged journal tells of is done to what this terminal leads to."""
    own = tmp_path / "journal.db"
    own.write_bytes(b"no journal at all")
    for variables in ({}, cloud):
        done = said(homes["production"], "journal", "verify", "--journal", str(own), **variables)
        assert "warroom rollback" in done.stderr
        assert ("This terminal leads to the EMULATOR" in done.stderr) == bool(variables)


def test_a_configuration_says_where_it_leads(home: Home, tmp_path: Path) -> None:
    """Where it names an emulator; a variable of this terminal is none of its own."""
    directory = tmp_path / "own"
    shutil.copytree(config_directory(), directory)
    plain = said(home, "check", str(directory), CLOUD_RUN_EMULATOR_HOST="127.0.0.1:1").stdout
    assert ": fine." in plain and "EMULATOR" not in plain
    with (directory / "services.toml").open("a", encoding="utf-8") as services:
        services.write('\n[endpoints]\ncloud_run = "127.0.0.1:2"\n')
    assert "endpoints: EMULATOR at 127.0.0.1:2: nothing" in said(home, "check", str(directory)).stdout
    assert told(said(home, "run", "--list", "--config", str(directory)))[0] == "EMULATOR at 127.0.0.1:2"


def test_a_toys_hours_are_not_productions(homes: dict[str, Home], cloud: dict[str, str]) -> None:
    """Status and report of production hold for this machine's time; an emulator's for its own, both alike."""
    fast = {**cloud, "WARROOM_CLOCK": "1000000000.0@50.0"}
    for there, real in (("production", True), ("emulator", False)):
        status = in_json(said(homes[there], "status", "--json", *ABOUT, **fast))
        report = in_json(said(homes[there], "report", "INC-0001", "--format", "json", **fast))
        after = in_json(said(homes[there], "status", "--json", *ABOUT, **fast))
        assert (abs(status["at"] - time.time()) < DAY_SECONDS) == real
        assert status["time"] <= report["written_at"] <= after["time"]
        shown = said(homes[there], "status", *ABOUT, **fast).stdout
        ago = re.search(r"detected (?:(\d+):)?\d+:\d\d ago", shown)
        assert ago is not None and (int(ago[1] or 0) < 24) == real, shown
