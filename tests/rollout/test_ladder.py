"""The ladder's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import Need, bake, may_auto_advance, need, next_rung

RUNGS = (10, 25, 50, 100)


@pytest.mark.parametrize(("percent", "following"), [(0, 10), (10, 25), (12, 25), (50, 100), (100, None)])
def test_next_rung(percent: int, following: int | None) -> None:
    """The next rung is the lowest above, also from a percent that is no rung."""
    assert next_rung(RUNGS, percent) == following


@pytest.mark.parametrize(
    ("percent", "to", "baked", "grade", "wanted", "words"),
    [
        (10, 25, True, Grade.PASS, Need.NONE, "PASS"),
        (10, 25, True, Grade.WEAK, Need.CONFIRM, "WEAK"),
        (10, 25, True, Grade.NO_DATA, Need.REASON, "NO DATA"),
        (10, 25, True, Grade.FAIL, Need.REASON, "FAIL"),
        (10, 25, False, Grade.PASS, Need.REASON, "bake is not over"),
        (10, 50, True, Grade.PASS, Need.REASON, "50 % is not the next rung, 25 % is"),
        (10, 30, True, Grade.WEAK, Need.REASON, "30 % is not the next rung"),
        (0, 10, False, Grade.NO_DATA, Need.NONE, "no traffic yet"),
        (0, 10, False, Grade.FAIL, Need.REASON, "FAIL"),
        (0, 25, False, Grade.NO_DATA, Need.REASON, "not the next rung"),
    ],
)
def test_what_an_advance_needs(percent: int, to: int, baked: bool, grade: Grade, wanted: Need, words: str) -> None:
    """Nothing on a baked PASS, a confirmation on WEAK, a reason for all else; from 0 % only FAIL or a skip asks."""
    got, why = need(RUNGS, percent, to, baked, grade)
    assert got is wanted
    assert words in why


def test_every_objection_is_told() -> None:
    """When several things speak against an advance, all of them are said."""
    _, why = need(RUNGS, 10, 100, False, Grade.FAIL)
    assert why == "the verdict is FAIL, the bake is not over, 100 % is not the next rung, 25 % is"


@pytest.mark.parametrize("to", [5, 10, 101])
def test_an_advance_goes_up(to: int) -> None:
    """Down or over 100 is no advance."""
    with pytest.raises(ValueError):
        need(RUNGS, 10, to, True, Grade.PASS)


@pytest.mark.parametrize(
    ("held", "now", "elapsed_left"),
    [(0, 1000, (0, 300)), (0, 1190, (190, 110)), (90, 1190, (100, 200)), (0, 2000, (1000, 0))],
)
def test_bake(held: float, now: float, elapsed_left: tuple[float, float]) -> None:
    """The bake runs from the applied split, stands still on hold, and never has less than nothing left."""
    assert bake(1000, 300, held, now) == elapsed_left


@given(st.integers(0, 100), st.booleans(), st.sampled_from([*Grade, None]), st.booleans(), st.booleans())
def test_nothing_climbs_by_itself_on_less_than_pass(
    percent: int, baked: bool, grade: Grade | None, on: bool, held: bool
) -> None:
    """Auto-advance wants all of it: switched on, not held, baked, PASS, off the ground, a rung above."""
    may = may_auto_advance(RUNGS, percent, baked, grade, switched_on=on, held=held)
    assert may == (on and not held and baked and grade is Grade.PASS and 0 < percent < 100)
    if may:
        following = next_rung(RUNGS, percent)
        assert following is not None
        assert need(RUNGS, percent, following, baked, Grade.PASS)[0] is Need.NONE
