"""Saving what is whole of a damaged journal: every event before the damage, proved, and nothing else."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.conftest import OpenJournal
from tests.incident.story import declared, protocol
from warroom.board import View, board
from warroom.incident import events
from warroom.incident.fold import fold
from warroom.incident.journal import hash_chain
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.hash_chain import Row
from warroom.incident.journal.pages import scan
from warroom.incident.journal.salvage import Salvage, salvage, save
from warroom.incident.journal.sqlite import SqliteStore
from warroom.report.markdown import markdown

NOTES = [0, 40, 900, 1100, 2500, 9000, 60, 300]
"""Characters of the notes: some fit a page, some flow over one, two or three others."""


def written(path: Path, incidents: int = 3, rounds: int = 3, *, close: bool = True) -> SqliteStore:
    """A journal of some incidents, each of 1 + 8 × `rounds` events."""
    journal = SqliteStore(path)
    for _ in range(incidents):
        name = journal.begin(declared(), "@rm", START).incident
        for number in range(rounds):
            notes = [events.Noted(chr(97 + number) * size) for size in NOTES]
            journal.append(name, notes, "@rm", START + 0.5 * number, 1 + number * len(NOTES))
    if close:
        journal.close()
    return journal


def stored(path: Path) -> list[Row]:
    """All rows, as SQLite has them."""
    with closing(sqlite3.connect(path)) as other:
        return [Row(*row) for row in other.execute("SELECT incident, seq, at, actor, fact, hash FROM event")]


def fates(found: Salvage) -> dict[str, tuple[int, int, int]]:
    """Saved, left and since when, by incident."""
    return {one.incident: (one.events, one.left, one.since) for one in found.incidents}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(0, 6), st.booleans())
def test_a_whole_journal_is_saved_whole(incidents: int, rounds: int, close: bool) -> None:
    """The pages hold the rows that SQLite reads, also those that are only in the log beside the file; none is lost."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = written(path, incidents, rounds, close=close)
        found = salvage(path)
        assert sorted(found.rows) == sorted(stored(path))
        assert found.whole
        save(found, Path(folder) / "new.db")
        assert stored(Path(folder) / "new.db") == stored(path)
        journal.close()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 40), st.integers(1, 20_000), st.booleans(), st.integers())
@example(85902206, 347, False, 3999801)  # an incident's name is damaged too
def test_whatever_is_damaged_only_true_events_are_saved(place: int, length: int, cut: bool, seed: int) -> None:
    """Cut or written over anywhere: of each incident a beginning is saved that was really written, and it verifies.

    Reading the damaged file gives true events or a JournalError with a remedy, and nothing else.
    """
    whole, before = sample()
    raw = bytearray(whole)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        place %= len(raw)
        if cut:
            del raw[place:]
        else:
            raw[place : place + length] = random.Random(seed).randbytes(min(length, len(raw) - place))
        path.write_bytes(raw)

        found = salvage(path)
        for fate in found.incidents:
            saved = [row for row in found.rows if row.incident == fate.incident]
            assert saved == before.get(fate.incident, [])[: fate.events]
        if found.rows:
            save(found, Path(folder) / "new.db")
        if sum(map(len, before.values())) > len(found.rows):
            assert not found.whole
        assert path.read_bytes() == raw
        everything_is_read_or_told(path, before)
        assert path.read_bytes() == raw


@cache
def sample() -> tuple[bytes, dict[str, list[Row]]]:
    """A journal's file, and its rows by incident."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        written(path)
        before: dict[str, list[Row]] = {}
        for row in stored(path):
            before.setdefault(row.incident, []).append(row)
        return path.read_bytes(), before


def everything_is_read_or_told(path: Path, before: dict[str, list[Row]]) -> None:
    """Each way to read a journal answers truly, or says why not."""
    told = []
    journal = None
    try:
        journal = SqliteStore(path, only_read=True)
        for name in journal.incidents():
            try:
                read = journal.read(name)
                assert [event.hash for event in read] == [row.hash for row in before.get(name, [])][: len(read)]
            except JournalError as error:
                told.append(error)
        assert all(damage.sentence.endswith(".") for damage in journal.verify())
        journal.next_id()
    except JournalError as error:
        told.append(error)
    finally:
        if journal is not None:
            journal.close()
    assert all(error.remedy for error in told)


def test_damage_of_one_incident_takes_no_other_down(tmp_path: Path) -> None:
    """A changed event ends its own incident; it says how many are left behind, from where and why."""
    path = tmp_path / "journal.db"
    written(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE event SET actor = '@eve' WHERE incident = 'INC-0002' AND seq = 7")
    found = salvage(path)
    assert fates(found) == {"INC-0001": (25, 0, 0), "INC-0002": (6, 19, 7), "INC-0003": (25, 0, 0)}
    assert found.incidents[1].why == "event 7 does not fit its hash: it, or the hash, was changed"
    assert not found.whole and not found.lost


def test_what_is_missing_or_of_a_newer_warroom_is_told(tmp_path: Path) -> None:
    """A deleted event, a deleted beginning, and a true event of a kind that this version does not know."""
    path = tmp_path / "journal.db"
    written(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DELETE FROM event WHERE incident = 'INC-0001' AND seq = 4")
        other.execute("DELETE FROM event WHERE incident = 'INC-0002' AND seq = 1")
        (last,) = other.execute("SELECT hash FROM event WHERE incident = 'INC-0003' AND seq = 25").fetchone()
        fact = b'{"kind":"from-the-future"}'
        row = ("INC-0003", 26, 1.5, "@rm", fact, hash_chain.link(last, "INC-0003", 26, 1.5, "@rm", fact))
        other.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", row)
    found = salvage(path)
    assert fates(found) == {"INC-0001": (3, 21, 5), "INC-0002": (0, 24, 2), "INC-0003": (25, 1, 26)}
    assert "event 4 is missing" in found.incidents[0].why
    assert "newer warroom" in found.incidents[2].why


@pytest.mark.parametrize(("page", "least"), [(0, 75), (1, 20)])
def test_the_first_pages_may_be_gone(tmp_path: Path, page: int, least: int) -> None:
    """Without header, or without the table's root, SQLite reads nothing.

    The header holds no events; the root holds some, and of each incident those before them are saved.
    """
    path = tmp_path / "journal.db"
    written(path)
    raw = bytearray(path.read_bytes())
    raw[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    path.write_bytes(raw)
    found = salvage(path)
    assert len(found.rows) >= least
    assert (found.whole, found.lost > 0) == (False, True)
    save(found, tmp_path / "new.db")
    new = SqliteStore(tmp_path / "new.db")
    assert new.verify() == []
    new.close()


def test_a_log_without_its_file_and_the_file_without_its_log(tmp_path: Path) -> None:
    """A file that was cut to nothing beside its log: the log has everything, and opening does not let SQLite delete it.

    Without the log what was not in the file yet is gone, and only that.
    """
    path = tmp_path / "journal.db"
    journal = written(path, close=False)
    for name, size in (("empty", 0), ("alone", path.stat().st_size)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.db").write_bytes(path.read_bytes()[:size])
    log = path.with_name("journal.db-wal").read_bytes()
    journal.close()
    beside = tmp_path / "empty" / "journal.db-wal"
    beside.write_bytes(log)
    assert len(salvage(tmp_path / "empty" / "journal.db").rows) == 75
    for only_read in (False, True):
        with pytest.raises(JournalError, match="warroom journal repair"):
            SqliteStore(tmp_path / "empty" / "journal.db", only_read=only_read)
    assert beside.read_bytes() == log
    assert salvage(tmp_path / "alone" / "journal.db").rows == []


def test_a_log_of_another_journal(tmp_path: Path) -> None:
    """It has true events of other incidents under the same numbers: the file's own are saved, the others are told."""
    path, foreign = tmp_path / "journal.db", tmp_path / "foreign.db"
    written(path)
    journal = SqliteStore(foreign)
    journal.begin(declared("P1"), "@eve", START)
    shutil.copy(f"{foreign}-wal", f"{path}-wal")
    journal.close()
    found = salvage(path)
    assert fates(found) == {"INC-0001": (25, 1, 1), "INC-0002": (25, 0, 0), "INC-0003": (25, 0, 0)}
    assert "another history" in found.incidents[0].why
    assert found.rows[0].actor == "@rm"


def test_a_transaction_that_was_never_committed_is_not_saved(tmp_path: Path) -> None:
    """Its pages stand at the end of the log, as a writer that was killed leaves them; SQLite does not read them."""
    path = tmp_path / "journal.db"
    journal = written(path, incidents=1, rounds=1, close=False)
    log = path.with_name("journal.db-wal")
    length = log.stat().st_size
    journal.append("INC-0001", [events.Noted("x" * 9000)], "@rm", START, 9)
    raw = bytearray(log.read_bytes())
    for at in range(length, len(raw), 4096 + 24):
        raw[at + 4 : at + 8] = b"\0\0\0\0"  # no frame of it ends a transaction any more
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    Path(f"{copy}-wal").write_bytes(raw)
    journal.close()
    assert len(salvage(copy).rows) == 9


def nothing(path: Path) -> None:
    """An empty file."""
    path.write_bytes(b"")


def prose(path: Path) -> None:
    """A text."""
    path.write_text("shopping list\n" * 3000)


def foreign(path: Path) -> None:
    """Another program's database, with a table like ours."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE event (incident TEXT, seq INTEGER, at REAL, actor TEXT, fact BLOB, hash TEXT)")
        other.execute("INSERT INTO event VALUES ('INC-0001', 1, 1.5, '@eve', x'7b7d', 'ff')")


@pytest.mark.parametrize("made", [nothing, prose, foreign])
def test_where_there_is_nothing_to_save(tmp_path: Path, made: Callable[[Path], None]) -> None:
    """An empty file, a text, another program's database: no event is made up."""
    path = tmp_path / "journal.db"
    made(path)
    assert salvage(path).rows == []


def test_nothing_is_written_over(tmp_path: Path, opened: OpenJournal) -> None:
    """A file that is there, or a link that leads nowhere, stays as it is; what fails leaves nothing behind."""
    path, target, link = tmp_path / "journal.db", tmp_path / "new.db", tmp_path / "link.db"
    written(path)
    target.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    found = salvage(path)
    for place in (path, target, link):
        with pytest.raises(JournalError, match="is there already"):
            save(found, place)
    assert target.read_text() == "mine"
    forged = [found.rows[0]._replace(hash="ff")]
    with pytest.raises(JournalError, match="damaged"):
        save(Salvage(path, forged, [], 0, 0, 0), tmp_path / "forged.db")
    assert {one.name for one in tmp_path.iterdir()} == {"journal.db", "new.db", "link.db"}
    save(found, tmp_path / "deep" / "new.db")
    assert opened(tmp_path / "deep" / "new.db").verify() == []
    assert (tmp_path / "deep" / "new.db").stat().st_mode & 0o777 == 0o600


def test_pages_of_another_size(tmp_path: Path) -> None:
    """A header that is whole says how long a page is."""
    path, other = tmp_path / "journal.db", tmp_path / "other.db"
    written(path)
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("ATTACH ? AS old", (str(path),))
        (made,) = connection.execute("SELECT sql FROM old.sqlite_master WHERE name = 'event'").fetchone()
        connection.execute(made)
        connection.execute("INSERT INTO event SELECT * FROM old.event")
    assert len({row for row, _ in scan(other).rows}) == 75
    assert scan(other).lost == 0


@pytest.mark.parametrize("how", ["changed", "cut"])
def test_what_was_lost_stands_in_the_new_journal(tmp_path: Path, how: str) -> None:
    """Board, status and report say so, and nothing is proposed as if nothing had been done, until somebody notes it."""
    path, new = tmp_path / "journal.db", tmp_path / "new.db"
    written(path, incidents=1)
    if how == "changed":
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("UPDATE event SET actor = '@eve' WHERE seq = 7")
    found = salvage(path)
    gone = Salvage(path, found.rows, found.incidents, found.pages, 0, 3)
    save(gone if how == "cut" else found, new, START + 900)
    journal = SqliteStore(new)
    log = journal.read("INC-0001")
    lost = "19 events after 16:00:00Z were lost" if how == "changed" else "events after 16:00:01Z may be lost"
    assert len(log) == len(found.rows) + 1 and (log[-1].actor, log[-1].at) == ("warroom", START + 900)
    line = board(fold(log), protocol(), START + 901, View()).sentence
    assert line.alarm.startswith(f"JOURNAL repaired: {lost}; what happened after that is not known.") and not line.parts
    assert f"The journal was repaired: {lost}" in markdown(log, protocol(), START + 901)
    log += journal.append("INC-0001", [events.Noted("the hotfix has 10 %")], "@rm", START + 960, log[-1].seq)
    assert not board(fold(log), protocol(), START + 961, View()).sentence.alarm
    journal.close()


def test_what_is_whole_or_over_says_nothing(tmp_path: Path) -> None:
    """Of one incident's damage the others say nothing; of lost pages none that was resolved before."""
    path, new = tmp_path / "journal.db", tmp_path / "new.db"
    journal = written(path, close=False)
    journal.append("INC-0001", [events.Mitigated("roll-back"), events.Resolved()], "@rm", START + 9, 25)
    journal.close()
    found = salvage(path)
    save(Salvage(path, found.rows, found.incidents, found.pages, 1, 0), new)
    kept = SqliteStore(new)
    assert ["journal" in fold(kept.read(name)).lost for name in kept.incidents()] == [False, True, True]
    kept.close()
