"""Two boards at one place: two conductors, each with its own journal connection and client, on one cloud and one file.

What each sends, and when its answer comes, goes by a script: a race has one course, however fast the machine is.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import FakeMonitoring, FakeProber
from tests.conductor.rig import CONFIG, declaration
from tests.spoken import spoken
from warroom.board import View, board
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.outcomes import ARRIVES_SECONDS
from warroom.conductor.traffic.plans import Consent
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.incident import events
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.state import Lane
from warroom.resources import config_directory
from warroom.rollout.traffic import Service
from warroom.services.clients import Clients
from warroom.services.errors import Conflict, Effect, ServiceError, Unreachable
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import Google, connect
from warroom.services.ports import CloudRun, Operation

GOOD = load_scenario("good-hotfix", config_directory() / "scenarios")
SERVICE = GOOD.services[0]
NAME, STABLE = SERVICE.name, SERVICE.stable.revision
LONGEST_SECONDS = 30.0
"""In real seconds: a race that stands still fails."""

Course = tuple[str, str, str, str]
"""In which order two hands' writes go out ("a", "b") and are answered ("A", "B")."""

COURSES: tuple[Course, ...] = (
    ("a", "A", "b", "B"),
    ("a", "b", "A", "B"),
    ("a", "b", "B", "A"),
    ("b", "B", "a", "A"),
    ("b", "a", "B", "A"),
    ("b", "a", "A", "B"),
)


class GatedJournal(SqliteStore):
    """Writes nothing while its gate is closed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, busy_seconds=5.0)
        self._connection.execute("PRAGMA synchronous = OFF")  # no power fails here, and races must be quick
        self.gate = threading.Event()
        self.gate.set()

    def append(self, *arguments: Any, **more: Any) -> list[events.Event]:
        """As the journal, when it may."""
        self.gate.wait(LONGEST_SECONDS)
        return super().append(*arguments, **more)


class Line:
    """A hand's client, whose next write waits for its turn to go out and for its turn to be answered.

    `lost`: the write is done, and its answer never comes.
    """

    def __init__(self, run: CloudRun) -> None:
        self._run = run
        self.lost = False
        self.turns: dict[str, asyncio.Event] = {}
        self.passed: dict[str, asyncio.Event] = {}
        self.ready = asyncio.Event()
        self.finished = asyncio.Event()

    def script(self, out: str, answered: str) -> None:
        """The next write goes out at `out` and is answered at `answered`."""
        self.turns = {out: asyncio.Event(), answered: asyncio.Event()}
        self.passed = {out: asyncio.Event(), answered: asyncio.Event()}
        self.ready.clear()

    async def shift(self, *arguments: Any, **more: Any) -> Operation:
        """As the client, in its turn; only the first of a change's writes is held back."""
        turns, passed = self.turns, self.passed
        self.turns, self.passed = {}, {}
        if not turns:
            return await self._run.shift(*arguments, **more)
        out, answered = turns
        self.ready.set()
        await turns[out].wait()
        try:
            operation = await self._run.shift(*arguments, **more)
        finally:
            passed[out].set()
            await turns[answered].wait()
            passed[answered].set()
        if self.lost:
            raise Unreachable("Unknown whether it was applied", "Re-reading it now", effect=Effect.UNKNOWN)
        return operation

    async def finish(self, *arguments: Any) -> Service:
        """As the client, and known from outside."""
        service = await self._run.finish(*arguments)
        self.finished.set()
        return service

    def __getattr__(self, name: str) -> Any:
        return getattr(cast(Any, self._run), name)


class Hand:
    """One board and whoever sits at it."""

    def __init__(self, actor: str, journal: GatedJournal, google: Google, clock: ManualClock) -> None:
        self.actor = actor
        self.monitoring = google.monitoring
        self.clock = clock
        self.thread = ThreadPoolExecutor(1)
        self.journal = journal
        self.line = Line(google.run)
        self.told: Exception | None = None

    async def begin(self, incident: str = "") -> None:
        """Declare, or open what the other one declared."""
        self.conductor = Conductor(CONFIG, Recorder(self.journal, self.thread, self.clock, self.actor))
        self.conductor.attach(Clients(cast(Any, self.line), FakeMonitoring(), FakeProber(self.clock)))
        if incident:
            await self.conductor.open(incident)
        else:
            await self.conductor.declare(declaration(self.clock.now(), SERVICE.ref))
        await self.look()

    @property
    def lane(self) -> Lane:
        """The service's, as this board has it."""
        return self.conductor.lane(NAME)

    async def look(self) -> None:
        """What the loops do: follow, look."""
        await self.conductor.recorder.follow()
        await self.conductor.look(cast(Any, self.line))

    async def do(self, action: str, to: int | None = None) -> Service:
        """Plan and fire."""
        plan = self.conductor.plan(action, NAME, image=SERVICE.hotfix_image, revision=STABLE, to=to)
        return await self.conductor.carry_out(plan, Consent(reason="it burns"))

    def alarm(self) -> str:
        """Line 2's alarm."""
        shown = board(self.conductor.incident, CONFIG.protocol, self.clock.now(), View())
        return spoken(shown.sentence.alarm)

    async def race(self, action: str, to: int | None) -> None:
        """The same, keeping what the operator is told."""
        self.told = None
        try:
            await self.do(action, to)
        except (Refused, ServiceError) as told:
            self.told = told


class Place:
    """The cloud, the file, and two hands."""

    def __init__(self, emulator: Emulator, clock: ManualClock, hands: Sequence[Hand]) -> None:
        self.emulator = emulator
        self.clock = clock
        self.a, self.b = hands

    @property
    def served(self) -> dict[str, int]:
        """What the cloud really serves."""
        self.emulator.state.settle(self.clock.now())
        return self.emulator.state.services[SERVICE.ref].split()

    @property
    def generation(self) -> int:
        """How often the cloud took a change."""
        return int(self.emulator.state.services[SERVICE.ref].spec.generation)

    async def climb(self, percent: int) -> None:
        """A new incident whose hotfix takes `percent`; both boards have seen it."""
        self.clock.advance(5)
        await self.a.begin()
        await self.a.do("deploy")
        if percent:
            await self.a.do("advance", percent)
        await self.b.begin(self.a.conductor.incident.id)
        await self.a.look()

    async def race(self, first: tuple[str, int | None], second: tuple[str, int | None], course: Course) -> None:
        """Both fire from what they see, `a` the first action and `b` the second; the course says who comes when."""
        hands = {"a": self.a, "b": self.b}
        self.a.line.script("a", "A")
        self.b.line.script("b", "B")
        turns = {**self.a.line.turns, **self.b.line.turns}
        passed = {**self.a.line.passed, **self.b.line.passed}
        # Both have planned and read before either writes: so does it happen.
        work = {
            name: asyncio.ensure_future(hand.race(*what))
            for (name, hand), what in zip(hands.items(), (first, second), strict=True)
        }
        async with asyncio.timeout(LONGEST_SECONDS):
            await asyncio.wait(
                [asyncio.ensure_future(_either(hand.line.ready.wait(), work[name])) for name, hand in hands.items()]
            )
            for step in course:
                turns[step].set()
                await _either(passed[step].wait(), work[step.lower()])
                for hand in hands.values():
                    await hand.conductor.recorder.settled()
            await asyncio.gather(*work.values())

    async def calm(self) -> None:
        """What an operator sees a while later: late answers are found out."""
        for seconds in (5.0, 5.0, ARRIVES_SECONDS, 5.0):
            self.clock.advance(seconds)
            await self.a.look()
            await self.b.look()
        await self.a.look()

    def log(self) -> list[events.Event]:
        """The incident's journal."""
        return self.a.journal.read(self.a.conductor.incident.id)

    def check(self) -> None:
        """Both boards show what is, and the journal says it once."""
        log, served = self.log(), self.served
        whole = fold(log)
        assert self.a.conductor.incident == self.b.conductor.incident == whole
        lane = whole.lanes[NAME]
        ladder = lane.ladder
        assert ladder is not None
        assert (lane.in_flight, lane.superseded) == (None, ())
        assert {share.revision: share.percent for share in lane.serving if share.percent} == served
        assert (ladder.percent or 0) == served.get(ladder.candidate, 0)
        assert (ladder.ended in ("aborted", "rolled back")) == (self.last_write_of(log) in ("abort", "roll-back"))
        assert not [event for event in log if isinstance(event.fact, events.DriftSeen)]
        intents = [event.fact for event in log if isinstance(event.fact, events.ChangeIntended)]
        ends = [event.fact for event in log if isinstance(event.fact, events.ChangeApplied | events.ChangeFailed)]
        assert len({fact.change for fact in intents}) == len(intents)
        assert sorted(fact.change for fact in ends) == sorted(fact.change for fact in intents)
        for kind in (events.Mitigated, events.LadderStarted):
            assert sum(isinstance(event.fact, kind) for event in log) <= 1
        ticks = [event.fact.item for event in log if isinstance(event.fact, events.Ticked)]
        assert len(set(ticks)) == len(ticks)

    def last_write_of(self, log: Sequence[events.Event]) -> str:
        """The action whose split the cloud holds."""
        holds = [
            (event.fact.generation, event.fact.change) for event in log if isinstance(event.fact, events.ChangeApplied)
        ]
        _, change = max(holds)
        return next(
            event.fact.action
            for event in log
            if isinstance(event.fact, events.ChangeIntended) and event.fact.change == change
        )

    def told_truly(self) -> None:
        """Whoever was refused for the other's sake reads who that was."""
        for hand, other in ((self.a, self.b), (self.b, self.a)):
            if isinstance(hand.told, Conflict) and hand.told.effect is Effect.NOTHING:
                assert hand.told.title == f"not done: {other.actor} was first", hand.told


async def _either(state: Coroutine[Any, Any, Any], work: "asyncio.Task[None]") -> None:
    """Wait for a state, or for the end of what would bring it."""
    waiting = asyncio.ensure_future(state)
    await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


@asynccontextmanager
async def two_hands(path: Path) -> AsyncIterator[Place]:
    """A place for as long as the block lasts."""
    clock = ManualClock()
    scenario = replace(GOOD, faults=(), operation_seconds=1.0)
    emulator = Emulator(scenario, clock)
    addresses = await emulator.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(emulator.stop)
        hands = []
        for actor in ("@ann", "@bob"):
            google = await connect(Endpoint(addresses.run), Endpoint(addresses.monitoring), clock)
            stack.push_async_callback(google.run.close)
            stack.push_async_callback(google.monitoring.close)
            journal = GatedJournal(path)
            stack.callback(journal.close)
            hands.append(Hand(actor, journal, google, clock))
            stack.callback(hands[-1].thread.shutdown)
        yield Place(emulator, clock, hands)
