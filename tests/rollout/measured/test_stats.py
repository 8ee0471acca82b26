"""Wilson's interval and Fisher's test, against published numbers and plain counting."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost import lines
from warroom.rollout.measured.stats import fisher_greater, wilson


def counted(bad: int, n: int, other_bad: int, other_n: int) -> float:
    """Fisher's p by adding up every table that is at least as extreme, exactly."""
    marked = bad + other_bad
    ways = sum(comb(n, x) * comb(other_n, marked - x) for x in range(bad, min(n, marked) + 1))
    return float(Fraction(ways, comb(n + other_n, marked)))


@pytest.mark.parametrize(("limit", "clean"), [(0.01, 381), (0.02, 189), (0.05, 73)])
def test_clean_requests_for_a_pass(limit: float, clean: int) -> None:
    """A PASS takes exactly this many requests without an error: 381 at 1 %, 189 at 2 %, 73 at 5 %."""
    assert wilson(0, clean, 1.96)[1] <= limit < wilson(0, clean - 1, 1.96)[1]


def test_wilson_at_the_edges() -> None:
    """No requests say nothing; an end that is certain is exact; a share that isn't one is refused."""
    assert wilson(0, 0, 1.96) == (0.0, 1.0)
    assert wilson(0, 200, 1.96)[0] == 0.0
    assert wilson(0, 200, 1.96)[1] == pytest.approx(0.0188, abs=1e-4)
    assert wilson(7, 7, 1.96)[1] == 1.0
    with pytest.raises(ValueError):
        wilson(3, 2, 1.96)


def test_wilson_against_a_published_table() -> None:
    """81 of 263 at 95 % is 0.2553 to 0.3662 (R. G. Newcombe, Statistics in Medicine 17, 1998)."""
    lower, upper = wilson(81, 263, 1.959964)
    assert lower == pytest.approx(0.2553, abs=5e-5)
    assert upper == pytest.approx(0.3662, abs=5e-5)


@given(st.integers(1, 10**7), st.data())
def test_wilson_holds_the_share_and_rises_with_it(n: int, data: st.DataObject) -> None:
    """The share lies within its bounds, both in 0–1; one more error never lowers a bound."""
    bad = data.draw(st.integers(0, n))
    lower, upper = wilson(bad, n, 1.96)
    assert 0 <= lower <= bad / n <= upper <= 1
    if bad < n:
        more = wilson(bad + 1, n, 1.96)
        assert more[0] >= lower and more[1] >= upper


@given(st.integers(0, 60), st.integers(0, 60), st.data())
def test_fisher_is_what_counting_gives(n: int, other_n: int, data: st.DataObject) -> None:
    """The tail by logarithms equals the tail by exact fractions, on both sides of the mean."""
    bad, other_bad = data.draw(st.integers(0, n)), data.draw(st.integers(0, other_n))
    assert fisher_greater(bad, n, other_bad, other_n) == pytest.approx(counted(bad, n, other_bad, other_n), abs=1e-10)


def test_fisher_tastes_the_tea() -> None:
    """Fisher's own example: three of four cups right has p = 17/70."""
    assert fisher_greater(3, 4, 1, 4) == pytest.approx(17 / 70)


def test_fisher_on_big_counts_is_exact_and_fast() -> None:
    """Ten million requests take few steps, near the mean too, and agree with the normal approximation."""
    near = fisher_greater(2_501_000, 10_000_000, 2_500_000, 10_000_000)
    far = fisher_greater(300_000, 10_000_000, 100_000, 10_000_000)
    below = fisher_greater(2_400_000, 10_000_000, 2_500_000, 10_000_000)
    assert lines(lambda: fisher_greater(2_501_000, 10_000_000, 2_500_000, 10_000_000)) < 100_000
    assert near == pytest.approx(0.3028, abs=2e-3)
    assert far == 0.0
    assert below == pytest.approx(1.0)


def test_fisher_without_requests_shows_nothing() -> None:
    """No requests on one side are no difference, and counts that are no shares are refused."""
    assert fisher_greater(0, 0, 5, 10) == 1.0
    assert fisher_greater(5, 10, 0, 0) == 1.0
    with pytest.raises(ValueError):
        fisher_greater(5, 4, 0, 1)
