"""What the evidence covers, and what was normal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.rollout.evidence import Freshness, Histogram, Sample
from warroom.rollout.measured.window import (
    evidence_window,
    first_evidence_at,
    normal_ms,
    normal_slow_ms,
    remembered,
    trigger_ratio,
    unsettled,
    within,
)

USUAL = Freshness()


def minute(end: float, revision: str = "a", **fields: object) -> Sample:
    """The sample of one minute."""
    return Sample(revision, end - 60, end, **fields)  # type: ignore[arg-type]


def latency(*counts: int) -> Histogram:
    """Buckets 0–100, 100–200, 200–2000 ms and beyond."""
    return Histogram((100.0, 200.0, 2000.0), counts)


def test_the_window_begins_with_the_split_and_ends_with_the_delay() -> None:
    """The first whole period after the split counts once it is settled: no period more is skipped."""
    assert evidence_window(0, 239, USUAL) is None
    assert evidence_window(0, 240, USUAL) == (0, 60)
    assert evidence_window(0, 50, Freshness(10, 5)) == (0, 45)


def test_what_is_unsettled_is_new_and_not_of_errors_alone() -> None:
    """A point that ends after what is settled counts as early, unless the answers beside its errors may still come."""
    samples = [minute(60, requests=9), minute(120, requests=9, errors=2), minute(180, requests=4, errors=4)]
    timed = minute(240, latency=latency(5, 0, 0, 0))
    assert unsettled([*samples, timed, minute(120, "b")], "a", 0, 60) == (samples[1], timed)
    assert unsettled(samples, "a", 61, 60) == ()


def test_within_takes_whole_periods_only() -> None:
    """A period that began before the window mixes two splits, one that ends after it isn't complete."""
    samples = [minute(end, name) for end in (100, 120, 180, 181) for name in ("a", "b")]
    assert within(samples, "a", (60, 180)) == (minute(120), minute(180))


def test_the_first_evidence_waits_for_a_period_to_close() -> None:
    """Minutes end where they end: the step's own start decides only which is the first whole one."""
    assert first_evidence_at(0, USUAL, []) == 240
    assert first_evidence_at(30, USUAL, []) == 300
    assert first_evidence_at(30, USUAL, [minute(45)]) == 285


@given(st.floats(0, 1e6), st.integers(0, 59))
def test_the_first_evidence_is_there_when_announced(began: float, phase: int) -> None:
    """At the announced time, to the second, the window holds a whole period of the samples' own rhythm."""
    samples = [minute(began // 60 * 60 + phase + 60 * n) for n in range(6)]
    window = evidence_window(began, first_evidence_at(began, USUAL, samples[:1]) + 1, USUAL)
    assert window is not None
    assert within(samples, "a", window)


def test_later_samples_win_and_old_ones_go() -> None:
    """A late correction replaces its period; what ended too long before the newest is forgotten."""
    old = [minute(60, requests=1), minute(120, requests=1), minute(120, "b", requests=5)]
    new = [minute(180, requests=3), minute(120, requests=2)]
    kept = remembered(old, new, 60)
    assert kept == (minute(120, requests=2), minute(120, "b", requests=5), minute(180, requests=3))
    assert remembered([], [], 60) == ()


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("ab"), st.integers(0, 9)), max_size=12), st.integers(0, 9))
def test_remembering_again_changes_nothing(rows: list[tuple[int, str, int]], keep: int) -> None:
    """Samples come once per revision and period, ordered, and reading the same answer twice makes no difference."""
    samples = [minute(60.0 * n, name, requests=value) for n, name, value in rows]
    once = remembered([], samples, keep * 60.0)
    assert remembered(once, samples, keep * 60.0) == once
    keys = [(sample.end, sample.revision) for sample in once]
    assert keys == sorted(set(keys))


def test_normal_is_from_before_the_incident() -> None:
    """The p95 of merged minutes before detection, over some or all revisions, makes the limit."""
    samples = [
        minute(60, latency=latency(100, 0, 0, 0)),
        minute(60, "b", latency=latency(0, 100, 0, 0)),
        minute(180, latency=latency(0, 0, 500, 0)),
    ]
    assert normal_ms(samples, ["a"], 120) == pytest.approx(95)
    assert normal_ms(samples, None, 120) == pytest.approx(190)
    assert normal_slow_ms(samples, ["a"], 120, 2.0) == pytest.approx(190)
    assert trigger_ratio(samples, ["a"], before=120, since=120) == pytest.approx(1910 / 95)


def test_normal_is_not_guessed() -> None:
    """Too few requests, none, a p95 beyond the last bound, or mixed layouts: no normal, so no ratio either."""
    assert normal_ms([], None, 100) is None
    assert normal_ms([minute(60, latency=latency(19, 0, 0, 0))], None, 100) is None
    assert normal_ms([minute(60, latency=latency(10, 0, 0, 10))], None, 100) is None
    mixed = [minute(60, latency=latency(50, 0, 0, 0)), minute(90, latency=Histogram((5.0,), (50, 0)))]
    assert normal_slow_ms(mixed, None, 100, 2.0) is None
    assert trigger_ratio(mixed, None, 100, 0) is None
