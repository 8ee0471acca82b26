"""Whole ladders by chance, judged look by look with the gate's own rules on plain counts.

The clauses put words and samples round these rules; `test_ladders.py` shows that both judge alike.
"""

from collections.abc import Callable, Iterator
from functools import cache
from math import exp, lgamma, log, log1p
from random import Random

from msgspec import Struct

from warroom.rollout.rules import series
from warroom.rollout.rules.looks import Tally
from warroom.rollout.rules.passing import passes
from warroom.rollout.rules.series import Rule, Run, Seen

RUNGS = (10, 25, 50, 100)
MINUTES = 5
ERRORS = Rule(0.01)


class Part(Struct, frozen=True):
    """Who is simulated: requests a minute, the share of them that fails, and how many fail at once on average."""

    a_minute: int
    share: float
    burst: float = 1.0


class End(Struct, frozen=True):
    """How a ladder ended: at which rung (index) it failed, or None; and the rung that it reached on PASS alone."""

    failed: int | None
    passed: int


def ladder(random: Random, candidate: Part, stable: Part | None = None, *, wait: int = 0, climbs: bool = True) -> End:
    """One climb. `candidate.a_minute` is the same at every rung; `stable` gets what the split leaves for it.

    A rung lasts five minutes, and up to `wait` more for its PASS; without one the climb goes on, but not
    on PASS alone, or ends there unless it `climbs`.
    """
    earlier: list[Tally] = []
    passed, alone = 0, True
    for rung, percent in enumerate(RUNGS):
        run, mine, theirs, found_pass = Run(), [], [], False
        rest = stable and Part(candidate.a_minute * (100 - percent) // percent, stable.share, stable.burst)
        for minute in range(1, MINUTES + wait + 1):
            mine.append(drawn(random, candidate, minute))
            rival = None
            if rest and rest.a_minute:
                theirs.append(drawn(random, rest, minute))
                rival = seen(theirs)
            look = seen(mine)
            found = series.look(ERRORS, look, run, rival)
            run = found.run
            if found.fails:
                return End(rung, passed)
            found_pass = minute >= MINUTES and passes(ERRORS, look, found, earlier) is not None
            if minute >= MINUTES and (found_pass or minute == MINUTES + wait):
                break
        alone = alone and found_pass
        passed += alone
        if not climbs and not alone:
            return End(None, passed)
        earlier += mine
    return End(None, passed)


def seen(tallies: list[Tally]) -> Seen:
    """All of them as one look."""
    return Seen((sum(one.n for one in tallies), sum(one.bad for one in tallies)), tallies)


def drawn(random: Random, part: Part, minute: int) -> Tally:
    """One minute of a revision. Bursts: clumps of errors of geometric size, as many as keep the share."""
    if part.burst <= 1:
        bad = binomial(random, part.a_minute, part.share)
    else:
        clumps = binomial(random, part.a_minute, part.share / part.burst)
        stop = log1p(-1 / part.burst)
        bad = sum(1 + int(log(1 - random.random()) / stop) for _ in range(clumps))
    return Tally(60.0 * minute, part.a_minute, min(bad, part.a_minute))


def binomial(random: Random, n: int, share: float) -> int:
    """How many of `n` happen, each with chance `share`: exact, by the inverse of the distribution."""
    at = random.random()
    for k, below in enumerate(_cumulated(n, share)):
        if at < below:
            return k
    return n


@cache
def _cumulated(n: int, share: float) -> tuple[float, ...]:
    found, below = [], 0.0
    for k in range(n + 1):
        below += chance(k, n, share)
        found.append(below)
        if 1 - below < 1e-12:
            break
    return tuple(found)


def chance(k: int, n: int, share: float) -> float:
    """P(X = k) of a binomial of `n` with `share` (0–1, exclusive)."""
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(share) + (n - k) * log1p(-share))


def counted(seed: int, ladders: int, wanted: Callable[[End], bool], candidate: Part, **more: object) -> int:
    """How many of so many ladders end as `wanted`."""
    return sum(wanted(end) for end in ended(seed, ladders, candidate, **more))


def ended(seed: int, ladders: int, candidate: Part, **more: object) -> Iterator[End]:
    """The ends of so many ladders."""
    random = Random(seed)
    return (ladder(random, candidate, **more) for _ in range(ladders))  # type: ignore[arg-type]
