"""Time series on their way through an aggregation: labels, kind, and points with the values that Google has."""

from collections.abc import Callable, Sequence
from typing import Any

from google.api import distribution_pb2, metric_pb2
from msgspec import Struct

from warroom.drill.wire.proto import Message, get_seconds, set_seconds

GAUGE, DELTA = int(metric_pb2.MetricDescriptor.GAUGE), int(metric_pb2.MetricDescriptor.DELTA)
INT64 = int(metric_pb2.MetricDescriptor.INT64)
DOUBLE = int(metric_pb2.MetricDescriptor.DOUBLE)
DISTRIBUTION = int(metric_pb2.MetricDescriptor.DISTRIBUTION)
NUMERIC = (INT64, DOUBLE)

_FIELDS = {INT64: "int64_value", DOUBLE: "double_value", DISTRIBUTION: "distribution_value"}


class Point(Struct, frozen=True):
    """One point of the time from `start` to `end` (Unix seconds): a number, or a Distribution message."""

    start: float
    end: float
    value: Any


class Row(Struct, frozen=True):
    """One series, newest point first."""

    metric: dict[str, str]
    resource: dict[str, str]
    kind: int
    value_type: int
    unit: str
    points: list[Point]


def row_of(message: Message) -> Row:
    """A TimeSeries message as a row."""
    field = _FIELDS[message.value_type]
    points = [
        Point(get_seconds(one.interval.start_time), get_seconds(one.interval.end_time), getattr(one.value, field))
        for one in message.points
    ]
    return Row(
        dict(message.metric.labels),
        dict(message.resource.labels),
        int(message.metric_kind),
        int(message.value_type),
        message.unit,
        points,
    )


def message_of(row: Row, blank: Message) -> Message:
    """A row as a TimeSeries message: `blank` is one with its types and without labels and points."""
    message = type(blank)()
    message.CopyFrom(blank)
    message.metric_kind, message.value_type, message.unit = row.kind, row.value_type, row.unit
    message.metric.labels.update(row.metric)
    message.resource.labels.update(row.resource)
    for one in row.points:
        point = message.points.add()
        set_seconds(point.interval.start_time, one.start)
        set_seconds(point.interval.end_time, one.end)
        if row.value_type == DISTRIBUTION:
            point.value.distribution_value.CopyFrom(one.value)
        else:
            setattr(point.value, _FIELDS[row.value_type], one.value)
    return message


def merged(found: Sequence[Message]) -> Message:
    """Distributions of one layout together: counts, mean, and the squared deviations from it."""
    whole = distribution_pb2.Distribution()
    whole.bucket_options.CopyFrom(found[0].bucket_options)
    counts: list[int] = []
    for one in found:
        longer = max(len(counts), len(one.bucket_counts))
        counts = [_at(counts, n) + _at(one.bucket_counts, n) for n in range(longer)]
    whole.bucket_counts.extend(counts)
    whole.count = sum(one.count for one in found)
    if whole.count:
        whole.mean = sum(one.count * one.mean for one in found) / whole.count
        whole.sum_of_squared_deviation = sum(
            one.sum_of_squared_deviation + one.count * (one.mean - whole.mean) ** 2 for one in found
        )
    return whole


def _at(counts: Sequence[int], number: int) -> int:
    return int(counts[number]) if number < len(counts) else 0


def percentile(found: Message, share: float) -> float:
    """Below which the share of a distribution's values lies, linear within the bucket; 0 where there are none."""
    bounds = _bounds(found.bucket_options)
    wanted, before = share * int(found.count), 0
    for number, count in enumerate(found.bucket_counts):
        if count and before + count >= wanted:
            low, high = bounds(number - 1) if number else min(0.0, bounds(0)), bounds(number)
            return float(low + (high - low) * max(0.0, wanted - before) / int(count))
        before += count
    return 0.0


def _bounds(options: Message) -> Callable[[int], float]:
    """The upper bound of a bucket by its number, the underflow bucket's being 0; the overflow bucket has its lower."""
    if options.HasField("exponential_buckets"):
        told = options.exponential_buckets
        last = told.num_finite_buckets
        return lambda number: float(told.scale * told.growth_factor ** min(number, last))
    if options.HasField("linear_buckets"):
        linear = options.linear_buckets
        return lambda number: float(linear.offset + linear.width * min(number, linear.num_finite_buckets))
    explicit = list(options.explicit_buckets.bounds) or [0.0]
    return lambda number: float(explicit[min(number, len(explicit) - 1)])


def rank(values: Sequence[float], share: float) -> float:
    """The same of single numbers, linear between the two that lie around it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))
