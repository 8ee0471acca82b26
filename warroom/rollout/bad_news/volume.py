"""The clause on how much comes at all: requests that no instance takes are in no metric, and look like silence."""

from math import exp, lgamma, log
from typing import Final

from warroom.rollout import words
from warroom.rollout.bad_news.asked import Asked
from warroom.rollout.evidence import Clause, Grade, Sample

SIGNAL = "volume"

FAR_BELOW: Final = 0.2
"""Below so much (0–1) of what is expected it is no matter of rounding, of caches or of one busy client."""

LEAST_EXPECTED: Final = 20
CHANCE: Final = 1e-6
"""Cloud Run draws the revision for each request, so the candidate's count is binomial."""


def clause(asked: Asked) -> Clause | None:
    """FAIL where far fewer requests come than stable's count and the split promise, in two looks; None without both."""
    if asked.sticky or not 0 < asked.percent < 100 or asked.rival_percent <= 0 or asked.look.lost:
        return None
    theirs = [one for one in asked.rival.settled if one.requests is not None]
    if not theirs:
        return None
    end, ratio = theirs[-1].end, asked.percent / asked.rival_percent
    got, expected = _count(asked.mine.settled, 0.0), _count(tuple(theirs), 0.0) * ratio
    if expected < LEAST_EXPECTED:
        return None
    before = asked.before.get(SIGNAL)
    running = 0
    if got < FAR_BELOW * expected and at_most(got, round(got + expected / ratio), ratio / (1 + ratio)) < CHANCE:
        running = _running(asked, tuple(theirs), end, ratio, before)
    told = f"gets {words.count(got)} of about {words.count(round(expected))} expected requests"
    if running == 1:
        told += "; one more such look fails it"
    missing = max(0.0, expected - got)
    return Clause(
        SIGNAL, asked.revision, Grade.FAIL if running > 1 else Grade.PASS, round(expected), round(missing),
        missing / expected, limit=1 - FAR_BELOW, age=max(0.0, asked.look.at - end), words=told, data_end=end,
        fails_running=running,
    )  # fmt: skip


def at_most(got: int, n: int, share: float) -> float:
    """P(X ≤ `got`) of a binomial of `n` with `share` (0–1, exclusive), for `got` below its mean; 1 from there on."""
    if got >= n * share:
        return 1.0
    log_odds = log(share) - log(1 - share)
    at = lgamma(n + 1) - lgamma(got + 1) - lgamma(n - got + 1) + got * log_odds + n * log(1 - share)
    term = tail = 1.0
    for k in range(got, 0, -1):  # each is a falling share of the one above
        term *= k / (n - k + 1) / exp(log_odds)
        tail += term
        if term < 1e-12 * tail:
            break
    return min(1.0, exp(at) * tail)


def _running(asked: Asked, theirs: tuple[Sample, ...], end: float, ratio: float, before: Clause | None) -> int:
    if before is None or before.data_end is None:
        return 1
    if end <= before.data_end:
        return max(1, before.fails_running)
    fresh = _count(theirs, before.data_end) * ratio
    return before.fails_running + 1 if _count(asked.mine.settled, before.data_end) < FAR_BELOW * fresh else 0


def _count(samples: tuple[Sample, ...], since: float) -> int:
    return sum(one.requests or 0 for one in samples if one.end > since)
