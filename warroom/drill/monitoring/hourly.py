"""Request counts added up over longer periods, as an aggregated query is answered."""

from collections.abc import Iterator

import grpc
from google.cloud import monitoring_v3

from warroom.drill.monitoring.metrics import BY_NAME, Metric
from warroom.drill.monitoring.series import RESOURCE, Wanted, labelled, matches
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import Message, get_seconds, set_seconds
from warroom.drill.world import past
from warroom.drill.world.world import World
from warroom.rollout.traffic import ServiceRef

COUNTS = BY_NAME["run.googleapis.com/request_count"]
_SUM = int(monitoring_v3.Aggregation.Aligner.ALIGN_SUM)
_TimeSeries = monitoring_v3.TimeSeries.pb()


def step(aggregation: Message, metric: Metric) -> float:
    """Over how many seconds points are added up; 0 for raw ones. Raises Refused for what is not simulated."""
    if not (aggregation.per_series_aligner or aggregation.cross_series_reducer):
        return 0.0
    seconds = get_seconds(aggregation.alignment_period)
    if aggregation.per_series_aligner != _SUM or aggregation.cross_series_reducer or metric is not COUNTS:
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, "The embedded cloud adds up request counts, and no more.")
    if seconds < 60:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "Field aggregation.alignment_period must be 60s or more.")
    return seconds


def sums(
    world: World, project: str, wanted: Wanted, interval: tuple[float, float], every: float, now: float
) -> Iterator[Message]:
    """The series whose points end at the interval's end, and every so many seconds before it, newest first."""
    for ref in sorted(world.places):
        if ref.project != project or RESOURCE not in wanted.get("resource.type", {RESOURCE}):
            continue
        for revision in past.revisions(world, ref):
            yield from _of_revision(world, ref, revision, wanted, interval, every, now)


def _of_revision(
    world: World,
    ref: ServiceRef,
    revision: str,
    wanted: Wanted,
    interval: tuple[float, float],
    every: float,
    now: float,
) -> Iterator[Message]:
    found: dict[int, list[tuple[float, int]]] = {}
    start, until = interval
    while until > start:
        since = max(start, until - every)
        for code, count in past.requests(world, ref, revision, since, until, now).items():
            found.setdefault(code, []).append((until, count))
        until -= every
    for code, points in sorted(found.items()):
        message = _TimeSeries(metric_kind=COUNTS.kind, value_type=COUNTS.value_type, unit=COUNTS.unit)
        labels = labelled(message, COUNTS, ref, revision, (str(code), f"{code // 100}xx"))
        if not matches(labels, wanted):
            continue
        for end, count in points:
            point = message.points.add()
            set_seconds(point.interval.start_time, end - every)
            set_seconds(point.interval.end_time, end)
            point.value.int64_value = count
        yield message
