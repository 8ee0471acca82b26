"""`warroom sent`, and what `warroom inject` does to other systems and to people, against a running cloud."""

import asyncio
import json
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from tests.patience import PATIENCE_SECONDS
from tests.services.outsides import Outside, outside
from warroom.cli.drill.inject import inject
from warroom.cli.drill.sent import sent
from warroom.drill.scenario.load import ScenarioError, read_scenario
from warroom.drill.systems.ledger import MOST
from warroom.drill.wire import discovery
from warroom.drill.wire.addresses import Addresses
from warroom.resources import config_directory, state_path
from warroom.services.errors import ServiceError, Unreachable


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No drill of somebody else's is found."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(discovery.VARIABLE, raising=False)


async def run(out: Outside, command: click.Command, *arguments: str) -> Result:
    """The command, while this loop serves it, by who has the cloud's token."""
    http = out.emulator.stage.http
    discovery.keep_token(state_path() / "drills", Addresses("", "", http, out.emulator.token))
    at = ("--at", http)
    return await asyncio.to_thread(CliRunner().invoke, command, [*arguments, *at])


async def test_what_was_sent_is_listed() -> None:
    """With time, system and summary in a line each, what was refused too; all of it as JSON."""
    async with outside() as out:
        assert out.others.chat and out.others.pager
        badge = f"EMULATOR at {out.emulator.stage.http}\n"
        assert (await run(out, sent)).output == f"{badge}nothing was sent\n"
        await out.others.chat.post("releases", "DRILL <b>\x1b[2J[/red]")
        out.befall("pagerduty", 403, "v2/enqueue")
        with pytest.raises(ServiceError, match="does not let the token"):
            await out.others.pager.trigger("k", "DRILL", severity="critical", source="warroom")
        lines = (await run(out, sent)).output.splitlines()
        assert lines[1].partition("Z  ")[2] == "slack         #releases: DRILL <b>[/red]"
        assert lines[-1].endswith("POST v2/enqueue  (refused: internal error)")
        data = json.loads((await run(out, sent, "--json", "--system", "slack")).output)
        assert (data["place"], data["address"]) == ("emulator", out.emulator.stage.http)
        told = data["sent"]
        assert [(one["system"], one["status"], one["at"]) for one in told] == [("slack", 200, out.clock.now())]
        assert json.loads(told[0]["body"])["channel"] == "#releases"


async def test_the_ledger_has_an_end() -> None:
    """The oldest go; the numbers count on."""
    async with outside() as out:
        ledger = out.emulator.stage.ledger
        for number in range(MOST + 5):
            ledger.add(0.0, "slack", "POST", "x", str(number), "y" * 10_000, 200, "")
        kept = ledger.all()
        assert (len(kept), kept[0].number, kept[-1].summary, len(kept[0].body)) == (MOST, 6, str(MOST + 4), 4000)


async def test_a_system_is_made_to_fail_and_people_to_answer() -> None:
    """From the command line, in words; what cannot be is one sentence."""
    async with outside() as out:
        assert out.others.chat
        said = await run(out, inject, "http", "--system", "slack", "--code", "500", "--method", "chat.postMessage")
        badge = f"EMULATOR at {out.emulator.stage.http}\n"
        assert said.output == f"{badge}fault 1 holds: http, on chat.postMessage of slack, 1 time(s), HTTP 500, 1 s\n"
        with pytest.raises(Unreachable):
            await out.others.chat.post("releases", "DRILL")
        said = await run(out, inject, "responder-declines", "--who", "incident-commander/backup")
        assert said.output == f"{badge}@backup-ic declines as soon as they are asked\n"
        for arguments, words in (
            (("http",), "say which one fails"),
            (("responder-joins",), "say who answers"),
            (("responder-joins", "--who", "cook"), "nobody here is called 'cook'"),
            (("etag-race", "--system", "slack"), "of Google's"),
            (("http", "--system", "slack", "--code", "42"), "no HTTP status"),
        ):
            refused = await run(out, inject, *arguments)
            assert (refused.exit_code, words in refused.output) == (1, True), refused.output


async def test_a_google_fault_does_not_touch_the_others() -> None:
    """A glob of all methods means Google's; another system fails only by its name."""
    async with outside() as out:
        assert out.others.chat
        assert (await run(out, inject, "status", "--times", "0")).exit_code == 0
        assert (await run(out, inject, "http", "--system", "github", "--times", "0")).exit_code == 0
        await out.others.chat.post("releases", "DRILL")
        assert [one.refused for one in out.sent("slack")] == [""]


async def test_a_hanging_call_ends_with_its_caller() -> None:
    """Never answered; the cloud stops at once all the same."""
    async with outside() as out, httpx.AsyncClient() as client:
        await run(out, inject, "hang", "--system", "slack", "--times", "0")
        late = httpx.Timeout(PATIENCE_SECONDS, read=0.2)
        with pytest.raises(httpx.ReadTimeout):
            await client.post(f"http://{out.emulator.stage.http}/slack/api/auth.test", timeout=late)


async def test_only_this_machine_s_programs_are_answered() -> None:
    """Neither another host's name nor a web page reaches a system or the ledger."""
    async with outside() as out, httpx.AsyncClient() as client:
        base = f"http://{out.emulator.stage.http}"
        for path in (discovery.SENT_PATH, "/slack/api/auth.test", "/pagerduty/oncalls", "/github/anything"):
            for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
                assert (await client.get(base + path, headers=headers)).status_code == 403


def test_responders_of_a_scenario_are_checked(tmp_path: Path) -> None:
    """A wrong word and a time that never comes are told with their keys."""
    text = (config_directory() / "scenarios" / "bad-hotfix.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('how = "never"', 'how = "never"\nafter_seconds = -1'), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"responders\.people\[0\]\.after_seconds: -1"):
        read_scenario(path)
    path.write_text(text.replace('how = "never"', 'how = "maybe"'), encoding="utf-8")
    with pytest.raises(ScenarioError, match="maybe"):
        read_scenario(path)
