"""What warroom writes: for its owner alone, whole or not at all, through no link and over nobody else's file."""

import errno
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from tests.clocks import START
from warroom import files
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.exercises import remember
from warroom.incident.journal.sqlite import SqliteStore
from warroom.report import write
from warroom.steps.output import Log

SOURCES = Path(files.__file__).parent
ELSEWHERE = 12345
"""A user id of somebody else."""

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def put(path: Path) -> None:
    """A file that is written whole, over an older one of ours."""
    files.put(path, "new")


def log(path: Path) -> None:
    """A program's log."""
    Log(path).close()


def add(path: Path) -> None:
    """A log that is added to."""
    with files.append(path) as file:
        file.write("new")


def make(path: Path) -> None:
    """A file that must not be there."""
    files.create(path, b"new")


WRITERS: tuple[Callable[[Path], None], ...] = (put, log, add, make)


def mode(path: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that nobody may touch; asked for again after each attempt."""
    path = tmp_path / "victim"
    path.write_text("mine")
    return path


@pytest.mark.parametrize("write_to", WRITERS)
def test_new_files_are_their_owner_s_alone(tmp_path: Path, write_to: Callable[[Path], None]) -> None:
    """0600 under an open umask; nothing else is left beside it."""
    before = os.umask(0)
    try:
        write_to(tmp_path / "file")
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("write_to", WRITERS)
def test_no_link_is_followed(tmp_path: Path, victim: Path, write_to: Callable[[Path], None]) -> None:
    """To a file, to none, and to a folder: what they lead to stays as it was, and so does the link."""
    for target in (victim, tmp_path / "none", tmp_path):
        link = tmp_path / "planted"
        link.symlink_to(target)
        with pytest.raises(OSError, match=r"link|exists"):
            write_to(link)
        assert link.is_symlink()
        link.unlink()
    assert victim.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["victim"]


@pytest.mark.parametrize("write_to", WRITERS)
def test_a_second_name_does_not_reach_the_first(tmp_path: Path, victim: Path, write_to: Callable[[Path], None]) -> None:
    """A hard link to a file of ours: replaced or refused, never written through."""
    (tmp_path / "planted").hardlink_to(victim)
    try:
        write_to(tmp_path / "planted")
    except OSError as error:
        assert error.strerror
    assert victim.read_text() == "mine"


@root
@pytest.mark.parametrize("write_to", WRITERS)
def test_nobody_else_s_file_is_written_over(tmp_path: Path, victim: Path, write_to: Callable[[Path], None]) -> None:
    """Not by root either: it stays what and whose it was."""
    os.chown(victim, ELSEWHERE, ELSEWHERE)
    with pytest.raises(OSError, match=r"somebody else|exists"):
        write_to(victim)
    assert (victim.read_text(), victim.stat().st_uid) == ("mine", ELSEWHERE)


@pytest.mark.parametrize("write_to", [put, add])
def test_pipes_and_devices_are_left_alone(tmp_path: Path, write_to: Callable[[Path], None]) -> None:
    """A pipe would hold us for ever, and a rename over a device would take it away."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(OSError, match="regular"):
            write_to(path)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert Path("/dev/null").is_char_device()


def test_a_folder_of_ours_is_no_link_and_not_somebody_else_s(tmp_path: Path) -> None:
    """Logs, definitions and the drills' files lie in folders that are made, not in what was laid there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "logs").symlink_to(elsewhere)
    with pytest.raises(OSError, match="link"):
        Log(tmp_path / "logs" / "x.log")
    with pytest.raises(OSError, match="link"):
        files.put(tmp_path / "logs" / "x.json", "x", own=True)
    (tmp_path / "logs").unlink()
    (tmp_path / "logs").symlink_to(tmp_path / "none")
    with pytest.raises(OSError, match="link"):
        Log(tmp_path / "logs" / "x.log")
    if os.geteuid() == 0:
        os.chown(elsewhere, ELSEWHERE, ELSEWHERE)
        with pytest.raises(OSError, match="somebody else"):
            files.put(elsewhere / "x.json", "x", own=True)
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "none").exists()
    Log(tmp_path / "new" / "logs" / "x.log").close()
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "logs") == 0o700


def test_a_failure_leaves_the_old_file(tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, at whichever moment: the old text is there whole, and no draft; of a new file there is nothing."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for step in ("fsync", "fchmod", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, step, full)
            for path in (victim, tmp_path / "fresh"):
                with pytest.raises(OSError, match="No space"):
                    files.put(path, "new")
        assert victim.read_text() == "mine"
        assert [path.name for path in tmp_path.iterdir()] == ["victim"]


def test_what_appears_meanwhile_is_not_written_over(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody lays a link, or a file, between the look and the rename; and somebody swaps the whole folder."""
    target = tmp_path / "folder" / "report"
    target.parent.mkdir()
    sync = files._sync

    def lay(file: IO[bytes]) -> None:
        sync(file)
        target.symlink_to(victim)

    monkeypatch.setattr(files, "_sync", lay)
    with pytest.raises(FileExistsError):
        files.put(target, "new")
    assert (target.readlink(), victim.read_text()) == (victim, "mine")
    target.unlink()

    def swap(file: object) -> None:
        target.parent.rename(tmp_path / "held")
        (tmp_path / "trap").mkdir()
        target.parent.symlink_to(tmp_path / "trap")

    monkeypatch.setattr(files, "_sync", swap)
    files.put(target, "new")
    assert list((tmp_path / "trap").iterdir()) == []
    assert (tmp_path / "held" / "report").read_text() == "new"


def test_what_is_written_is_asked_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and its folder, and for a new folder the one above it."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    path = tmp_path / "a" / "file"
    files.put(path, "x", own=True)
    assert synced == [tmp_path.stat().st_ino, path.stat().st_ino, path.parent.stat().st_ino]


def test_a_report_is_its_owner_s_alone(tmp_path: Path, victim: Path) -> None:
    """Made 0600, and an older one of ours that was not becomes so; not through a link, its draft neither."""
    old = tmp_path / "INC-0001.md"
    old.write_text("old")
    old.chmod(0o644)
    (tmp_path / "INC-0001.md.part").symlink_to(victim)
    write.put(old, "new")
    write.put(tmp_path / "new" / "INC-0002.html", "new")
    assert (old.read_text(), mode(old), mode(tmp_path / "new" / "INC-0002.html")) == ("new", 0o600, 0o600)
    assert victim.read_text() == "mine"


def test_exercises_are_recorded_in_place(tmp_path: Path, victim: Path) -> None:
    """The old draft's name leads nowhere any more; a link in the file's place is refused with a sentence."""
    (tmp_path / "exercises.new").symlink_to(victim)
    remember(tmp_path / "journal.db", "table-top", START)
    assert mode(tmp_path / "exercises.json") == 0o600
    (tmp_path / "exercises.json").unlink()
    (tmp_path / "exercises.json").symlink_to(tmp_path / "none")
    with pytest.raises(JournalError, match="link"):
        remember(tmp_path / "journal.db", "table-top", START)
    assert victim.read_text() == "mine"


def test_no_journal_is_made_through_a_link(tmp_path: Path) -> None:
    """Nothing is made, and nothing empty filled, where a link leads; a journal is opened through one as before."""
    empty, link = tmp_path / "empty", tmp_path / "journal.db"
    empty.touch()
    for target in (tmp_path / "none", empty):
        link.symlink_to(target)
        with pytest.raises(JournalError, match="link"):
            SqliteStore(link)
        link.unlink()
    assert (empty.stat().st_size, (tmp_path / "none").exists()) == (0, False)
    SqliteStore(tmp_path / "real.db").close()
    link.symlink_to(tmp_path / "real.db")
    SqliteStore(link).close()


@pytest.mark.parametrize("beside", ["-wal", "-shm"])
def test_sqlite_follows_no_link_beside_the_journal(tmp_path: Path, victim: Path, beside: str) -> None:
    """Its own files are as safe as ours: what was laid in their place is refused or taken away, and leads nowhere."""
    path = tmp_path / "journal.db"
    for _ in ("a new journal", "one that is there"):
        planted = tmp_path / f"journal.db{beside}"
        planted.symlink_to(victim)
        with suppress(JournalError):
            SqliteStore(path).close()
        assert victim.read_text() == "mine"
        planted.unlink(missing_ok=True)
        SqliteStore(path).close()


def test_there_is_no_second_way_to_write() -> None:
    """Whoever adds a writer finds this: files.py writes, and nothing else does."""
    writing = re.compile(
        r"write_text|write_bytes|\.mkdir\(|\.touch\(|mkstemp|NamedTemporary|os\.open\(|os\.replace|\.rename\(|fdopen"
        r"|open\([^)]*['\"][wax+]|symlink_to|shutil\.(copy|move)"
    )
    found = {
        path.relative_to(SOURCES).as_posix(): line.strip()
        for path in SOURCES.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if writing.search(line) and path.name != "files.py" and "os.devnull" not in line
    }
    assert found == {}
