"""What a journal must do, wherever it keeps its events. SQLite is one such store; tests/incident/journal try each."""

from collections.abc import Callable, Sequence
from typing import Protocol

from warroom.incident.events import AnyFact, Declared, Event
from warroom.incident.journal.hash_chain import Damage


class Store(Protocol):
    """Every incident's events: only ever added to, each tied to the one before by a hash.

    An incident's events are numbered from 1 on without a gap, and the first is its Declared. A writer says up to which
    number it knows them (`after_seq`), and gets what others added since along with its own: so nobody's event is lost,
    and nobody folds one twice. Whoever only follows reads behind that number.

    Several processes may write at the same time. What a call acknowledged survives the machine's death. Facts are kept
    without tokens, so that what comes back may differ from what was given. Everything raises JournalError and nothing
    else. All calls block, and come from one thread at a time, which need not be the one that opened it: give it a
    worker thread of its own.
    """

    @property
    def where(self) -> str:
        """Where the events are, as people would find them again, for sentences: a path, or an address."""

    @property
    def look(self) -> str:
        """How to see where events are damaged, as a sentence: the first remedy."""

    @property
    def remedies(self) -> str:
        """What helps after that, as sentences, the gentlest first."""

    @property
    def was_empty(self) -> bool:
        """Whether the place was there before it was opened, and held nothing: incidents may have been lost."""

    def begin(self, fact: Declared, actor: str, at: float) -> Event:
        """Declare an incident: take the next free id and write its first event, both at once.

        `at` is in Unix seconds. Two that begin at the same time get two ids.
        """

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
        """Add `facts` behind all that is there, all or none; with `once` only those that the incident does not hold.

        Returns what others have added since `after_seq`, in order, and behind it the new events. Raises JournalError
        where the store knows less than `after_seq` events, or no such incident: it is not the one that was read.
        """

    def append_found(
        self,
        incident_id: str,
        find: Callable[[Sequence[Event]], Sequence[AnyFact]],
        actor: str,
        at: float,
        after_seq: int,
    ) -> list[Event]:
        """Add what `find` makes of what others have added since `after_seq`; nobody writes in between.

        Returns as `append` does. `find` is called once, also where nothing was added; what it raises is raised, and
        nothing is written.
        """

    def read(self, incident_id: str, after: int = 0, most: int = -1) -> list[Event]:
        """The incident's events numbered above `after`, in order, the first `most` of them (-1: all).

        None for an unknown incident. Each is proved by its hash; one that is not raises JournalError.
        """

    def incidents(self) -> list[str]:
        """The ids of all incidents, in the order of their declaration."""

    def next_id(self) -> str:
        """The id that `begin` would give now. Only `begin` takes it."""

    def verify(self) -> list[Damage]:
        """Everything that is wrong with the store and its chains; empty when nothing is. It raises nothing."""

    def close(self) -> None:
        """Let go of it. Safe to call again."""
