"""What faults do to the points of a series: some never come, or all come twice."""

from random import Random
from typing import Any

from msgspec.structs import replace

from warroom.drill.monitoring.series import Series
from warroom.drill.scenario.faults import Faults


def spoiled(found: list[Series], faults: Faults, method: str, about: str) -> list[Series]:
    """The series as a call of `method` about `about` sees them. A point that is missing stays missing."""
    if missing := faults.take("missing-points", method, about):
        found = [replace(one, points=_kept(one, missing.share or 0.0)) for one in found]
    if faults.take("doubled-points", method, about):
        found = [replace(one, points=[point for point in one.points for _ in range(2)]) for one in found]
    return found


def _kept(series: Series, lost: float) -> list[tuple[int, Any]]:
    """All series of a period are lost together, as a period that was never written is."""
    return [point for point in series.points if Random(f"{series.revision}:{point[0]}").random() >= lost]
