"""Verify: whatever is changed in the file is found, and where."""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.conftest import OpenJournal
from tests.incident.story import declared, ladder
from warroom.incident import events
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore


def written(journal: SqliteStore, incidents: int = 2, notes: int = 6) -> SqliteStore:
    """The journal with some incidents of `notes` + 2 events each."""
    for _ in range(incidents):
        name = journal.begin(declared(), "@rm", START).incident
        notes_told = [events.Noted(f"note {number}") for number in range(notes)]
        journal.append(name, [ladder(), *notes_told], "@rm", START + 1.5, 1)
    return journal


def change(path: Path, statement: str, *values: object) -> None:
    """Do something to the file behind the journal's back."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(statement, values)
    other.close()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 2),
    st.integers(1, 8),
    st.sampled_from(["actor", "fact", "hash", "at"]),
    st.integers(0, 10_000),
    st.integers(1, 255),
)
def test_a_changed_byte_is_found(incident: int, seq: int, column: str, position: int, flip: int) -> None:
    """Any byte of any column of any stored event, changed in any way, is told with its incident and number."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = written(SqliteStore(path))
        where = "WHERE incident = ? AND seq = ?"
        name = f"INC-{incident:04}"
        other = sqlite3.connect(path, isolation_level=None)
        if column == "at":
            other.execute(f"UPDATE event SET at = at + ? {where}", (flip / 256, name, seq))
        else:
            query = f"SELECT CAST({column} AS BLOB) FROM event {where}"
            raw = bytearray(other.execute(query, (name, seq)).fetchone()[0])
            raw[position % len(raw)] ^= flip
            kind = "BLOB" if column == "fact" else "TEXT"
            other.execute(f"UPDATE event SET {column} = CAST(? AS {kind}) {where}", (bytes(raw), name, seq))
        other.close()
        found = journal.verify()
        journal.close()
        assert (name, seq) in {(damage.incident, damage.seq) for damage in found}
        assert {damage.incident for damage in found} == {name}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_changed_on_the_disk_is_found(position: int, flip: int) -> None:
    """A failing disk knows no columns: any byte within the stored facts is found, or the file can't be opened."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        written(SqliteStore(path)).close()
        raw = bytearray(path.read_bytes())
        start, end = raw.index(b'{"kind"'), raw.rindex(b'{"kind"')
        raw[start + position % (end - start)] ^= flip
        path.write_bytes(raw)
        journal = SqliteStore(path)
        assert journal.verify() != []
        journal.close()


def test_a_missing_event_is_found(opened: OpenJournal, tmp_path: Path) -> None:
    """One, several, or the first; the other incident stays whole."""
    journal = written(opened(tmp_path / "journal.db"))
    change(journal.path, "DELETE FROM event WHERE incident = 'INC-0001' AND seq IN (3, 5, 6)")
    change(journal.path, "DELETE FROM event WHERE incident = 'INC-0002' AND seq = 1")
    told = [(damage.incident, damage.seq, damage.what) for damage in journal.verify()]
    assert told == [
        ("INC-0001", 3, "event 3 is missing"),
        ("INC-0001", 5, "events 5 to 6 are missing"),
        ("INC-0002", 1, "event 1 is missing"),
    ]


def test_events_that_changed_places_are_found(opened: OpenJournal, tmp_path: Path) -> None:
    """Swapped numbers, and events moved into another incident."""
    journal = written(opened(tmp_path / "journal.db"))
    change(journal.path, "UPDATE event SET seq = 99 WHERE incident = 'INC-0001' AND seq = 4")
    change(journal.path, "UPDATE event SET seq = 4 WHERE incident = 'INC-0001' AND seq = 5")
    change(journal.path, "UPDATE event SET seq = 5 WHERE incident = 'INC-0001' AND seq = 99")
    change(journal.path, "UPDATE event SET incident = 'INC-0003' WHERE incident = 'INC-0002' AND seq = 8")
    found = {(damage.incident, damage.seq) for damage in journal.verify()}
    assert {("INC-0001", 4), ("INC-0001", 5), ("INC-0003", 1)} <= found


def test_an_event_put_in_between_is_found(opened: OpenJournal, tmp_path: Path) -> None:
    """A forged last event without the right hash does not pass."""
    journal = written(opened(tmp_path / "journal.db"))
    change(journal.path, "INSERT INTO event VALUES ('INC-0001', 9, 1.0, '@eve', '{}', 'ff')")
    found = journal.verify()
    assert [(damage.incident, damage.seq) for damage in found] == [("INC-0001", 9)] * 2


@pytest.mark.parametrize(
    ("nonsense", "why"),
    [
        (b"{}", "it was damaged"),
        (b'{"kind":"from-the-future"}', "a newer warroom wrote it"),
        (b'{"kind":"noted","text":7}', "a newer warroom wrote it"),
        (b"\xff\xfe", "it was damaged"),
        ("text", "it was damaged"),
        (7, "it was damaged"),
    ],
)
def test_an_undecodable_fact_is_found_and_named(
    opened: OpenJournal, tmp_path: Path, nonsense: object, why: str
) -> None:
    """Verify says which; reading says so too, with a remedy, instead of leaving it out silently."""
    journal = written(opened(tmp_path / "journal.db"))
    change(journal.path, "UPDATE event SET fact = ? WHERE incident = 'INC-0002' AND seq = 3", nonsense)
    whats = [damage.what for damage in journal.verify() if (damage.incident, damage.seq) == ("INC-0002", 3)]
    assert any("no fact that this version knows" in what for what in whats)
    with pytest.raises(JournalError, match="Event 3 of INC-0002 can't be read") as told:
        journal.read("INC-0002")
    assert why in told.value.remedy
    assert len(journal.read("INC-0001")) == 8


def test_damaged_pages_are_found(opened: OpenJournal, tmp_path: Path) -> None:
    """Where SQLite itself can't make sense of the file, verify says so instead of raising."""
    path = tmp_path / "journal.db"
    written(opened(path), notes=200).close()
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = b"\xa5" * 8192
    path.write_bytes(raw)
    found = opened(path).verify()
    assert found and all(damage.what.startswith("SQLite:") for damage in found)


def test_a_schema_that_is_no_text_is_told(tmp_path: Path) -> None:
    """SQLite quotes it in its error, of which Python then can't make one: it is a damaged journal all the same."""
    path = tmp_path / "journal.db"
    written(SqliteStore(path)).close()
    raw = bytearray(path.read_bytes())
    place = raw.index(b"CREATE TABLE event")
    raw[place + 5] = 0xD8
    path.write_bytes(raw)
    for only_read in (True, False):
        with pytest.raises(JournalError, match="damaged"):
            SqliteStore(path, only_read=only_read)
