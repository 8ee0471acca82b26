"""Merged buckets: layouts, shares and percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.rollout.evidence import Histogram
from warroom.rollout.measured.histogram import (
    explicit,
    exponential_bounds,
    linear_bounds,
    merged,
    percentile,
    slower_than,
)

BOUNDS = (10.0, 20.0, 40.0, 80.0)
histograms = st.tuples(*(st.integers(0, 1000),) * 5).map(lambda counts: Histogram(BOUNDS, counts))
filled = histograms.filter(lambda histogram: histogram.total > 0)


def test_layouts() -> None:
    """Linear and exponential layouts have one bound more than finite buckets."""
    assert linear_bounds(5, 10, 3) == (5, 15, 25, 35)
    assert exponential_bounds(1, 2, 3) == (1, 2, 4, 8)


def test_truncated_counts_are_padded() -> None:
    """An answer may leave out the empty buckets at its end; more counts than buckets is an error."""
    assert explicit([1, 2], [7]) == Histogram((1, 2), (7, 0, 0))
    assert merged([Histogram((1.0, 2.0), (7,)), Histogram((1.0, 2.0), (1, 1, 1))]).counts == (8, 1, 1)
    with pytest.raises(ValueError, match="4 counts for 3 buckets"):
        explicit([1, 2], [1, 1, 1, 1])
    with pytest.raises(ValueError, match="must rise"):
        explicit([2, 1], [1])


def test_only_equal_layouts_merge() -> None:
    """Buckets that mean different things are never added up, and nothing merges to nothing."""
    with pytest.raises(ValueError, match="different buckets"):
        merged([Histogram((1.0, 2.0), (1, 1, 1)), Histogram((1.0, 3.0), (1, 1, 1))])
    with pytest.raises(ValueError, match="no histogram"):
        merged([])


@pytest.mark.parametrize(("ms", "slower"), [(0, 110), (10, 100), (15, 75), (20, 50), (30, 30), (80, 10), (200, 10)])
def test_slower_than_interpolates(ms: float, slower: int) -> None:
    """Half a bucket is half its requests; the overflow bucket always counts as slower."""
    assert slower_than(Histogram(BOUNDS, (10, 50, 40, 0, 10)), ms) == slower


def test_percentiles() -> None:
    """A percentile lies where its share of the requests ends; beyond the last bound only "> b" is known."""
    even = Histogram(BOUNDS, (0, 100, 0, 0, 0))
    assert percentile(even, 0.5) == (15.0, False)
    assert percentile(even, 0.95) == (19.5, False)
    assert percentile(Histogram(BOUNDS, (0, 90, 0, 0, 10)), 0.95) == (80.0, True)
    with pytest.raises(ValueError, match="empty"):
        percentile(Histogram(BOUNDS, (0,) * 5), 0.5)
    with pytest.raises(ValueError, match="95 is no share"):
        percentile(even, 95)


@given(histograms, histograms, histograms)
def test_merging_is_a_sum(a: Histogram, b: Histogram, c: Histogram) -> None:
    """In whatever order answers come, the merged histogram is the same, and no request is lost."""
    assert merged([a, b]) == merged([b, a])
    assert merged([merged([a, b]), c]) == merged([a, merged([b, c])]) == merged([a, b, c])
    assert merged([a, b, c]).total == a.total + b.total + c.total


@given(filled, st.floats(0, 1), st.floats(0, 1))
def test_percentiles_rise(histogram: Histogram, p: float, q: float) -> None:
    """A higher percentile is never a shorter time."""
    low, high = sorted((p, q))
    assert percentile(histogram, low) <= percentile(histogram, high)


@given(filled, st.floats(0, 200), st.floats(0, 200))
def test_slower_falls_with_the_limit(histogram: Histogram, a: float, b: float) -> None:
    """A longer limit never finds more slow requests, and never more than there are."""
    low, high = sorted((a, b))
    assert 0 <= slower_than(histogram, high) <= slower_than(histogram, low) <= histogram.total


@given(filled, st.floats(0.01, 0.99))
def test_share_and_percentile_agree(histogram: Histogram, q: float) -> None:
    """About the share 1 - q is slower than percentile q, to one rounded request."""
    ms, over = percentile(histogram, q)
    if not over:
        assert abs(slower_than(histogram, ms) - (1 - q) * histogram.total) <= 1
