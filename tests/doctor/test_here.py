"""What is found without the cloud."""

import os
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.doctor.healthy import write_config
from warroom.doctor import here
from warroom.doctor.finding import Finding
from warroom.incident.journal.exercises import exercises, remember
from warroom.incident.place import Place
from warroom.protocol.checks.problem import Problem
from warroom.protocol.load import load
from warroom.protocol.model import Drill, Protocol, Review, Step, Tool

DAY = 86_400.0
FULL, TABLE_TOP = Drill("full", "Full drill", 92), Drill("table-top", "Table-top exercise", 31)
ROLE = "release-manager"


def states(findings: list[Finding]) -> list[str]:
    """The findings' states."""
    return [finding.state for finding in findings]


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Protocol:
    """A protocol whose steps name no program."""
    return load(write_config(tmp_path_factory.mktemp("config"))).protocol


def with_steps(protocol: Protocol, *steps: Step) -> Protocol:
    """The protocol with these procedures alone beside its phases."""
    return replace(protocol, procedures=steps)


def command(*argv: str, title: str = "Back up") -> Step:
    """A step that starts a program."""
    return Step(title.lower().replace(" ", "-"), title, ROLE, driver="command", argv=argv)


def test_every_problem_of_the_configuration_is_a_failure() -> None:
    """Each with its place and what to do; without any there is one line that says so."""
    problems = [Problem("services.toml", "services[0].project", "Still holds the placeholder '[project]'.")]
    (found,) = here.configuration(problems, "conf")
    assert (found.check, found.state) == ("configuration", "failure")
    assert "services[0].project" in found.what
    assert "warroom check" in found.remedy
    assert states(list(here.configuration([], "conf"))) == ["ok"]


@pytest.mark.parametrize(
    ("updated", "every", "state", "words"),
    [
        ("2026-11-01", 92, "ok", "next review by 2027-02-01"),
        ("2026-08-23", 92, "ok", "next review by 2026-11-23"),
        ("2026-08-22", 92, "warning", "1 day overdue"),
        ("2024-10-12", 92, "warning", "680 days overdue"),
    ],
)
def test_protocol_age(updated: str, every: int, state: str, words: str) -> None:
    """It is due so many days after its last update, and overdue from the day after that."""
    (found,) = here.review(Review("1.0", "Platform Team", updated, every), date(2026, 11, 23))
    assert found.state == state
    assert words in found.what


@pytest.mark.parametrize("updated", ["soon", "9999-12-31"])
def test_a_review_without_a_date_is_told_elsewhere(updated: str) -> None:
    """What is no date is a problem of the configuration, and no second finding; no date can be too late."""
    assert not [one for one in here.review(Review("1", "x", updated, 92), date(2026, 1, 1)) if one.state != "ok"]


@pytest.mark.parametrize("kind", [FULL, TABLE_TOP])
@pytest.mark.parametrize(("late", "state"), [(-1, "ok"), (0, "ok"), (1, "warning"), (None, "warning")])
def test_overdue_drills(kind: Drill, late: int | None, state: str) -> None:
    """Each kind is due after its days, or where there was none; the remedy is how it is held and recorded."""
    now = 1_795_000_000.0
    held = {} if late is None else {kind.id: now - (kind.every_days + late) * DAY}
    (found,) = here.drills((kind,), held, now)
    assert found.state == state
    remedy = "Run: warroom drill" if kind is FULL else "Hold one, then: warroom exercise table-top"
    assert found.remedy == (remedy if state == "warning" else "")
    assert kind.title in found.what


def test_an_exercise_of_the_future(tmp_path: Path) -> None:
    """Recorded while a clock ran ahead: it counts for nothing, and the next one takes its place."""
    now = 1_795_000_000.0
    (found,) = here.drills((FULL,), {FULL.id: now + 400 * DAY}, now)
    assert found.state == "warning" and "still to come: a clock ran ahead then" in found.what
    assert found.remedy == "Run: warroom drill"
    (today,) = here.drills((FULL,), {FULL.id: now + 60}, now)
    assert today.state == "ok" and " 0 days ago" in today.what
    path = tmp_path / "journal.db"
    remember(path, FULL.id, now + 400 * DAY)
    for at, known in ((now, now), (now - DAY, now)):
        remember(path, FULL.id, at, now)
        assert exercises(path) == {FULL.id: known}


def test_where_it_is_looked() -> None:
    """On an emulator all that is fine says nothing of production; the line says what to unset."""
    assert here.place(Place()) == Finding("place", "ok", "PRODUCTION")
    found = here.place(Place("emulator", "127.0.0.1:4000", "CLOUD_RUN_EMULATOR_HOST"))
    assert (found.state, found.remedy) == ("warning", "Unset CLOUD_RUN_EMULATOR_HOST to look at production")
    assert "the EMULATOR at 127.0.0.1:4000" in found.what
    by_file = here.place(Place("emulator", "127.0.0.1:4000", "cloud_run in services.toml"))
    assert by_file.remedy == "Take cloud_run in services.toml out to look at production"


def test_programs(protocol: Protocol) -> None:
    """Missing and not executable ones fail with the steps that need them; an optional tool is a warning."""
    wanted = replace(
        with_steps(
            protocol,
            command("git", "checkout"),
            command("./backup.sh"),
            command("npm", title="Scan"),
            command("npm", title="Test"),
            command("{service}-ctl"),
        ),
        tools=(Tool("jq", "JSON", required=False), Tool("npm", "scripts", required=False), Tool("gcloud", "deploys")),
    )

    def find(name: str, mode: int) -> str | None:
        there = {"git": os.X_OK, "./backup.sh": os.F_OK}
        return name if name in there and (mode == os.F_OK or there[name] == os.X_OK) else None

    found = {finding.what.split()[0]: finding for finding in here.programs(wanted, find)}
    assert set(found) == {"jq", "npm", "gcloud", "./backup.sh", "found:"}
    assert found["jq"].state == "warning"
    assert found["npm"].state == found["gcloud"].state == found["./backup.sh"].state == "failure"
    assert "“Scan”" in found["npm"].what and "“Test”" in found["npm"].what
    assert found["./backup.sh"].remedy == "chmod +x ./backup.sh"
    assert found["found:"].what == "found: git"


def test_what_stands_in_for_a_system_is_looked_for_where_that_is_missing(protocol: Protocol) -> None:
    """Git and the scripts are wanted only then, and told as what can be done by hand all the same."""
    branch = Step("b", "Branch", ROLE, driver="native", native="branch", argv=("git", "checkout"))
    backup = Step("s", "Back up", ROLE, driver="native", native="back-up", argv=("./backup.sh",))
    wanted = replace(with_steps(protocol, branch, backup), tools=())
    assert not list(here.programs(wanted, lambda name, mode: None))
    found = list(here.programs(wanted, lambda name, mode: None, {"github"}))
    assert [(one.state, one.what.split()[0]) for one in found] == [("warning", "git")]
    assert "github is not there" in found[0].what
    needed = replace(with_steps(protocol, branch, command("git", "status")), tools=())
    assert states(list(here.programs(needed, lambda name, mode: None, {"github"}))) == ["failure"]


def test_variables(protocol: Protocol) -> None:
    """A ${NAME} in a step's words must be set and not be empty; fields in braces are none."""
    wanted = with_steps(
        protocol,
        command("curl", "--user=${CI_USER}:${CI_TOKEN}", "{service}"),
        Step("x", "Tell", ROLE, text="With ${EMPTY}, ${CI_TOKEN} and $HOME."),
    )
    found = list(here.variables(wanted, {"CI_USER": "mona", "EMPTY": ""}))
    assert states(found) == ["failure", "failure", "ok"]
    assert found[0].what == "CI_TOKEN is not set, and is for: Back up; Tell"
    assert found[1].what.startswith("EMPTY is not set")
    assert found[2].what == "set: CI_USER"


def test_a_variable_in_a_step_is_no_unknown_field(tmp_path: Path) -> None:
    """`warroom check` takes ${NAME} for what it is."""

    def name_it(tables: dict[str, dict[str, object]]) -> None:
        procedures = tables["protocol"]["procedures"]
        assert isinstance(procedures, list)
        procedures[0]["text"] = "With ${CI_TOKEN}."

    assert load(write_config(tmp_path, change=name_it)).protocol.procedures[0].text == "With ${CI_TOKEN}."
