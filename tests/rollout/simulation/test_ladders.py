"""What the gate promises over whole ladders, by seeded simulation: who is failed, and who passes."""

from random import Random

import pytest

from tests.rollout.simulation.ladders import ERRORS, Part, binomial, counted, drawn, ended, seen
from tests.rollout.verdicts import LIMITS, NEW, OLD, looks, minute
from warroom.rollout.evidence import Grade
from warroom.rollout.rules import series
from warroom.rollout.rules.series import Run
from warroom.rollout.signals import clause_of

VOLUMES = (1, 20, 200, 2000)


@pytest.mark.parametrize("a_minute", [*VOLUMES, 50, 100])
def test_a_healthy_candidate_fails_in_at_most_one_of_two_thousand_ladders(a_minute: int) -> None:
    """0.2 % at a limit of 1 %, looked at every minute through all windows."""
    assert counted(1, 6000, lambda end: end.failed is not None, Part(a_minute, 0.002)) <= 3


@pytest.mark.parametrize("a_minute", VOLUMES)
def test_a_bad_candidate_never_reaches_the_top_on_pass_alone(a_minute: int) -> None:
    """2 % at a limit of 1 %, quiet rungs waiting five more minutes, with what the rungs before had: 1 in 20 000."""
    ends = ended(2, 20_000, Part(a_minute, 0.02), wait=5 if a_minute == 20 else 0, climbs=False)
    assert sum(end.passed >= 3 for end in ends) <= 1


@pytest.mark.parametrize("a_minute", VOLUMES)
@pytest.mark.parametrize(("burst", "at_most"), [(1, 0.004), (5, 0.08)])
def test_a_candidate_like_stable_seldom_fails(a_minute: int, burst: float, at_most: float) -> None:
    """0.2 % on both sides, also where errors come five at once on average: that is a quarter of a minute of 20."""
    same = Part(a_minute, 0.002, burst)
    assert counted(3, 1500, lambda end: end.failed is not None, same, stable=same) <= at_most * 1500


def test_a_candidate_far_worse_than_stable_fails() -> None:
    """1 % against 0.2 %, which is within the limit, at 2 000 requests a look: always."""
    assert counted(4, 200, lambda end: end.failed is not None, Part(2000, 0.01), stable=Part(2000, 0.002)) == 200


@pytest.mark.parametrize(
    ("a_minute", "share", "least"), [(20, 0.1, 0.99), (200, 0.02, 0.97), (2000, 0.02, 1.0), (20, 0.02, 0.4)]
)
def test_what_is_bad_is_found(a_minute: int, share: float, least: float) -> None:
    """10 % always; 2 % always from 200 requests a look on, and in four of ten ladders at 20."""
    assert counted(5, 500, lambda end: end.failed is not None, Part(a_minute, share)) >= least * 500


def test_a_quiet_but_healthy_candidate_passes_in_the_end() -> None:
    """425 requests a rung are enough without any error only; with those of the rungs before also with some."""
    ends = list(ended(6, 400, Part(85, 0.0005)))
    first, top = (sum(end.passed >= rungs for end in ends) for rungs in (1, 4))
    assert first > 300
    assert top > 0.9 * first


@pytest.mark.parametrize("seed", range(12))
def test_the_clauses_judge_as_the_rules_do(seed: int) -> None:
    """The gate's own verdicts over one rung, minute by minute, are those that the simulation counts with."""
    random = Random(seed)
    part, rest = Part(200, random.choice([0.002, 0.01, 0.03]), random.choice([1.0, 5.0])), Part(600, 0.002)
    mine = [drawn(random, part, number) for number in range(1, 13)]
    theirs = [drawn(random, rest, number) for number in range(1, 13)]
    verdicts = looks(
        [minute(NEW, one.n, one.bad, end=one.end) for one in mine],
        [minute(OLD, one.n, one.bad, end=one.end) for one in theirs],
    )
    run, broken = Run(), Run()
    for number, verdict in enumerate(verdicts, 1):
        stable = series.look(ERRORS, seen(theirs[:number]), broken)
        found = series.look(ERRORS, seen(mine[:number]), run, None if stable.fails else seen(theirs[:number]))
        run, broken = found.run, stable.run
        told = clause_of(verdict.clauses, "errors")
        assert told is not None and (told.grade is Grade.FAIL) == found.fails
        assert told.fails_running == found.run.running
    assert LIMITS.error_share == ERRORS.limit


def test_the_draws_are_binomial() -> None:
    """Mean and spread of 20 000 draws are the distribution's."""
    random = Random(7)
    draws = [binomial(random, 200, 0.02) for _ in range(20_000)]
    mean = sum(draws) / len(draws)
    assert mean == pytest.approx(4.0, abs=0.06)
    assert sum((one - mean) ** 2 for one in draws) / len(draws) == pytest.approx(3.92, abs=0.15)
