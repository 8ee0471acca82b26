"""A command without a board on the embedded cloud, whose reads fail when a test says so; its clock is the test's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, cast

from msgspec import Struct
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import FakeMonitoring, FakeProber
from tests.conductor.rig import CONFIG, SHIPPED, declaration
from warroom.actions.answer import Answer, Code, Partly, Planned, failure
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.headless import direct
from warroom.headless.order import Order
from warroom.headless.run import run
from warroom.incident.journal.sqlite import SqliteStore
from warroom.protocol.model import Config
from warroom.resources import config_directory
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.ports import Operation
from warroom.workspace import Room

GOOD = load_scenario("good-hotfix", config_directory() / "scenarios")
SERVICE = GOOD.services[0]
NAME, STABLE = SERVICE.name, SERVICE.stable.revision
READS = ("Get*", "List*")


class Ended(Struct, frozen=True):
    """How a command ended: its exit code, what it says last, what it said meanwhile, and how long it took."""

    code: int
    lines: tuple[str, ...]
    said: tuple[str, ...]
    seconds: float
    data: dict[str, Any] = {}

    @property
    def progress(self) -> list[str]:
        """What was said of the outage."""
        return [words for words in self.said if "reading on" in words]


class Client:
    """The client, which tells when a write went out."""

    def __init__(self, run: object, taken: Callable[[], None]) -> None:
        self._run = run
        self._taken = taken

    async def shift(self, *arguments: Any, **more: Any) -> Operation:
        """As the client."""
        return await self._write("shift", *arguments, **more)

    async def deploy(self, *arguments: Any, **more: Any) -> Operation:
        """As the client."""
        return await self._write("deploy", *arguments, **more)

    async def _write(self, name: str, *arguments: Any, **more: Any) -> Operation:
        try:
            operation: Operation = await getattr(self._run, name)(*arguments, **more)
        finally:
            self._taken()
        return operation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)


class Outage:
    """The cloud, and one command after the other on it."""

    def __init__(self, path: Path, emulator: Emulator, addresses: Any, clock: ManualClock) -> None:
        self._path, self._addresses = path, addresses
        self.emulator = emulator
        self.clock = clock
        self.said: list[str] = []
        self._when_taken: Callable[[], None] = lambda: None

    def fail(self, status: str, lasts: float, *, when: str) -> None:
        """Let every read fail with `status` for so long (0: for ever), at once, or once the next write went out.

        That is taken; where it is `lost` its answer never comes.
        """

        def begin() -> None:
            self._when_taken = lambda: None
            for method in READS:
                self.emulator.control.begin(Fault("status", method=method, status=status, times=0, lasts=lasts))

        if when == "before":
            begin()
        else:
            self._when_taken = begin
        if when == "lost":
            self.emulator.control.begin(Fault("lost-answer"))

    def mend(self) -> None:
        """Nothing fails any more."""
        self.emulator.state.faults.clear()

    async def run(self, action: str, wait: float = 60.0) -> Ended:
        """One command with --yes, and how it ended."""
        self.said.clear()
        began = self.clock.now()
        try:
            answer = await self._commands[action](self, wait)
        except Exception as error:
            found = failure(error)
            if found is None:
                raise
            said = tuple(self.said)
            lines, data = _told(error)
            return Ended(int(found[2]), (*lines, found[0], found[1]), said, self.clock.now() - began, data)
        return Ended(int(Code.DONE), answer.lines, tuple(self.said), self.clock.now() - began, answer.data)

    async def climbed(self) -> None:
        """An incident whose hotfix takes 10 %."""
        for action in ("deploy", "advance"):
            assert (await self.run(action)).code == Code.DONE

    async def declare(self) -> None:
        """An incident."""
        async with self._room(60.0).opened() as conductor:
            await conductor.declare(declaration(self.clock.now(), SERVICE.ref))

    def _room(self, wait: float, config: Config = CONFIG) -> Room:
        async def clients() -> Clients:
            google = await connect(
                Endpoint(self._addresses.run), Endpoint(self._addresses.monitoring), self.clock, wait
            )
            await google.monitoring.close()
            run = cast(Any, Client(google.run, lambda: self._when_taken()))
            return Clients(run, FakeMonitoring(), FakeProber(self.clock))

        return Room(config, SqliteStore(self._path), self.clock, "@rm", clients, self._path.parent)

    async def _act(self, action: str, wait: float, config: Config = CONFIG, incident: str = "", **more: str) -> Answer:
        order = Order({"reason": "it burns", **more}, incident, yes=True, wait=wait)
        return await run(self._room(wait, config), action, order, True, self.said.append)

    async def _direct(self, wait: float) -> Answer:
        google = await connect(Endpoint(self._addresses.run), Endpoint(self._addresses.monitoring), self.clock, wait)
        run = cast(Any, Client(google.run, lambda: self._when_taken()))
        try:
            return await direct.roll_back(
                run, SERVICE.ref, "", self.clock, self.said.append, wait, yes=True, dry_run=False
            )
        finally:
            await google.run.close()
            await google.monitoring.close()

    async def _all(self, wait: float) -> Answer:
        return await self._act("roll-back-all", wait, incident="INC-0001", second="@bo")

    async def _stage(self, wait: float) -> Answer:
        return await self._act("stage", wait, SHIPPED, image=SERVICE.hotfix_image)

    async def _smoke(self, wait: float) -> Answer:
        return await self._act("smoke", wait, SHIPPED)

    _commands: ClassVar[dict[str, Callable[["Outage", float], Awaitable[Answer]]]] = {
        "deploy": lambda self, wait: self._act("deploy", wait, image=SERVICE.hotfix_image),
        "advance": lambda self, wait: self._act("advance", wait),
        "abort": lambda self, wait: self._act("abort", wait),
        "rollback": lambda self, wait: self._act("roll-back", wait),
        "direct": _direct,
        "all": _all,
        "stage": _stage,
        "smoke": _smoke,
    }


def _told(error: Exception) -> tuple[tuple[str, ...], dict[str, Any]]:
    if isinstance(error, Planned | Partly):
        return error.plan.lines, error.plan.data
    return (error.lines, error.data) if isinstance(error, ServiceError) else ((), {})


@asynccontextmanager
async def outage(path: Path) -> AsyncIterator[Outage]:
    """The cloud for as long as the block lasts, with an incident declared."""
    clock = ManualClock()
    emulator = Emulator(replace(GOOD, faults=(), operation_seconds=4.0), clock)
    addresses = await emulator.start()
    try:
        place = Outage(path, emulator, addresses, clock)
        await place.declare()
        yield place
    finally:
        await emulator.stop()
