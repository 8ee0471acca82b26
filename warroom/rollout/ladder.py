"""The ladder: which rung is next, what an advance needs, how long a bake has left."""

from collections.abc import Sequence
from enum import StrEnum

from warroom.rollout.evidence import Grade


class Need(StrEnum):
    """What the operator must give, beyond arming and firing, for an advance."""

    NONE = "none"
    CONFIRM = "confirm"
    REASON = "reason"


def next_rung(rungs: Sequence[int], percent: int) -> int | None:
    """The lowest of `rungs` above `percent`, or None at the top."""
    return min((rung for rung in rungs if rung > percent), default=None)


def need(rungs: Sequence[int], percent: int, to: int, baked: bool, grade: Grade) -> tuple[Need, str]:
    """What advancing from `percent` to `to` needs, and why in words.

    Without traffic there is nothing to bake and no evidence yet: there only FAIL, which then is the probe's, or a
    skipped rung asks for a reason. Raises ValueError when `to` is not above `percent` or is over 100.
    """
    if not percent < to <= 100:
        raise ValueError(f"from {percent} % an advance goes up, at most to 100 %, not to {to} %")
    following = next_rung(rungs, percent)
    against = []
    if grade is Grade.FAIL or (grade is Grade.NO_DATA and percent > 0):
        against.append(f"the verdict is {grade.value}")
    if percent > 0 and not baked:
        against.append("the bake is not over")
    if to != following:
        against.append(f"{to} % is not the next rung" + (f", {following} % is" if following else ""))
    if against:
        return Need.REASON, ", ".join(against)
    if percent == 0:
        return Need.NONE, "no traffic yet, nothing to judge"
    if grade is Grade.WEAK:
        return Need.CONFIRM, "the verdict is WEAK: the numbers allow no PASS yet"
    return Need.NONE, "the verdict is PASS and the bake is over"


def bake(applied_at: float, bake_seconds: float, held_seconds: float, now: float) -> tuple[float, float]:
    """(elapsed, left) of a rung's bake in seconds since the split was applied (Unix seconds), without time on hold."""
    elapsed = max(0.0, now - applied_at - held_seconds)
    return elapsed, max(0.0, bake_seconds - elapsed)


def may_auto_advance(
    rungs: Sequence[int], percent: int, baked: bool, grade: Grade | None, *, switched_on: bool, held: bool
) -> bool:
    """Whether the ladder may climb by itself: switched on, not held, off the ground, baked, on PASS, a rung left.

    The first step, from 0 %, is always the operator's, as no evidence can speak for it.
    """
    climbing = percent > 0 and next_rung(rungs, percent) is not None
    return switched_on and not held and climbing and baked and grade is Grade.PASS
