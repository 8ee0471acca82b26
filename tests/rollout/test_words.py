"""Numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.rollout import words


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0 %"),
        (0.00004, "under 0.01 %"),
        (0.0003, "0.03 %"),
        (0.00217, "0.2 %"),
        (0.081, "8.1 %"),
        (0.31, "31 %"),
        (1, "100 %"),
    ],
)
def test_percent(share: float, told: str) -> None:
    """About two digits, and never zero for what isn't."""
    assert words.percent(share) == told


@given(st.floats(0, 1))
def test_bounds_are_never_told_better_than_they_are(share: float) -> None:
    """What is said as a bound lies on its safe side, to a millionth of a percent."""
    assert float(words.at_most(share)[:-2]) >= share * 100 - 1e-6
    assert float(words.at_least(share)[:-2]) <= share * 100 + 1e-6


def test_counts_times_and_limits() -> None:
    """Groups of three, milliseconds up to ten seconds, the time of day in UTC, limits as they were set."""
    assert words.count(1840) == "1 840"
    assert words.count(12) == "12"
    assert words.milliseconds(210.4) == "210 ms"
    assert words.milliseconds(12_000) == "12 s"
    assert words.time_of_day(1_700_000_000) == "22:13:20Z"
    assert words.limit(0.0025) == "0.25 %"


def test_foreign_text_is_cut_to_one_line() -> None:
    """However long another system's message is, it takes one short line."""
    assert words.short("a\n b\t[/red]") == "a b [/red]"
    assert len(words.short("x" * 10_000)) == words.SHORT
