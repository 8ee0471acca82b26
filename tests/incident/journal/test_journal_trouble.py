"""The journal in trouble: each failure has a title and a remedy, and nothing acknowledged is ever lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest

from tests.clocks import START
from tests.incident.conftest import OpenJournal
from tests.incident.story import PAY, declared
from warroom.incident import events
from warroom.incident.journal import standing
from warroom.incident.journal.errors import JournalError, of_sqlite
from warroom.incident.journal.salvage import salvage
from warroom.incident.journal.sqlite import SqliteStore

ROOT = Path(__file__).parents[3]
NOBODY = 65534

WRITER = """
import sys
from pathlib import Path
from warroom.incident import events
from warroom.incident.journal.sqlite import SqliteStore
journal = SqliteStore(Path(sys.argv[1]))
event = journal.begin(events.Declared("x", "P0", "t", (), 0.0), "@rm", 0.0)
while True:
    print(event.seq, event.hash, flush=True)
    event = journal.append(event.incident, [events.Noted("n" * 500)], "@rm", 0.0, event.seq)[-1]
"""

FULL = """
import resource, sys
from pathlib import Path
from warroom.incident import events
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
journal = SqliteStore(Path(sys.argv[1]))
last = journal.begin(events.Declared("x", "P0", "t", (), 0.0), "@rm", 0.0).seq
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
try:
    while True:
        last = journal.append("INC-0001", [events.Noted("n" * 5000)], "@rm", 0.0, last)[-1].seq
except JournalError as error:
    print(error.title)
print(len(journal.read("INC-0001")) == last)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(journal.append("INC-0001", [events.Noted("room again")], "@rm", 0.0, last)[-1].seq == last + 1)
print(journal.verify())
"""


NO_ROOM = """
import resource, sys
from pathlib import Path
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
journal = SqliteStore(Path(sys.argv[1]), only_read=True)
print(len(journal.read("INC-0001")), journal.verify())
journal.close()
try:
    SqliteStore(Path(sys.argv[1]))
except JournalError as error:
    print(error.title)
"""


def test_a_killed_writer_leaves_all_it_acknowledged(tmp_path: Path, opened: OpenJournal) -> None:
    """SIGKILL in the middle of writing: every event that was reported as written is there, and the chain holds."""
    path = tmp_path / "journal.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(30)]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    acknowledged = [tuple(line.split()) for line in said if line.endswith("\n")]
    journal = opened(path)
    read = [(str(event.seq), event.hash) for event in journal.read("INC-0001")]
    assert read[: len(acknowledged)] == acknowledged
    assert journal.verify() == []
    journal.append("INC-0001", [events.Noted("and on")], "@rm", START, len(read))


def test_a_full_disk_is_told_and_recovered_from(tmp_path: Path) -> None:
    """No room: an error with words, no half event; with room again it goes on."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "journal.db")], capture_output=True, text=True, cwd=ROOT
    )
    title, *rest = done.stdout.splitlines()
    assert title in ("The journal's disk does not take or give data", "The journal's disk is full"), done.stderr
    assert rest == ["True", "True", "[]"]


def test_a_full_disk_keeps_no_journal_from_being_read(tmp_path: Path, opened: OpenJournal) -> None:
    """Not even for what SQLite lays beside it is there room: who only reads does without; who writes is told."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    journal.begin(declared(), "@rm", START)
    journal.close()
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(path)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["1 []", "The journal's disk does not take or give data"], done.stderr


def test_no_room_for_the_index_is_told_as_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite has one code for that and for a disk that fails: what is free is measured."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert of_sqlite(error, tmp_path / "journal.db").title == "The journal's disk is full"


def test_a_locked_journal_is_told_and_nothing_is_written(tmp_path: Path, opened: OpenJournal) -> None:
    """Another writer holds on: after the short wait an error; reading works meanwhile, writing afterwards."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    journal.begin(declared(), "@rm", START)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked") as told:
        journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)
    assert told.value.remedy
    with pytest.raises(JournalError, match="locked"):
        journal.begin(declared(), "@rm", START)
    assert len(journal.read("INC-0001")) == 1
    other.execute("ROLLBACK")
    other.close()
    assert journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)[-1].seq == 2


def test_all_facts_or_none(tmp_path: Path, opened: OpenJournal) -> None:
    """One that could not be read again takes the others back with it, and nothing unreadable gets in."""
    journal = opened(tmp_path / "journal.db")
    journal.begin(declared(), "@rm", START)
    bad = events.ChangeApplied("c1", (), float("nan"))
    with pytest.raises(JournalError, match="could not be read again"):
        journal.append("INC-0001", [events.Noted("good"), bad], "@rm", START, 1)
    with pytest.raises(JournalError):
        journal.append("INC-0001", [events.Noted("good")], "@rm", float("nan"), 1)
    assert len(journal.read("INC-0001")) == 1
    assert journal.verify() == []


def test_a_journal_that_knows_less_than_its_writer(tmp_path: Path, opened: OpenJournal) -> None:
    """Put back from an old copy, or an unknown incident: refused, so that no two events share a number."""
    journal = opened(tmp_path / "journal.db")
    with pytest.raises(JournalError, match="only 0 events of INC-0001"):
        journal.append("INC-0001", [events.Noted("x")], "@rm", START, 0)
    journal.begin(declared(), "@rm", START)
    with pytest.raises(JournalError, match="only 1 events"):
        journal.append("INC-0001", [events.Noted("x")], "@rm", START, 7)


def test_a_deleted_or_replaced_file_is_noticed(tmp_path: Path, opened: OpenJournal) -> None:
    """SQLite alone would go on writing to a file that nobody can find again."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    journal.begin(declared(), "@rm", START)
    path.rename(tmp_path / "moved.db")
    with pytest.raises(JournalError, match="moved or deleted"):
        journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)
    (tmp_path / "moved.db").rename(path)
    journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)


SHOPPING = "shopping list\n" * 2000


def replaced(path: Path) -> None:
    """Another file stands where the journal was, and what SQLite keeps beside it is still there."""
    other = path.with_name("other.txt")
    other.write_text(SHOPPING)
    other.replace(path)


def written_beside(journal: SqliteStore) -> None:
    """So much was written that the log beside the file holds its first page, as SQLite would lay it over the file."""
    journal.begin(declared(), "@rm", START)
    for _ in range(40):
        journal.append("INC-0001", [events.Noted("n" * 400)], "@rm", START, 1)


def test_a_file_that_takes_its_place_in_mid_look_is_not_written_into(
    tmp_path: Path, opened: OpenJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replaced between the looks at its place and at its content: SQLite would close the log into the new one."""
    path = tmp_path / "journal.db"
    journal = opened(path)
    written_beside(journal)
    content = standing._content

    def after_it_was_replaced(looked_at: Path) -> tuple[int, int] | None:
        replaced(path)
        return content(looked_at)

    monkeypatch.setattr(standing, "_content", after_it_was_replaced)
    with pytest.raises(JournalError, match="file was moved or deleted"):
        journal.read("INC-0001")
    assert path.read_text() == SHOPPING
    assert path.with_name("journal.db-wal").exists()


def test_a_file_that_took_its_place_is_not_opened_with_what_lies_beside(tmp_path: Path, opened: OpenJournal) -> None:
    """Whoever opens it next reads that it is no journal; the file and the log stay as they are, for the repair."""
    path = tmp_path / "journal.db"
    written_beside(opened(path))
    replaced(path)
    log = path.with_name("journal.db-wal").read_bytes()
    with pytest.raises(JournalError, match="not a journal"):
        opened(path)
    assert path.read_text() == SHOPPING
    assert path.with_name("journal.db-wal").read_bytes() == log


def test_not_a_database(tmp_path: Path, opened: OpenJournal) -> None:
    """Any other file is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("shopping list\n" * 500)
    with pytest.raises(JournalError, match="not a journal"):
        opened(path)
    assert path.read_text().startswith("shopping")


def test_another_programs_database(tmp_path: Path, opened: OpenJournal) -> None:
    """A database that is not ours gets no table of ours."""
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE users (name TEXT)")
    other.commit()
    with pytest.raises(JournalError, match="another program's"):
        opened(path)
    assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
    other.close()


def test_a_newer_format(tmp_path: Path, opened: OpenJournal) -> None:
    """What a later warroom wrote is not touched by this one."""
    path = tmp_path / "journal.db"
    opened(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(JournalError, match="newer warroom") as told:
        opened(path)
    assert "Update warroom" in told.value.remedy


@pytest.mark.parametrize("place", ["", "a-file/journal.db"])
def test_a_path_that_can_be_no_file(tmp_path: Path, opened: OpenJournal, place: str) -> None:
    """A folder, or a path through a file."""
    (tmp_path / "a-file").write_text("")
    with pytest.raises(JournalError, match="can't be opened"):
        opened(tmp_path / place)


def test_an_empty_file_becomes_a_journal(tmp_path: Path, opened: OpenJournal) -> None:
    """A file that somebody made beforehand, with rights of their choice, is used as it is."""
    path = tmp_path / "journal.db"
    path.touch()
    path.chmod(0o640)
    assert opened(path).begin(declared(), "@rm", START).incident == "INC-0001"
    assert path.stat().st_mode & 0o777 == 0o640


def test_after_closing_it_says_so(tmp_path: Path, opened: OpenJournal) -> None:
    """No sqlite3 error gets out, whatever is called."""
    journal = opened(tmp_path / "journal.db")
    journal.close()
    journal.close()
    with pytest.raises(JournalError):
        journal.begin(declared(), "@rm", START)
    with pytest.raises(JournalError):
        journal.read("INC-0001")
    assert journal.verify() != []


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Without root's power over files. Who is not root has none to lay down."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_journal_that_may_only_be_read() -> None:
    """Watching works on a file without write access; writing says what is missing."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        path = place / "journal.db"
        writer = SqliteStore(path)
        writer.begin(declared(), "@rm", START)
        for file in place.iterdir():
            file.chmod(0o444)
        place.chmod(0o555)
        with as_somebody_else():
            journal = SqliteStore(path)
            assert len(journal.read("INC-0001")) == 1
            with pytest.raises(JournalError, match="only read") as told:
                journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)
            journal.close()
        assert "write access" in told.value.remedy
        place.chmod(0o755)
        writer.close()


def test_a_folder_that_may_not_be_entered() -> None:
    """No rights on the folder: said at the opening."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o500)
        with as_somebody_else(), pytest.raises(JournalError, match="can't be opened"):
            SqliteStore(place / "state" / "journal.db")
        place.chmod(0o700)


def test_a_file_that_may_not_be_read() -> None:
    """Without rights it is no damage: opening and saving both say what is missing, and nothing is made."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        path = place / "journal.db"
        writer = SqliteStore(path)
        writer.begin(declared(), "@rm", START)
        writer.close()
        path.chmod(0o000)
        with as_somebody_else():
            for only_read in (True, False):
                with pytest.raises(JournalError, match="can't be opened") as told:
                    SqliteStore(path, only_read=only_read)
                assert "--journal NEW" in told.value.remedy
            with pytest.raises(JournalError, match="can't be opened: Permission denied"):
                salvage(path)
        assert [one.name for one in place.iterdir()] == ["journal.db"]


def test_the_way_back_stands_behind_every_error(tmp_path: Path) -> None:
    """Whatever hinders production's journal, it says how traffic goes back, of the incident's own service if known."""
    path = tmp_path / "journal.db"
    journal = SqliteStore(path, 0.05, way_back=lambda: "Back: warroom rollback SERVICE.")
    journal.begin(declared(), "@rm", START)
    journal.append("INC-0001", [events.Noted("x")], "@rm", START, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked") as told:
        journal.append("INC-0001", [events.Noted("x")], "@rm", START, 2)
    assert told.value.remedy.endswith("Back: warroom rollback SERVICE.")
    other.execute("UPDATE event SET actor = '@eve' WHERE seq = 2")
    other.execute("COMMIT")
    other.close()
    with pytest.raises(JournalError) as told:
        journal.read("INC-0001")
    assert f"`warroom rollback {PAY.name} --project {PAY.project} --region {PAY.region} --yes`" in told.value.remedy
    journal.close()
