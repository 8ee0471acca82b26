"""The format of a journal's SQLite file: its header and its one table, made where the file is new, else looked at."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from warroom.incident.journal.errors import JournalError, damaged, remedies

FORMAT = 1
"""SQLite's user_version of our files."""

APPLICATION = 0x57415252
"""SQLite's application_id of our files: WARR."""

_TABLE = """
CREATE TABLE event (
    incident TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    fact BLOB NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (incident, seq)
) WITHOUT ROWID
"""


def stand(connection: sqlite3.Connection, path: Path, busy_seconds: float, *, only_read: bool) -> None:
    """See that the file at `path` is a journal of this format; a new one becomes one, unless it is `only_read`.

    `busy_seconds` is how long to wait for another process that makes it. Raises JournalError and sqlite3.Error.
    """
    # One look at all three, as another process may be making the table just now.
    connection.execute("BEGIN")
    version = _number(connection, "PRAGMA user_version")
    application = _number(connection, "PRAGMA application_id")
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    connection.execute("COMMIT")
    if application == APPLICATION and version > FORMAT:
        raise JournalError(
            f"The journal was written by a newer warroom (format {version}, this one knows {FORMAT})",
            f"Update warroom to read {path}, or go on with a new one: --journal NEW.",
        )
    if tables == 0 and version == 0 and not only_read:
        _to_wal(connection, busy_seconds)
        _make(connection)
    elif application == APPLICATION or _number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'event'"):
        if application != APPLICATION or version != FORMAT:
            raise damaged(path, "its header was written over")
    else:
        raise JournalError(
            "The journal's file is another program's database",
            f"Choose another than {path}. If it took a journal's place: {remedies(path)}",
        )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, begun as a writer: done whole when the block ends, not at all when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")


def _make(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        if _number(connection, "SELECT count(*) FROM sqlite_master"):
            return  # another process was faster
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch a new file to WAL. SQLite does not wait by itself when two processes make it at once."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _number(connection: sqlite3.Connection, query: str) -> int:
    row: tuple[Any] = connection.execute(query).fetchone()
    return int(row[0])
