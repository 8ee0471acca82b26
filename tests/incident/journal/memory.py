"""A store that keeps its events in memory: what the protocol asks, and nothing of a file."""

from collections.abc import Callable, Sequence
from threading import RLock

from warroom.incident.events import AnyFact, Declared, Event
from warroom.incident.journal import hash_chain
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.hash_chain import Broken, Damage, Row


class Shelf:
    """What several of them share, as several processes share one file."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self.lock = RLock()


class MemoryStore:
    """One way to the events of a shelf."""

    was_empty = False
    where = "this process's memory"
    look = "There is nothing to look at."
    remedies = "There is none."

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._open = True

    def begin(self, fact: Declared, actor: str, at: float) -> Event:
        """As a Store."""
        with self._shelf.lock:
            name = self.next_id()
            return self._add(name, [fact], actor, at)[0]

    def append(
        self, incident_id: str, facts: Sequence[AnyFact], actor: str, at: float, after_seq: int, *, once: bool = False
    ) -> list[Event]:
        """As a Store."""
        with self._shelf.lock:
            since = self.read(incident_id, after_seq)
            rows = self._shelf.rows.get(incident_id, [])
            if len(rows) < max(after_seq, 1):
                raise JournalError(f"The journal has only {len(rows)} events of {incident_id}", "Open it again.")
            if once:
                held = {row.fact for row in rows}
                facts = [fact for fact in facts if hash_chain.encode(fact) not in held]
            return since + self._add(incident_id, facts, actor, at)

    def append_found(
        self,
        incident_id: str,
        find: Callable[[Sequence[Event]], Sequence[AnyFact]],
        actor: str,
        at: float,
        after_seq: int,
    ) -> list[Event]:
        """As a Store."""
        with self._shelf.lock:
            since = self.read(incident_id, after_seq)
            facts = find(since)
            return self.append(incident_id, facts, actor, at, after_seq) if facts else since

    def read(self, incident_id: str, after: int = 0, most: int = -1) -> list[Event]:
        """As a Store."""
        with self._shelf.lock:
            self._still_open()
            rows = self._shelf.rows.get(incident_id, [])[max(after - 1, 0) :]
            try:
                found = list(hash_chain.follow(rows, after))
            except Broken as error:
                raise JournalError(error.damage.sentence.rstrip("."), self.remedies) from error
            return found if most < 0 else found[:most]

    def incidents(self) -> list[str]:
        """As a Store."""
        with self._shelf.lock:
            self._still_open()
            return list(self._shelf.rows)

    def next_id(self) -> str:
        """As a Store."""
        with self._shelf.lock:
            self._still_open()
            return f"INC-{len(self._shelf.rows) + 1:04}"

    def verify(self) -> list[Damage]:
        """As a Store."""
        with self._shelf.lock:
            return list(hash_chain.breaks(row for rows in self._shelf.rows.values() for row in rows))

    def close(self) -> None:
        """As a Store."""
        self._open = False

    def _still_open(self) -> None:
        if not self._open:
            raise JournalError("The journal is closed", "Open it again.")

    def _add(self, incident_id: str, facts: Sequence[AnyFact], actor: str, at: float) -> list[Event]:
        rows = list(self._shelf.rows.get(incident_id, []))
        first = len(rows)
        for fact in facts:
            head, seq, stored = rows[-1].hash if rows else "", len(rows) + 1, hash_chain.encode(fact)
            said, when = hash_chain.carried(actor), float(at)
            linked = hash_chain.link(head, incident_id, seq, when, said, stored)
            rows.append(Row(incident_id, seq, when, said, stored, linked))
        added = [hash_chain.event(row) for row in rows[first:]]
        self._shelf.rows[incident_id] = rows
        return added
