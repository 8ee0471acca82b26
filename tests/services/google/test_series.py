"""Raw time series merged into samples."""

from typing import Any

import pytest
from google.cloud import monitoring_v3
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.rollout.evidence import Histogram, Sample
from warroom.rollout.measured.metrics import REQUEST_COUNT, REQUEST_LATENCIES
from warroom.services.errors import ServiceError
from warroom.services.google.series import Merge, histogram

Series = monitoring_v3.TimeSeries.pb()


def counts(points: dict[int, int], klass: str = "2xx", revision: str = "r1", service: str = "s") -> Any:
    """A series of request_count: requests by end time, newest first as the API has it."""
    made = Series()
    made.resource.labels.update({"service_name": service, "revision_name": revision})
    made.metric.labels.update({"response_code": klass.replace("xx", "00"), "response_code_class": klass})
    for end in sorted(points, reverse=True):
        _point(made, end).value.int64_value = points[end]
    return made


def latencies(buckets: dict[int, list[int]], bounds: tuple[float, ...] = (10, 20), revision: str = "r1") -> Any:
    """A series of request_latencies with explicit bounds."""
    made = Series()
    made.resource.labels.update({"service_name": "s", "revision_name": revision})
    for end in sorted(buckets, reverse=True):
        value = _point(made, end).value.distribution_value
        value.bucket_options.explicit_buckets.bounds.extend(bounds)
        value.bucket_counts.extend(buckets[end])
        value.count = sum(buckets[end])
    return made


def _point(series: Any, end: int) -> Any:
    point = series.points.add()
    point.interval.start_time.seconds, point.interval.end_time.seconds = end - 60, end
    return point


def merged(*series: Any, lat: tuple[Any, ...] = (), start: float = 0, end: float = 1e9) -> tuple[Sample, ...]:
    """The samples of service s."""
    merge = Merge(["s", "quiet"], start, end)
    merge.add(REQUEST_COUNT, series)
    merge.add(REQUEST_LATENCIES, lat)
    readings = merge.readings()
    assert readings.samples["quiet"] == ()
    assert set(readings.samples) == {"s", "quiet"}
    return readings.samples["s"]


def test_classes_are_added_up() -> None:
    """All classes are requests, 5xx are errors, 4xx are rejected; several codes of a class add up."""
    samples = merged(
        counts({120: 90}), counts({120: 5}, "4xx"), counts({120: 2}, "5xx"), counts({120: 3}, "5xx"), counts({180: 7})
    )
    assert samples == (Sample("r1", 60, 120, 100, 5, rejected=5), Sample("r1", 120, 180, 7, 0))


def test_the_code_stands_in_for_a_missing_class() -> None:
    """An error is not lost when the class label is."""
    series = counts({120: 2}, "5xx")
    del series.metric.labels["response_code_class"]
    assert merged(series) == (Sample("r1", 60, 120, 2, 2),)


def test_silence_is_none_and_nought_is_nought() -> None:
    """No series of a metric is None; a series that says 0 is 0."""
    assert merged(counts({120: 0})) == (Sample("r1", 60, 120, 0, 0, None),)
    assert merged(lat=(latencies({120: [1, 2, 3]}),)) == (
        Sample("r1", 60, 120, None, None, Histogram((10, 20), (1, 2, 3))),
    )
    assert merged() == ()


def test_the_interval_is_open_at_its_start() -> None:
    """(start, end]: a point that ends at the start belongs to the look before."""
    assert [sample.end for sample in merged(counts({60: 1, 120: 1, 180: 1, 240: 1}), start=60, end=180)] == [120, 180]


def test_a_point_that_comes_twice_is_one() -> None:
    """Doubled points of a series weigh once, in both metrics."""
    twice, slow = counts({120: 5}), latencies({120: [1, 2, 3]})
    for series in (twice, slow):
        series.points.add().CopyFrom(series.points[0])
    assert merged(twice, lat=(slow,)) == (Sample("r1", 60, 120, 5, 0, Histogram((10, 20), (1, 2, 3))),)


def test_order_and_strangers() -> None:
    """Oldest first, then by revision; a service that was not asked for is left out."""
    samples = merged(counts({180: 1, 120: 1}, revision="r2"), counts({120: 1}), counts({120: 9}, service="other"))
    assert [(sample.end, sample.revision) for sample in samples] == [(120, "r1"), (120, "r2"), (180, "r2")]


def test_latencies_of_codes_are_added_up() -> None:
    """Equal layouts add up bucket by bucket, truncated counts padded with zeros."""
    (sample,) = merged(lat=(latencies({120: [1]}), latencies({120: [1, 1, 1]})))
    assert sample.latency == Histogram((10, 20), (2, 1, 1))


@pytest.mark.parametrize(
    "bad",
    [
        (latencies({120: [1]}), latencies({120: [1]}, bounds=(10, 30))),
        (latencies({120: [1, 1, 1, 1]}),),
        (latencies({120: [1]}, bounds=(20, 10)),),
    ],
)
def test_unreadable_latencies_are_an_error(bad: tuple[Any, ...]) -> None:
    """Half a histogram would look like health, so what can't be added up is refused."""
    with pytest.raises(ServiceError, match="cannot be read"):
        merged(lat=bad)


def test_layouts() -> None:
    """Exponential and linear layouts have one bound more than finite buckets; without buckets there is no histogram."""
    distribution = Series().points.add().value.distribution_value
    assert histogram(distribution) is None
    exponential = distribution.bucket_options.exponential_buckets
    exponential.num_finite_buckets, exponential.growth_factor, exponential.scale = 3, 2, 10
    distribution.bucket_counts.extend([0, 4])
    assert histogram(distribution) == Histogram((10, 20, 40, 80), (0, 4, 0, 0, 0))
    linear = distribution.bucket_options.linear_buckets
    linear.num_finite_buckets, linear.width, linear.offset = 2, 5, 100
    assert histogram(distribution) == Histogram((100, 105, 110), (0, 4, 0, 0))
    del distribution.bucket_counts[:]
    distribution.count = 4
    assert histogram(distribution) is None


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["2xx", "4xx", "5xx"]), st.sampled_from(["r1", "r2"]), st.integers(0, 9)), max_size=12
    ),
    st.randoms(),
)
def test_no_request_is_lost_or_counted_twice(parts: list[tuple[str, str, int]], random: Any) -> None:
    """Whatever series come in whatever order, totals are theirs."""
    series = [counts({120: number}, klass, revision) for klass, revision, number in parts]
    random.shuffle(series)
    samples = merged(*series)
    assert sum(sample.requests or 0 for sample in samples) == sum(number for _, _, number in parts)
    assert sum(sample.errors or 0 for sample in samples) == sum(number for klass, _, number in parts if klass == "5xx")
