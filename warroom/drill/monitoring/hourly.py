"""Request counts added up over longer periods, as an aggregated query is answered."""

from collections.abc import Iterator, Sequence

from google.cloud import monitoring_v3
from msgspec.structs import replace

from warroom.drill.monitoring.filters import Filter
from warroom.drill.monitoring.metrics import BY_NAME, Metric
from warroom.drill.monitoring.rows import DOUBLE, GAUGE, Point, Row
from warroom.drill.monitoring.series import labelled
from warroom.drill.wire.proto import Message, get_seconds, set_seconds
from warroom.drill.world import past
from warroom.drill.world.world import World
from warroom.rollout.traffic import ServiceRef

COUNTS = BY_NAME["run.googleapis.com/request_count"]
_Aligner = monitoring_v3.Aggregation.Aligner
_SUMS = (int(_Aligner.ALIGN_SUM), int(_Aligner.ALIGN_DELTA), int(_Aligner.ALIGN_RATE))
_TimeSeries = monitoring_v3.TimeSeries.pb()


def reaches(world: World, aggregation: Message, metric: Metric, since: float) -> bool:
    """Whether the answer lies before the minutes that have points of their own: there only sums of counts are known."""
    begun = world.origin - world.scenario.history_minutes * 60
    return metric is COUNTS and aggregation.per_series_aligner in _SUMS and since < begun


def aligned(rows: Sequence[Row], aggregation: Message) -> list[Row]:
    """The sums as the aligner has them: a rate is that of each second."""
    if aggregation.per_series_aligner != int(_Aligner.ALIGN_RATE):
        return list(rows)
    every = get_seconds(aggregation.alignment_period)
    return [
        replace(
            row,
            kind=GAUGE,
            value_type=DOUBLE,
            unit=f"{row.unit}/s",
            points=[Point(one.end, one.end, one.value / every) for one in row.points],
        )
        for row in rows
    ]


def sums(
    world: World, project: str, wanted: Filter, interval: tuple[float, float], every: float, now: float
) -> Iterator[Message]:
    """The series whose points end at the interval's end, and every so many seconds before it, newest first."""
    for ref in sorted(world.places):
        if ref.project != project:
            continue
        for revision in past.revisions(world, ref):
            yield from _of_revision(world, ref, revision, wanted, interval, every, now)


def _of_revision(
    world: World,
    ref: ServiceRef,
    revision: str,
    wanted: Filter,
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
        if not wanted.admits(labels):
            continue
        for end, count in points:
            point = message.points.add()
            set_seconds(point.interval.start_time, end - every)
            set_seconds(point.interval.end_time, end)
            point.value.int64_value = count
        yield message
