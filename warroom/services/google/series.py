"""Raw time series of Cloud Run's metrics, merged into samples per revision and period. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from warroom.rollout.evidence import Histogram, Sample
from warroom.rollout.measured.histogram import explicit, exponential_bounds, linear_bounds
from warroom.rollout.measured.metrics import Field, Metric
from warroom.services.errors import ServiceError
from warroom.services.google.raw import Raw, seconds
from warroom.services.ports import Readings

# Every point of a series repeats its layout; shared bounds also make merging compare by identity.
_exponential = lru_cache(maxsize=64)(exponential_bounds)
_linear = lru_cache(maxsize=64)(linear_bounds)


class _Cell:
    """One revision in one period, while its series come in."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.values: dict[str, Any] = {}

    def take(self, field: Field, value: object) -> None:
        """Add what a point says; None says nothing."""
        if value is not None:
            known = self.values.get(field.name)
            self.values[field.name] = value if known is None else field.join(known, value)

    def join(self, other: "_Cell") -> None:
        """Add another metric's cell of the same period."""
        self.start = min(self.start, other.start)
        self.values.update(other.values)


Cells = dict[tuple[str, float], _Cell]
"""By revision and the period's end."""


class Merge:
    """Collects the metrics of the named services in any order; `readings` gives the samples."""

    def __init__(self, services: Iterable[str], start: float, end: float) -> None:
        self._start = start
        self._end = end
        self._cells: dict[str, Cells] = {service: {} for service in services}

    def add(self, metric: Metric, every: Iterable[Raw]) -> None:
        """Add all raw series of one metric.

        Raises ServiceError for buckets that cannot be read, or not be added up within one period; then none is added.
        """
        found: dict[str, Cells] = {service: {} for service in self._cells}
        try:
            for series in every:
                labels = dict(series.metric.labels)
                for cell, value in self._points(series, metric, found):
                    for field in metric.fields:
                        cell.take(field, field.take(labels, value))
        except ValueError as error:
            raise ServiceError(
                f"Cloud Monitoring's {metric.what} cannot be read", "Judge by other means", detail=str(error)
            ) from error
        for service, cells in found.items():
            known = self._cells[service]
            for key, cell in cells.items():
                known.setdefault(key, cell).join(cell)

    def readings(self) -> Readings:
        """What was collected, oldest first. A service without any series has no samples."""
        return Readings({service: _samples(cells) for service, cells in self._cells.items()})

    def _points(self, series: Raw, metric: Metric, found: dict[str, Cells]) -> Iterable[tuple[_Cell, Any]]:
        """Each point that ends in (start, end] as its cell and value; nothing for a service not asked for.

        A point that the series holds twice is one point: counted again it would weigh double.
        """
        labels = series.resource.labels
        cells = found.get(labels.get("service_name", ""))
        if cells is None:
            return
        taken: set[float] = set()
        for point in series.points:
            ended = seconds(point.interval.end_time)
            if not self._start < ended <= self._end or ended in taken:
                continue
            taken.add(ended)
            # A gauge's interval is a moment, whose start is its end or unset: it makes no period longer.
            began = ended if metric.gauge else seconds(point.interval.start_time)
            cell = cells.setdefault((labels.get("revision_name", ""), ended), _Cell(began))
            cell.start = min(cell.start, began)
            yield cell, _value(metric, point.value)


def _value(metric: Metric, value: Raw) -> int | Histogram | None:
    if metric.holds is Histogram:
        return histogram(value.distribution_value)
    count: int = value.int64_value or round(value.double_value)
    return count


def histogram(distribution: Raw) -> Histogram | None:
    """A raw Distribution's buckets, or None where it has requests but no buckets.

    Raises ValueError for bounds that do not rise, or more counts than buckets.
    """
    options = distribution.bucket_options
    layout = options.WhichOneof("options")
    counts = tuple(distribution.bucket_counts)
    if layout is None or (distribution.count and not counts):
        return None
    if layout == "explicit_buckets":
        bounds = tuple(options.explicit_buckets.bounds)
    elif layout == "exponential_buckets":
        given = options.exponential_buckets
        bounds = _exponential(given.scale, given.growth_factor, given.num_finite_buckets)
    else:
        given = options.linear_buckets
        bounds = _linear(given.offset, given.width, given.num_finite_buckets)
    return explicit(bounds, counts)


def _samples(cells: Cells) -> tuple[Sample, ...]:
    """Cells as samples, oldest first, revisions of one period by name."""
    ordered = sorted(cells.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(Sample(revision, cell.start, ended, **cell.values) for (revision, ended), cell in ordered)
