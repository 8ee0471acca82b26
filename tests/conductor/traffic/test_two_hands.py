"""Two boards at once, over the wire: Cloud Run's etag decides, the loser is told by whom, and both show what is."""

from itertools import product
from pathlib import Path

import pytest

from tests.conductor.two_hands import COURSES, STABLE, two_hands
from tests.spoken import spoken
from warroom.conductor.traffic.outcomes import ARRIVES_SECONDS
from warroom.drill.scenario.faults import Fault
from warroom.services.errors import Effect, ServiceError

NEXT, FAR = ("advance", None), ("advance", 50)
ABORT, BACK = ("abort", None), ("roll-back", None)
LOST = ((False, False), (True, False), (False, True))


@pytest.mark.parametrize("percent", [0, 10])
@pytest.mark.parametrize(
    ("first", "second"),
    [(NEXT, NEXT), (NEXT, FAR), (NEXT, ABORT), (FAR, BACK), (ABORT, ABORT)],
    ids=["advances", "two-advances", "advance-abort", "advance-rollback", "aborts"],
)
async def test_a_race_has_one_winner_and_both_boards_know_it(
    tmp_path: Path, first: tuple[str, int | None], second: tuple[str, int | None], percent: int
) -> None:
    """In every order of writes and answers, also where one answer never comes: one truth, told as it is."""
    async with two_hands(tmp_path / "journal.db") as place:
        for course, lost in product(COURSES, LOST):
            place.a.line.lost = place.b.line.lost = False
            await place.climb(percent)
            place.a.line.lost, place.b.line.lost = lost
            await place.race(first, second, course)
            place.told_truly()
            place.a.line.lost = place.b.line.lost = False
            await place.calm()
            place.check()
            await place.a.do("abort")
            assert place.served == {STABLE: 100}


async def test_an_abort_that_never_arrived_is_an_alarm_and_works_again_at_once(tmp_path: Path) -> None:
    """Unknown: the key works at once. Found not applied: line 2 is an alarm on both boards, until one answers it."""
    async with two_hands(tmp_path / "journal.db") as place:
        for answers in (True, False):
            await place.climb(10)
            place.emulator.control.begin(Fault("status", method="UpdateService", status="UNAVAILABLE"))
            with pytest.raises(ServiceError, match="Unknown whether") as told:
                await place.a.do("abort")
            assert told.value.effect is Effect.UNKNOWN and "x y again works at once" in spoken(str(told.value))
            if answers:
                await place.a.do("abort")
            else:
                place.clock.advance(ARRIVES_SECONDS)
                await place.a.look()
                await place.b.look()
                for hand in (place.a, place.b):
                    assert hand.alarm().startswith("ABORT DID NOT HAPPEN: x again. Cloud Run never took it")
                await place.b.do("abort")
            await place.calm()
            assert (place.a.alarm(), place.b.alarm(), place.served) == ("", "", {STABLE: 100})
            place.check()
