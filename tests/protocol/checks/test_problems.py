"""Every class of problem is told, at its place and with what to do."""

# ruff: noqa: E501 — a case is a row of a table, and rows are not folded.

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from warroom.protocol.checks.problem import ConfigError, Problem
from warroom.protocol.load import load

Tables = dict[str, dict[str, Any]]
Complain = Callable[[Tables], tuple[Problem, ...]]

HOSTILE = "[/red]\x1b[2J\u202eevil" + "x" * 10_000


def step(tables: Tables, step_id: str) -> dict[str, Any]:
    """A step's table."""
    phases = tables["protocol"]["phases"]
    return next(one for phase in phases for one in phase["steps"] if one["id"] == step_id)


def at(tables: Tables, path: str) -> Any:
    """The table or list at a path of keys and numbers, e.g. "protocol.roles.0"."""
    place: Any = tables
    for key in path.split("."):
        place = place[int(key)] if key.isdigit() else place[key]
    return place


def put(path: str, value: Any) -> Callable[[Tables], None]:
    """A change: set what stands at `path`."""
    parent, _, key = path.rpartition(".")
    return lambda tables: at(tables, parent).__setitem__(int(key) if key.isdigit() else key, value)


def drop(path: str) -> Callable[[Tables], None]:
    """A change: take away what stands at `path`."""
    parent, _, key = path.rpartition(".")
    return lambda tables: at(tables, parent).__delitem__(int(key) if key.isdigit() else key)


def in_step(step_id: str, **values: Any) -> Callable[[Tables], None]:
    """A change: set keys of a step."""
    return lambda tables: step(tables, step_id).update(values)


def swap_kinds(tables: Tables, one: int, other: int) -> None:
    """Let two phases be each other's kind."""
    phases = tables["protocol"]["phases"]
    phases[one]["kind"], phases[other]["kind"] = phases[other]["kind"], phases[one]["kind"]


def twice(path: str, index: int) -> Callable[[Tables], None]:
    """A change: let one row of a list stand there twice."""
    return lambda tables: at(tables, path).append(at(tables, path)[index])


SMOKE = "services[payments-api].smoke[0]"


def smoke(**keys: object) -> Callable[[Tables], None]:
    """A smoke test of one request that has these keys."""
    return put("services.services.0.smoke", [{"path": "/", **keys}])


BACKUP = "phases[deployment].steps[backup]"
CASES: dict[str, tuple[Callable[[Tables], None], str, str, str]] = {
    # what is changed, in which file, at which key path, and words of the sentence
    "a step asks what nobody answers": (in_step("estimate-impact", asks="impakt"), "protocol", "phases[assessment].steps[estimate-impact].asks", "Did you mean impact?"),
    "a native step asks": (in_step("declare", asks="impact"), "protocol", "phases[assessment].steps[declare].asks", "Has no effect here"),
    "unknown-key": (in_step("backup", minuts=3), "protocol", f"{BACKUP}.minuts", "Did you mean minutes?"),
    "unknown-table": (put("roster.people", {}), "roster", "people", "Unknown key"),
    "missing-key": (drop("protocol.ladder.rungs"), "protocol", "ladder.rungs", "list of whole numbers"),
    "missing-table": (drop("protocol.gate"), "protocol", "gate", "a table with error_share"),
    "missing-list": (drop("protocol.roles"), "protocol", "roles", "a list of tables"),
    "no-id": (drop("protocol.drills.0.id"), "protocol", "drills[0].id", "Missing"),
    "text-for-number": (in_step("backup", minutes="3"), "protocol", f"{BACKUP}.minutes", "Write a number"),
    "number-for-text": (in_step("backup", title=3), "protocol", f"{BACKUP}.title", "a text in quotes"),
    "date-for-text": (put("protocol.review.last_updated", date(2024, 10, 12)), "protocol", "review.last_updated", "quote"),
    "text-for-list": (in_step("backup", needs="decide"), "protocol", f"{BACKUP}.needs", "a list of texts"),
    "text-for-truth": (in_step("backup", box="yes"), "protocol", f"{BACKUP}.box", "true or false"),
    "fraction-for-whole": (put("protocol.gate.least_events", 1.5), "protocol", "gate.least_events", "a whole number"),
    "text-in-rungs": (put("protocol.ladder.rungs", [10, "100"]), "protocol", "ladder.rungs", "a list of whole numbers"),
    "table-for-list": (put("protocol.roles", {"id": "x"}), "protocol", "roles", "a list of tables"),
    "text-for-table": (put("protocol.ladder", "10"), "protocol", "ladder", "a table with rungs"),
    "row-not-a-table": (put("protocol.roles.2", "x"), "protocol", "roles[2]", "a table with id"),
    "no-such-word": (in_step("backup", driver="comand"), "protocol", f"{BACKUP}.driver", "Did you mean command?"),
    "no-such-role": (in_step("backup", role="devops"), "protocol", f"{BACKUP}.role", "Did you mean devops-engineer?"),
    "role-nobody-holds": (drop("roster.duties.1"), "roster", "duties", "'release-manager'"),
    "duty-for-no-role": (put("roster.duties.1.role", "rm"), "roster", "duties[rm].role", "is no role"),
    "duty-twice": (twice("roster.duties", 1), "roster", "duties[14].role", "has a duty already"),
    "no-backup": (drop("roster.duties.1.backup"), "roster", "duties[release-manager].backup", "Name one"),
    "empty-handle": (put("roster.duties.1.primary.handle", " "), "roster", "duties[release-manager].primary.handle", "emp"),
    "dangling-need": (in_step("backup", needs=["decidee"]), "protocol", f"{BACKUP}.needs", "Did you mean decide?"),
    "circle": (in_step("decide", needs=["backup"]), "protocol", "phases[assessment].steps[decide].needs", "circle"),
    "needs-itself": (in_step("backup", needs=["backup"]), "protocol", f"{BACKUP}.needs", "backup needs backup"),
    "id-twice": (twice("protocol.roles", 0), "protocol", "roles[14].id", "a second time"),
    "step-id-in-checklist": (put("protocol.checklist.0.id", "backup"), "protocol", "checklist[backup].id", "second time"),
    "no-id-at-all": (put("protocol.drills.0.id", "a b"), "protocol", "drills[a b].id", "joined by single hyphens"),
    "spoken-role": (drop("protocol.roles.0"), "protocol", "people.leads", "is no role of this protocol"),
    "operates": (put("protocol.people.operates", "release-manger"), "protocol", "people.operates", "release-manager"),
    "leads-no-core-role": (put("protocol.people.leads", "cto"), "protocol", "people.leads", "is no core role"),
    "informed-of-security": (put("protocol.people.security", ["chief"]), "protocol", "people.security", "is no role"),
    "phase-twice": (put("protocol.phases.2.kind", "verification"), "protocol", "phases", "2 are of the kind verification"),
    "no-deployment": (put("protocol.phases.3.kind", "testing"), "protocol", "phases", "None is of the kind deployment"),
    "verified-first": (lambda tables: swap_kinds(tables, 2, 4), "protocol", "phases", "right behind the deployment"),
    "severity-id": (put("protocol.severities.3.id", "P 3!"), "protocol", "severities[P 3!].id", "hyphens, dots or spaces"),
    "rung-fraction": (put("protocol.ladder.rungs", [0.5, 100]), "protocol", "ladder.rungs", "a list of whole numbers"),
    "rung-rules": (put("protocol.ladder.at", [{"percent": 30}]), "protocol", "ladder.at[0].percent", "30 is no rung"),
    "rung-rules-twice": (put("protocol.ladder.at", [{"percent": 25}] * 2), "protocol", "ladder.at[1].percent", "second time"),
    "rung-limit": (put("protocol.ladder.at", [{"percent": 25, "error_share": 2}]), "protocol", "ladder.at[0].error_share", "no share"),
    "severity-never": (put("protocol.severities.0.update_minutes", 0), "protocol", "severities[P0].update_minutes", "above"),
    "pager-severity": (put("protocol.severities.0.pager", "loud"), "protocol", "severities[P0].pager", "critical"),
    "page-impact": (put("protocol.severities.0.impact", "bad"), "protocol", "severities[P0].impact", "major"),
    "spoken-template": (drop("protocol.templates.1"), "protocol", "templates", "'progress-update' is missing"),
    "phase-number": (put("protocol.phases.3.number", 5), "protocol", "phases[deployment].number", "Write 4"),
    "least-over-most": (put("protocol.phases.1.least_minutes", 31), "protocol", "phases[preparation].least_minutes", "Swap"),
    "ladder-falls": (put("protocol.ladder.rungs", [25, 10, 100]), "protocol", "ladder.rungs", "Sort the rungs"),
    "ladder-stays": (put("protocol.ladder.rungs", [10, 10, 100]), "protocol", "ladder.rungs", "each once"),
    "ladder-ends-early": (put("protocol.ladder.rungs", [10, 50]), "protocol", "ladder.rungs", "Add 100"),
    "ladder-empty": (put("protocol.ladder.rungs", []), "protocol", "ladder.rungs", "Add 100"),
    "ladder-from-0": (put("protocol.ladder.rungs", [0, 100]), "protocol", "ladder.rungs", "from 1 to 100"),
    "never-settled": (put("protocol.gate.evidence_minutes", 2), "protocol", "gate.evidence_minutes", "at least 5"),
    "ever-stale": (put("protocol.gate.stale_seconds", 45), "protocol", "gate.stale_seconds", "at least 240"),
    "tag-prefix": (put("protocol.ladder.tag_prefix", "Hotfix_"), "protocol", "ladder.tag_prefix", "small letters"),
    "tag-prefix-hyphens": (put("protocol.ladder.tag_prefix", "a---b"), "protocol", "ladder.tag_prefix", "Three hyphens"),
    "level-order": (put("protocol.escalation.2.from_minutes", 15), "protocol", "escalation[3].from_minutes", "than 15"),
    "level-first": (put("protocol.escalation.0.from_minutes", 5), "protocol", "escalation[1].from_minutes", "Write 0"),
    "level-number": (put("protocol.escalation.3.level", 5), "protocol", "escalation[5].level", "Write 4"),
    "level-of-nobody": (put("protocol.escalation.3.roles", []), "protocol", "escalation[4].roles", "at least one role"),
    "level-role": (put("protocol.escalation.3.roles", ["cfo"]), "protocol", "escalation[4].roles", "'cfo' is no role"),
    "no-levels": (put("protocol.escalation", []), "protocol", "escalation", "Add one"),
    "cap": (put("protocol.severities.0.level_cap", 5), "protocol", "severities[P0].level_cap", "Write 0 to 4"),
    "fix-after-resolution": (put("protocol.severities.0.fix_minutes", 90), "protocol", "severities[P0].fix_minutes", "due"),
    "severity": (put("protocol.triggers.0.severity", "P7"), "protocol", "triggers[active-exploitation].severity", "P0"),
    "scenario": (put("protocol.triggers.0.scenario", "x"), "protocol", "triggers[active-exploitation].scenario", "no sc"),
    "tick": (put("protocol.checklist.7.ticked_by", ["bakup"]), "protocol", "checklist[backup-taken].ticked_by", "backup?"),
    "fact": (put("protocol.checklist.7.ticked_by", ["fact:juged"]), "protocol", "checklist[backup-taken].ticked_by", "judged"),
    "template-field": (put("protocol.templates.0.body", "{titel}"), "protocol", "templates[initial-alert].body", "title?"),
    "template-brace": (put("protocol.templates.0.body", "{title"), "protocol", "templates[initial-alert].body", "brace"),
    "template-empty": (put("protocol.templates.0.body", " "), "protocol", "templates[initial-alert].body", "message"),
    "template-left": (put("protocol.templates.0.body", "At [TIME]"), "protocol", "templates[initial-alert].body", "'[TIME]'"),
    "argv-left": (in_step("backup", argv=["x", "[BACKUP_ID]"]), "protocol", f"{BACKUP}.argv[1]", "[BACKUP_ID]"),
    "argv-empty": (in_step("backup", driver="command", native="", argv=[]), "protocol", f"{BACKUP}.argv", "Names no program"),
    "argv-blank": (in_step("backup", driver="command", native="", argv=[" "]), "protocol", f"{BACKUP}.argv", "Names no program"),
    "argv-blank-otherwise": (in_step("backup", argv=[" "]), "protocol", f"{BACKUP}.argv", "Names no program"),
    "argv-field": (in_step("backup", argv=["x", "{servce}"]), "protocol", f"{BACKUP}.argv", "Did you mean service?"),
    "argv-unused": (in_step("backup", driver="manual", native=""), "protocol", f"{BACKUP}.driver", "argv has no effect"),
    "native-unknown": (in_step("deploy", native="deplo"), "protocol", "phases[deployment].steps[deploy].native", "deploy?"),
    "native-unused": (in_step("backup", driver="command", native="deploy"), "protocol", f"{BACKUP}.driver", "native has no effect"),
    "when": (in_step("backup", when="securty"), "protocol", f"{BACKUP}.when", "Did you mean security?"),
    "compliance-when": (put("protocol.compliance.0.when", "x"), "protocol", "compliance[gdpr].when", "no condition"),
    "step-template": (in_step("backup", template="x"), "protocol", f"{BACKUP}.template", "no template"),
    "update-role": (put("protocol.updates.role", "x"), "protocol", "updates.role", "no role"),
    "no-date": (put("protocol.review.last_updated", "last May"), "protocol", "review.last_updated", "2026-11-23"),
    "share-over-1": (put("protocol.gate.error_share", 1.5), "protocol", "gate.error_share", "1 % is 0.01"),
    "share-nan": (put("services.services.0.error_share", float("nan")), "services", "services[payments-api].error_share", "no share"),
    "minutes-below-0": (in_step("backup", minutes=-1), "protocol", f"{BACKUP}.minutes", "from 0"),
    "minutes-endless": (in_step("backup", minutes=float("inf")), "protocol", f"{BACKUP}.minutes", "from 0"),
    "never": (put("protocol.updates.every_minutes", 0), "protocol", "updates.every_minutes", "above"),
    "huge-number": (put("protocol.drills.0.every_days", 10**30), "protocol", "drills[table-top].every_days", "number"),
    "placeholder-person": (put("roster.duties.0.primary.handle", "@[primary-ic]"), "roster", "duties[incident-commander].primary.handle", "'[primary-ic]'"),
    "placeholder-service": (put("services.services.0.project", "[project]"), "services", "services[payments-api].project", "'[project]'"),
    "service-twice": (twice("services.services", 0), "services", "services[1]", "second time"),
    "service-name": (put("services.services.0.name", "Payments API"), "services", "services[Payments API].name", "small letters"),
    "no-services": (put("services.services", []), "services", "services", "Add [[services]]"),
    "health-path": (put("services.services.0.health_path", "health"), "services", "services[payments-api].health_path", "slash"),
    "health-path-space": (put("services.services.0.health_path", "/he alth"), "services", "services[payments-api].health_path", "%20"),
    "health-path-fragment": (put("services.services.0.health_path", "/health#x"), "services", "services[payments-api].health_path", "no #"),
    "probe": (put("services.services.0.probe", "anonymus"), "services", "services[payments-api].probe", "anonymous"),
    "smoke-path": (smoke(path="health"), "services", f"{SMOKE}.path", "slash"),
    "smoke-space": (smoke(path="/a b"), "services", f"{SMOKE}.path", "%20"),
    "smoke-method": (smoke(method="POST"), "services", f"{SMOKE}.method", "not possible"),
    "smoke-status": (smoke(status=[20]), "services", f"{SMOKE}.status", "100 to 599"),
    "smoke-status-type": (smoke(status="200"), "services", f"{SMOKE}.status", "list of whole numbers"),
    "smoke-head-body": (smoke(method="HEAD", contains="x"), "services", f"{SMOKE}.contains", "no body"),
    "smoke-slow": (smoke(within_ms=90_000), "services", f"{SMOKE}.within_ms", "at most 60000"),
    "smoke-json-path": (smoke(json={"a..b": 1}), "services", f"{SMOKE}.json", "dot between"),
    "smoke-json-type": (smoke(json="ok"), "services", f"{SMOKE}.json", "table of names"),
    "smoke-many": (put("services.services.0.smoke", [{"path": "/"}] * 31), "services", "services[payments-api].smoke", "Keep the 30"),
    "endpoint": (put("services.endpoints", {"cloud_run": "localhost"}), "services", "endpoints.cloud_run", "host:port"),
    "endpoint-port": (put("services.endpoints", {"monitoring": "[::1]:70000"}), "services", "endpoints.monitoring", "host:port"),
    "endpoint-logging": (put("services.endpoints", {"logging": "logs"}), "services", "endpoints.logging", "host:port"),
    "logs-per-second": (put("services.evidence", {"logs_per_second": 5000.0}), "services", "evidence.logs_per_second", "not within 10 and 900"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_is_told_at_its_place(name: str, tables: Tables, problems: Complain) -> None:
    """One change, its problem at its place with its words, and nothing untrue beside it."""
    change, file, path, words = CASES[name]
    change(tables)
    told = problems(tables)
    assert any(one.file == f"{file}.toml" and one.path == path and words in one.sentence for one in told), told
    follows = {"spoken-role": 12, "spoken-phase": 2, "duty-for-no-role": 2, "circle": 2, "level-number": 2}
    assert len(told) <= follows.get(name, 1), told


def test_all_are_told_at_once(tables: Tables, problems: Complain) -> None:
    """Shape, references and placeholders in all three files, in one go."""
    in_step("backup", minuts=3, minutes="x", role="devops")(tables)
    put("protocol.ladder.rungs", [10])(tables)
    put("roster.duties.0.primary.handel", "x")(tables)
    drop("roster.duties.0.backup")(tables)
    put("services.services.0.region", "[region]")(tables)
    assert {(one.file, one.path) for one in problems(tables)} == {
        ("protocol.toml", f"{BACKUP}.minuts"),
        ("protocol.toml", f"{BACKUP}.minutes"),
        ("protocol.toml", f"{BACKUP}.role"),
        ("protocol.toml", "ladder.rungs"),
        ("roster.toml", "duties[incident-commander].primary.handel"),
        ("roster.toml", "duties[incident-commander].backup"),
        ("services.toml", "services[payments-api].region"),
    }


def test_two_circles_are_two_problems(tables: Tables, problems: Complain) -> None:
    """Each circle of needs is told once."""
    in_step("decide", needs=["declare"])(tables)
    in_step("declare", needs=["decide"])(tables)
    in_step("backup", needs=["ladder"])(tables)
    assert len([one for one in problems(tables) if "circle" in one.sentence]) == 2


@pytest.mark.parametrize("text", ["[/red]", "[P0] down", "[::1]:80", "a[0]", "[A-Z]+", "[ok]"])
def test_ordinary_brackets_are_text_in_the_protocol(text: str, tables: Tables, problems: Complain) -> None:
    """Only words in capitals look like what the written protocol leaves to fill in."""
    in_step("backup", text=text)(tables)
    assert problems(tables) == ()


def test_an_ipv6_endpoint_is_no_placeholder(tables: Tables, problems: Complain) -> None:
    """Loopback is written in brackets there."""
    put("services.endpoints", {"cloud_run": "[::1]:8085", "monitoring": "127.0.0.1:1"})(tables)
    assert problems(tables) == ()


def test_a_smoke_test_is_no_fault(tables: Tables, problems: Complain) -> None:
    """All that a request may say; what others answer is neither a number nor a placeholder of ours."""
    smoke(method="GET", path="/h?a=1", status=[200, 204], contains="[ok]", json={"a.b": -5, "c": "[x]"}, within_ms=9)(
        tables
    )
    assert problems(tables) == ()


def test_hostile_text_is_told_as_text(tables: Tables, problems: Complain) -> None:
    """No escape, no direction mark and no 10 kB line comes out of a sentence, whatever key or value it quotes."""
    in_step("backup", **{HOSTILE: 1, "role": HOSTILE, "needs": [HOSTILE]})(tables)
    put("protocol.roles.3.id", HOSTILE)(tables)
    put("protocol.severities.0.id", 5)(tables)
    put("roster.duties.0.primary.handle", f"[handle] {HOSTILE}")(tables)
    put("services.services.0.name", HOSTILE)(tables)
    told = problems(tables)
    assert len(told) >= 6
    assert all(str(one).isprintable() and len(str(one)) < 3000 for one in told)


def test_broken_files_are_told_beside_each_other(tmp_path: Path, tables: Tables) -> None:
    """Bad TOML with its line, a missing file, and what is not UTF-8: three files, three problems."""
    (tmp_path / "protocol.toml").write_text("[review]\nversion 1\n")
    (tmp_path / "services.toml").write_bytes(b"# fine\n# \xff\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    told = {one.file: one.sentence for one in caught.value.problems}
    assert "line 2" in told["protocol.toml"]
    assert "Missing" in told["roster.toml"]
    assert "not UTF-8 in line 2" in told["services.toml"]
    assert str(caught.value).startswith("3 problems in ")


ABSURD = {
    "deep-list": "a = " + "[" * 5000,
    "deep-table": "a." * 3000 + "b = 1",
    "many-digits": "a = " + "9" * 5000,
    "many-hex-digits": "a = 0x" + "f" * 9000,
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_files_are_problems_too(name: str, tmp_path: Path) -> None:
    """Depth and digits beyond Python's own limits don't get out as something else."""
    (tmp_path / "protocol.toml").write_text(ABSURD[name])
    with pytest.raises(ConfigError):
        load(tmp_path)


def test_a_folder_in_a_files_place(tmp_path: Path, tables: Tables, problems: Complain) -> None:
    """What is no file is said to be none; the others are checked all the same."""
    (tmp_path / "roster.toml").mkdir()
    del tables["roster"]
    assert [(one.file, one.sentence) for one in problems(tables)] == [("roster.toml", "Is no file.")]


@pytest.mark.parametrize("name", ["nowhere", "a\0b"])
def test_a_missing_directory(name: str, tmp_path: Path) -> None:
    """It says so, and what writes one."""
    with pytest.raises(ConfigError, match="There is no such directory"):
        load(tmp_path / name)


def test_a_byte_order_mark_is_let_pass(tmp_path: Path, tables: Tables, problems: Complain) -> None:
    """Editors that write one are not the user's fault."""
    assert problems(tables) == ()
    (tmp_path / "roster.toml").write_bytes(b"\xef\xbb\xbf" + tomli_w.dumps(tables["roster"]).encode())
    assert load(tmp_path).roster.duty("ceo")
