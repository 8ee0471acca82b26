"""When counts allow a PASS: by the rung's own evidence, or with what the same candidate did on the rungs before.

At twenty requests a minute no rung of five minutes brings the 381 clean ones that a limit of 1 % wants. A candidate is
the same on every rung, so that earlier evidence may help out; but more traffic is another test, so that the rung's own
share of it has to be a quarter, and within the limit by itself.
"""

from collections.abc import Sequence

from msgspec import Struct

from warroom.rollout.measured.stats import wilson
from warroom.rollout.rules.looks import Tally
from warroom.rollout.rules.series import Found, Rule, Seen

PASS_Z = 1.96
"""The upper bound that a PASS needs: 97.5 % sure."""

EARLIER_AT_MOST = 3
"""So many times the rung's own requests may come from the rungs before."""


class Passed(Struct, frozen=True):
    """The upper bound that passes, and of how many requests of earlier rungs, with how many bad."""

    upper: float
    earlier_n: int = 0
    earlier_bad: int = 0


def passes(rule: Rule, mine: Seen, found: Found, earlier: Sequence[Tally] = ()) -> Passed | None:
    """Why it is a PASS, or None. `earlier` are the periods of the rungs before, oldest first."""
    if found.fails or found.run.running or found.beyond is not None:
        return None
    n, bad = mine.whole
    _, upper = wilson(bad, n, PASS_Z)
    if upper <= rule.limit:
        return Passed(upper)
    if bad > rule.limit * n:
        return None
    more_n = more_bad = 0
    for one in reversed(earlier):
        if more_n + one.n > EARLIER_AT_MOST * n:
            break
        more_n, more_bad = more_n + one.n, more_bad + one.bad
    _, upper = wilson(bad + more_bad, n + more_n, PASS_Z)
    return Passed(upper, more_n, more_bad) if more_n and upper <= rule.limit else None
