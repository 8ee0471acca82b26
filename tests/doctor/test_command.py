"""`warroom doctor` as a person and a script meet it."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.doctor.healthy import PAY, scenario, write_config
from tests.doctor.test_examine import cloud
from tests.e2e.home import Home
from warroom.clock import ScaledClock
from warroom.drill.server.emulator import running
from warroom.drill.wire.addresses import Addresses
from warroom.incident.events import Declared
from warroom.incident.journal.exercises import remember
from warroom.incident.journal.sqlite import SqliteStore

HASTY = ("health", "clock")
"""What a busy machine may not be found in time for: the health URL has two seconds to answer, and says the time."""


async def doctor(home: Home, *arguments: str, at: Addresses | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `warroom doctor` on the home's configuration."""
    variables = {}
    if at is not None:
        variables = {name: value for name, value in at.environment().items() if name.startswith("CLOUD_")}
    ended = await asyncio.to_thread(home.run, "doctor", "--config", str(home.path / "conf"), *arguments, **variables)
    return ended.returncode, ended.stdout, ended.stderr


async def test_a_line_each_and_nothing_left_behind(tmp_path: Path) -> None:
    """Lines with their remedies, the sum at the end, exit 0 with warnings; not even a state folder is made."""
    home = Home(tmp_path)
    write_config(tmp_path / "conf")
    async with cloud() as (emulator, addresses):
        before = emulator.state.find(PAY.path).spec.SerializeToString()
        code, said, trouble = await doctor(home, at=addresses)
        assert emulator.state.find(PAY.path).spec.SerializeToString() == before
    assert (code, trouble) == (0, "")
    lines = said.splitlines()
    assert lines[0].startswith(f"warning  place         the EMULATOR at {addresses.run}: nothing of this")
    assert lines[1].strip() == "→ Unset CLOUD_RUN_EMULATOR_HOST to look at production"
    assert lines[2].startswith("ok       configuration ")
    assert any(line.startswith("warning  drills        Full emergency release drill: none") for line in lines)
    assert any(line.strip() == "→ Run: warroom drill" for line in lines)
    assert f"ok       ready         payments ({PAY.project}): Ready" in lines
    warned = [line.split()[1] for line in lines if line.startswith("warning ")]
    assert sorted(set(warned) - set(HASTY)) == ["alerts", "drills", "place"] and warned.count("drills") == 3
    assert lines[-1].endswith(f"{len(warned)} warning, 0 failure")
    assert not (tmp_path / "state").exists()


async def test_json(tmp_path: Path) -> None:
    """One document of the documented shape and nothing else; exit 1 with a failure."""
    home = Home(tmp_path)

    def strict(tables: Any) -> None:
        tables["services"]["services"][0]["slow_ms"] = 50

    write_config(tmp_path / "conf", change=strict)
    drills = SqliteStore(home.journal)
    drills.begin(Declared("a drill", "P0", "t", (PAY,), 1.0, drill=True), "@rm", ScaledClock().now() - 3 * 86_400)
    drills.close()
    for kind in ("table-top", "disaster-recovery"):
        remember(home.journal, kind, ScaledClock().now() - 86_400)
    async with running(scenario(), ScaledClock()) as addresses:
        code, said, trouble = await doctor(home, "--json", "--service", "payments", at=addresses)
    document = json.loads(said)
    assert (code, trouble) == (1, "")
    assert list(document) == ["version", "checked_at", "config", "place", "worst", "counts", "findings"]
    assert (document["version"], document["place"], document["worst"]) == (1, "emulator", "failure")
    states = Counter(finding["state"] for finding in document["findings"])
    assert document["counts"] == {state: states[state] for state in ("ok", "warning", "failure")}
    warned = {finding["check"] for finding in document["findings"] if finding["state"] == "warning"}
    assert warned - set(HASTY) == {"alerts", "place"}
    for finding in document["findings"]:
        assert list(finding) == ["check", "state", "what", "remedy", "service"]
        assert finding["service"] is None or list(finding["service"]) == ["name", "region", "project"]
    (failure,) = [finding for finding in document["findings"] if finding["state"] == "failure"]
    assert (failure["check"], failure["service"]["name"]) == ("limits", "payments")
    assert "slow_ms 50 is below what stable does" in failure["what"]
    drill = next(finding for finding in document["findings"] if finding["what"].startswith("Full emergency"))
    assert "3 days ago" in drill["what"]


async def test_an_unknown_service_is_a_mistake(tmp_path: Path) -> None:
    """Exit 2, one sentence, and which there are."""
    write_config(tmp_path / "conf")
    code, said, trouble = await doctor(Home(tmp_path), "--service", "nope")
    assert (code, said) == (2, "")
    assert trouble == "warroom: services.toml names no service nope. There is: payments.\n"


async def test_no_credentials(tmp_path: Path) -> None:
    """Without any, that is the line that fails, with the command that mends it, and no traceback."""
    write_config(tmp_path / "conf")
    code, said, trouble = await doctor(Home(tmp_path))
    assert (code, trouble) == (1, "")
    assert "failure  credentials   No Google credentials" in said
    assert "gcloud auth application-default login" in said
