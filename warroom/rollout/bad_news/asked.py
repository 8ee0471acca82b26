"""What every clause of this room is asked with, and what it leaves standing."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from warroom.rollout.clauses import Covered, Look
from warroom.rollout.evidence import Clause, Grade, Probe, Sample


class Asked(Struct, frozen=True):
    """One revision in one look.

    `rival` is what stable did over the same minutes, `lately` what it did last, whenever that was; both are empty
    for stable itself and where there is none. `percent` is what the revision takes, `rival_percent` what stable does
    (0–100). `before` are the last look's clauses of this revision, by signal. With `sticky`, clients stay with the
    revision that they met first, so that its share of the requests is not its share of the traffic.
    """

    revision: str
    look: Look
    mine: Covered
    rival: Covered = Covered()
    lately: tuple[Sample, ...] = ()
    percent: int = 100
    rival_percent: int = 0
    before: Mapping[str, Clause] = {}
    probe: Probe | None = None
    sticky: bool = False


def standing(before: Clause | None, found: Clause | None, at: float) -> Clause | None:
    """What stands after a look that `found` something, or None: only what is found ends a FAIL, silence doesn't."""
    if found is not None or before is None or before.grade is not Grade.FAIL:
        return found
    age = None if before.data_end is None else max(0.0, at - before.data_end)
    return replace(before, age=age)
