"""The journal: every incident's events in one SQLite file, only ever added to, each tied to the one before by a hash.

WAL, so that watchers read while the operator writes; synchronous FULL, so that what was acknowledged survives the
machine's death. The file is its owner's alone (0600).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from warroom.incident.events import AnyFact, Declared, Event
from warroom.incident.journal import hash_chain
from warroom.incident.journal.errors import (
    FAILURES,
    INDEX_BYTES,
    JournalError,
    broken,
    damaged,
    look,
    not_there,
    of_sqlite,
    remedies,
    told_with,
    way_back_of,
)
from warroom.incident.journal.hash_chain import Broken, Damage, Row
from warroom.incident.journal.standing import Standing, make_file
from warroom.incident.journal.table import stand, transaction

PREFIX = "INC-"

_ROW = "SELECT incident, seq, at, actor, fact, hash FROM event"


class SqliteStore:
    """One journal file, opened or made: a Store, which says what its calls do."""

    def __init__(
        self,
        path: Path,
        busy_seconds: float = 0.25,
        *,
        way_back: Callable[[], str] = str,
        only_read: bool = False,
    ) -> None:
        """Open `path`, or make it with its folders. `busy_seconds`: how long to wait for another writer.

        `way_back` says how traffic goes back meanwhile, in each error. With `only_read` nothing is made, and nothing in
        the file is changed, not even what a process that was killed has left beside it.
        """
        self.path = path
        self.busy_seconds = busy_seconds
        self.was_empty = False
        self._way_back = way_back
        self._in_writing = False
        with self._told():
            if not only_read:
                self.was_empty = make_file(path)
                self._is_sqlite()
            elif error := not_there(path):
                raise error
            self._connection = self._connect("mode=ro" if only_read else "")
        try:
            with self._told():
                try:
                    self._stand(only_read)
                except sqlite3.OperationalError as error:
                    if not only_read or not self._stands_alone(error):
                        raise
                    self._connection.close()
                    self._connection = self._connect("mode=ro&immutable=1")
                    self._stand(only_read)
            self._standing = Standing(path)
        except BaseException:
            self.close()
            raise

    def _connect(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{how}" if how else self.path,
            timeout=self.busy_seconds,
            isolation_level=None,
            check_same_thread=False,
            uri=bool(how),
        )
        # A damaged text must not stop verify from telling where it stands.
        connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        return connection

    def _is_sqlite(self) -> None:
        """Raise sqlite3.DatabaseError where the file itself is none of SQLite's, whatever lies beside it.

        What a journal left beside a file that took its place would be written into that one.
        """
        with closing(self._connect("mode=ro&immutable=1")) as alone:
            alone.execute("PRAGMA schema_version").fetchone()

    def _stand(self, only_read: bool) -> None:
        self._connection.execute("PRAGMA synchronous = FULL")
        stand(self._connection, self.path, self.busy_seconds, only_read=only_read)

    def _stands_alone(self, error: sqlite3.OperationalError) -> bool:
        """Whether a reader is refused only for want of room for the index that it would share with writers.

        Where there is none, nobody else has the file open, and where no log waits either the file is the whole journal.
        """
        log, index = (Path(f"{self.path}{end}") for end in ("-wal", "-shm"))
        return error.sqlite_errorcode in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN) and not (
            (log.exists() and log.stat().st_size) or (index.exists() and index.stat().st_size >= INDEX_BYTES)
        )

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self.path)

    @property
    def look(self) -> str:
        """The command that says where it is damaged."""
        return look(self.path)

    @property
    def remedies(self) -> str:
        """What helps where it is damaged, after `journal verify` said where."""
        return remedies(self.path)

    def begin(self, fact: Declared, actor: str, at: float) -> Event:
        """As a Store."""
        with self._writing():
            incident_id = self._next_id()
            return self._add(incident_id, 0, "", [fact], actor, at)[0]

    def append(
        self,
        incident_id: str,
        facts: Sequence[AnyFact],
        actor: str,
        at: float,
        after_seq: int,
        *,
        once: bool = False,
    ) -> list[Event]:
        """As a Store."""
        with self._writing():
            since = self._read(incident_id, after_seq)
            if once:
                facts = [fact for fact in facts if not self._holds(incident_id, fact)]
            seq, head = self._head(incident_id)
            if seq < max(after_seq, 1):
                raise JournalError(
                    f"The journal has only {seq} events of {incident_id}", "Was it put back from a copy? Open it again."
                )
            return since + self._add(incident_id, seq, head, facts, actor, at)

    def append_found(
        self,
        incident_id: str,
        find: Callable[[Sequence[Event]], Sequence[AnyFact]],
        actor: str,
        at: float,
        after_seq: int,
    ) -> list[Event]:
        """As a Store."""
        with self._writing():
            since = self._read(incident_id, after_seq)
            facts = find(since)
            return self.append(incident_id, facts, actor, at, after_seq) if facts else since

    def read(self, incident_id: str, after: int = 0, most: int = -1) -> list[Event]:
        """As a Store."""
        with self._told():
            self._standing.check()
            return self._read(incident_id, after, most)

    def incidents(self) -> list[str]:
        """As a Store."""
        found: list[str] = []
        with self._told():
            self._standing.check()
            last = ""
            # One seek for each incident, not a walk over every event.
            while (row := self._one("SELECT min(incident) FROM event WHERE incident > ?", last)) and row[0] is not None:
                if not isinstance(row[0], str) or row[0] <= last:  # out of order, it would never end
                    raise damaged(self.path, "its incidents are out of order")
                last = row[0]
                found.append(last)
        return sorted(found, key=lambda name: (len(name), name))

    def next_id(self) -> str:
        """As a Store."""
        with self._told():
            return self._next_id()

    def verify(self) -> list[Damage]:
        """As a Store, with what SQLite finds wrong with the file."""
        found: list[Damage] = []
        try:
            for (text,) in self._connection.execute("PRAGMA integrity_check"):
                if text != "ok":
                    found.append(Damage("", 0, f"SQLite: {' '.join(str(text).split())}"))
            rows = (Row(*row) for row in self._connection.execute(_ROW))
            found += hash_chain.breaks(rows)
        except FAILURES as error:
            found.append(Damage("", 0, f"SQLite: {error}"))
        return found

    def take_over(self, rows: Iterable[Row]) -> None:
        """Write stored events as they are, hashes and all, into a journal that has none.

        Raises JournalError where they are no whole chains; then nothing is written.
        """
        with self._writing():
            self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", rows)
            if found := self.verify():
                raise damaged(self.path, found[0].sentence.rstrip("."))

    def close(self) -> None:
        """Close the file. Safe to call again."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _one(self, query: str, *values: str | int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query, values).fetchone()
        return row

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what goes wrong inside as a JournalError, with the way back of traffic."""
        try:
            yield
        except (*FAILURES, JournalError) as error:
            told = error if isinstance(error, JournalError) else of_sqlite(error, self.path)
            raise told_with(told, self._way_back()) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction into the file that was opened, if it still stands. Within one it is the same one."""
        if self._in_writing:
            yield
            return
        with self._told():
            self._standing.check()
            with transaction(self._connection):
                self._in_writing = True
                try:
                    yield
                finally:
                    self._in_writing = False

    def _next_id(self) -> str:
        (number,) = self._one(
            "SELECT max(CAST(substr(incident, ?) AS INTEGER)) FROM event WHERE seq = 1 AND incident GLOB ?",
            len(PREFIX) + 1,
            f"{PREFIX}[0-9]*",
        )
        return f"{PREFIX}{(number or 0) + 1:04}"

    def _head(self, incident_id: str) -> tuple[int, str]:
        """Number and hash of the newest event; (0, "") before the first."""
        row = self._connection.execute(
            "SELECT seq, hash FROM event WHERE incident = ? ORDER BY seq DESC LIMIT 1", (incident_id,)
        ).fetchone()
        if row and not (isinstance(row[0], int) and isinstance(row[1], str)):
            raise damaged(self.path, f"the newest event of {incident_id} carries no number or no hash")
        return (row[0], row[1]) if row else (0, "")

    def _read(self, incident_id: str, after: int, most: int = -1) -> list[Event]:
        query = f"{_ROW} WHERE incident = ? AND seq >= ? ORDER BY seq LIMIT ?"
        # With the event before, whose hash the first one must follow.
        limit = most + 1 if most >= 0 and after else most
        read: list[Event] = []
        try:
            rows = self._connection.execute(query, (incident_id, after, limit))
            for event in hash_chain.follow((Row(*row) for row in rows), after):
                read.append(event)  # kept where a later one is broken
        except (Broken, *FAILURES) as error:
            told = broken(self.path, error.damage) if isinstance(error, Broken) else of_sqlite(error, self.path)
            if self._way_back():  # the events before it know of which services this is, and where they go back to
                if after:
                    self._read(incident_id, 0)  # which is broken there too, and raises
                told = told_with(told, way_back_of(read))
            raise told from error
        if read and not after and not isinstance(read[0].fact, Declared):
            raise damaged(self.path, f"the first event of {incident_id} declares nothing")
        if read:
            self._standing.seen[incident_id] = read[-1].seq, read[-1].hash
        return read

    def _holds(self, incident_id: str, fact: AnyFact) -> bool:
        """Whether an event of the incident says exactly that; asked and written in one transaction."""
        query = "SELECT EXISTS (SELECT 1 FROM event WHERE incident = ? AND fact = ?)"
        return bool(self._connection.execute(query, (incident_id, hash_chain.encode(fact))).fetchone()[0])

    def _add(
        self, incident_id: str, seq: int, head: str, facts: Sequence[AnyFact], actor: str, at: float
    ) -> list[Event]:
        added: list[Event] = []
        actor, at = hash_chain.carried(actor), float(at)
        for fact in facts:
            seq += 1
            stored = hash_chain.encode(fact)
            head = hash_chain.link(head, incident_id, seq, at, actor, stored)
            try:
                added.append(hash_chain.event(Row(incident_id, seq, at, actor, stored, head)))
            except ValueError as error:
                # Better refused now than a journal that can't be opened later.
                raise JournalError(f"Not written, as it could not be read again: {error}", "Report this.") from error
            self._connection.execute(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", (incident_id, seq, at, actor, stored, head)
            )
        return added
