"""Two boards that judge one candidate over the wire, neither in step with the other: one evidence, one verdict."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from tests.conductor.fakes import FakeProber
from tests.conductor.two_hands import Place, two_hands
from warroom.incident import events
from warroom.rollout.evidence import Grade, Verdict
from warroom.services.errors import Unreachable

READ_SECONDS, PROBE_SECONDS = 10, 2
PERCENT = 10


class Judges:
    """Two boards whose loops are turned by hand: `a` reads on the full ten seconds, `b` five seconds later."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.probers = {hand.actor: FakeProber(place.clock) for hand in (place.a, place.b)}

    async def watch(self, seconds: int) -> None:
        """Let so much time pass."""
        for _ in range(seconds):
            self.place.clock.advance(1)
            now = int(self.place.clock.now())
            for hand, late in ((self.place.a, 0), (self.place.b, READ_SECONDS // 2)):
                if (now - late) % READ_SECONDS == 0:
                    await hand.conductor.watching.read(hand.monitoring)
                if (now - late) % PROBE_SECONDS == 0:
                    await hand.conductor.recorder.follow()
                    await hand.conductor.watching.probe(self.probers[hand.actor])

    @property
    def said(self) -> list[Verdict]:
        """All verdicts on this rung, as they were written."""
        judged = [event.fact.verdict for event in self.place.log() if isinstance(event.fact, events.Judged)]
        return [verdict for verdict in judged if verdict.percent == PERCENT]

    def count(self, kind: type[events.AnyFact]) -> int:
        """How many facts of a kind were written."""
        return sum(isinstance(event.fact, kind) for event in self.place.log())

    def told_once(self) -> None:
        """No verdict goes back behind another, and each end of the evidence has one only."""
        ends = [end for verdict in self.said if (end := _end(verdict))]
        assert ends == sorted(set(ends)), [(verdict.grade, verdict.at, _end(verdict)) for verdict in self.said]


def _end(verdict: Verdict) -> float:
    return max((one.data_end or 0.0 for one in verdict.clauses if one.signal == "errors"), default=0.0)


class Cut:
    """A Monitoring that is not reached from here."""

    async def freshness(self, _project: str) -> None:
        """Never."""
        raise Unreachable("Cloud Monitoring does not answer", "Look at your line")


@asynccontextmanager
async def judges(path: Path) -> AsyncIterator[Judges]:
    """Both on a hotfix that takes ten percent and is healthy."""
    async with two_hands(path / "journal.db") as place:
        await place.climb(PERCENT)
        yield Judges(place)


async def test_one_evidence_is_judged_once(tmp_path: Path) -> None:
    """Six minutes in which each reads between the other's readings: a verdict a minute, and none contradicts."""
    async with judges(tmp_path) as two:
        await two.watch(360)
        two.told_once()
        assert two.said[-1].grade is Grade.PASS
        assert 3 <= len(two.said) <= 8


async def test_a_board_that_is_opened_later_judges_nothing_that_it_has_not_read(tmp_path: Path) -> None:
    """Before its own first reading it does not know how old the metrics may be, and leaves the verdict that stands."""
    async with judges(tmp_path) as two:
        await two.watch(300)
        before = len(two.said)
        await two.place.b.begin(two.place.a.conductor.incident.id)
        await two.place.b.conductor.watching.probe(two.probers["@bob"])
        assert len(two.said) == before


async def test_probes_that_fail_from_one_place_only(tmp_path: Path) -> None:
    """Bad news counts from whichever board; the other one does not take it back as long as those probes count."""
    async with judges(tmp_path) as two:
        await two.watch(300)
        before, changes = len(two.said), two.count(events.ProbeChanged)
        ladder = two.place.a.lane.ladder
        assert ladder is not None
        two.probers["@bob"].bad = {ladder.tag: "HTTP 503"}
        await two.watch(180)
        assert two.count(events.ProbeChanged) - changes <= 3
        fresh = [verdict.grade for verdict in two.said[before:]]
        assert set(fresh) == {Grade.FAIL}
        assert len(fresh) <= 5  # one for the news, one for each minute's evidence
        two.probers["@bob"].bad = {}
        await two.watch(180)
        assert two.said[-1].grade is Grade.PASS


async def test_a_board_that_can_not_read_leaves_it_to_the_one_that_can(tmp_path: Path) -> None:
    """Its own line to Monitoring is down: it says so once, and no verdict of the other's is taken back by it again."""
    async with judges(tmp_path) as two:
        await two.watch(300)
        two.place.b.monitoring = cast(Any, Cut())
        await two.watch(20)
        before = len(two.said)
        await two.watch(240)
        assert two.count(events.SourceLost) <= 3
        assert {verdict.grade for verdict in two.said[before:]} == {Grade.PASS}
        assert len(two.said) - before <= 5
