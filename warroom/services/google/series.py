"""Raw time series of Cloud Run's metrics, merged into samples per revision and period. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from warroom.rollout.evidence import Histogram, Sample
from warroom.rollout.histogram import explicit, exponential_bounds, linear_bounds, merged
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
        self.requests: int | None = None
        self.errors: int | None = None
        self.latency: Histogram | None = None


class Merge:
    """Collects series of the named services in any order; `readings` gives the samples."""

    def __init__(self, services: Iterable[str], start: float, end: float) -> None:
        self._start = start
        self._end = end
        self._cells: dict[str, dict[tuple[str, float], _Cell]] = {service: {} for service in services}

    def add_counts(self, series: Raw) -> None:
        """Add one raw series of request_count: requests, and those of class 5xx as errors. 4xx is no error."""
        bad = _is_5xx(series.metric.labels)
        for cell, value in self._points(series):
            count = value.int64_value or round(value.double_value)
            cell.requests = (cell.requests or 0) + count
            cell.errors = (cell.errors or 0) + (count if bad else 0)

    def add_latencies(self, series: Raw) -> None:
        """Add one raw series of request_latencies, whose bounds are in milliseconds.

        Raises ServiceError for buckets that cannot be read, or not be added up within one period.
        """
        try:
            for cell, value in self._points(series):
                found = histogram(value.distribution_value)
                if found is not None:
                    cell.latency = found if cell.latency is None else merged((cell.latency, found))
        except ValueError as error:
            raise ServiceError(
                "Cloud Monitoring's response times cannot be read", "Judge by other means", detail=str(error)
            ) from error

    def readings(self) -> Readings:
        """What was collected, oldest first. A service without any series has no samples."""
        return Readings({service: _samples(cells) for service, cells in self._cells.items()})

    def _points(self, series: Raw) -> Iterable[tuple[_Cell, Raw]]:
        """Each point that ends in (start, end] as its cell and raw value; nothing for a service not asked for.

        A point that the series holds twice is one point: counted again it would weigh double.
        """
        labels = series.resource.labels
        cells = self._cells.get(labels.get("service_name", ""))
        if cells is None:
            return
        taken: set[float] = set()
        for point in series.points:
            ended = seconds(point.interval.end_time)
            if not self._start < ended <= self._end or ended in taken:
                continue
            taken.add(ended)
            began = seconds(point.interval.start_time)
            cell = cells.setdefault((labels.get("revision_name", ""), ended), _Cell(began))
            cell.start = min(cell.start, began)
            yield cell, point.value


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


def _samples(cells: dict[tuple[str, float], _Cell]) -> tuple[Sample, ...]:
    """Cells as samples, oldest first, revisions of one period by name."""
    ordered = sorted(cells.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(
        Sample(revision, cell.start, ended, cell.requests, cell.errors, cell.latency)
        for (revision, ended), cell in ordered
    )


def _is_5xx(labels: Raw) -> bool:
    """By the class label, or by the code where the class is missing."""
    return bool((labels.get("response_code_class", "") or labels.get("response_code", ""))[:1] == "5")
