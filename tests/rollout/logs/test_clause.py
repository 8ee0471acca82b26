"""What request logs may fail, how soon, and how seldom by mistake: simulated whole ladders, seeded."""

from collections.abc import Callable
from random import Random

import pytest
from msgspec.structs import replace

from warroom.drill.world.sampling import binomial, poisson
from warroom.rollout.evidence import Clause, Grade, Limits, Verdict
from warroom.rollout.logs.clause import SETTLE_SECONDS, SIGNAL, failing, heard, outlived
from warroom.rollout.logs.counts import Seen

LIMITS = Limits()
RUNG = 300


def steady(n: int, bad: Callable[[int], int]) -> Callable[[float, float], Seen]:
    """A revision with `n` requests a second, of which `bad(second)` fail."""
    return lambda start, end: Seen(int(end - start) * n, sum(bad(second) for second in range(int(start), int(end))))


def verdict_time(seed: int, per_second: float, share: float, seconds: int = 120, every: int = 1) -> float | None:
    """How long after a split the logs fail a revision, looked at every second; None when they do not."""
    random = Random(f"{seed}:{per_second}:{share}")
    total, bad = [0], [0]
    for _ in range(seconds):
        requests = poisson(random, per_second)
        total.append(total[-1] + requests)
        bad.append(bad[-1] + binomial(random, requests, share))

    def read(start: float, end: float) -> Seen:
        return Seen(total[int(end)] - total[int(start)], bad[int(end)] - bad[int(start)])

    for now in range(5, seconds, every):
        if failing("fix", read, 0.0, now, LIMITS) is not None:
            return now
    return None


def test_three_parts_that_fail_are_a_fail_with_source_and_age() -> None:
    """Told as the logs' own, with count, bound, limit, and how old its newest second is."""
    found = failing("fix", steady(40, lambda second: 4), 0.0, 100.5, LIMITS)
    assert found is not None
    assert (found.signal, found.grade, found.n, found.bad) == (SIGNAL, Grade.FAIL, 480, 48)
    assert found.words == "logs: errors 10 % of 480 in 12 s (≥ 6.3 %), limit 1 %"
    assert found.data_end == 96.0 and found.age == pytest.approx(SETTLE_SECONDS + 0.5)


def test_a_burst_that_is_over_fails_nothing() -> None:
    """Seconds of errors, however many, that do not go on: a part without them stands beside."""
    assert failing("fix", steady(40, lambda second: 30 * (90 <= second < 94)), 0.0, 100, LIMITS) is None


def test_what_was_not_read_whole_is_not_judged() -> None:
    """A hole in one part leaves nothing to say."""
    assert failing("fix", lambda start, end: None, 0.0, 100, LIMITS) is None


def test_seconds_before_the_step_do_not_count() -> None:
    """Only what came after the split was applied, in whole seconds."""
    sick = steady(40, lambda second: 8)
    assert failing("fix", sick, 90.2, 100, LIMITS) is None
    assert failing("fix", sick, 83.2, 100, LIMITS) is not None


@pytest.mark.parametrize(
    ("per_second", "share", "within"), [(20, 0.31, 17), (20, 0.1, 17), (40, 0.06, 17), (5, 0.31, 17), (2, 0.3, 30)]
)
def test_how_soon_a_bad_one_is_failed(per_second: float, share: float, within: float) -> None:
    """In the median of 41 splits: seconds from the split to the verdict, settling included."""
    times = sorted(verdict_time(seed, per_second, share) or 1e9 for seed in range(41))
    assert times[20] <= within


@pytest.mark.parametrize("per_minute", [1, 20, 200, 2000])
def test_a_healthy_one_is_not_failed(per_minute: int) -> None:
    """0.2 % errors at a limit of 1 %: none of 60 rungs at any volume, looked at every two seconds."""
    found = [verdict_time(seed, per_minute / 60, 0.002, RUNG, 2) for seed in range(60)]
    assert found == [None] * 60


def clause(signal: str, grade: Grade, data_end: float) -> Clause:
    """A clause on the hotfix."""
    return Clause(signal, "fix", grade, 100, 10, 0.1, 0.05, 0.2, 0.01, data_end=data_end, words="w")


def verdict(grade: Grade, *clauses: Clause, window: tuple[float, float] | None = None) -> Verdict:
    """A verdict on the hotfix."""
    return Verdict(grade, 100.0, 25, "fix", "old", clauses, window=window, words="healthy so far")


def test_logs_bring_bad_news_only() -> None:
    """They turn PASS, WEAK and NO DATA into FAIL, say where that comes from, and take no FAIL away."""
    against = clause(SIGNAL, Grade.FAIL, 110.0)
    for grade in (Grade.PASS, Grade.WEAK, Grade.NO_DATA):
        told = heard(verdict(grade, clause("errors", grade, 60.0)), against, None, 114.0)
        assert (told.grade, told.at, told.clauses[-1]) == (Grade.FAIL, 114.0, against)
        assert told.words == "errors 10 % in the logs, limit 1 %"
    passed = verdict(Grade.PASS, clause("errors", Grade.PASS, 60.0))
    assert heard(passed, None, None, 114.0) == passed
    failed = verdict(Grade.FAIL, clause("errors", Grade.FAIL, 60.0))
    assert heard(failed, None, None, 114.0) == failed
    assert heard(failed, against, None, 114.0).words == "healthy so far"


def test_stable_is_said_to_be_broken_too() -> None:
    """So that nobody takes going back for a way out."""
    against = replace(clause(SIGNAL, Grade.FAIL, 110.0), revision="old")
    told = heard(verdict(Grade.PASS), None, against, 114.0)
    assert told.stable_fails and told.stable_clauses == (against,) and told.grade is Grade.PASS


def test_only_monitoring_ends_it() -> None:
    """By a PASS on errors over minutes that reach past the logs' seconds; neither silence nor older minutes do."""
    against = clause(SIGNAL, Grade.FAIL, 110.0)
    assert not outlived(against, verdict(Grade.PASS, clause("errors", Grade.PASS, 60.0), window=(0.0, 60.0)))
    assert not outlived(against, verdict(Grade.NO_DATA, clause("errors", Grade.NO_DATA, 180.0), window=(60.0, 180.0)))
    assert outlived(against, verdict(Grade.PASS, clause("errors", Grade.PASS, 180.0), window=(60.0, 180.0)))
