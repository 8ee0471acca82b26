"""The verdict, against the table it is built from."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cost import calls
from tests.rollout.verdicts import BOUNDS, LIMITS, NEW, OLD, clause, fast, look, looks, minute
from warroom.rollout.clauses import worst
from warroom.rollout.evidence import Grade, Histogram, Probe, Sample
from warroom.rollout.measured.histogram import exponential_bounds
from warroom.rollout.rules.looks import Tally, beyond
from warroom.rollout.verdict import retreat_words
from warroom.rollout.words import count

ORDER = (Grade.PASS, Grade.WEAK, Grade.NO_DATA, Grade.FAIL)


@pytest.mark.parametrize(
    ("limit", "n", "bad", "grade"),
    [
        (0.01, 381, 0, Grade.PASS), (0.01, 380, 0, Grade.WEAK),
        (0.02, 189, 0, Grade.PASS), (0.02, 188, 0, Grade.WEAK),
        (0.05, 73, 0, Grade.PASS), (0.05, 72, 0, Grade.WEAK),
        (0.01, 200, 0, Grade.WEAK), (0.01, 20, 2, Grade.WEAK), (0.01, 20, 3, Grade.WEAK),
        (0.01, 20, 4, Grade.FAIL), (0.01, 10, 3, Grade.FAIL),
        (0.01, 620, 50, Grade.FAIL), (0.01, 1840, 3, Grade.PASS), (0.01, 5000, 45, Grade.WEAK),
    ],
)  # fmt: skip
def test_errors_against_their_limit(limit: float, n: int, bad: int, grade: Grade) -> None:
    """PASS needs 381 clean requests at 1 %, 189 at 2 %, 73 at 5 %; FAIL needs to be sure, and with three far beyond."""
    limits = replace(LIMITS, error_share=limit)
    assert clause(look(minute(NEW, n, bad), limits=limits), "errors").grade is grade


def test_words_of_each_clause() -> None:
    """Value, count, bound and limit stand in the sentence; the age stands apart."""
    verdict = look(minute(NEW, 1840, 3, slow=37))
    assert clause(verdict, "errors").words == "errors 0.2 % of 1 840 (≤ 0.5 %), limit 1 %"
    assert clause(verdict, "errors").age == 180
    latency = clause(verdict, "latency")
    assert latency.words == "p95 194 ms, 2 % of 1 840 slower than 400 ms (≤ 2.8 %), limit 5 %"
    assert verdict.words == "healthy so far" and verdict.grade is Grade.PASS
    weak = look(minute(NEW, 200))
    assert clause(weak, "errors").words == "errors 0 of 200: could be up to 1.9 %, limit 1 %"
    assert (weak.grade, weak.words) == (Grade.WEAK, "too little traffic to tell")
    assert look(minute(NEW, 5000, 45)).words == "too close to the limit to tell"
    failed = look(minute(NEW, 620, 50))
    assert clause(failed, "errors").words == "errors 8.1 % of 620 (≥ 5.6 %), limit 1 %"
    assert failed.words == "errors 8.1 %, limit 1 %"


def test_percentiles_beyond_the_last_bound_say_so() -> None:
    """A p95 in the overflow bucket is told as "> b"."""
    sample = Sample(NEW, 60, 120, 100, 0, Histogram(BOUNDS, (50, 0, 0, 50)))
    found = clause(look(sample), "latency")
    assert found.percentile_over
    assert found.words.startswith("p95 > 800 ms, 50 % of 100 slower than 400 ms")


def test_no_series_is_no_data_and_a_total_without_5xx_is_zero_errors() -> None:
    """A missing 5xx series beside a total is good news; no series at all is none."""
    total = Sample(NEW, 60, 120, 1000, None, fast(1000))
    assert clause(look(total), "errors").grade is Grade.PASS
    only_latency = look(Sample(NEW, 60, 120, None, None, fast(1000)))
    assert only_latency.grade is Grade.NO_DATA
    assert only_latency.words == "no data on errors: no requests measured"
    only_requests = look(Sample(NEW, 60, 120, 1000, 0))
    assert only_requests.words == "no data on latency: no requests measured"
    assert look(Sample(NEW, 60, 120, 0, 0, fast(0))).words == "no data: no requests"


def test_a_verdict_says_when_its_window_opens() -> None:
    """For the clocks: the first whole period after the mixed one, and Monitoring's delay."""
    assert look(minute(NEW, 1840), now=200).opens_at == 240
    assert look(minute(NEW, 1840, end=90), now=200).opens_at == 270


def test_what_no_data_says() -> None:
    """Too early, too old, silent, a failed query, unreadable buckets: each is its own sentence, and none passes."""
    good = minute(NEW, 5000)
    early = look(good, now=239)
    assert clause(early, "errors").words == "nothing yet: first closed minute at 00:04:00Z"
    assert early.words == "no data: first closed minute at 00:04:00Z"
    assert early.window is None
    assert look(good, now=120 + 430).words == "no data: newest point over 7 min old"
    assert look(minute(OLD, 5000, end=0), now=600).words == "no data: newest point over 10 min old"
    assert look(minute(OLD, 5000)).words == "no data: no requests measured"
    assert look(good, lost="Monitoring unreachable").words == "no data: query failed: Monitoring unreachable"
    mixed = Sample(NEW, 60, 120, 10, 0, fast(10)), Sample(NEW, 120, 180, 10, 0, Histogram((1.0,), (10, 0)))
    assert "different buckets" in clause(look(*mixed, now=360), "latency").words
    for silent in (early, look(good, now=550), look(), look(good, lost="x"), look(*mixed, now=360)):
        assert silent.grade is Grade.NO_DATA


def test_words_of_stale_data_change_once_a_minute() -> None:
    """The journal keeps a verdict whose words changed, so they don't tick with every second."""
    said = {look(minute(NEW, 5000), now=480 + second).words for second in range(1, 60)}
    assert said == {"no data: newest point over 6 min old"}


def test_without_traffic_there_is_nothing_to_judge() -> None:
    """At 0 % even requests to the tag's URL are no evidence; only the probe speaks, and only ill."""
    idle = look(minute(NEW, 5000), percent=0)
    assert (idle.grade, idle.words, idle.better) == (Grade.NO_DATA, "no traffic yet", None)
    answers = {NEW: Probe(NEW, 30, 0, 299)}
    assert look(percent=0, probes=answers).words == "no traffic yet"
    refuses = {NEW: Probe(NEW, 3, 3, 299, "connection refused")}
    failed = look(percent=0, probes=refuses)
    assert (failed.grade, failed.words) == (Grade.FAIL, "probe fails: connection refused")


def test_slowness_fails_in_the_second_look_running() -> None:
    """One slow look is WEAK; only a newer point makes a second look, and a good one between starts over."""
    slow, more = minute(NEW, 1000, slow=220), minute(NEW, 1000, slow=220, end=180)
    once = look(slow)
    assert (once.grade, once.words) == (Grade.WEAK, "slow requests, one more such look fails it")
    assert clause(once, "latency").fails_running == 1
    again = look(slow, now=301, previous=once)
    assert again.grade is Grade.WEAK
    twice = look(slow, more, now=360, previous=again)
    assert (twice.grade, twice.words) == (Grade.FAIL, "slow requests 22 %, limit 5 %")
    assert look(slow, more, now=361, previous=twice).grade is Grade.FAIL
    healed = look(slow, minute(NEW, 100_000, end=180), now=360, previous=once)
    assert clause(healed, "latency").fails_running == 0


def test_a_lost_query_between_two_looks_is_no_look() -> None:
    """A failed query neither counts as a bad look nor forgives the one before."""
    slow, more = minute(NEW, 1000, slow=220), minute(NEW, 1000, slow=220, end=180)
    lost = look(slow, more, now=360, previous=look(slow), lost="timed out")
    assert lost.grade is Grade.NO_DATA
    assert look(slow, more, now=365, previous=lost).grade is Grade.FAIL


@pytest.mark.parametrize("change", [{"percent": 10}, {"candidate": "shop-other"}, {"at": -1.0}])
def test_looks_of_another_step_count_for_nothing(change: dict[str, object]) -> None:
    """A slow look at another percent, of another candidate or before this step began starts no series here."""
    slow = minute(NEW, 1000, slow=220)
    other = replace(look(slow), **change)
    newer = minute(NEW, 1000, slow=220, end=180)
    assert look(slow, newer, now=360, previous=other).grade is Grade.WEAK


def minutes(revision: str, *rows: tuple[int, int], slow: bool = False) -> list[Sample]:
    """Minutes that end at 60, 120 …, each with n requests of which some are bad: 5xx, or slow ones."""
    return [
        minute(revision, n, 0 if slow else bad, slow=bad if slow else 0, end=60.0 * number)
        for number, (n, bad) in enumerate(rows, 1)
    ]


def test_worse_than_stable_fails_in_the_second_look() -> None:
    """Within its limit a candidate fails when stable is surely and by far better in two looks, each by its own."""
    first, second = looks(minutes(NEW, *[(10_000, 75)] * 2), minutes(OLD, *[(30_000, 30)] * 2))
    assert first.grade is Grade.WEAK
    told = "errors 0.8 % of 10 000, worse than stable's 0.1 % of 30 000; one more such look fails it"
    assert clause(first, "errors").words == told
    assert (second.grade, second.words) == (Grade.FAIL, "errors 0.8 %, worse than stable")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ((100_000, 500), (300_000, 30)),  # half the limit apart at least: 0.5 % against 0.01 % is healthy
        ((100_000, 900), (300_000, 1900)),  # 1.4 times as much
        ((1000, 2), (100_000, 0)),  # two errors
        ((700, 5), (700, 1)),  # chance: p = 0.1
    ],
)
def test_little_worse_than_stable_is_not_worse(mine: tuple[int, int], theirs: tuple[int, int]) -> None:
    """A small difference, a small ratio, a few errors and what may be chance fail in no look."""
    for verdict in looks(minutes(NEW, mine), minutes(OLD, theirs)):
        assert not clause(verdict, "errors").fails_running


def test_a_second_look_confirms_by_its_own_minute_only() -> None:
    """After a minute worse than stable one that is not starts over, though both together still are."""
    mine = minutes(NEW, (10_000, 90), (10_000, 45), (10_000, 90), (10_000, 90))
    _, second, third, fourth = looks(mine, minutes(OLD, *[(30_000, 30)] * 4))
    assert clause(second, "errors").fails_running == 0
    assert (third.grade, fourth.grade) == (Grade.WEAK, Grade.FAIL)


def test_slower_than_stable_within_the_limit_takes_two_looks() -> None:
    """A candidate surely slower than stable is no PASS in the first look, and fails in the second."""
    first, second = looks(minutes(NEW, *[(10_000, 400)] * 2, slow=True), minutes(OLD, *[(10_000, 100)] * 2, slow=True))
    assert clause(first, "latency").grade is Grade.WEAK
    assert "worse than stable's 1 % of 10 000; one more" in clause(first, "latency").words
    assert (second.grade, second.words) == (Grade.FAIL, "slow requests 4 %, worse than stable")


def test_each_signal_asks_for_its_own_stable() -> None:
    """A stable that fails by its errors is still a measure for response times, and the other way round."""
    slower = minutes(NEW, *[(10_000, 400)] * 2, slow=True)
    broken = [replace(one, errors=3100) for one in minutes(OLD, *[(10_000, 100)] * 2, slow=True)]
    assert looks(slower, broken)[-1].words == "slow requests 4 %, worse than stable"
    failing = minutes(NEW, *[(10_000, 75)] * 3)
    slow = [replace(one, latency=fast(30_000, 12_000)) for one in minutes(OLD, *[(30_000, 30)] * 3)]
    found = looks(failing, slow)[-1]
    assert (found.words, found.stable_fails) == ("errors 0.8 %, worse than stable", True)


def test_one_slow_first_minute_fails_nobody() -> None:
    """A fifth of the first 200 requests slow, as caches fill: later minutes within the limit confirm nothing."""
    warming = minutes(NEW, (200, 40), *[(200, 4)] * 4, slow=True)
    assert [one.grade for one in looks(warming, [])] == [Grade.WEAK] * 5
    sick = minutes(NEW, (200, 40), (200, 30), slow=True)
    assert looks(sick, [])[-1].grade is Grade.FAIL


@pytest.mark.parametrize(("n", "bad", "span"), [(2000, 200, 60), (60, 9, 60), (20, 2, 180), (2000, 40, 180)])
def test_a_late_illness_is_found_soon(n: int, bad: int, span: float) -> None:
    """After half an hour of health the newest minutes fail by themselves, though all together are within the limit."""
    healthy = [(n, 0)] * 27
    found = looks(minutes(NEW, *healthy, *[(n, bad)] * 3), [])
    fails = [clause(one, "errors") for one in found if one.grade is Grade.FAIL]
    assert fails and fails[0].span_seconds <= span
    assert fails[0].share is not None and fails[0].share > 0.01
    if span == 60:
        assert len(fails) == 3
        assert fails[0].words.startswith(f"errors {round(100 * bad / n)} % of {count(n)} in the last minute (≥ ")


def test_many_errors_in_one_minute_are_no_burst() -> None:
    """6 % of 2 000 fail in the first look, though all of it is one minute's; 2 % of them take a second."""
    assert looks(minutes(NEW, (2000, 120)), [])[0].grade is Grade.FAIL
    assert looks(minutes(NEW, (2000, 40)), [])[0].grade is Grade.WEAK


def test_a_burst_in_one_minute_takes_a_second_look() -> None:
    """Six errors of 200 at once are beyond 1 %, but in one burst; the next minute says whether they go on."""
    burst, after = looks(minutes(NEW, (200, 6), (200, 1)), [])
    assert (burst.grade, after.grade) == (Grade.WEAK, Grade.WEAK)
    assert clause(burst, "errors").words.endswith("(≥ 1.1 %), limit 1 %; one more such look fails it")
    assert looks(minutes(NEW, (200, 6), (200, 4)), [])[-1].grade is Grade.FAIL


def test_what_is_not_settled_brings_bad_news_only() -> None:
    """A point that is there before its delay is over may fail a candidate; it never passes one, nor is it a look."""
    good = look(minute(NEW, 5000, end=60), minute(NEW, 5000, end=120), now=250)
    assert clause(good, "errors").n == 5000
    early = look(minute(NEW, 5000, end=60), minute(NEW, 5000, 500, end=120), now=250)
    assert early.grade is Grade.FAIL
    assert look(minute(NEW, 5000, end=60), now=200).grade is Grade.NO_DATA
    assert look(minute(NEW, 5000, 500, end=60), now=200).grade is Grade.FAIL
    slow = look(minute(NEW, 1000, slow=300, end=60), now=200)
    assert (slow.grade, clause(slow, "latency").fails_running) == (Grade.NO_DATA, 0)


def test_a_broken_stable_is_no_measure() -> None:
    """When stable itself fails, being worse in one signal does not fail a candidate within the limits."""
    broken = minute(OLD, 10_000, 3100)
    verdict = look(minute(NEW, 10_000, 20, slow=200), broken)
    assert (verdict.grade, verdict.better, verdict.stable_fails) == (Grade.PASS, True, True)
    assert retreat_words(verdict) == "stable is broken too: rolling back returns you to 31 % errors"
    assert retreat_words(look(minute(NEW, 10_000))) == ""


def test_a_hotfix_that_fixes_nothing_fails() -> None:
    """As broken as stable is still broken: the limits are absolute."""
    verdict = look(minute(NEW, 1000, 310), minute(OLD, 3000, 930))
    assert (verdict.grade, verdict.better) == (Grade.FAIL, False)


def test_better_is_only_said_with_both_counted() -> None:
    """Without stable's evidence, or without a stable at all, nobody knows whether it is better."""
    assert look(minute(NEW, 1000)).better is None
    assert look(minute(NEW, 1000), stable="").better is None
    assert look(minute(NEW, 1000), stable="").stable_clauses == ()
    assert look(minute(NEW, 1000), minute(OLD, 1000)).better is False


def test_retreat_words_for_slowness_and_probes() -> None:
    """Going back to a slow or silent stable is told as what it is."""
    slow = minute(OLD, 1000, slow=400), minute(OLD, 1000, slow=400, end=180)
    once = look(minute(NEW, 1000), slow[0])
    assert retreat_words(once) == ""
    assert retreat_words(look(minute(NEW, 1000), *slow, now=360, previous=once)).endswith("40 % slow requests")
    silent = look(minute(NEW, 1000), minute(OLD, 1000), probes={OLD: Probe(OLD, 10, 10, 299)})
    assert retreat_words(silent).endswith("100 % failed probes")


@pytest.mark.parametrize(
    ("sent", "failed", "at", "grade"),
    [
        (2, 2, 299, Grade.PASS),
        (3, 3, 299, Grade.FAIL),
        (30, 3, 299, Grade.PASS),
        (30, 8, 299, Grade.FAIL),
        (9, 9, -100, Grade.PASS),
    ],
)
def test_the_probe_fails_within_seconds(sent: int, failed: int, at: float, grade: Grade) -> None:
    """Three of three are enough, single failures aren't, and an old probe has no voice."""
    assert look(minute(NEW, 5000), probes={NEW: Probe(NEW, sent, failed, at)}).grade is grade


def test_hostile_text_stays_short() -> None:
    """Another system's endless message takes one short line of the words, and stays as it is otherwise."""
    hostile = "[/red]\x1b[2J\u202e" + "x" * 10_000
    assert len(look(lost=hostile).words) < 200
    probes = {NEW: Probe(NEW, 9, 9, 299, hostile)}
    assert len(look(minute(NEW, 500), probes=probes).words) < 200


COUNTS = st.integers(0, 20_000)


@given(COUNTS, st.integers(0, 20_000), COUNTS, st.integers(0, 20_000), st.integers(1, 500))
def test_more_errors_never_improve_the_grade(n: int, bad: int, other_n: int, other_bad: int, more: int) -> None:
    """With all else equal, a candidate with more errors is never judged milder."""
    n = max(n, 1)
    bad, more = min(bad, n), min(bad + more, n)
    stable = minute(OLD, other_n, min(other_bad, other_n))
    before, after = (clause(look(minute(NEW, n, errors), stable), "errors").grade for errors in (bad, more))
    assert ORDER.index(after) >= ORDER.index(before)


@given(COUNTS, st.floats(0, 1), st.floats(0, 1), st.integers(0, 40), st.floats(0, 1))
def test_the_probe_never_lifts_a_grade(n: int, errors: float, slow: float, sent: int, failing: float) -> None:
    """Whatever the probe says, the grade is the one without it, or FAIL."""
    sample = minute(NEW, n, int(n * errors), slow=int(n * slow))
    without = look(sample).grade
    probed = look(sample, probes={NEW: Probe(NEW, sent, int(sent * failing), 299)}).grade
    assert probed is without or probed is Grade.FAIL


samples = st.lists(
    st.builds(
        lambda revision, n, errors, requests, latency, end: Sample(
            revision, end * 60 - 60, end * 60, requests and n, errors, fast(n) if latency else None
        ),
        st.sampled_from([NEW, OLD]), st.integers(0, 900), st.sampled_from([None, 0]), st.sampled_from([None, True]),
        st.booleans(), st.integers(-5, 20),
    ),
    max_size=8,
)  # fmt: skip


@given(samples, st.integers(0, 1500), st.integers(0, 100), st.sampled_from(["", "denied"]))
def test_silence_never_passes(known: list[Sample], now: int, percent: int, lost: str) -> None:
    """PASS takes settled requests and latency of the candidate since the split at 0, no failed query, and traffic."""
    verdict = look(*known, now=now, percent=percent, lost=lost)
    assert verdict.grade is worst([one.grade for one in verdict.clauses])
    if verdict.grade is Grade.PASS:
        assert not lost and percent and verdict.window
        covered = [s for s in known if s.revision == NEW and s.start >= 0 and s.end <= now - 180]
        assert any(s.requests for s in covered)
        assert any(s.latency and s.latency.total for s in covered)


def test_overall_is_the_worst() -> None:
    """FAIL, NO DATA, WEAK, PASS in this order, and nothing at all is NO DATA."""
    assert worst(list(Grade)) is Grade.FAIL
    assert worst([Grade.PASS, Grade.WEAK, Grade.NO_DATA]) is Grade.NO_DATA
    assert worst([Grade.PASS, Grade.WEAK]) is Grade.WEAK
    assert worst([]) is Grade.NO_DATA


@cache
def rule_fires(n: int, bad: int) -> bool:
    """Whether `bad` of `n` are beyond the limit, in the first of two looks or in the only one."""
    return beyond((n, bad), (Tally(60.0, n, bad),), 0.01, 3) is not None


def naive_fires(n: int, bad: int) -> bool:
    """The rule that everybody writes first."""
    return bad / n > 0.01


def chance_of_firing(fires: object, error_share: float) -> float:
    """The exact chance that a rule fires in one of ten looks, each with 20 more requests."""
    assert callable(fires)
    alive, fired = {0: 1.0}, 0.0
    for number in range(1, 11):
        for _ in range(20):
            grown: dict[int, float] = {}
            for bad, chance in alive.items():
                grown[bad] = grown.get(bad, 0) + chance * (1 - error_share)
                grown[bad + 1] = grown.get(bad + 1, 0) + chance * error_share
            alive = grown
        fired += sum(chance for bad, chance in alive.items() if fires(20 * number, bad))
        alive = {bad: chance for bad, chance in alive.items() if not fires(20 * number, bad)}
    return fired


def test_why_intervals() -> None:
    """A healthy 0.2 % trips "rate > limit" in 16 % of the steps, and is ever beyond the bound in 0.03 %; 10 % both."""
    assert chance_of_firing(naive_fires, 0.002) == pytest.approx(0.16, abs=0.005)
    assert chance_of_firing(rule_fires, 0.002) == pytest.approx(0.0003, abs=0.00005)
    assert chance_of_firing(naive_fires, 0.1) > 0.99
    assert chance_of_firing(rule_fires, 0.1) > 0.99


def test_judging_six_hours_is_cheap() -> None:
    """360 minutes of three revisions with Google's 67 buckets, as they are judged every second."""
    bounds = exponential_bounds(0.1, 1.4, 65)
    known = [
        Sample(name, end - 60, end, 600, 1, Histogram(bounds, (0,) * 20 + (300, 300) + (0,) * 45))
        for end in map(float, range(60, 360 * 60 + 1, 60))
        for name in (NEW, OLD, "shop-older")
    ]
    assert look(*known, now=360 * 60 + 10).grade is Grade.PASS
    assert calls(lambda: look(*known, now=360 * 60 + 10)) < 30_000


def test_what_is_only_shown_is_never_judged() -> None:
    """Neither more instances nor a newer moment of them changes a word of the verdict."""
    plain = minute(NEW, 900, 3), minute(OLD, 900, 3)
    shown = *(replace(one, instances=80, busiest=80.0) for one in plain), Sample(NEW, 190, 190, instances=9)
    assert look(*shown) == look(*plain)
    before = minute(OLD, 900, end=60)
    assert look(before, Sample(NEW, 130, 130, instances=9), now=150) == look(before, now=150)
