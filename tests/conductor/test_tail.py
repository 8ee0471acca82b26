"""Following the request logs: what is counted, what breaks, what is said, and what it does to the verdict."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from zlib import crc32

import pytest

from tests.conductor.fakes import OLD
from tests.conductor.rig import NAME, Rig, until
from warroom.conductor import loops
from warroom.incident import events
from warroom.rollout.evidence import Grade, Histogram, Sample
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied, ServiceError, Unreachable
from warroom.services.logs import ErrorLog, Logged, Tailed

PER_SECOND = 50
MINUTE = 60.0


class FakeLogs:
    """Logging as a test tells it: `tell` puts an answer into the tail, `world` is what a list finds."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[Tailed | ServiceError] = asyncio.Queue()
        self.world: list[Logged] = []
        self.tails: list[float] = []
        self.asked: list[tuple[float, float, float]] = []

    async def errors_since(
        self, ref: ServiceRef, revisions: Sequence[str], start: float, end: float, lines: int = 3
    ) -> ErrorLog:
        """Nothing."""
        return ErrorLog(start, end, 0)

    async def tail(self, services: Sequence[ServiceRef], share: float = 1.0) -> AsyncGenerator[Tailed, None]:
        """What the test tells, until it tells of an error."""
        self.tails.append(share)
        while True:
            answer = await self.answers.get()
            if isinstance(answer, ServiceError):
                raise answer
            yield answer

    async def requests(
        self, services: Sequence[ServiceRef], start: float, end: float, share: float = 1.0
    ) -> tuple[Logged, ...]:
        """Those of the world."""
        self.asked.append((start, end, share))
        return tuple(one for one in self.world if start <= one.at < end and crc32(one.key.encode()) < share * (1 << 32))

    async def close(self) -> None:
        """Nothing is open."""

    def logged(self, revision: str, start: float, end: float, bad: float = 0.0) -> tuple[Logged, ...]:
        """The requests of [start, end) to a revision, evenly; a share of them fails. They are in the world, too."""
        found = tuple(
            Logged(
                NAME, revision, start + number / PER_SECOND, 500 if number % PER_SECOND < bad * PER_SECOND else 200,
                80.0,
                f"{revision}{start}{number}",
            )
            for number in range(int((end - start) * PER_SECOND))
        )  # fmt: skip
        self.world += found
        return found


class Following:
    """A rig with a hotfix at 25 % whose logs are followed."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.logs = rig, FakeLogs()
        self.tails = rig.conductor.watching.tails
        self.running: asyncio.Task[None] | None = None

    async def measured(self, *, requests: float = PER_SECOND * MINUTE) -> None:
        """Monitoring's newest closed minutes of stable, all well, which the logs have as well."""
        now = self.rig.clock.now() // MINUTE * MINUTE
        self.rig.monitoring.samples = {
            NAME: tuple(
                Sample(OLD, end - MINUTE, end, int(requests), 0, Histogram((100.0,), (int(requests), 0)))
                for end in (now - 3 * MINUTE, now - 2 * MINUTE)
            )
        }
        self.logs.logged(OLD, now - 5 * MINUTE, now - 2 * MINUTE)
        await self.rig.conductor.read(self.rig.monitoring)

    async def followed(self) -> None:
        """The tail is open, and says that it stands."""
        self.running = asyncio.ensure_future(self.tails.run(self.logs))
        await until(lambda: bool(self.logs.tails))
        await self.tell(*self.logs.logged(OLD, self.rig.clock.now() - 1, self.rig.clock.now()))

    async def tell(self, *requests: Logged, suppressed: int = 0) -> None:
        """One answer of the tail, taken in."""
        await self.logs.answers.put(Tailed(requests, suppressed))
        await until(self.logs.answers.empty)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def breaks(self, error: ServiceError) -> None:
        """The tail breaks; it is opened again."""
        before = len(self.logs.tails)
        await self.logs.answers.put(error)
        await until(lambda: len(self.logs.tails) > before)

    async def passes(self, seconds: int, bad: float, revision: str = "") -> None:
        """Time passes, a second at a time, with what the logs tell of it and what is made of that."""
        for _ in range(seconds):
            now = self.rig.clock.now()
            self.rig.clock.advance(1)
            await self.tell(*self.logs.logged(revision or self.rig.candidate, now, now + 1, bad))
            if self.tails.look():
                await self.rig.conductor.watching.judge()

    @property
    def line(self) -> str:
        """What the board says of the logs."""
        return self.tails.line(self.rig.lane, self.rig.clock.now())

    @property
    def grade(self) -> Grade | None:
        """The verdict's."""
        verdict = self.rig.lane.step_verdict
        return verdict.grade if verdict is not None else None


@pytest.fixture
async def following(rig: Rig) -> AsyncIterator[Following]:
    """A hotfix at 25 %, with logs that were compared with Monitoring."""
    rig.clock.advance(600)
    one = Following(rig)
    await rig.at(25)
    await one.measured()
    await one.followed()
    yield one
    assert one.running is not None
    one.running.cancel()
    await asyncio.gather(one.running, return_exceptions=True)


async def test_errors_in_the_logs_are_a_fail_within_seconds(following: Following) -> None:
    """Monitoring shows nothing of the step yet; the logs fail it, with their own clause, once in the journal."""
    before = following.grade
    assert before is Grade.NO_DATA
    await following.passes(15, 0.2)
    assert following.grade is before
    await following.passes(3, 0.2)
    verdict = following.rig.lane.step_verdict
    assert verdict is not None and verdict.grade is Grade.FAIL
    (clause,) = [one for one in verdict.clauses if one.grade is Grade.FAIL]
    assert clause.signal == "logs" and clause.words.startswith("logs: errors 20 % of 600 in 12 s")
    assert verdict.words == "errors 20 % in the logs, limit 1 %"
    said = len(following.rig.facts(events.Judged))
    await following.passes(20, 0.2)
    assert len(following.rig.facts(events.Judged)) == said


async def test_no_errors_in_the_logs_are_no_pass(following: Following) -> None:
    """Good news stays with Monitoring; the board says what the logs saw, of how many, and how old that is."""
    await following.passes(60, 0.0)
    assert following.grade is Grade.NO_DATA
    assert following.line == "logs: errors 0 % of 1 500 in 30 s, 4 s ago"


async def test_the_fail_stands_until_monitoring_has_measured_later_minutes(following: Following) -> None:
    """The errors end and the logs are fine again: it is not for them to say that, and silence says nothing."""
    await following.passes(20, 0.2)
    await following.passes(60, 0.0)
    await following.rig.conductor.watching.judge()
    assert following.grade is Grade.FAIL


async def test_logs_that_were_not_compared_with_monitoring_fail_nothing(rig: Rig) -> None:
    """Who leaves out what went well shows nothing but errors: until the counts agree, nothing is concluded."""
    rig.clock.advance(600)
    one = Following(rig)
    await rig.at(25)
    await one.measured(requests=PER_SECOND * MINUTE * 2)  # twice as many as the logs have
    await one.followed()
    await one.passes(40, 0.9)
    assert one.grade is not Grade.FAIL
    assert one.line == (
        "logs: incomplete, at most 55 % of Monitoring's count: a filter or sink drops entries; Monitoring alone judges"
    )
    assert one.running is not None
    one.running.cancel()
    await asyncio.gather(one.running, return_exceptions=True)


async def test_a_broken_tail_is_opened_again_and_its_hole_filled(following: Following) -> None:
    """What passed meanwhile is listed; an entry that both tell of counts once; the break is said while it lasts."""
    await following.passes(40, 0.0)
    asked = len(following.logs.asked)
    await following.breaks(Unreachable("Cloud Logging unreachable", "Wait"))
    assert following.line.startswith("logs: cloud Logging unreachable since ")
    hole = following.rig.clock.now()
    missed = following.logs.logged(following.rig.candidate, hole, hole + 5, 0.0)
    following.rig.clock.advance(5)
    await following.tell(*missed[-20:])
    await until(lambda: len(following.logs.asked) > asked)
    await following.passes(35, 0.0)
    assert following.line == "logs: errors 0 % of 1 500 in 30 s, 4 s ago"


async def test_suppressed_entries_are_said_and_judge_nothing(following: Following) -> None:
    """What Logging leaves out of a tail could be anything: those seconds do not count."""
    await following.passes(5, 0.3)
    await following.tell(suppressed=1240)
    assert following.line == "logs: Logging left out 1 240 entries or more: they are not counted just now"
    await following.passes(10, 0.3)
    assert following.grade is not Grade.FAIL


async def test_a_missing_permission_is_said(following: Following) -> None:
    """By its name, and that Monitoring goes on alone; it is asked for again, but not at once."""
    before = following.rig.clock.now()
    await following.breaks(Denied("You may not logging.logEntries.list on project shop-prod", "Ask"))
    assert following.rig.clock.now() - before >= 300
    assert following.line.startswith("logs: you may not logging.logEntries.list on project shop-prod since ")
    assert following.line.endswith("; Monitoring alone judges")


async def test_the_volume_is_bounded_by_a_sample(following: Following) -> None:
    """Above so many requests a second a known share is asked for, and said."""
    assert following.logs.tails[-1] == 1.0
    await following.measured(requests=1000 * MINUTE)
    following.tails.look()
    assert following.running is not None
    await following.running
    following.running = asyncio.ensure_future(following.tails.run(following.logs))
    await until(lambda: len(following.logs.tails) > 1)
    assert following.logs.tails[-1] == 0.2


async def test_with_logging_switched_off_nothing_is_followed_or_said(rig: Rig) -> None:
    """No loop, no line, and a verdict that is the one without logs."""
    await rig.at(25)
    assert rig.conductor.clients is not None and rig.conductor.clients.logs is None
    assert loops.logs(rig.conductor, rig.conductor.watching) == []
    tails = rig.conductor.watching.tails
    assert tails.line(rig.lane, rig.clock.now()) == "" and not tails.look()
    await rig.judge(Grade.WEAK)
    assert tails.heard(rig.lane, rig.lane.verdict) == rig.lane.verdict
