"""`warroom inject` against a running cloud, and the sentences where there is none."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.drill.clients import SCENARIOS, Cloud
from warroom.cli.drill.inject import inject
from warroom.drill.scenario.load import ScenarioError, read_scenario
from warroom.drill.wire import discovery
from warroom.drill.wire.addresses import Addresses


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, where drills are found."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(discovery.VARIABLE, raising=False)
    return tmp_path / "warroom" / "drills"


async def run(*arguments: str) -> Result:
    """The command, while this loop serves it."""
    return await asyncio.to_thread(CliRunner().invoke, inject, arguments)


async def test_a_fault_is_added_listed_and_cleared(cloud: Cloud, home: Path) -> None:
    """By the address that the running drill wrote down, with its badge; forgotten when it ends."""
    badge = f"DRILL at {cloud.addresses.http}\n"
    discovery.tell(home, cloud.addresses, "good-hotfix")
    said = await run("status", "--method", "UpdateService", "--status", "aborted", "--times", "2")
    assert (said.exit_code, said.output) == (0, f"{badge}fault 1 holds: status, on UpdateService, 2 time(s), ABORTED\n")
    listed = await run("--list")
    assert listed.output == f"{badge}  1  status, on UpdateService, 2 time(s), ABORTED, hit 0 time(s)\n"
    assert (await run("--clear")).output == f"{badge}1 fault(s) cleared\n"
    assert (await run("--list")).output == f"{badge}no faults\n"
    assert "moved 10 %" in (await run("stranger-traffic", "--percent", "10")).output
    discovery.forget(home, cloud.addresses)
    assert "no drill is running" in (await run("--list")).output


async def test_what_is_wrong_is_one_sentence(cloud: Cloud, home: Path) -> None:
    """A bad value, an unknown kind, nothing asked for, and addresses that are none of a cloud on this machine."""
    discovery.keep_token(home, cloud.addresses)
    at = ("--at", cloud.addresses.http)
    for arguments, code, words in (
        (("delay", "--seconds", "-1", *at), 1, "refused: seconds: -1 is not within"),
        (("status", "--service", "nobody", *at), 1, "there is no 'nobody' here"),
        (("flood", *at), 2, "there is no fault 'flood'. Known: status, delay"),
        (at, 2, "give one KIND, or --list, or --clear"),
        (("hang", "--list", *at), 2, "give one KIND"),
        (("--list", "--at", "192.0.2.1:80"), 2, "on this machine"),
        (("--list", "--at", "127.0.0.1:1"), 1, "no drill answers at 127.0.0.1:1"),
        (("--list", "--at", cloud.addresses.run), 1, "no embedded cloud"),
    ):
        said = await run(*arguments)
        assert (said.exit_code, words in said.output) == (code, True), said.output
        assert said.output.count("\n") == 1


def test_a_newer_drill_s_address_stays(tmp_path: Path) -> None:
    """Whoever ends forgets only what was its own."""
    old, new = (Addresses("127.0.0.1:1", "127.0.0.1:2", f"127.0.0.1:{port}") for port in (3, 4))
    discovery.tell(tmp_path, old, "a")
    discovery.tell(tmp_path, new, "b")
    discovery.forget(tmp_path, old)
    assert discovery.known(tmp_path) == discovery.Current("127.0.0.1:4", "b")
    (tmp_path / "current.json").write_bytes(b"not json")
    assert discovery.known(tmp_path) is None


def test_a_scenario_s_faults_are_checked(tmp_path: Path) -> None:
    """A file may plan faults; what is wrong in one is told with its key."""
    path = tmp_path / "mine.toml"
    good = (SCENARIOS / "good-hotfix.toml").read_text(encoding="utf-8")
    path.write_text(good + '\n[[faults]]\nkind = "lost-answer"\nfrom_percent = 25\n', encoding="utf-8")
    assert read_scenario(path).faults[0].from_percent == 25
    for line, problem in (
        ("kind = 'flood'", "there is no fault"),
        ("kind = 'hang'\nshare = 2.0", r"faults\[0\]\.share"),
    ):
        path.write_text(f"{good}\n[[faults]]\n{line}\n", encoding="utf-8")
        with pytest.raises(ScenarioError, match=problem):
            read_scenario(path)
