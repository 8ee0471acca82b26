"""Aggregation as Cloud Monitoring does it: each series aligned to equal periods, then series reduced to one per group.

What a step may be applied to, and what comes out of it, is as the reference of `Aggregation` says; the rest is refused.
"""

import math
from collections.abc import Callable, Sequence
from statistics import pstdev
from typing import Any, NoReturn

import grpc
from google.cloud import monitoring_v3
from msgspec.structs import replace

from warroom.drill.monitoring.filters import KEYS
from warroom.drill.monitoring.rows import (
    DELTA,
    DISTRIBUTION,
    DOUBLE,
    GAUGE,
    INT64,
    NUMERIC,
    Point,
    Row,
    merged,
    percentile,
    rank,
)
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import Message, get_seconds

Aligner = monitoring_v3.Aggregation.Aligner
Reducer = monitoring_v3.Aggregation.Reducer

SHORTEST_PERIOD = 60.0
LONGEST_PERIOD = 104 * 7 * 24 * 3600.0

_SHARES = {"99": 0.99, "95": 0.95, "50": 0.5, "05": 0.05}
_SIMPLE: dict[str, Callable[[Sequence[float]], float]] = {
    "MIN": min,
    "MAX": max,
    "MEAN": lambda values: sum(values) / len(values),
    "STDDEV": pstdev,
}
_KEPT = ("MIN", "MAX", "SUM")
"""What gives the type of value that came in; all other numbers are DOUBLE."""

_KEY = {key.replace(".labels.", ".label."): key for key in KEYS} | {key: key for key in KEYS}


def wants(aggregation: Message) -> bool:
    """Whether it asks for anything. Raises Refused where its parts do not belong together."""
    aligner, reducer = aggregation.per_series_aligner, aggregation.cross_series_reducer
    if not aligner:
        if reducer:
            _invalid("A cross_series_reducer needs a per_series_aligner other than ALIGN_NONE.")
        return False
    period = get_seconds(aggregation.alignment_period)
    if not aggregation.HasField("alignment_period") or period < SHORTEST_PERIOD:
        _invalid("Field aggregation.alignment_period must be at least 60 seconds when there is an aligner.")
    if period > LONGEST_PERIOD:
        _invalid("Field aggregation.alignment_period must not be longer than 104 weeks.")
    for field in aggregation.group_by_fields if reducer else ():
        if field not in _KEY:
            _invalid(f"Field aggregation.group_by_fields: these metrics have no '{field}'.")
    return True


def begin(aggregation: Message, start: float, end: float) -> float:
    """Where the oldest period begins that the interval touches: periods are counted back from its end."""
    period = get_seconds(aggregation.alignment_period)
    return end - max(1, math.ceil((end - start) / period)) * period


def aggregated(rows: Sequence[Row], aggregation: Message, start: float, end: float) -> list[Row]:
    """The rows aligned and reduced over (start, end]. Raises Refused for what cannot be applied to them."""
    aligner = Aligner(aggregation.per_series_aligner).name.removeprefix("ALIGN_")
    period = get_seconds(aggregation.alignment_period)
    aligned = [_aligned(row, aligner, period, begin(aggregation, start, end), end) for row in rows]
    return reduced([row for row in aligned if row.points], aggregation)


def reduced(aligned: Sequence[Row], aggregation: Message) -> list[Row]:
    """Rows that are aligned already, one for each group where a reducer is asked for. Raises Refused."""
    if not aggregation.cross_series_reducer:
        return list(aligned)
    reducer = Reducer(aggregation.cross_series_reducer).name.removeprefix("REDUCE_")
    keys = [_KEY[field] for field in aggregation.group_by_fields]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in aligned:
        groups.setdefault(tuple(_label(row, key) for key in keys), []).append(row)
    return [_reduced(groups[group], reducer, keys) for group in sorted(groups)]


def _aligned(row: Row, aligner: str, period: float, start: float, end: float) -> Row:
    kind, value_type, unit = _becomes(row, aligner)
    points = []
    for number in range(round((end - start) / period)):
        until = end - number * period
        since = until - period
        value = _over(row, aligner, since, until)
        if value is not None:
            points.append(Point(since if kind == DELTA else until, until, int(value) if value_type == INT64 else value))
    return replace(row, kind=kind, value_type=value_type, unit=unit, points=points)


def _becomes(row: Row, aligner: str) -> tuple[int, int, str]:
    """Kind, type of value and unit of an aligned series. Raises Refused where the aligner does not fit."""
    numeric = row.value_type in NUMERIC
    if aligner == "DELTA" and row.kind == DELTA:
        return DELTA, row.value_type, row.unit
    if aligner == "RATE" and row.kind == DELTA and numeric:
        return GAUGE, DOUBLE, f"{row.unit}/s"
    if aligner == "NEXT_OLDER" and row.kind == GAUGE:
        return GAUGE, row.value_type, row.unit
    if aligner == "INTERPOLATE" and row.kind == GAUGE and numeric:
        return GAUGE, row.value_type, row.unit
    if aligner == "SUM":
        return row.kind, row.value_type, row.unit
    if aligner == "COUNT" and numeric:
        return row.kind, INT64, "1"
    if aligner in _SIMPLE and numeric:
        return GAUGE, row.value_type if aligner in _KEPT else DOUBLE, row.unit
    if aligner.startswith("PERCENTILE_") and row.value_type == DISTRIBUTION:
        return GAUGE, DOUBLE, row.unit
    raise _unfit(f"The aligner ALIGN_{aligner}", row)


def _over(row: Row, aligner: str, since: float, until: float) -> Any:  # noqa: ANN401
    """The value of one period; None where nothing is known of it."""
    if aligner in ("DELTA", "RATE") and row.value_type in NUMERIC:
        parts = [(one, min(one.end, until) - max(one.start, since)) for one in row.points]
        inside = [one.value * share / (one.end - one.start) for one, share in parts if share > 0]
        if not inside:
            return None
        return sum(inside) / (until - since) if aligner == "RATE" else round(sum(inside))
    values = [one.value for one in row.points if since < one.end <= until]
    if not values:
        return None
    if aligner in ("NEXT_OLDER", "INTERPOLATE"):
        return values[0]
    if aligner == "COUNT":
        return len(values)
    if row.value_type == DISTRIBUTION:
        whole = merged(values)
        return percentile(whole, _SHARES[aligner[-2:]]) if aligner.startswith("PERCENTILE_") else whole
    return sum(values) if aligner == "SUM" else _SIMPLE[aligner](values)


def _reduced(rows: Sequence[Row], reducer: str, keys: Sequence[str]) -> Row:
    first = rows[0]
    kind, value_type = _gives(first, reducer)
    found: dict[float, list[Point]] = {}
    for row in rows:
        for point in row.points:
            found.setdefault(point.end, []).append(point)
    points = [
        Point(some[0].start if kind == DELTA else end, end, _together([one.value for one in some], first, reducer))
        for end, some in sorted(found.items(), reverse=True)
    ]
    kept = {"project_id": first.resource["project_id"]}
    return Row(
        {key.rpartition(".")[2]: _label(first, key) for key in keys if key.startswith("metric.labels.")},
        kept | {key.rpartition(".")[2]: _label(first, key) for key in keys if key.startswith("resource.labels.")},
        kind,
        value_type,
        "1" if reducer == "COUNT" else first.unit,
        points,
    )


def _gives(row: Row, reducer: str) -> tuple[int, int]:
    """Kind and type of value of a reduced series. Raises Refused where the reducer does not fit."""
    numeric = row.value_type in NUMERIC
    if reducer == "COUNT":
        return row.kind, INT64
    if reducer == "SUM" or (reducer in _KEPT and numeric):
        return row.kind, row.value_type
    if reducer in ("MEAN", "STDDEV"):
        return row.kind, DOUBLE
    if reducer.startswith("PERCENTILE_"):
        return GAUGE, DOUBLE
    raise _unfit(f"The reducer REDUCE_{reducer}", row)


def _together(values: list[Any], row: Row, reducer: str) -> Any:  # noqa: ANN401
    if reducer == "COUNT":
        return len(values)
    if row.value_type == DISTRIBUTION:
        whole = merged(values)
        if reducer.startswith("PERCENTILE_"):
            return percentile(whole, _SHARES[reducer[-2:]])
        if reducer == "STDDEV":
            return math.sqrt(whole.sum_of_squared_deviation / whole.count) if whole.count else 0.0
        return whole.mean if reducer == "MEAN" else whole
    if reducer.startswith("PERCENTILE_"):
        return rank(values, _SHARES[reducer[-2:]])
    return sum(values) if reducer == "SUM" else _SIMPLE[reducer](values)


def _label(row: Row, key: str) -> str:
    kind, _, label = key.partition(".labels.")
    return (row.metric if kind == "metric" else row.resource).get(label, "")


def _unfit(what: str, row: Row) -> Refused:
    kind = {GAUGE: "GAUGE", DELTA: "DELTA"}[row.kind]
    value = {INT64: "INT64", DOUBLE: "DOUBLE", DISTRIBUTION: "DISTRIBUTION"}[row.value_type]
    words = f"{what} cannot be applied to metrics with kind {kind} and value type {value}."
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, words)


def _invalid(message: str) -> NoReturn:
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, message)
