"""Time series of Cloud Run's two metrics, made from the world, as Google's messages."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from google.api import distribution_pb2, metric_pb2
from google.cloud import monitoring_v3
from msgspec import Struct

from warroom.drill.scenario.model import Metrics
from warroom.drill.wire.proto import Message, set_seconds
from warroom.drill.world.sampling import BOUNDS_MS, FINITE_BUCKETS, GROWTH, SCALE_MS
from warroom.drill.world.world import Outcome, World
from warroom.rollout.traffic import ServiceRef

REQUESTS = "run.googleapis.com/request_count"
LATENCIES = "run.googleapis.com/request_latencies"
RESOURCE = "cloud_run_revision"

Wanted = Mapping[str, frozenset[str]]
"""A filter: the allowed values by key."""

_TimeSeries = monitoring_v3.TimeSeries.pb()
_Descriptor = metric_pb2.MetricDescriptor

_MIDDLES_MS = (BOUNDS_MS[0] / 2, *((low + high) / 2 for low, high in pairwise(BOUNDS_MS)), BOUNDS_MS[-1])


class Series(Struct, frozen=True):
    """One series, the requests of `revision` that got `code`: its points as (period, outcome), newest first."""

    ref: ServiceRef
    revision: str
    code: int
    points: list[tuple[int, Outcome]]


def find_series(world: World, project: str, wanted: Wanted, periods: range) -> Iterator[Series]:
    """The series of `project` that the filter lets through and that have points in `periods`."""
    for ref in sorted(world.places):
        if ref.project != project or RESOURCE not in wanted.get("resource.type", {RESOURCE}):
            continue
        for revision in world.served(ref):
            if not _matches(_resource_labels(ref, revision) | {"project": ref.project}, wanted):
                continue
            by_code: dict[int, list[tuple[int, Outcome]]] = {}
            for period in reversed(periods):
                for outcome in world.outcomes(ref, revision, period):
                    by_code.setdefault(outcome.code, []).append((period, outcome))
            for code in sorted(by_code):
                if _matches(_metric_labels(code), wanted):
                    yield Series(ref, revision, code, by_code[code])


def series_message(series: Series, kind: str, points: list[tuple[int, Outcome]], period_seconds: float) -> Message:
    """A series of the metric `kind` with some of its points."""
    message = _TimeSeries(metric_kind=_Descriptor.DELTA, value_type=_value_type(kind), unit=unit_of(kind))
    message.metric.type = kind
    message.resource.type = RESOURCE
    for key, value in _metric_labels(series.code).items():
        message.metric.labels[key.rpartition(".")[2]] = value
    for key, value in _resource_labels(series.ref, series.revision).items():
        message.resource.labels[key.rpartition(".")[2]] = value
    for period, outcome in points:
        point = message.points.add()
        set_seconds(point.interval.start_time, period * period_seconds)
        set_seconds(point.interval.end_time, (period + 1) * period_seconds)
        if kind == REQUESTS:
            point.value.int64_value = outcome.count
        else:
            point.value.distribution_value.CopyFrom(_distribution(outcome))
    return message


def descriptor_message(name: str, kind: str, metrics: Metrics) -> Message:
    """What the metric `kind` is, with its sample period and ingest delay."""
    descriptor = _Descriptor(
        name=name,
        type=kind,
        metric_kind=_Descriptor.DELTA,
        value_type=_value_type(kind),
        unit=unit_of(kind),
        display_name="Request Count" if kind == REQUESTS else "Request Latency",
        monitored_resource_types=[RESOURCE],
    )
    for label in ("response_code", "response_code_class"):
        descriptor.labels.add(key=label)
    set_seconds(descriptor.metadata.sample_period, metrics.sample_period_seconds)
    set_seconds(descriptor.metadata.ingest_delay, metrics.ingest_delay_seconds)
    return descriptor


def unit_of(kind: str) -> str:
    """The unit of the metric `kind`."""
    return "1" if kind == REQUESTS else "ms"


def _value_type(kind: str) -> int:
    return int(_Descriptor.INT64 if kind == REQUESTS else _Descriptor.DISTRIBUTION)


def _resource_labels(ref: ServiceRef, revision: str) -> dict[str, str]:
    return {
        "resource.labels.project_id": ref.project,
        "resource.labels.service_name": ref.name,
        "resource.labels.revision_name": revision,
        "resource.labels.location": ref.region,
        "resource.labels.configuration_name": ref.name,
    }


def _metric_labels(code: int) -> dict[str, str]:
    return {"metric.labels.response_code": str(code), "metric.labels.response_code_class": f"{code // 100}xx"}


def _matches(labels: Mapping[str, str], wanted: Wanted) -> bool:
    return all(value in wanted.get(key, {value}) for key, value in labels.items())


def _distribution(outcome: Outcome) -> Message:
    """The latencies of one point; mean and spread as the buckets' middles give them."""
    mean = sum(count * middle for count, middle in zip(outcome.latency, _MIDDLES_MS, strict=False)) / outcome.count
    spread = sum(count * (middle - mean) ** 2 for count, middle in zip(outcome.latency, _MIDDLES_MS, strict=False))
    distribution = distribution_pb2.Distribution(
        count=outcome.count, mean=mean, sum_of_squared_deviation=spread, bucket_counts=outcome.latency
    )
    buckets = distribution.bucket_options.exponential_buckets
    buckets.num_finite_buckets, buckets.growth_factor, buckets.scale = FINITE_BUCKETS, GROWTH, SCALE_MS
    return distribution
