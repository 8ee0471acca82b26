"""The incident in memory, kept equal to the journal: facts go in here, and come back as the folded incident."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from functools import partial, reduce
from itertools import takewhile
from typing import Any, ParamSpec, TypeVar

from warroom.clock import Clock
from warroom.incident.events import AnyFact, Declared, Event
from warroom.incident.fold import apply, fold
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.store import Store
from warroom.incident.state import Incident
from warroom.wording import fact_for_record

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Owed = tuple[AnyFact, float, str]  # fact, when, who


_ORIGIN_WITHIN = 20
"""So many incidents back the journal's id is looked for; older ones may be from before there was one."""


class Recorder:
    """Writes facts in order in the journal's one `thread`, so that a slow or locked disk never stops the loop.

    A fact that can't be written is folded all the same and tried again with the next one; `trouble` says so meanwhile.
    When it works again the incident is folded anew from the journal, so that both say the same.
    """

    def __init__(self, journal: Store, thread: Executor, clock: Clock, actor: str) -> None:
        self.journal = journal
        self.clock = clock
        self.actor = actor
        self.incident: Incident | None = None
        self.trouble = ""
        self.unwritten: list[_Owed] = []
        self.listeners: list[Callable[[tuple[Event, ...]], None]] = []
        self._thread = thread
        self._seen = 0  # the number of the newest event that the journal has shown us
        self._apart = False  # True while memory holds what the journal does not, or the other way round
        self._order = asyncio.Lock()
        self._writing: set[asyncio.Task[Any]] = set()

    @property
    def now(self) -> Incident:
        """The incident as it stands. Raises LookupError before one is declared or opened."""
        if self.incident is None:
            raise LookupError("no incident is open")
        return self.incident

    async def declare(self, declared: Declared) -> Incident:
        """Begin an incident under the next free number. Raises JournalError: without a journal there is no incident."""
        event = await self._in_thread(self.journal.begin, fact_for_record(declared), self.actor, self.clock.now())
        self._seen = event.seq
        self._fold((event,))
        return self.now

    async def origin(self) -> str:
        """The short id that this journal's incidents were given, "" before there is one. Raises JournalError."""
        return await self._in_thread(_origin, self.journal)

    async def open(self, incident_id: str) -> Incident:
        """Take up an incident where its journal stands. Raises JournalError, and LookupError where it has none."""
        return await self.take_up(partial(named, incident_id))

    async def take_up(self, find: Callable[[Store], Incident]) -> Incident:
        """Take up the incident that `find` folds from the journal, in its thread. Raises what `find` raises."""
        self.incident = await self._in_thread(find, self.journal)
        self._seen = self.incident.last_seq
        return self.incident

    async def record(self, *facts: AnyFact, actor: str = "") -> bool:
        """Write facts and fold them. False when the disk refused; they are folded all the same, and owed to it."""
        # Begun is finished, also when whoever asked is cancelled: else a fact could be lost, or written twice.
        return await asyncio.shield(self.submit(*facts, actor=actor))

    def submit(self, *facts: AnyFact, actor: str = "") -> asyncio.Task[bool]:
        """As `record`, without waiting: it is with the journal's thread after one turn of the loop, if that is free."""
        moment = self.clock.now()
        return self._begun(self._write([(fact_for_record(fact), moment, actor or self.actor) for fact in facts]))

    async def once(self, *facts: AnyFact, actor: str = "") -> None:
        """Write those facts that no event of the incident says yet: of several processes only one writes each.

        A disk that refuses is tried again by whoever calls again; nothing is owed to it.
        """
        await asyncio.shield(self._begun(self._once(tuple(map(fact_for_record, facts)), actor or self.actor)))

    async def record_found(self, find: Callable[[Incident], Sequence[AnyFact]], *, actor: str = "") -> bool:
        """Write what `find` sees in the incident as the journal has it in the very moment of writing.

        Of several hands that see the same, one writes it. False when there was nothing to write by then. What the disk
        refuses is folded all the same, and owed to it. `find` is called in the journal's thread.
        """
        return await asyncio.shield(
            self._begun(self._found(lambda now: [fact_for_record(fact) for fact in find(now)], actor or self.actor))
        )

    async def _found(self, find: Callable[[Incident], Sequence[AnyFact]], actor: str) -> bool:
        async with self._order:
            known, at, said = self.now, self.clock.now(), False

            def facts(since: Sequence[Event]) -> Sequence[AnyFact]:
                nonlocal said
                found = find(reduce(apply, since, known))
                said = bool(found)
                return found

            append = self.journal.append_found
            if not self._apart and await self._take_in(append, known.id, facts, actor, at, self._seen):
                return said
            # By memory then, and the disk is asked once more.
            found = find(self.now)
            if found:
                await self._written([(fact, at, actor) for fact in found])
            return bool(found)

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Have no write under way, and begin none: who is stopped in mid-write keeps the journal from all others."""
        async with self._order:
            yield

    async def settled(self) -> None:
        """Wait for the end of every write that was begun, also of those whose asker is gone."""
        while self._writing:
            await asyncio.wait(self._writing)

    def _begun(self, write: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.ensure_future(write)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    async def _once(self, facts: tuple[AnyFact, ...], actor: str) -> None:
        async with self._order:
            if self._apart:
                return  # what the journal holds is not known just now
            append = partial(self.journal.append, once=True)
            await self._take_in(append, self.now.id, facts, actor, self.clock.now(), self._seen)

    async def follow(self) -> None:
        """Take in what others have written since, and what is still owed to the disk."""
        async with self._order:
            # Asked in turn: a write that was under way may just have failed, and reading can work all the same.
            if not self._apart:
                await self._take_in(self.journal.read, self.now.id, self._seen)
                return
        await self.record()

    async def _take_in(self, ask: Callable[_P, list[Event]], *args: _P.args, **kwargs: _P.kwargs) -> bool:
        """Fold what the journal answers with; False where it does not, which is kept."""
        try:
            events = await self._in_thread(ask, *args, **kwargs)
        except JournalError as error:
            self.trouble = error.title
            return False
        self.trouble = ""
        if events:
            self._seen = events[-1].seq
            self._fold(tuple(events))
        return True

    async def _write(self, fresh: list[_Owed]) -> bool:
        async with self._order:
            return await self._written(fresh)

    async def _written(self, fresh: list[_Owed]) -> bool:
        owed = [*self.unwritten, *fresh]
        if not owed and not self._apart:
            return True
        events: list[Event] = []
        try:
            while owed:
                _, at, actor = owed[0]
                facts = _together(owed)
                events += await self._in_thread(self.journal.append, self.now.id, facts, actor, at, self._seen)
                self._seen = events[-1].seq
                del owed[: len(facts)]
            whole = await self._in_thread(self._whole) if self._apart else None
        except JournalError as error:
            self.unwritten, self.trouble, self._apart = owed, error.title, True
            self._fold(self._provisional(fresh))
            return not owed
        self.unwritten, self.trouble, self._apart = [], "", False
        if whole is not None:
            # Numbers were given that the journal gave otherwise: what it says holds.
            self.incident, self._seen = whole, whole.last_seq
            events = []
        self._fold(tuple(events))
        return True

    def _whole(self) -> Incident:
        return fold(self.journal.read(self.now.id))

    async def events(self) -> list[Event]:
        """Everything that the journal holds of the incident, in order. Raises JournalError."""
        return await self._in_thread(self.journal.read, self.now.id)

    def _provisional(self, fresh: list[_Owed]) -> tuple[Event, ...]:
        incident = self.now
        return tuple(
            Event(incident.id, incident.last_seq + number, at, actor, fact)
            for number, (fact, at, actor) in enumerate(fresh, start=1)
        )

    def _fold(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.incident = apply(self.incident, event)
        for listener in self.listeners:
            listener(events)

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *args, **kwargs))


def _origin(store: Store) -> str:
    for number in reversed(store.incidents()[-_ORIGIN_WITHIN:]):
        first = next(iter(store.read(number, 0, 1)), None)
        if first is not None and isinstance(first.fact, Declared) and first.fact.origin:
            return first.fact.origin
    return ""


def named(incident_id: str, store: Store) -> Incident:
    """The incident of that number, as it stands in `store`. Raises JournalError, and LookupError for an unknown one."""
    events = store.read(incident_id)
    if not events:
        raise LookupError(f"there is no {incident_id}")
    return fold(events)


def _together(owed: list[_Owed]) -> list[AnyFact]:
    """The facts at the head that were recorded by one actor at one moment: they become one transaction."""
    _, at, actor = owed[0]
    return [fact for fact, *_ in takewhile(lambda one: one[1:] == (at, actor), owed)]
