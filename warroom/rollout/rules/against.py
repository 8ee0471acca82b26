"""When a candidate is worse than stable over the same minutes, though within its limits.

Fisher's test alone at p < .01, asked anew every minute, fails candidates that are no worse: 3–6 % of ladders at 2 000
requests a look, and a third and more where errors come in bursts, as its errors are then not independent. So the
difference has to matter (half the limit), and a second look has to show it by its own new minutes.
"""

from warroom.rollout.measured.stats import fisher_greater

SURE_P = 0.01
"""Fisher's p below which two revisions differ."""

FRESH_P = 0.2
"""Fisher's p below which the new minutes of one look show the same once more."""

Counted = tuple[int, int]
"""n and bad."""


def worse(mine: Counted, theirs: Counted, *, apart: float, ratio: float, least: int) -> bool:
    """Whether `mine` is surely and by far worse than `theirs`: at least `ratio` times as bad, and `apart` (0–1)."""
    return mine[1] >= least and _apart(mine, theirs, apart, ratio) and _p(mine, theirs) < SURE_P


def again(mine: Counted, theirs: Counted, *, apart: float, ratio: float) -> bool:
    """Whether new minutes alone, which are few, say so once more."""
    return _apart(mine, theirs, apart, ratio) and _p(mine, theirs) < FRESH_P


def _apart(mine: Counted, theirs: Counted, apart: float, ratio: float) -> bool:
    (n, bad), (other_n, other_bad) = mine, theirs
    if not n or not other_n or bad * other_n < ratio * other_bad * n:
        return False
    return bad / n - other_bad / other_n >= apart


def _p(mine: Counted, theirs: Counted) -> float:
    return fisher_greater(mine[1], mine[0], theirs[1], theirs[0])
