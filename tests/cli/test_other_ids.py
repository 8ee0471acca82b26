"""A protocol that calls its severities, roles and phases otherwise: the program speaks of none of them by its id."""

import json
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from tests.e2e.home import Home
from warroom.resources import config_directory

FIRST = {"severities": "SEV-1", "roles": "r1", "phases": "f1"}
"""What the first of each table is called here; those after it are counted on."""


def others() -> dict[str, str]:
    """By the shipped id of every severity, role and phase, another one."""
    shipped = tomllib.loads((config_directory() / "protocol.toml").read_text(encoding="utf-8"))
    return {
        row["id"]: f"{first[:-1]}{number}"
        for table, first in FIRST.items()
        for number, row in enumerate(shipped[table], 1)
    }


def renamed(value: Any, names: dict[str, str], key: str = "") -> Any:
    """A TOML value with every id in it replaced, but for the kind of a phase, which is no id."""
    if isinstance(value, dict):
        return {name: renamed(one, names, name) for name, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names, key) for one in value]
    return names.get(value, value) if isinstance(value, str) and key != "kind" else value


def written(folder: Path) -> None:
    """Give the shipped configuration that lies in a folder, scenarios and all, other ids."""
    names = others()
    for path in (*folder.glob("*.toml"), *(config_directory() / "scenarios").glob("*.toml")):
        place = folder / path.relative_to(folder if path.parent == folder else config_directory())
        place.parent.mkdir(parents=True, exist_ok=True)
        table = renamed(tomllib.loads(path.read_text(encoding="utf-8")), names)
        place.write_text(tomli_w.dumps(table), encoding="utf-8")


def test_a_protocol_with_other_ids_is_played_as_well(home: Home) -> None:
    """The book climbs to full traffic and resolves; phases, roles and pages are as with ours."""
    conf = home.unhurried()
    written(Path(conf))
    drilled = home.run("drill", "good-hotfix", "--speed", "60", "--config", conf)
    assert drilled.returncode == 0, drilled.stdout + drilled.stderr
    assert "Outcome: full traffic" in drilled.stdout
    assert "refused:" not in drilled.stdout, drilled.stdout
    told = home.run("status", "INC-0001", "--json", "--drill", "--config", conf)
    incident = json.loads(told.stdout)["incident"]
    assert incident["severity"] == "SEV-1"
    assert incident["phase"] == "f6"
    assert {"r1", "r2", "r6"} <= incident["roles"].keys()
    assert incident["mitigated_at"] is not None and incident["resolved_at"] is not None
