"""Whether a path still leads to the files that SQLite has open, and whether only SQLite has written into them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from warroom import files
from warroom.incident.journal.errors import JournalError, damaged, no_file, not_there, of_system

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside the file while it is open: nobody may take it away or put another in its place."""

_Place = tuple[int, int] | None  # device and inode, None where nothing is


class Standing:
    """What is at `path` and beside it when this is made. SQLite alone would go on into files that nobody finds again.

    It never opens the files but through SQLite: closing one otherwise would drop SQLite's locks on it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: dict[str, tuple[int, str]] = {}
        """Number and hash of the newest event that was read or written, by incident."""
        self._places = {end: _place(_with(path, end)) for end in ("", *BESIDE)}
        self._content = _content(path)

    def check(self) -> None:
        """Raise JournalError where the file is no longer the one that was opened, or was written over."""
        self._in_place()
        content = _content(self.path)
        if content != self._content:
            # A checkpoint does that too. SQLite has its own pages in memory: only another connection sees the file.
            try:
                self._read_again()
            finally:
                self._in_place()  # taken away just now: that says it better than what was found in its place
            self._content = content

    def _in_place(self) -> None:
        for end, place in self._places.items():
            # One that was not there may have come: SQLite makes them when it needs them.
            if place is not None and _place(_with(self.path, end)) != place:
                what = f"The journal's {end} file was" if end else "The journal's file was"
                raise JournalError(
                    f"{what} moved or deleted",
                    f"Put {_with(self.path, end)} back, or start warroom again.",
                )

    def _read_again(self) -> None:
        if not self.path.stat().st_size:
            # SQLite would take what is beside an empty file for a stranger's, and delete it.
            raise damaged(self.path, "it was cut to nothing")
        # Only to read: in another file that was put in its place, the last one to close would write what lies beside.
        where = f"{self.path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, isolation_level=None, uri=True)) as other:
            (found,) = other.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise damaged(self.path, f"it was written over ({found})")
            for incident, event in self.seen.items():
                query = "SELECT seq, hash FROM event WHERE incident = ? AND seq = ?"
                if other.execute(query, (incident, event[0])).fetchone() != event:
                    raise damaged(self.path, f"it was written over: event {event[0]} of {incident} is not there")


def _with(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _place(path: Path) -> _Place:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _content(path: Path) -> tuple[int, int] | None:
    """What changes whenever somebody writes into the file itself, as SQLite does at a checkpoint only."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def make_file(path: Path) -> bool:
    """Make the file, its owner's alone, and the folders that are missing. An existing one stays as it is.

    True where there was one, and it was empty. Raises JournalError.
    """
    if why := no_file(path):
        raise why
    try:
        if not path.parent.exists():
            files.make_folder(path.parent)
        files.create(path)
    except FileExistsError:
        return _was_empty(path)
    except OSError as error:
        raise of_system(error, path) from error
    return False


def _was_empty(path: Path) -> bool:
    error = not_there(path)
    if error is not None and path.is_symlink():
        if not path.exists():
            raise error
        raise JournalError(  # nothing is made, and nothing empty filled, through a link
            "The journal's path is a link that leads to no journal", f"Take {path} away, or name another path."
        )
    beside = path.with_name(f"{path.name}-wal")
    if error is not None and beside.is_file() and beside.stat().st_size:
        # SQLite would delete what stands beside an empty file, and it may be all that is left.
        raise damaged(path, f"it was cut to nothing; {beside.name} beside it holds what was written last")
    return error is not None
