"""Memory and journal hold the same, whatever the disk, other writers and cancellations do."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conductor.rig import Rig, rigged
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.journal.errors import JournalError


def texts(log: list[Event]) -> list[str]:
    """The notes, in the journal's order."""
    return [event.fact.text for event in log if isinstance(event.fact, events.Noted)]


def notes(*numbers: int) -> list[events.AnyFact]:
    """Notes that can be told apart."""
    return [events.Noted(f"n{number}") for number in numbers]


async def test_facts_come_back_as_the_folded_incident(rig: Rig) -> None:
    """They are written in order, by whom it was said, and listeners hear of the new events only."""
    await rig.declared()
    heard: list[Event] = []
    rig.recorder.listeners.append(heard.extend)
    assert await rig.recorder.record(*notes(1, 2), actor="probe")
    assert texts(heard) == texts(rig.log()) == ["n1", "n2"]
    assert {event.actor for event in heard} == {"probe"}
    assert rig.agrees()


async def test_a_failing_disk_folds_owes_and_catches_up(rig: Rig) -> None:
    """Facts count at once, `trouble` says why they are not on disk, and later all are written, in order, once."""
    await rig.declared()
    rig.journal.broken = True
    assert not await rig.recorder.record(*notes(1, 2))
    rig.clock.advance(5)
    assert not await rig.recorder.record(events.Ticked("backup"), actor="warroom")
    assert rig.recorder.trouble == "The journal's disk is full"
    assert len(rig.recorder.unwritten) == 3
    assert "backup" in rig.incident.ticks
    assert texts(list(rig.incident.tail)) == ["n1", "n2"]
    rig.journal.broken = False
    rig.clock.advance(60)
    assert await rig.recorder.record(*notes(3))
    assert (rig.recorder.trouble, rig.recorder.unwritten) == ("", [])
    assert texts(rig.log()) == ["n1", "n2", "n3"]
    tick = rig.incident.ticks["backup"]
    assert (tick.at, tick.actor) == (rig.clock.now() - 60, "warroom")
    assert rig.agrees()


async def test_following_writes_what_is_owed(rig: Rig) -> None:
    """Nobody needs to say anything new for the disk to catch up."""
    await rig.declared()
    rig.journal.broken = True
    await rig.recorder.record(*notes(1))
    await rig.recorder.follow()
    assert rig.recorder.unwritten
    rig.journal.broken = False
    await rig.recorder.follow()
    assert texts(rig.log()) == ["n1"]
    assert rig.agrees()


async def test_the_alarm_ends_when_reading_works_again(rig: Rig) -> None:
    """A read that failed once is no trouble for ever, though nothing is written since; an empty record is no cure."""
    await rig.declared()
    rig.journal.broken = True
    await rig.recorder.follow()
    assert rig.recorder.trouble
    assert await rig.recorder.record()
    assert rig.recorder.trouble
    rig.journal.broken = False
    await rig.recorder.follow()
    assert rig.recorder.trouble == ""


async def test_reading_beside_a_failing_write_does_not_end_the_alarm(rig: Rig) -> None:
    """A locked journal can be read: what waited for its turn behind the write that failed must not say all is well."""
    await rig.declared()
    with closing(sqlite3.connect(rig.journal.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = rig.recorder.submit(*notes(1))
        written, _ = await asyncio.gather(writing, rig.recorder.follow())
        assert not written
        assert rig.recorder.trouble == "The journal is locked by another program"
    await rig.recorder.follow()
    assert (rig.recorder.trouble, texts(rig.log())) == ("", ["n1"])
    assert rig.agrees()


async def test_written_but_not_read_back_is_not_owed(rig: Rig) -> None:
    """When the disk takes all that is owed and then can't be read, nothing is written a second time."""
    await rig.declared()
    rig.journal.fails = lambda: True
    await rig.recorder.record(*notes(1))
    other = rig.other()
    await other.open(rig.incident.id)
    await other.record(*notes(7))
    rig.journal.fails = lambda: False
    rig.journal.unreadable = True
    assert await rig.recorder.record(*notes(2))
    assert (rig.recorder.unwritten, bool(rig.recorder.trouble)) == ([], True)
    rig.journal.unreadable = False
    await rig.recorder.record(*notes(3))
    assert texts(rig.log()) == ["n7", "n1", "n2", "n3"]
    assert rig.recorder.trouble == ""
    assert rig.agrees()


async def test_two_writers_on_one_file_converge(rig: Rig) -> None:
    """Each takes in what the other wrote, with its own next fact or by following."""
    await rig.declared()
    other = rig.other()
    await other.open(rig.incident.id)
    await other.record(*notes(1))
    await rig.recorder.record(*notes(2))
    await other.record(*notes(3))
    await rig.recorder.follow()
    assert texts(rig.log()) == ["n1", "n2", "n3"]
    assert other.now == rig.incident
    assert rig.agrees()


async def test_another_writer_during_an_outage(rig: Rig) -> None:
    """What they wrote while this one's disk refused comes before what was owed, on both sides."""
    await rig.declared()
    other = rig.other()
    await other.open(rig.incident.id)
    rig.journal.broken = True
    await rig.recorder.record(*notes(1))
    await other.record(*notes(2))
    rig.journal.broken = False
    await rig.recorder.follow()
    await other.follow()
    assert texts(rig.log()) == ["n2", "n1"]
    assert other.now == rig.incident
    assert rig.agrees()


async def test_many_at_once_keep_their_order(rig: Rig) -> None:
    """Records that wait for one another are written in the order in which they were asked for."""
    await rig.declared()
    await asyncio.gather(*(rig.recorder.record(*notes(number)) for number in range(20)))
    assert texts(rig.log()) == [f"n{number}" for number in range(20)]
    assert rig.agrees()


async def test_who_is_cancelled_while_writing_loses_and_doubles_nothing(rig: Rig) -> None:
    """What was begun is finished behind the back of whoever was cancelled, also what was owed before."""
    await rig.declared()
    rig.journal.broken = True
    await rig.recorder.record(*notes(1, 2))
    rig.journal.broken = False
    rig.journal.gate = threading.Event()
    writing = asyncio.ensure_future(rig.recorder.record(*notes(3, 4)))
    await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    rig.journal.gate.set()
    await rig.recorder.record(*notes(5))
    assert texts(rig.log()) == ["n1", "n2", "n3", "n4", "n5"]
    assert rig.agrees()


async def test_a_hanging_disk_does_not_stop_the_loop(rig: Rig) -> None:
    """The journal waits in its own thread; submitted is handed over, and the loop turns meanwhile."""
    await rig.declared()
    rig.journal.gate = threading.Event()
    writing = rig.recorder.submit(*notes(1))
    turns = 0
    while turns < 50:
        await asyncio.sleep(0)
        turns += 1
    assert not writing.done()
    rig.journal.gate.set()
    assert await writing
    assert texts(rig.log()) == ["n1"]


async def test_without_a_journal_there_is_no_incident(rig: Rig) -> None:
    """Before anything is declared or opened there is nothing to record to; an unknown number opens nothing."""
    with pytest.raises(LookupError):
        _ = rig.recorder.now
    with pytest.raises(LookupError):
        await rig.recorder.open("INC-0077")
    rig.journal.close()
    with pytest.raises(JournalError):
        await rig.declared()


async def test_an_opened_incident_is_the_one_that_was_written(rig: Rig) -> None:
    """Another process that opens it holds the equal incident and goes on behind its last number."""
    await rig.at(25)
    other = rig.other()
    assert await other.open(rig.incident.id) == rig.incident
    await other.record(*notes(1))
    await rig.recorder.follow()
    assert other.now == rig.incident
    assert rig.agrees()


def failing(pattern: list[bool]) -> Callable[[], bool]:
    """Fails as the pattern says, then works."""
    left: Iterator[bool] = iter(pattern)
    return lambda: next(left, False)


@settings(max_examples=40, deadline=None)
@given(
    fails=st.lists(st.booleans(), max_size=12),
    groups=st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), min_size=1, max_size=6),
)
def test_random_failures_lose_and_double_nothing(fails: list[bool], groups: list[tuple[int, bool, bool]]) -> None:
    """Whichever append fails, also in the middle of several facts, and whoever else writes or is cancelled meanwhile.

    Every fact is in the journal once, each writer's in its order, the chain holds, and memory equals the journal.
    """

    async def play(path: Path) -> None:
        async with rigged(path) as rig:
            await rig.declared()
            other = rig.other()
            await other.open(rig.incident.id)
            rig.journal.fails = failing(fails)
            number, theirs = 0, 0
            for many, somebody_else, cancelled in groups:
                mine = notes(*range(number, number + many))
                number += many
                if somebody_else:
                    await other.record(events.Noted(f"o{theirs}"))
                    theirs += 1
                writing = asyncio.ensure_future(rig.recorder.record(*mine))
                await asyncio.sleep(0)
                if cancelled:
                    writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
            await rig.recorder.record()  # behind all that is still being written
            while rig.recorder.unwritten or not rig.agrees():
                await rig.recorder.follow()
            await other.follow()
            written = texts(rig.log())
            assert [text for text in written if text[0] == "n"] == [f"n{one}" for one in range(number)]
            assert [text for text in written if text[0] == "o"] == [f"o{one}" for one in range(theirs)]
            assert rig.journal.verify() == []
            assert other.now == rig.incident == fold(rig.log())

    with TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "journal.db"))


async def test_nothing_is_written_while_it_is_to_be_still(rig: Rig) -> None:
    """A write under way is waited for, and what is recorded meanwhile comes afterwards: so is a board suspended."""
    await rig.declared()
    under_way = rig.recorder.submit(*notes(1))
    await asyncio.sleep(0)
    async with rig.recorder.still():
        assert under_way.done()
        later = rig.recorder.submit(*notes(2))
        await asyncio.sleep(0)
        assert texts(rig.log()) == ["n1"]
        assert not later.done()
    assert await later
    assert texts(rig.log()) == ["n1", "n2"]
