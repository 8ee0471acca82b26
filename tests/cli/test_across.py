"""The variable left in the environment: every command says where it acts, and refuses what was declared elsewhere."""

from collections.abc import Iterator

import pytest

from tests.cli.cloud import IMAGE, OLDER, PLACE, STABLE, asked, emulated
from tests.e2e.home import Home
from warroom.incident.place import Place
from warroom.protocol.model import Endpoints
from warroom.wiring.rooms import here

ACTING = (
    ("deploy", IMAGE, "--yes", "--reason", "it burns"),
    ("advance", "--yes", "--reason", "it burns"),
    ("abort", "--yes"),
    ("rollback", "--to", OLDER, "--yes"),
    ("rollback", "--all", "--incident", "INC-0001", "--second", "@bo", "--yes"),
    ("unpin", "--yes"),
    ("settle", "adopt", "--yes"),
    ("settle", "restore", "--yes", "--reason", "ours"),
    ("stage", IMAGE, "--yes"),
    ("smoke",),
    ("page", "incident-commander", "--yes"),
    ("escalate", "2", "--yes"),
    ("alert", "--yes"),
    ("update", "--yes", "--approved-by", "primary-ic"),
    ("ticket", "--yes"),
    ("run", "critical-tests", "--yes"),
    ("run", "backup", "--yes"),
)
"""Every command that goes outside, with all the consent that it could ask for."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One emulator for all of them: none gets as far as to change it."""
    with emulated(Home(tmp_path_factory.mktemp("emulator"))) as variables:
        yield variables


@pytest.mark.parametrize("there", ["production", "emulator"])
def test_each_command_is_refused_across(home: Home, cloud: dict[str, str], there: str) -> None:
    """Exit 1 with where it was declared, where this leads and what to change; the journal stays as it was."""
    at_home, away = ({}, cloud) if there == "production" else (cloud, {})
    declared = asked(home, 0, "declare", "cards fail", "--severity", "P0", **at_home)
    assert declared["place"] == there
    before = asked(home, 0, "status")["incident"]["events"]
    for command in ACTING:
        refused = asked(home, 1, *command, **away)
        error = refused["error"]
        assert f"INC-0001 was declared in {there.upper()}" in error["title"], command
        assert "CLOUD_RUN_EMULATOR_HOST" in error["remedy"], command
        assert refused["place"] == ("emulator" if there == "production" else "production")
    assert asked(home, 0, "status")["incident"]["events"] == before
    told = home.run("abort", "--yes", **away)
    assert told.returncode == 1 and f"was declared in {there.upper()}" in told.stderr


def test_another_emulator_is_another_cloud(home: Home, cloud: dict[str, str]) -> None:
    """Declared on one, then the variable set to another: no command acts, the journal gets nothing, status says so."""
    one = "127.0.0.1:9"
    asked(home, 0, "declare", "cards fail", "--severity", "P0", CLOUD_RUN_EMULATOR_HOST=one)
    before = asked(home, 0, "status")["incident"]["events"]
    for command in ACTING:
        refused = asked(home, 1, *command, **cloud)
        assert f"INC-0001 was declared in EMULATOR at {one}" in refused["error"]["title"], command
        assert f"Set CLOUD_RUN_EMULATOR_HOST={one}, or declare anew" in refused["error"]["remedy"], command
    status = asked(home, 0, "status", **cloud)
    assert status["incident"]["events"] == before
    assert f"declared in EMULATOR at {one}, this leads to the EMULATOR at" in status["elsewhere"]
    assert f"LOOKING ONLY: declared in EMULATOR at {one}" in home.run("status", **cloud).stdout


def test_looking_is_allowed_and_says_so(home: Home, cloud: dict[str, str]) -> None:
    """Status, incidents, report, roster and a note: those send nothing. Each picture says where it was declared."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    asked(home, 0, "note", "seen from a terminal that leads elsewhere", **cloud)
    status = asked(home, 0, "status", **cloud)
    assert (status["incident"]["place"], status["board"]["sentence"]["alarm"]) == ("production", "")
    assert "declared in PRODUCTION, this leads to the EMULATOR at 127.0.0.1:" in status["elsewhere"]
    shown = home.run("status", **cloud).stdout
    assert "LOOKING ONLY: declared in PRODUCTION" in shown and "Unset CLOUD_RUN_EMULATOR_HOST" in shown
    assert asked(home, 0, "roster", **cloud)["incident"] == "INC-0001"
    assert asked(home, 0, "status")["elsewhere"] == ""


def test_nothing_is_proposed_that_is_refused_from_here(home: Home, cloud: dict[str, str]) -> None:
    """Line 2 says how it stands, and not what to do next; the list of steps says whose cloud it is of, too."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    assert "No hotfix on the ladder. Run `warroom deploy`" in home.run("status", **cloud).stdout
    shown = home.run("status", "INC-0001").stdout
    assert "No hotfix on the ladder." in shown and "warroom deploy" not in shown and "Press" not in shown
    listed = home.run("run", "--list").stdout.splitlines()
    assert listed[0].startswith("EMULATOR at ") and "this terminal leads to PRODUCTION" in listed[1]
    assert asked(home, 0, "run", "--list", "--incident", "INC-0001")["declared_in"]["place"] == "emulator"


def test_status_takes_the_number_as_open_and_report_do(home: Home) -> None:
    """With or without --incident; two that differ are told."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    for named in (("INC-0001",), ("--incident", "INC-0001"), ("INC-0001", "--incident", "INC-0001")):
        assert asked(home, 0, "status", *named)["incident"]["id"] == "INC-0001"
    assert "two incidents" in asked(home, 2, "status", "INC-0001", "--incident", "INC-0002")["error"]["title"]
    assert "no incident INC-0009" in asked(home, 2, "status", "INC-0009")["error"]["title"]


def test_a_toys_clock_does_not_time_production(home: Home, cloud: dict[str, str]) -> None:
    """A note from the toy's terminal, whose hours fly: it stands at this machine's time, and no clock went back."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    asked(home, 0, "note", "meanwhile", **{**cloud, "WARROOM_CLOCK": "1000000000.0@50.0"})
    assert asked(home, 0, "status")["clock_behind_seconds"] == 0


def test_each_answer_says_that_it_was_an_emulator(home: Home, cloud: dict[str, str]) -> None:
    """Status, list, plan, answer and report have the badge, as a word and as data; also of a drill that it plays."""
    address = cloud["CLOUD_RUN_EMULATOR_HOST"]
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    status = asked(home, 0, "status")
    assert (status["incident"]["place"], status["incident"]["address"]) == ("emulator", address)
    assert status["board"]["header"]["emulator"] and status["projector"]["header"]["emulator"]
    assert home.run("status").stdout.startswith("EMULATOR INC-0001 P0 open")
    assert home.run("incidents").stdout.startswith("EMULATOR INC-0001")
    badge = f"EMULATOR at {address}\n"
    assert home.run("note", "x", **cloud).stdout.startswith(badge)
    assert home.run("deploy", IMAGE, **cloud).stdout.startswith(badge)
    assert home.run("advance", "--yes", **cloud).stderr.startswith(badge)
    across = f"INC-0001 was declared in EMULATOR at {address}, and this terminal leads to PRODUCTION."
    assert home.run("note", "x").stdout.splitlines() == [badge.strip(), across, "INC-0001: noted: x"]
    report = home.run("report", "INC-0001").stdout
    assert report.startswith("# EMULATOR: INC-0001")
    assert f"on an emulator at {address}: nothing of this touched production" in report
    drill = asked(home, 0, "declare", "cards fail", "--severity", "P0", "--drill", **cloud)
    assert drill["place"] == "drill"


def test_a_direct_rollback_says_where(home: Home, cloud: dict[str, str]) -> None:
    """Without incident, configuration and journal the answer still has the emulator's HOST:PORT."""
    back = ("rollback", "payments-api", *PLACE, "--to")
    run = {"CLOUD_RUN_EMULATOR_HOST": cloud["CLOUD_RUN_EMULATOR_HOST"]}
    address = run["CLOUD_RUN_EMULATOR_HOST"]
    for code, more in ((0, "--dry-run"), (1, "--json")):
        answer = asked(home, code, *back, OLDER, more, **run)
        assert (answer["place"], answer["address"]) == ("emulator", address)
    done = home.run(*back, STABLE, "--yes", **run)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"EMULATOR at {address}")


@pytest.mark.parametrize(
    ("variable", "setting", "place"),
    [
        ("127.0.0.1:1", "", Place("emulator", "127.0.0.1:1", "CLOUD_RUN_EMULATOR_HOST")),
        ("127.0.0.1:1", "127.0.0.1:2", Place("emulator", "127.0.0.1:1", "CLOUD_RUN_EMULATOR_HOST")),
        ("", "127.0.0.1:2", Place("emulator", "127.0.0.1:2", "cloud_run in services.toml")),
        ("  ", "", Place()),
        ("", "", Place()),
    ],
)
def test_what_names_the_emulator(monkeypatch: pytest.MonkeyPatch, variable: str, setting: str, place: Place) -> None:
    """The variable before the setting; spaces are none, as they are for the clients themselves."""
    monkeypatch.setenv("CLOUD_RUN_EMULATOR_HOST", variable)
    assert here(Endpoints(cloud_run=setting)) == place
