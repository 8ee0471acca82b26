"""4xx: compared with stable over the same minutes, never by an absolute limit."""

import pytest

from tests.rollout.verdicts import NEW, OLD, looks, minute
from warroom.rollout.evidence import Grade, Sample
from warroom.rollout.signals import clause_of


def minutes(revision: str, n: int, *rejected: int, first: int = 1) -> list[Sample]:
    """Minutes that end at 60, 120 …, each with `n` requests of which some were rejected."""
    return [minute(revision, n, rejected=bad, end=60.0 * number) for number, bad in enumerate(rejected, first)]


def test_turning_requests_away_that_stable_takes_fails_in_the_second_look() -> None:
    """60 % of 404 is as broken as 60 % of 500, though no request of it is an error."""
    first, second = looks(minutes(NEW, 1000, 600, 600), minutes(OLD, 3000, 30, 30))
    assert first.grade is Grade.PASS
    told = clause_of(first.clauses, "rejected")
    assert told and told.words == "60 % of 1 000 rejected (4xx), stable's 1 % of 3 000; one more such look fails it"
    assert (second.grade, second.words) == (Grade.FAIL, "60 % of 2 000 rejected (4xx), stable's 1 % of 6 000")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ([600, 600, 600], [1800, 1800, 1800]),  # clients that ask for what is not there ask both
        ([50, 50, 50], [30, 30, 30]),  # 5 % against 1 %: within rejected_share
        ([200, 10, 10], [30, 30, 30]),  # one minute only
        ([0, 0, 0], [1800, 1800, 1800]),  # fewer than stable
    ],
)
def test_what_is_as_usual_or_once_fails_nobody(mine: list[int], theirs: list[int]) -> None:
    """As many as stable, a few more, and a single minute of more are no news."""
    assert [one.grade for one in looks(minutes(NEW, 1000, *mine), minutes(OLD, 3000, *theirs))] == [Grade.PASS] * 3


def test_at_the_top_it_is_compared_with_what_stable_did_last() -> None:
    """Without traffic of its own stable's newest ten minutes stand in."""
    before = minutes(OLD, 3000, 30, 30, first=-3)
    found = looks(minutes(NEW, 4000, 2000, 2000), [], known=before, percent=100)
    assert [one.grade for one in found] == [Grade.PASS, Grade.FAIL]


def test_it_passes_nobody() -> None:
    """A candidate without a single rejected request is judged by its errors and response times as before."""
    weak = looks(minutes(NEW, 100, 0), minutes(OLD, 300, 100))[0]
    assert weak.grade is Grade.WEAK
