"""Everything that one running warroom shares between its incidents: config, journal, clock, the clients. No Textual."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from warroom.clock import Clock
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder, named
from warroom.incident.events import Declared
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.store import Store
from warroom.incident.place import Place
from warroom.incident.state import Incident
from warroom.protocol.model import Config
from warroom.services.clients import Clients
from warroom.steps.runner import Runner


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a drill lays ready: the declaration as a form to confirm, and each service's hotfix, by its name."""

    title: str
    declared: Declared
    images: dict[str, str]


@dataclass(slots=True)
class Room:
    """One process's war room. `connect` builds the clients when everything heavy is loaded; it raises ServiceError.

    `runner` builds what runs the programs of steps; without it they are run by hand.
    `incident` is the number to open at once, "" for the home screen. `monotonic` (seconds) times fingers, and
    `pause` (seconds) waits for whether they go on.
    `definitions` is the folder in which services' definitions are saved before their first change, None for nowhere.
    `drills` says when each kind of exercise was last held, None where that does not matter. `unread` has the
    incidents that could not be read when they were last listed, and why. `place` is where `connect` leads, None where
    whoever built the room answers for that. `latest` is the newest conductor.
    """

    config: Config
    journal: Store
    clock: Clock
    actor: str
    connect: Callable[[], Awaitable[Clients]]
    reports: Path
    runner: Callable[[], Runner] | None = None
    exercise: Exercise | None = None
    incident: str = ""
    ascii: bool = False
    light: bool = False
    monotonic: Callable[[], float] = monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    definitions: Path | None = None
    drills: Callable[[], dict[str, float]] | None = None
    place: Place | None = None
    latest: Conductor | None = None
    clients: Clients | None = None
    began: float = 0.0
    unread: dict[str, JournalError] = field(default_factory=dict)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="journal"))

    def __post_init__(self) -> None:
        self.began = self.clock.now()

    def conductor(self) -> Conductor:
        """A conductor for one incident, connected as far as the room is."""
        recorder = Recorder(self.journal, self.thread, self.clock, self.actor)
        conductor = self.latest = Conductor(self.config, recorder, self.place)
        conductor.runs.make = self.runner
        conductor.definitions = self.definitions
        if self.clients is not None:
            conductor.attach(self.clients)
        return conductor

    def incidents(self) -> list[Incident]:
        """All incidents of the journal, newest first; in a drill only its own. Blocks: call it in `thread`.

        One that can't be read hides no other: `unread` then says why. Raises JournalError where none can be read.
        """
        found = []
        self.unread = {}
        for name in self.journal.incidents():
            try:
                found.append(named(name, self.journal))
            except JournalError as error:
                self.unread[name] = error
        if self.exercise is not None:
            found = [incident for incident in found if incident.declared_at >= self.began]
        return sorted(found, key=lambda incident: incident.declared_at, reverse=True)

    def exercises(self) -> dict[str, float]:
        """When each kind of exercise was last held, here (Unix seconds, by its id). Blocks. Raises JournalError."""
        return self.drills() if self.drills is not None else {}

    async def __aenter__(self) -> "Room":
        return self

    async def __aexit__(self, *_: object) -> None:
        """However it ends, what is open is closed, the journal last."""
        await self.close()

    @asynccontextmanager
    async def opened(self, find: Callable[[Store], Incident] | None = None) -> AsyncIterator[Conductor]:
        """The room with the incident that `find` folds from the journal, or, without it, that is yet to be declared.

        `find` is called in `thread`. The end of it closes the room, and whatever goes wrong does too.
        """
        async with self:
            conductor = self.conductor()
            if find is not None:
                await conductor.take_up(find)
            yield conductor

    async def connected(self, conductor: Conductor) -> Clients:
        """The clients, made once and attached. Raises ServiceError."""
        if self.clients is None:
            self.clients = await self.connect()
        conductor.attach(self.clients)
        return self.clients

    async def close(self) -> None:
        """End what is being written, close the clients, then the journal, whatever closing those before comes to."""
        async with AsyncExitStack() as closing:  # the last that is put on it is the first that is closed
            closing.callback(self.thread.shutdown, wait=True)
            closing.callback(self.thread.submit, self.journal.close)
            if self.clients is not None:
                closing.push_async_callback(self.clients.close)
            if self.latest is not None:
                closing.push_async_callback(self.latest.recorder.settled)
