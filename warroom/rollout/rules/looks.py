"""When counts are beyond a limit: several windows, each with a bar of its own, and what a second look must bring.

One bad minute after half an hour of health is lost in the whole, so that the newest minutes are looked at alone, too.
Each more window is one more chance to be wrong: short ones want to be surer. The bars are chosen so that a healthy
candidate (0.2 % at a limit of 1 %) fails in less than one of 2 000 ladders at any volume; `tests/rollout/simulation`
holds them to that.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from warroom.rollout.measured.stats import wilson

FAIL_Z = 2.576
"""The lower bound that a FAIL of the whole needs: 99.5 % sure."""

FAR_BEYOND = 5.0
"""A lower bound of so many limits fails in one look, though all that is bad may have come in one burst."""


MANY = 30
FAR_BEYOND_OF_MANY = 2.0
"""So many bad requests are no burst that happens to anyone: then a bound of so many limits fails in one look, too."""


class Tally(Struct, frozen=True):
    """`bad` of `n` requests of one period that ends at `end` (Unix seconds)."""

    end: float
    n: int
    bad: int


class Span(Struct, frozen=True):
    """A window of the newest `seconds`; its lower bound is `z` deviations wide, and it wants `more` bad requests."""

    seconds: float
    z: float
    more: int


SPANS = (Span(60.0, 3.29, 2), Span(180.0, 3.29, 2), Span(600.0, 3.29, 1), Span(1800.0, FAIL_Z, 1))
"""1, 3, 10 and 30 minutes, beside the whole."""


class Beyond(Struct, frozen=True):
    """Counts that are surely beyond a limit: of the newest `seconds`, 0 for the whole. `sure`: one look is enough."""

    n: int
    bad: int
    lower: float
    seconds: float = 0.0
    sure: bool = True


def beyond(whole: tuple[int, int], tallies: Sequence[Tally], limit: float, least: int) -> Beyond | None:
    """The window that is surely beyond `limit` (0–1), the whole first, then the shortest; None where none is.

    `whole` is n and bad of all, `tallies` its newest periods, oldest first. Fewer than `least` bad requests never are.
    """
    found = _beyond(*whole, limit, FAIL_Z, least)
    if found is not None:
        found = _sure(found, tallies, limit, least)
        if found.sure:
            return found
    for span in SPANS:
        within = newest(tallies, span.seconds)
        n, bad = total(within)
        if n >= whole[0]:
            break
        shorter = _beyond(n, bad, limit, span.z, least + span.more)
        if shorter is not None:
            shorter = _sure(Beyond(n, bad, shorter.lower, span.seconds), within, limit, least)
            if shorter.sure or found is None:
                found = shorter
        if found is not None and found.sure:
            return found
    return found


def newest(tallies: Sequence[Tally], seconds: float) -> Sequence[Tally]:
    """Those of the last `seconds` before the newest end, which periods that end a little off still are."""
    since = tallies[-1].end - seconds if tallies else 0.0
    return [one for one in tallies if one.end > since + 1.0]


def total(tallies: Sequence[Tally]) -> tuple[int, int]:
    """The n and the bad of all of them."""
    return sum(one.n for one in tallies), sum(one.bad for one in tallies)


def over(tallies: Sequence[Tally], limit: float) -> bool:
    """Whether these periods are over `limit` by themselves, however few: what a second look must bring."""
    n, bad = total(tallies)
    return bad > limit * n


def _sure(found: Beyond, tallies: Sequence[Tally], limit: float, least: int) -> Beyond:
    """Whether one look is enough: it is far beyond the limit, or it still is over it without its worst period."""
    far = FAR_BEYOND_OF_MANY if found.bad >= MANY else FAR_BEYOND
    if found.lower > far * limit:
        return found
    worst = max(tallies, key=lambda one: one.bad)
    again = found.bad - worst.bad > limit * (found.n - worst.n)
    return found if again and found.bad > least else Beyond(found.n, found.bad, found.lower, found.seconds, sure=False)


@lru_cache(maxsize=65_536)
def _beyond(n: int, bad: int, limit: float, z: float, least: int) -> Beyond | None:
    if bad < least:
        return None
    lower, _ = wilson(bad, n, z)
    return Beyond(n, bad, lower) if lower > limit else None
