"""Timelines and draws of chance: their laws."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.drill.world.sampling import binomial, latency_counts, poisson
from warroom.drill.world.timeline import KEPT_STEPS, Timeline

steps = st.lists(st.tuples(st.floats(0, 100), st.integers()), max_size=20).map(sorted)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(), requests=st.integers(0, 5000), median=st.floats(1, 60_000), sigma=st.floats(0.01, 3))
def test_latencies_lose_no_request(seed: int, requests: int, median: float, sigma: float) -> None:
    """Every request falls into one bucket, however odd the distribution."""
    counts = latency_counts(Random(seed), requests, median, sigma)
    assert sum(counts) == requests
    assert min(counts) >= 0


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(), trials=st.integers(0, 100_000), share=st.floats(0, 1))
def test_no_more_successes_than_trials(seed: int, trials: int, share: float) -> None:
    """A binomial draw stays within 0 and the number of trials."""
    assert 0 <= binomial(Random(seed), trials, share) <= trials


@pytest.mark.parametrize(("trials", "share"), [(40, 0.3), (500, 0.02), (500, 0.98), (20_000, 0.31)])
def test_draws_have_the_right_mean(trials: int, share: float) -> None:
    """Each of the ways to draw hits the mean within 3 %."""
    random = Random(1)
    mean = sum(binomial(random, trials, share) for _ in range(2000)) / 2000
    assert mean == pytest.approx(trials * share, rel=0.03)


@pytest.mark.parametrize("mean", [0.0, 0.3, 7.0, 400.0])
def test_poisson_has_the_right_mean(mean: float) -> None:
    """Small and large means alike."""
    random = Random(1)
    assert sum(poisson(random, mean) for _ in range(4000)) / 4000 == pytest.approx(mean, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(steps=steps, start=st.floats(-10, 110), length=st.floats(0.1, 50))
def test_pieces_cover_the_stretch_without_gap(steps: list[tuple[float, int]], start: float, length: float) -> None:
    """The pieces of a timeline lie end to end, and each has the value of its moment."""
    timeline = Timeline(-1)
    for at, value in steps:
        timeline.set(at, value)
    pieces = list(timeline.pieces(start, start + length))
    assert pieces[0][0] == start
    assert pieces[-1][1] == start + length
    assert all(one[1] == other[0] for one, other in pairwise(pieces))
    assert all(timeline.at(since) == value for since, until, value in pieces if until > since)


def test_a_timeline_forgets_its_oldest_steps() -> None:
    """Its length is bounded, and what it still knows stays right."""
    timeline = Timeline(0)
    for number in range(1, 2 * KEPT_STEPS):
        timeline.set(number, number)
    assert len(list(timeline.values())) == KEPT_STEPS
    assert timeline.at(2 * KEPT_STEPS) == 2 * KEPT_STEPS - 1
    with pytest.raises(ValueError):
        timeline.set(1, 1)
