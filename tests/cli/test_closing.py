"""What is opened is closed, on every way out: Python tells of what is not, of a journal from 3.13 on."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.conductor.fakes import FakeCloudRun, FakeMonitoring, FakeProber
from tests.conductor.rig import SHIPPED, declaration
from tests.e2e.home import Home
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server import child as process
from warroom.drill.wire.addresses import Addresses
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
from warroom.resources import config_directory
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.wiring import rooms
from warroom.workspace import Room


@pytest.mark.parametrize(
    "command",
    ["report INC-0001", "report INC-9", "journal verify", "status", "incidents", "note hello", "tick x", "abort"],
)
def test_commands_close_the_journal(home: Home, command: str) -> None:
    """Also where they refuse."""
    journal = home.path / "journal.db"
    with closing(SqliteStore(journal)) as made:
        made.begin(declaration(1e9), "@rm", 1e9)
    done = home.run(*command.split(), "--journal", str(journal), PYTHONWARNINGS="always::ResourceWarning")
    assert done.stdout or done.stderr
    assert "ResourceWarning" not in done.stderr


async def test_a_client_that_cannot_be_closed_keeps_nothing_open(tmp_path: Path) -> None:
    """The others are closed all the same, the drill's cloud is ended, and the journal is closed."""
    closed = []

    class Stuck(FakeCloudRun):
        async def close(self) -> None:
            raise OSError("the channel is gone")

    class Closing(FakeProber):
        async def close(self) -> None:
            closed.append("prober")

    async def stop() -> None:
        closed.append("cloud")

    clock = ManualClock()
    clients = Clients(Stuck(), FakeMonitoring(), Closing(clock), stop=stop)

    async def connect() -> Clients:
        return clients

    journal = SqliteStore(tmp_path / "journal.db")
    room = Room(SHIPPED, journal, clock, "@rm", connect, tmp_path, clients=clients)
    with pytest.raises(OSError, match="gone"):
        await room.close()
    assert closed == ["prober", "cloud"]
    with pytest.raises(JournalError):
        journal.incidents()


class Child:
    """An embedded cloud that says where it listens when it is asked to, and notes that it was stopped."""

    def __init__(self, says: Addresses | Exception | None) -> None:
        self.says, self.asked, self.stopped = says, asyncio.Event(), False

    async def addresses(self) -> Addresses:
        """Where; or an error; or nothing, ever."""
        self.asked.set()
        if self.says is None:
            await asyncio.Event().wait()
        if isinstance(self.says, Exception):
            raise self.says
        assert self.says is not None
        return self.says

    async def stop(self) -> None:
        """End."""
        self.stopped = True


@pytest.mark.parametrize("end", ["failed", "left", "no clients"])
async def test_a_drill_that_is_not_reached_leaves_no_cloud_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Whether it never answers, is left meanwhile, or its clients can't be built."""
    says: dict[str, Any] = {
        "failed": process.EmbeddedCloudFailed("It ended before it began", "Start it again."),
        "left": None,
        "no clients": Addresses(run="10.0.0.1:1", monitoring="127.0.0.1:1", http="127.0.0.1:1"),
    }
    child = Child(says[end])

    async def start_child(*_: object) -> Child:
        return child

    monkeypatch.setattr(process, "start_child", start_child)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    scenario = load_scenario("good-hotfix", config_directory() / "scenarios")
    room = rooms.drill(scenario, config_directory(), tmp_path / "journal.db", "@rm", 1.0)
    connecting = asyncio.ensure_future(room.connect())
    await child.asked.wait()
    if end == "left":
        connecting.cancel()
    with pytest.raises(asyncio.CancelledError if end == "left" else ServiceError):
        await connecting
    await room.close()
    assert child.stopped
