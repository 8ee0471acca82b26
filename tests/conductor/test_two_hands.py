"""Two boards at once, over the wire: Cloud Run's etag decides, the loser is told by whom, and both show what is."""

from itertools import product
from pathlib import Path

import pytest

from tests.conductor.two_hands import COURSES, STABLE, two_hands

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
