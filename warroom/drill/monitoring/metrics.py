"""Cloud Run's metrics as their descriptors have them, and how the world's outcomes become their points."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from google.api import distribution_pb2, metric_pb2
from msgspec import Struct

from warroom.drill.wire.proto import Message
from warroom.drill.world.requests import Outcome
from warroom.drill.world.sampling import BOUNDS_MS, FINITE_BUCKETS, GROWTH, SCALE_MS

Labels = tuple[str, ...]
"""The values of a metric's labels, in their order."""

_Descriptor = metric_pb2.MetricDescriptor

_CONCURRENCY = 80
"""Requests that an instance takes at once, where a service says nothing else."""

_MIDDLES_MS = (BOUNDS_MS[0] / 2, *((low + high) / 2 for low, high in pairwise(BOUNDS_MS)), BOUNDS_MS[-1])


class Metric(Struct, frozen=True):
    """One metric.

    `split` makes the points of a revision's period from its outcomes, which are some, and the period's seconds: for
    each series, known by its labels, what `put` writes into the point's value.
    """

    name: str
    title: str
    unit: str
    kind: int
    value_type: int
    labels: tuple[str, ...]
    split: Callable[[tuple[Outcome, ...], float], Iterable[tuple[Labels, Any]]]
    put: Callable[[Message, Any], None]

    @property
    def gauge(self) -> bool:
        """Whether a point is of a moment."""
        return bool(self.kind == _Descriptor.GAUGE)


def _by_code(outcomes: tuple[Outcome, ...], seconds: float) -> Iterable[tuple[Labels, Outcome]]:
    return [((str(one.code), f"{one.code // 100}xx"), one) for one in outcomes]


def _put_count(value: Message, outcome: Outcome) -> None:
    value.int64_value = outcome.count


def _put_latencies(value: Message, outcome: Outcome) -> None:
    """Mean and spread as the buckets' middles give them."""
    mean = sum(count * middle for count, middle in zip(outcome.latency, _MIDDLES_MS, strict=False)) / outcome.count
    spread = sum(count * (middle - mean) ** 2 for count, middle in zip(outcome.latency, _MIDDLES_MS, strict=False))
    distribution = distribution_pb2.Distribution(
        count=outcome.count, mean=mean, sum_of_squared_deviation=spread, bucket_counts=outcome.latency
    )
    buckets = distribution.bucket_options.exponential_buckets
    buckets.num_finite_buckets, buckets.growth_factor, buckets.scale = FINITE_BUCKETS, GROWTH, SCALE_MS
    value.distribution_value.CopyFrom(distribution)


def _instances(outcomes: tuple[Outcome, ...], seconds: float) -> tuple[int, int]:
    """How many instances a period's requests keep, and how many requests each has at once at most.

    What is under way at once is the response times of a second's requests, by Little's law. Cloud Run starts another
    instance when they are some 60 % of what one takes; a peak is taken to be three deviations above the mean.
    """
    busy_ms = sum(n * ms for one in outcomes for n, ms in zip(one.latency, _MIDDLES_MS, strict=False))
    at_once = busy_ms / 1000 / seconds
    instances = max(1, math.ceil(at_once / (_CONCURRENCY * 0.6)))
    each = at_once / instances
    return instances, min(_CONCURRENCY, math.ceil(each + 3 * math.sqrt(each)))


def _active(outcomes: tuple[Outcome, ...], seconds: float) -> Iterable[tuple[Labels, tuple[int, int]]]:
    return [(("active",), _instances(outcomes, seconds))]


def _put_instances(value: Message, found: tuple[int, int]) -> None:
    value.int64_value = found[0]


def _put_concurrencies(value: Message, found: tuple[int, int]) -> None:
    """All instances in the bucket of their peak: a bucket for each whole number, from half below to half above it."""
    instances, peak = found
    distribution = distribution_pb2.Distribution(count=instances, mean=peak, bucket_counts=[0] * peak + [instances])
    buckets = distribution.bucket_options.linear_buckets
    buckets.num_finite_buckets, buckets.width, buckets.offset = _CONCURRENCY, 1, 0.5
    value.distribution_value.CopyFrom(distribution)


METRICS = (
    Metric(
        name="run.googleapis.com/request_count",
        title="Request Count",
        unit="1",
        kind=_Descriptor.DELTA,
        value_type=_Descriptor.INT64,
        labels=("response_code", "response_code_class"),
        split=_by_code,
        put=_put_count,
    ),
    Metric(
        name="run.googleapis.com/request_latencies",
        title="Request Latency",
        unit="ms",
        kind=_Descriptor.DELTA,
        value_type=_Descriptor.DISTRIBUTION,
        labels=("response_code", "response_code_class"),
        split=_by_code,
        put=_put_latencies,
    ),
    Metric(
        name="run.googleapis.com/container/instance_count",
        title="Instance Count",
        unit="1",
        kind=_Descriptor.GAUGE,
        value_type=_Descriptor.INT64,
        labels=("state",),
        split=_active,
        put=_put_instances,
    ),
    Metric(
        name="run.googleapis.com/container/max_request_concurrencies",
        title="Max Concurrent Requests",
        unit="1",
        kind=_Descriptor.DELTA,
        value_type=_Descriptor.DISTRIBUTION,
        labels=("state",),
        split=_active,
        put=_put_concurrencies,
    ),
)

BY_NAME = {metric.name: metric for metric in METRICS}
