"""In a drill nothing leaves the machine, whatever environment and settings hold: a trap waits and stays empty."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from warroom.clock import ScaledClock
from warroom.drill.scenario.load import load_scenario
from warroom.drill.wire.addresses import OTHERS_VARIABLE
from warroom.protocol.integrations import Integrations
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Others
from warroom.wiring import rooms, systems
from warroom.workspace import Room

TOKENS = (
    "SLACK_BOT_TOKEN", "PAGERDUTY_ROUTING_KEY", "PAGERDUTY_TOKEN", "STATUSPAGE_TOKEN", "GITHUB_TOKEN",
    "LAUNCHDARKLY_TOKEN",
)  # fmt: skip
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
KEY = "warroom/INC-0001"


class Connections:
    """Where this process connects to while it listens, as host and port: Python's own audit events tell."""

    def __init__(self) -> None:
        self.listening = False
        self.to: set[tuple[str, int]] = set()
        self.looked_up: set[str] = set()
        sys.addaudithook(self._heard)  # it stays for the process's life, and is deaf outside of the test

    def _heard(self, event: str, told: tuple[object, ...]) -> None:
        if not self.listening:
            return
        if event == "socket.connect" and isinstance(told[1], tuple):
            self.to.add((str(told[1][0]), int(told[1][1])))
        if event == "socket.getaddrinfo":
            self.looked_up.add(str(told[0]))


CONNECTIONS = Connections()


@pytest.fixture
def connections() -> Iterator[Connections]:
    """What is heard during one test."""
    CONNECTIONS.to.clear()
    CONNECTIONS.looked_up.clear()
    CONNECTIONS.listening = True
    yield CONNECTIONS
    CONNECTIONS.listening = False


class Trap:
    """A server on loopback that nobody should speak to."""

    def __init__(self) -> None:
        self.caught = 0
        self.url = ""

    def take(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody did."""
        self.caught += 1
        writer.close()


@pytest.fixture
async def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trap]:
    """Every token, every proxy, and every url in integrations.toml lead into it."""
    trap = Trap()
    server = await asyncio.start_server(trap.take, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    trap.url = f"http://{host}:{port}"
    for name in PROXIES:
        monkeypatch.setenv(name, trap.url)
    for name in ("NO_PROXY", "no_proxy", OTHERS_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name in TOKENS:
        monkeypatch.setenv(name, "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield trap
    server.close()
    await server.wait_closed()


def config(tmp_path: Path, trap: Trap) -> Path:
    """The shipped configuration, with urls that lead into the trap."""
    folder = tmp_path / "config"
    shutil.copytree(config_directory(), folder)
    path = folder / "integrations.toml"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        lines.append(line)
        if line.startswith("[") and "." not in line:
            lines.append(f'url = "{trap.url}"')
        if line == "[pagerduty]":
            lines.append(f'events_url = "{trap.url}"')
    path.write_text("\n".join(lines), encoding="utf-8")
    return folder


@asynccontextmanager
async def drilling(tmp_path: Path, trap: Trap) -> AsyncIterator[Clients]:
    """A drill's clients, as the board gets them."""
    scenario = load_scenario("good-hotfix", config_directory() / "scenarios")
    room = rooms.drill(scenario, config(tmp_path, trap), tmp_path / "journal.db", "@me", 60.0)
    async with connected(room) as clients:
        yield clients


@asynccontextmanager
async def connected(room: Room) -> AsyncIterator[Clients]:
    """A room's clients; the room is closed at the end."""
    try:
        room.clients = await room.connect()
        yield room.clients
    finally:
        await room.close()


async def test_a_drill_s_clients_reach_the_drill_s_cloud_alone(
    tmp_path: Path, trap: Trap, connections: Connections
) -> None:
    """All that can be sent goes to the cloud that the drill started; not a name is looked up elsewhere."""
    async with drilling(tmp_path, trap) as clients:
        assert clients.others.missing == {}
        await everything(clients.others)
        service = load_scenario("good-hotfix", config_directory() / "scenarios").services[0].ref
        look = await clients.run.service(service)
        await clients.monitoring.freshness(service.project)
        assert (await clients.prober.probe(f"{look.url}/health")).reached
        own = {address.rpartition(":")[2] for address in clients.environment.values() if ":" in address}
        assert {(host, str(port)) for host, port in connections.to} <= {("127.0.0.1", port) for port in own}
        assert connections.looked_up <= {"127.0.0.1", "localhost"}
    assert trap.caught == 0


async def test_another_terminal_of_the_drill_stays_there_too(
    tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what the drill says to export, production mode speaks to the drill's cloud, tokens and urls or not."""
    async with drilling(tmp_path, trap) as clients:
        for name, value in clients.environment.items():
            monkeypatch.setenv(name, value)
        other = (tmp_path / "config", tmp_path / "journal.db", "@other")
        async with connected(rooms.production(*other)) as beside:
            assert beside.others.missing == {}
            await everything(beside.others)
        monkeypatch.delenv(OTHERS_VARIABLE)
        async with connected(rooms.production(*other)) as untold:
            assert untold.others == Others(missing=untold.others.missing)
            assert all(OTHERS_VARIABLE in why for why in untold.others.missing.values())
    assert trap.caught == 0


async def test_the_trap_catches(tmp_path: Path, trap: Trap) -> None:
    """Production's clients do fall into it, by the url and by the proxy alike: an empty trap means something."""
    tables = load(config(tmp_path, trap)).integrations
    assert tables.pagerduty is not None
    elsewhere = replace(tables, pagerduty=replace(tables.pagerduty, events_url="https://elsewhere.invalid"))
    for number, one in enumerate((tables, elsewhere), 1):
        others = systems.production(one, os.environ, ScaledClock())
        assert others.pager is not None
        with pytest.raises(ServiceError):
            await others.pager.change("DRILL", source="warroom")
        await others.close()
        assert trap.caught == number


def test_an_address_that_is_elsewhere_is_refused() -> None:
    """A drill's systems are on this machine, or they are nowhere."""
    tables = load(config_directory()).integrations
    with pytest.raises(ServiceError, match="may not leave this machine"):
        systems.drill(tables, "192.0.2.1:80", "token", ScaledClock())
    beside = systems.beside_emulator(tables, {OTHERS_VARIABLE: "example.com:80"}, ScaledClock())
    assert beside.chat is None and "refused" in beside.missing["slack"]


def test_in_production_what_has_no_secret_is_missing() -> None:
    """Each with the variable's name; what has no table says so; what has both is there, at the url that is given."""
    tables = load(config_directory()).integrations
    bare = systems.production(tables, {}, ScaledClock())
    assert set(bare.missing) >= {"slack", "pagerduty", "statuspage", "github", "launchdarkly"}
    assert bare.chat is None and bare.missing["slack"].startswith("SLACK_BOT_TOKEN is not set")
    assert bare.pager is None and bare.missing["pagerduty"].startswith("PAGERDUTY_ROUTING_KEY is not set")
    full = systems.production(tables, dict.fromkeys(TOKENS, "x" * 8), ScaledClock())
    assert full.chat is not None and full.pager is not None and "slack" not in full.missing
    none = systems.production(Integrations(), dict.fromkeys(TOKENS, "x" * 8), ScaledClock())
    assert set(none.missing) == set(systems.SYSTEMS)
    assert "no table for slack" in none.missing["slack"]
    assert tables.slack is not None
    for url in ("http://slack.example.com/api", "slack.example.com", "https://", "https://[", "http://127.0.0.1.test"):
        clear = replace(tables, slack=replace(tables.slack, url=url))
        found = systems.production(clear, dict.fromkeys(TOKENS, "x" * 8), ScaledClock())
        assert "no https" in found.missing["slack"]


async def everything(others: Others) -> None:
    """Each method of each client once, and all the links that it gives are on this machine."""
    assert others.chat and others.pager and others.status_page and others.code and others.databases and others.flags
    made = await others.chat.open_channel("incident-1", private=False)
    await others.chat.set_topic(made.ref, "DRILL")
    await others.chat.invite(made.ref, ["primary-ic@example.com", "nobody@elsewhere.test"])
    message = await others.chat.post(made.ref, "DRILL")
    await others.chat.edit(made.ref, message.ref, "DRILL again")
    await others.chat.pin(made.ref, message.ref)
    await others.pager.trigger(KEY, "DRILL", severity="critical", source="warroom")
    await others.pager.change("DRILL 10 %", source="warroom")
    await others.pager.on_calls()
    paged = await others.pager.incident(KEY)
    assert paged is not None
    await others.pager.ask(paged.id, "primary-ic@example.com", "DRILL")
    await others.pager.note(paged.id, "DRILL")
    await others.pager.acknowledge(KEY)
    await others.pager.set_status(paged.id, "resolved", "DRILL")
    await others.pager.resolve(KEY)
    published = await others.status_page.create("DRILL", "investigating", "DRILL")
    await others.status_page.update(published.ref, "resolved", "DRILL")
    _, sha = await others.code.production_tag()
    branch = await others.code.create_branch("hotfix/drill", sha)
    pull = await others.code.open_pull("HOTFIX: DRILL", "hotfix/drill", "DRILL")
    await others.code.pull(int(pull.ref))
    comment = await others.code.comment(int(pull.ref), "DRILL")
    backup = await others.databases.back_up("DRILL")
    await others.databases.backup_status(backup.ref)
    with suppress(ServiceError):  # no backup is complete that early
        await others.databases.restore_status((await others.databases.restore(backup.ref)).ref)
    with suppress(ServiceError):  # whether there is such a flag is the scenario's business
        await others.flags.turn_off("new-checkout", "DRILL")
    for link in (made, message, published, branch, pull, comment, backup):
        assert not link.link or urlsplit(link.link).hostname == "127.0.0.1", link
