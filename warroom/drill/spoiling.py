"""What faults do to the points of a series: some never come, or all come twice."""

from random import Random

from msgspec.structs import replace

from warroom.drill.faults import Faults
from warroom.drill.series import Series


def spoiled(series: Series, faults: Faults, method: str, about: str) -> Series:
    """The series as a call of `method` about `about` sees it. A point that is missing stays missing."""
    points = series.points
    if missing := faults.take("missing-points", method, about):
        lost = missing.share or 0.0
        points = [point for point in points if Random(f"{series.revision}:{point[0]}").random() >= lost]
    if faults.take("doubled-points", method, about):
        points = [point for point in points for _ in range(2)]
    return series if points is series.points else replace(series, points=points)
