"""Whether the gate will see anything, and whether its limits fit."""

import pytest
from msgspec.structs import replace

from tests.doctor.healthy import PAY
from warroom.doctor import metrics
from warroom.doctor.finding import Finding
from warroom.protocol.model import GateLimits, LadderRules
from warroom.rollout.evidence import Freshness, Histogram, Limits, Sample

NOW = 1_795_000_000.0
STABLE, OTHER = "payments-00041-abc", "payments-00040-xyz"
GATE = GateLimits(0.01, 0.05, 0.05, 360)
LADDER = LadderRules((10, 25, 50, 100), 5)
LIMITS = Limits(error_share=0.01, slow_share=0.05, slow_ms=500)
FAST = Histogram((100.0, 200.0, 400.0, 800.0), (900, 80, 15, 5, 0))
SLOW = Histogram((100.0, 200.0, 400.0, 800.0), (0, 100, 200, 400, 300))


def minutes(
    n: int = 60, requests: int | None = 1000, errors: int = 1, latency: Histogram | None = FAST, revision: str = STABLE
) -> list[Sample]:
    """So many equal minutes up to three minutes ago."""
    ends = [NOW - 180 - 60 * number for number in range(n)]
    return [Sample(revision, end - 60, end, requests, errors, latency) for end in ends]


def visible(samples: list[Sample], stable: str = STABLE) -> list[tuple[str, str]]:
    """State and words for both metrics."""
    return [(one.state, one.what) for one in metrics.visible(PAY, samples, stable, 360, NOW)]


def judged(samples: list[Sample], limits: Limits = LIMITS) -> list[Finding]:
    """What the limits are against these minutes."""
    return list(metrics.limits(PAY, samples, limits, GATE, LADDER))


def test_both_metrics_are_seen() -> None:
    """With the number of points and the newest one's age."""
    counts, latencies = visible(minutes())
    assert counts == ("ok", f"request_count: 60 points of {STABLE} in the last hour, the newest 3:00 old")
    assert latencies[0] == "ok"


@pytest.mark.parametrize(
    ("samples", "states", "words"),
    [
        ([], ["failure", "failure"], "can only return nothing"),
        (minutes(latency=None), ["ok", "failure"], "no request_latencies of any revision"),
        (minutes(requests=None), ["failure", "ok"], "no request_count of any revision"),
        (minutes(revision=OTHER), ["failure", "failure"], f"shows {OTHER}, but not {STABLE}"),
        ([replace(one, end=one.end - 600) for one in minutes()], ["warning", "warning"], "stale"),
    ],
    ids=["nothing", "no-latencies", "no-counts", "another-revision", "stale"],
)
def test_what_is_not_seen(samples: list[Sample], states: list[str], words: str) -> None:
    """A query that can only return nothing fails, and so does one that knows other revisions only."""
    found = visible(samples)
    assert [state for state, _ in found] == states
    assert words in " ".join(what for _, what in found)


def test_without_a_look_any_revision_will_do() -> None:
    """Where Cloud Run could not be asked which one is stable, points of any show that names are right."""
    assert [state for state, _ in visible(minutes(revision=OTHER), stable="")] == ["ok", "ok"]


def test_limits_that_fit() -> None:
    """Three lines, all ok."""
    assert [(one.check, one.state) for one in judged(minutes())] == [
        ("limits", "ok"), ("limits", "ok"), ("evidence", "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("samples", "limits", "state", "words"),
    [
        (minutes(errors=30), LIMITS, "failure", "error_share 1.00% is below what stable does in most minutes (3.00%)"),
        (minutes(20, errors=300) + minutes(60)[20:], LIMITS, "warning", "though not in most minutes"),
        (minutes(), replace(LIMITS, error_share=0.25), "warning", "one request in 4"),
        (minutes(latency=SLOW), LIMITS, "failure", "slow_ms 500 is below what stable does in most minutes"),
        (
            minutes(20, latency=SLOW) + minutes(60)[20:],
            LIMITS,
            "warning",
            "slower than slow_ms 500, though not in most",
        ),
        (minutes(), replace(LIMITS, slow_ms=9000), "warning", "slowness would not show"),
        (minutes(requests=20, errors=0), LIMITS, "warning", "too few to be sure"),
        (minutes(), replace(LIMITS, slow_ms=180), "warning", "between 100 and 200 ms, where 8% of stable's requests"),
    ],
    ids=["errors-low", "errors-ill", "errors-high", "slow-low", "slow-ill", "slow-high", "quiet", "slow-in-bulk"],
)
def test_limits_that_do_not_fit(samples: list[Sample], limits: Limits, state: str, words: str) -> None:
    """Below what stable does normally no rung can pass; an ill stable or a generous limit is a warning."""
    found = [one for one in judged(samples, limits) if one.state != "ok"]
    assert [one.state for one in found] == [state]
    assert words in found[0].what
    assert found[0].remedy


@pytest.mark.parametrize(
    ("freshness", "gate", "words"),
    [
        (Freshness(), GATE, ""),
        (Freshness(), replace(GATE, evidence_minutes=4.0), "evidence_minutes is below 5"),
        (Freshness(), replace(GATE, stale_seconds=200.0), "stale_seconds is below 240"),
        (Freshness(60, 600), GATE, "stale_seconds is below 660"),
        (Freshness(60, 60), replace(GATE, evidence_minutes=4.0, stale_seconds=200.0), ""),
    ],
)
def test_settings_that_can_never_judge(freshness: Freshness, gate: GateLimits, words: str) -> None:
    """By what the project's metrics really take: a failure where no verdict could ever stand, and nothing else."""
    found = list(metrics.judging("shop-prod", freshness, gate))
    assert [one.state for one in found] == (["failure"] if words else [])
    assert all(words in one.what and f"visible after {freshness.ingest_delay:g} s" in one.what for one in found)


def test_nothing_to_compare_with_is_no_finding() -> None:
    """What the metrics' own lines have told is not told again."""
    assert judged([]) == []
    assert judged(minutes(requests=None, errors=0, latency=None)) == []
    empty = Histogram((100.0,), (0, 0))
    assert judged(minutes(requests=0, errors=0, latency=empty)) == []
