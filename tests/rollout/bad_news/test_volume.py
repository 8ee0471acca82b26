"""Requests that never arrive are in no metric: far fewer than the split promises is a failure, not quiet."""

import pytest

from tests.rollout.verdicts import NEW, OLD, looks, minute
from warroom.rollout.bad_news.volume import at_most
from warroom.rollout.evidence import Grade, Sample
from warroom.rollout.signals import clause_of


def minutes(revision: str, *counts: int) -> list[Sample]:
    """Minutes that end at 60, 120 …, each with so many requests; none at all where the count is 0."""
    return [minute(revision, n, end=60.0 * number) for number, n in enumerate(counts, 1) if n]


@pytest.mark.parametrize("got", [0, 1])
def test_almost_none_of_what_is_expected_fails_in_the_second_look(got: int) -> None:
    """At 25 % a candidate gets a third of stable's number: one of 600 is failing, and so is none at all."""
    first, second = looks(minutes(NEW, got, 0), minutes(OLD, 1800, 1800))
    assert first.grade is not Grade.FAIL
    assert second.grade is Grade.FAIL
    assert second.words == f"gets {got} of about 1 200 expected requests"


@pytest.mark.parametrize(
    ("mine", "theirs", "percent", "sticky"),
    [
        ((300, 300), (1800, 1800), 25, False),  # half of what is expected: something else is odd
        ((0, 0), (25, 25), 25, False),  # 17 expected: too few to tell
        ((1, 600), (1800, 1800), 25, False),  # the first minute only
        ((1, 1), (1800, 1800), 25, True),  # clients stay where they were
        ((1, 1), (0, 0), 100, False),  # nothing to compare with
    ],
)
def test_what_may_have_another_cause_fails_nobody(
    mine: tuple[int, ...], theirs: tuple[int, ...], percent: int, sticky: bool
) -> None:
    """Half, a quiet service, one minute, session affinity and the top rung say nothing of the candidate."""
    found = looks(minutes(NEW, *mine), minutes(OLD, *theirs), percent=percent, sticky=sticky, count=2)
    assert all(one.grade is not Grade.FAIL for one in found)


def test_several_stable_revisions_are_each_their_share() -> None:
    """Where stable shares the rest with another revision, its number promises more."""
    found = looks(minutes(NEW, 60, 60), minutes(OLD, 900, 900), percent=25, stable_percent=70)
    told = clause_of(found[-1].clauses, "volume")
    assert told and told.words == "gets 120 of about 643 expected requests"
    assert looks(minutes(NEW, 60, 60), minutes(OLD, 900, 900), percent=25)[-1].grade is Grade.WEAK


@pytest.mark.parametrize(
    ("got", "n", "share", "expected"),
    [(0, 10, 0.5, 0.5**10), (1, 10, 0.5, 11 * 0.5**10), (2, 20, 0.25, 0.0912604), (5, 10, 0.5, 1.0)],
)
def test_the_binomial_tail(got: int, n: int, share: float, expected: float) -> None:
    """Against sums by hand; from the mean on it is not asked."""
    assert at_most(got, n, share) == pytest.approx(expected, rel=1e-5)
