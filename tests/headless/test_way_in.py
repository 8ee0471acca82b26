"""The one way into an incident: what it folds, and what it closes behind whoever leaves."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from tests.clocks import START, ManualClock
from tests.conductor.rig import CONFIG
from tests.incident.journal.memory import MemoryStore, Shelf
from tests.incident.story import declared
from warroom.actions.answer import Misused
from warroom.headless.choose import incident_of
from warroom.incident.events import Event, Noted
from warroom.services.clients import Clients
from warroom.workspace import Room


class Watched(MemoryStore):
    """Tells what is done with it."""

    def __init__(self, did: list[str]) -> None:
        super().__init__(Shelf())
        self._did = did

    def read(self, incident_id: str, after: int = 0, most: int = -1) -> list[Event]:
        """As a Store, told."""
        self._did.append(f"read {incident_id}")
        return super().read(incident_id, after, most)

    def append(self, *arguments: Any, **more: Any) -> list[Event]:
        """As a Store, told when it is done."""
        try:
            return super().append(*arguments, **more)
        finally:
            self._did.append("written")

    def close(self) -> None:
        """As a Store, told."""
        self._did.append("journal closed")
        super().close()


class Outside:
    """Clients that can be closed, and fail at it."""

    run = None

    def __init__(self, did: list[str]) -> None:
        self._did = did

    async def close(self) -> None:
        """As clients."""
        self._did.append("clients closed")
        raise OSError("the line is dead")


def room(folder: Path, did: list[str]) -> Room:
    """A room with one incident in its journal."""

    async def connect() -> Clients:
        return cast(Clients, Outside(did))

    store = Watched(did)
    store.begin(declared(), "@rm", START)
    did.clear()
    thread = ThreadPoolExecutor(1)
    return Room(CONFIG, store, ManualClock(START), "@rm", connect, folder, thread=thread)


async def test_an_incident_is_read_once(tmp_path: Path) -> None:
    """Who opens it does not fold it again to choose it."""
    did: list[str] = []
    made = room(tmp_path, did)
    async with made.opened(partial(incident_of, wanted="")) as conductor:
        assert conductor.incident.id == "INC-0001"
        assert did == ["read INC-0001"]
    assert did[1:] == ["journal closed"]


async def test_what_is_begun_is_written_before_it_closes(tmp_path: Path) -> None:
    """A write that nobody waits for ends first, then the clients close, and the journal last, whatever those say."""
    did: list[str] = []
    made = room(tmp_path, did)
    with suppress(OSError):
        async with made.opened(partial(incident_of, wanted="INC-0001")) as conductor:
            await made.connected(conductor)
            did.clear()
            conductor.recorder.submit(Noted("on the way"))
    assert [one for one in did if not one.startswith("read")] == ["written", "clients closed", "journal closed"]


async def test_one_that_cannot_be_found_leaves_nothing_open(tmp_path: Path) -> None:
    """The refusal is what `find` raised, and the journal is closed."""
    did: list[str] = []
    with pytest.raises(Misused):
        async with room(tmp_path, did).opened(partial(incident_of, wanted="INC-0404")):
            raise AssertionError
    assert did == ["journal closed"]
