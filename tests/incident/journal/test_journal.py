"""The journal: what goes in comes out, in order, once, and only for its owner."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.conftest import OpenJournal
from tests.incident.story import HOSTILE, PAY, declared, facts, judged, ladder, sample
from warroom.incident import events
from warroom.incident.events import AnyFact, Event
from warroom.incident.fold import apply, fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.evidence import Grade


def test_begin_and_append_number_and_chain(tmp_path: Path, opened: OpenJournal) -> None:
    """Events are numbered from 1 and each hash differs; read gives back just what was returned."""
    journal = opened(tmp_path / "journal.db")
    first = journal.begin(declared(), "@rm", START)
    added = journal.append(first.incident, [events.Noted("a"), ladder()], "@ic", START + 1, 1)
    assert [event.seq for event in added] == [2, 3]
    assert journal.read("INC-0001") == [first, *added]
    assert journal.read("INC-0001", after=2) == added[1:]
    assert journal.read("INC-0009") == []
    assert len({event.hash for event in (first, *added)}) == 3
    assert journal.verify() == []


@settings(max_examples=30, deadline=None)
@given(st.lists(facts, max_size=25), st.integers(1, 5))
def test_a_reopened_journal_folds_to_the_equal_incident(told: list[AnyFact], at_once: int) -> None:
    """What was folded while writing equals what is folded after opening again, hashes and all."""
    with TemporaryDirectory() as folder:
        journal = SqliteStore(Path(folder) / "journal.db")
        incident = apply(None, journal.begin(declared(), "@rm", START))
        for number in range(0, len(told), at_once):
            for event in journal.append(
                incident.id, told[number : number + at_once], "@rm", START + number, incident.last_seq
            ):
                incident = apply(incident, event)
        journal.close()
        again = SqliteStore(Path(folder) / "journal.db")
        assert fold(again.read(incident.id)) == incident
        assert again.verify() == []
        again.close()


def test_ids_count_up_and_incidents_are_listed_in_order(tmp_path: Path, opened: OpenJournal) -> None:
    """Each declaration takes the next number; the preview takes none."""
    journal = opened(tmp_path / "journal.db")
    assert journal.incidents() == []
    assert (journal.next_id(), journal.next_id()) == ("INC-0001", "INC-0001")
    names = [journal.begin(declared(), "@rm", START).incident for _ in range(12)]
    assert names == [f"INC-{number:04}" for number in range(1, 13)]
    assert journal.incidents() == names
    assert journal.next_id() == "INC-0013"


def test_ids_go_on_past_four_digits(tmp_path: Path, opened: OpenJournal) -> None:
    """Numbers, not texts, are compared."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    event = journal.begin(declared(), "@rm", START)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE event SET incident = 'INC-9999' WHERE incident = ?", (event.incident,))
    assert journal.begin(declared(), "@rm", START).incident == "INC-10000"
    assert journal.begin(declared(), "@rm", START).incident == "INC-10001"
    assert journal.incidents() == ["INC-9999", "INC-10000", "INC-10001"]


def test_append_brings_what_others_added(tmp_path: Path, opened: OpenJournal) -> None:
    """Two programs write the same incident: nobody's event is lost, each sees the other's before its own."""
    one, two = opened(tmp_path / "journal.db"), opened(tmp_path / "journal.db")
    one.begin(declared(), "@rm", START)
    one.append("INC-0001", [events.Noted("one")], "@rm", START + 1, 1)
    seen = two.append("INC-0001", [events.Noted("two")], "@ic", START + 2, 1)
    assert [(event.seq, event.actor) for event in seen] == [(2, "@rm"), (3, "@ic")]
    seen = one.append("INC-0001", [events.Noted("three")], "@rm", START + 3, 2)
    assert [event.seq for event in seen] == [3, 4]
    assert one.append("INC-0001", [], "@rm", START + 4, 2) == seen
    assert two.verify() == []


def test_many_threads_write_at_once(tmp_path: Path, opened: OpenJournal) -> None:
    """Journals opened and written at the same time: ids and numbers stay whole, and so do the chains."""
    path = tmp_path / "new" / "journal.db"

    def write(number: int) -> list[int]:
        journal = SqliteStore(path, busy_seconds=30)
        incident = journal.begin(declared(), f"@{number}", START).incident
        last = 1
        for step in range(5):
            last = journal.append(incident, [events.Noted(str(step))], f"@{number}", START, last)[-1].seq
            journal.append("INC-0001", [events.Noted(str(number))], f"@{number}", START, 1)
        journal.close()
        return [last]

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    journal = opened(path)
    assert journal.incidents() == ["INC-0001", "INC-0002", "INC-0003"]
    assert [event.seq for event in journal.read("INC-0001")] == list(range(1, 22))
    assert journal.verify() == []


def test_the_file_is_its_owners_alone(tmp_path: Path, opened: OpenJournal) -> None:
    """0600 for the file and what SQLite puts beside it, 0700 for folders that had to be made."""
    path = tmp_path / "state" / "warroom" / "journal.db"
    journal = opened(path)
    journal.begin(declared(), "@rm", START)
    beside = sorted(path.parent.iterdir())
    assert len(beside) == 3
    assert [stat.S_IMODE(file.stat().st_mode) for file in beside] == [0o600] * 3
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700] * 2


def test_it_is_a_wal_that_waits_for_the_disk(tmp_path: Path, opened: OpenJournal) -> None:
    """Write-ahead, so that readers never stop a writer."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    journal.begin(declared(), "@rm", START)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM event").fetchone() == (1,)
        journal.append("INC-0001", [events.Noted("while somebody reads")], "@rm", START, 1)
        assert reader.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_hostile_text_is_kept_as_it_is(tmp_path: Path, opened: OpenJournal) -> None:
    """Escapes, markup and 10 kB lines come back unchanged; what UTF-8 can't carry is replaced, not refused."""
    journal = opened(tmp_path / "journal.db")
    journal.begin(declared(), HOSTILE, START)
    added = journal.append("INC-0001", [events.Noted(HOSTILE), events.Noted("a\udcffb")], "\udc80", START, 1)
    assert journal.read("INC-0001")[0].actor == HOSTILE
    assert journal.read("INC-0001", 1) == added
    assert added[0].fact == events.Noted(HOSTILE)
    assert (added[1].fact, added[1].actor) == (events.Noted("a\ufffdb"), "\ufffd")
    assert journal.verify() == []


def test_evidence_comes_back_as_it_went_in(tmp_path: Path, opened: OpenJournal) -> None:
    """Samples, histograms and verdicts are the same values after the disk, so that judging again agrees."""
    journal = opened(tmp_path / "journal.db")
    journal.begin(declared(), "@rm", START)
    told: list[AnyFact] = [events.Sampled(PAY, (sample(60), sample(120))), judged(Grade.NO_DATA, 25)]
    journal.append("INC-0001", told, "monitoring", START, 1)
    assert [event.fact for event in journal.read("INC-0001", 1)] == told


def test_the_chain_depends_on_everything_before(tmp_path: Path, opened: OpenJournal) -> None:
    """The same fact in another journal, after another past, has another hash."""

    def heads(name: str, first: str) -> list[Event]:
        journal = opened(tmp_path / name)
        journal.begin(declared(), first, START)
        return journal.append("INC-0001", [events.Noted("same"), events.Noted("same")], "@rm", START, 1)

    hashes = [event.hash for event in heads("a.db", "@a") + heads("b.db", "@b")]
    assert len(set(hashes)) == 4
    assert all(one != other for one, other in pairwise(hashes))
