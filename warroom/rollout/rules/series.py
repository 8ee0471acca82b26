"""From look to look: how often running it was bad, and what a FAIL takes to be over. Pure, on plain counts.

A second look over cumulative evidence confirms nothing, as the first look's bad minute is still in it: what came new
since then has to be bad by itself.
"""

from collections.abc import Sequence

from msgspec import Struct

from warroom.rollout.rules import against
from warroom.rollout.rules.looks import Beyond, Tally, beyond, over, total

AGAIN = 2
"""Looks running that fail what one look alone doesn't."""


class Rule(Struct, frozen=True):
    """What counts are held against. `looks` that are beyond the limit fail; `ratio` and `least` as in `Limits`.

    `apart` is the least difference from stable that matters (0–1), half the limit where it is not given.
    """

    limit: float
    looks: int = 1
    ratio: float = 1.5
    least: int = 3
    apart: float | None = None

    @property
    def matters(self) -> float:
        """The least difference from stable that matters (0–1)."""
        return self.limit / 2 if self.apart is None else self.apart


class Seen(Struct, frozen=True):
    """All of one look: the whole as (n, bad), and its newest periods, oldest first, of one revision."""

    whole: tuple[int, int]
    newest: Sequence[Tally]

    @property
    def end(self) -> float:
        """When the newest period ends (Unix seconds)."""
        return self.newest[-1].end

    def since(self, end: float | None) -> tuple[int, int]:
        """The n and the bad of the periods that ended later."""
        return total(self.fresh(end))

    def fresh(self, end: float | None) -> Sequence[Tally]:
        """The periods that ended later; all, where nothing was looked at before."""
        return self.newest if end is None else [one for one in self.newest if one.end > end]


class Run(Struct, frozen=True):
    """How it stands after a look.

    `end` is when what was looked at ends, `running` how many looks running were bad, each by its own new periods.
    `failed_end` is how far the evidence of the newest FAIL reached, and `failed_n` how many requests it was first given
    by; None and 0 for none.
    """

    end: float | None = None
    running: int = 0
    failed_end: float | None = None
    failed_n: int = 0


class Found(Struct, frozen=True):
    """What a look found: the window that is beyond the limit, or being `worse` than stable; and whether it fails."""

    run: Run
    fails: bool
    beyond: Beyond | None = None
    worse: bool = False
    remembered: bool = False


def look(rule: Rule, mine: Seen, before: Run, stable: Seen | None = None) -> Found:
    """One look at `mine` after the looks so far; `stable` only where its own signal does not fail."""
    found = beyond(mine.whole, mine.newest, rule.limit, rule.least)
    worse = found is None and stable is not None and _worse(rule, mine, stable)
    running = _running(rule, mine, before, stable if worse else None) if found or worse else 0
    needed = rule.looks if found is not None and found.sure else max(AGAIN, rule.looks)
    fails = running >= needed or (found is not None and needed == 1)
    if fails:
        n = before.failed_n or (found.n if found else mine.whole[0])
        return Found(Run(mine.end, running, mine.end, n), True, found, worse)
    run = Run(mine.end, running)
    if before.failed_end is not None and not healed(rule, mine, before, running):
        kept = Run(mine.end, running, before.failed_end, before.failed_n)
        return Found(kept, True, found, worse, remembered=True)
    return Found(run, False, found, worse)


def healed(rule: Rule, mine: Seen, before: Run, running: int) -> bool:
    """Whether a FAIL is over: as many requests as it was given by have come since, and are within the limit."""
    fresh = mine.fresh(before.failed_end)
    return not running and total(fresh)[0] >= before.failed_n and not over(fresh, rule.limit)


def _worse(rule: Rule, mine: Seen, stable: Seen) -> bool:
    return against.worse(mine.whole, stable.whole, apart=rule.matters, ratio=rule.ratio, least=rule.least)


def _running(rule: Rule, mine: Seen, before: Run, stable: Seen | None) -> int:
    """How many looks running are bad with this one; the same data again is no new look."""
    if before.end is None:
        return 1
    fresh = mine.fresh(before.end)
    if not fresh:
        if before.running:
            return before.running
        fresh = mine.newest[-1:]  # corrected since, or stable's numbers came late
    if stable is None:
        bad = over(fresh, rule.limit)
    else:
        theirs = stable.since(min(before.end, fresh[0].end - 1.0))
        bad = against.again(total(fresh), theirs if theirs[0] else stable.whole, apart=rule.matters, ratio=rule.ratio)
    return before.running + 1 if bad else 0
