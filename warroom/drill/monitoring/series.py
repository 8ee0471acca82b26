"""Time series of Cloud Run's metrics, made from the world, as Google's messages."""

from collections.abc import Iterator
from typing import Any

from google.api import metric_pb2
from google.cloud import monitoring_v3
from msgspec import Struct

from warroom.drill.monitoring.filters import Filter
from warroom.drill.monitoring.metrics import Labels, Metric
from warroom.drill.scenario.model import Metrics
from warroom.drill.wire.proto import Message, set_seconds
from warroom.drill.world.world import World
from warroom.rollout.traffic import ServiceRef

RESOURCE = "cloud_run_revision"

_TimeSeries = monitoring_v3.TimeSeries.pb()


class Series(Struct, frozen=True):
    """One series, what a metric tells of `revision` under `labels`: its points as (period, value), newest first."""

    ref: ServiceRef
    revision: str
    labels: Labels
    points: list[tuple[int, Any]]


def find_series(world: World, metric: Metric, project: str, wanted: Filter, periods: range) -> Iterator[Series]:
    """The series of `project` that the filter lets through and that have points in `periods`."""
    for ref in sorted(world.places):
        if ref.project != project:
            continue
        for revision in world.served(ref):
            known = _resource_labels(ref, revision) | {"project": ref.project, "resource.type": RESOURCE}
            known["metric.type"] = metric.name
            if not wanted.admits(known):
                continue
            found: dict[Labels, list[tuple[int, Any]]] = {}
            for period in reversed(periods):
                if outcomes := world.outcomes(ref, revision, period):
                    for labels, value in metric.split(outcomes, world.period_seconds):
                        found.setdefault(labels, []).append((period, value))
            for labels in sorted(found):
                if wanted.admits(known | _metric_labels(metric, labels)):
                    yield Series(ref, revision, labels, found[labels])


def series_message(series: Series, metric: Metric, points: list[tuple[int, Any]], period_seconds: float) -> Message:
    """A series of `metric` with some of its points."""
    message = _TimeSeries(metric_kind=metric.kind, value_type=metric.value_type, unit=metric.unit)
    labelled(message, metric, series.ref, series.revision, series.labels)
    for period, value in points:
        point = message.points.add()
        set_seconds(point.interval.start_time, (period + metric.gauge) * period_seconds)
        set_seconds(point.interval.end_time, (period + 1) * period_seconds)
        metric.put(point.value, value)
    return message


def blank_message(metric: Metric) -> Message:
    """A series of `metric` without labels and points."""
    message = _TimeSeries(metric_kind=metric.kind, value_type=metric.value_type, unit=metric.unit)
    message.metric.type = metric.name
    message.resource.type = RESOURCE
    return message


def labelled(message: Message, metric: Metric, ref: ServiceRef, revision: str, labels: Labels) -> dict[str, str]:
    """Write into a series' message what it is of; all its labels, as a filter names them."""
    message.metric.type = metric.name
    message.resource.type = RESOURCE
    ours, theirs = _metric_labels(metric, labels), _resource_labels(ref, revision)
    for key, value in ours.items():
        message.metric.labels[key.rpartition(".")[2]] = value
    for key, value in theirs.items():
        message.resource.labels[key.rpartition(".")[2]] = value
    return ours | theirs | {"project": ref.project, "resource.type": RESOURCE, "metric.type": metric.name}


def descriptor_message(name: str, metric: Metric, metrics: Metrics) -> Message:
    """What `metric` is, with its sample period and ingest delay."""
    descriptor = metric_pb2.MetricDescriptor(
        name=name,
        type=metric.name,
        metric_kind=metric.kind,
        value_type=metric.value_type,
        unit=metric.unit,
        display_name=metric.title,
        monitored_resource_types=[RESOURCE],
    )
    for label in metric.labels:
        descriptor.labels.add(key=label)
    set_seconds(descriptor.metadata.sample_period, metrics.sample_period_seconds)
    set_seconds(descriptor.metadata.ingest_delay, metrics.ingest_delay_seconds)
    return descriptor


def _resource_labels(ref: ServiceRef, revision: str) -> dict[str, str]:
    return {
        "resource.labels.project_id": ref.project,
        "resource.labels.service_name": ref.name,
        "resource.labels.revision_name": revision,
        "resource.labels.location": ref.region,
        "resource.labels.configuration_name": ref.name,
    }


def _metric_labels(metric: Metric, labels: Labels) -> dict[str, str]:
    return {f"metric.labels.{key}": value for key, value in zip(metric.labels, labels, strict=True)}
