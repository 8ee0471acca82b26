"""What a verdict remembers: a FAIL, how stable was, and what the same candidate did on the rungs before."""

import pytest

from tests.rollout.verdicts import NEW, OLD, look, looks, minute
from warroom.rollout.evidence import Clause, Grade, Probe, Sample, Verdict
from warroom.rollout.signals import clause_of
from warroom.rollout.verdict import retreat_words


def errors(verdict: Verdict) -> Clause:
    """The candidate's clause on errors."""
    found = clause_of(verdict.clauses, "errors")
    assert found is not None
    return found


def minutes(revision: str, *rows: tuple[int, int], first: int = 1) -> list[Sample]:
    """Minutes that end at 60, 120 …, each with n requests and so many errors."""
    return [minute(revision, n, bad, end=60.0 * number) for number, (n, bad) in enumerate(rows, first)]


FAILED = looks(minutes(NEW, (500, 100)), [])[0]


@pytest.mark.parametrize(
    ("now", "lost", "words"),
    [
        (300, "timed out", "since then query failed: timed out"),
        (60 + 430, "", "since then newest point over 7 min old"),
        (7200, "", "since then newest point over 119 min old"),
    ],
)
def test_silence_does_not_end_a_fail(now: float, lost: str, words: str) -> None:
    """A failed query and data that grow old leave FAIL, with its numbers and their age: abort stays armed."""
    after = look(*minutes(NEW, (500, 100)), now=now, lost=lost, previous=FAILED)
    assert (FAILED.grade, after.grade, after.words) == (Grade.FAIL, Grade.FAIL, "errors 20 %, limit 1 %")
    assert errors(after).words == f"errors 20 % of 500 (≥ 15 %), limit 1 %; {words}"
    assert errors(after).age == now - 60
    later = look(*minutes(NEW, (500, 100)), now=now + 60, lost="x", previous=after)
    assert errors(later).words.count(";") == 1


def test_only_as_much_health_ends_a_fail() -> None:
    """Fewer requests than it failed by leave it, however good they are; as many that are within the limit clear it."""
    shown = [minutes(NEW, (500, 100)), minutes(NEW, (400, 0), (99, 0), (1, 0), first=40)]
    known, verdict, told = list(shown[0]), FAILED, []
    for one in shown[1]:
        known.append(one)
        # Half an hour later the bad minute has left the window of the judging.
        verdict = look(*known, now=one.end + 180, began=100, previous=verdict)
        told.append((verdict.grade, errors(verdict).words.partition("; ")[2]))
    assert told == [
        (Grade.FAIL, "0 of 400 since, 500 as good clear it"),
        (Grade.FAIL, "0 of 499 since, 500 as good clear it"),
        (Grade.PASS, ""),
    ]


def test_a_probe_that_is_not_asked_any_more_still_fails() -> None:
    """Only an answer ends what no answer began; an answer does at once."""
    silent = look(minute(NEW, 5000), probes={NEW: Probe(NEW, 9, 9, 299, "refused")})
    after = look(minute(NEW, 5000), now=310, previous=silent)
    assert (after.grade, after.words) == (Grade.FAIL, "probe fails: refused")
    assert look(minute(NEW, 5000), now=310, previous=after, probes={NEW: Probe(NEW, 30, 0, 309)}).grade is Grade.PASS


def test_stable_is_known_to_be_broken_before_the_candidate_is_measured() -> None:
    """At 0 % and in a rung's first minutes what stable did last says where going back leads."""
    broken = minutes(OLD, *[(1000, 310)] * 3)
    for percent in (0, 25):
        found = look(*broken, now=370, percent=percent, began=360)
        assert (found.grade, found.stable_fails) == (Grade.NO_DATA, True)
        assert retreat_words(found) == "stable is broken too: rolling back returns you to 31 % errors"
        assert found.better is None


def test_stable_is_still_known_to_be_broken_when_it_serves_nobody() -> None:
    """At 100 % stable has no traffic that could show otherwise: what it did last stands, with its age."""
    half = look(*minutes(OLD, *[(1000, 310)] * 2), *minutes(NEW, *[(1000, 0)] * 2), percent=50, now=300)
    alone = minutes(NEW, *[(2000, 0)] * 20, first=3)
    top = look(*minutes(OLD, *[(1000, 310)] * 2), *alone, percent=100, began=120, now=1500, previous=half)
    assert (top.grade, top.stable_fails, top.better) == (Grade.PASS, True, None)
    other = look(*alone, percent=100, began=120, now=1500, previous=half, stable="shop-other")
    assert not other.stable_fails


def test_rungs_before_help_out_where_one_is_too_quiet() -> None:
    """100 clean requests are WEAK, and with 300 of the rungs before a PASS, but not where more would be needed."""
    before = [minute(NEW, 100, end=60.0 * number) for number in (-7, -6, -5)]
    here = minute(NEW, 100, end=60)
    assert look(here, *before, now=240, climb_began=None).grade is Grade.WEAK
    passed = look(here, *before, now=240, climb_began=-600)
    assert passed.grade is Grade.PASS
    assert errors(passed).words == "errors 0 % of 100, 0 of 400 with the rungs before (≤ 1 %), limit 1 %"
    assert look(minute(NEW, 90, end=60), *before, now=240, climb_began=-600).grade is Grade.WEAK
    assert look(minute(NEW, 100, 2, end=60), *before, now=240, climb_began=-600).grade is Grade.WEAK
    assert (
        look(here, *[minute(NEW, 100, 2, end=one.end) for one in before], now=240, climb_began=-600).grade is Grade.WEAK
    )
