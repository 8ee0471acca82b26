"""google-cloud-monitoring's blocking client on the embedded Monitoring: filters, aligners, reducers, pages, refusals.

What an aggregation answers is worked out here anew from the raw points of the same query.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api import metric_pb2
from google.api_core import exceptions
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcTransport

from tests.clocks import START
from tests.sdk.conftest import Cloud

Aligner, Reducer = monitoring_v3.Aggregation.Aligner, monitoring_v3.Aggregation.Reducer
COUNT = 'metric.type = "run.googleapis.com/request_count"'
LATENCY = 'metric.type = "run.googleapis.com/request_latencies"'
INSTANCES = 'metric.type = "run.googleapis.com/container/instance_count"'
MINUTES = 10
END = START - 600


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Iterator[monitoring_v3.MetricServiceClient]:
    """As anyone would build it, but for the channel."""
    with grpc.insecure_channel(cloud.addresses.monitoring) as channel:
        yield monitoring_v3.MetricServiceClient(transport=MetricServiceGrpcTransport(channel=channel))


@pytest.fixture(scope="module")
def project(cloud: Cloud) -> str:
    """The project of the scenario's first service, with its requests of some minutes behind it."""
    return "/".join(cloud.path.split("/")[:2])


class Query:
    """Asks for the same minutes again and again."""

    def __init__(self, client: monitoring_v3.MetricServiceClient, project: str) -> None:
        self._client, self._project = client, project

    def __call__(self, text: str, *, period: float = 0, **aggregation: Any) -> list[monitoring_v3.TimeSeries]:
        """The series that a filter and an aggregation give."""
        if period:
            aggregation["alignment_period"] = {"seconds": int(period)}
        interval = {"start_time": {"seconds": int(END) - MINUTES * 60}, "end_time": {"seconds": int(END)}}
        request = {"name": self._project, "filter": text, "interval": interval, "aggregation": aggregation}
        return list(self._client.list_time_series(request))


@pytest.fixture(scope="module")
def ask(client: monitoring_v3.MetricServiceClient, project: str) -> Query:
    """Such a query."""
    return Query(client, project)


def kinds(series: monitoring_v3.TimeSeries) -> tuple[str, str]:
    """Metric kind and type of value by their names; the message has them as numbers."""
    descriptor = metric_pb2.MetricDescriptor
    kind, value = int(series.metric_kind), int(series.value_type)
    return str(descriptor.MetricKind.Name(kind)), str(descriptor.ValueType.Name(value))


def numbers(series: monitoring_v3.TimeSeries) -> dict[float, float]:
    """The points by their ends (Unix seconds)."""
    kind = kinds(series)[1].lower()
    return {one.interval.end_time.timestamp(): getattr(one.value, f"{kind}_value") for one in series.points}


def by_minute(series: list[monitoring_v3.TimeSeries]) -> dict[float, float]:
    """All series together, by the points' ends."""
    found: dict[float, float] = defaultdict(float)
    for one in series:
        for at, value in numbers(one).items():
            found[at] += value
    return dict(found)


def test_sums_and_rates_are_those_of_the_raw_points(ask: Query) -> None:
    """DELTA, SUM and RATE of five minutes, alone and summed over all series, agree with the raw points."""
    raw = by_minute(ask(COUNT))
    assert len(raw) == MINUTES and all(raw.values())
    wanted = {END: 0.0, END - 300: 0.0}
    for at, value in raw.items():
        wanted[END if at > END - 300 else END - 300] += value
    for aligner in (Aligner.ALIGN_DELTA, Aligner.ALIGN_SUM):
        (one,) = ask(COUNT, period=300, per_series_aligner=aligner, cross_series_reducer=Reducer.REDUCE_SUM)
        assert numbers(one) == wanted and kinds(one)[0] == "DELTA"
        assert one.points[0].interval.start_time.timestamp() == END - 300  # newest first
    (rate,) = ask(COUNT, period=300, per_series_aligner=Aligner.ALIGN_RATE, cross_series_reducer=Reducer.REDUCE_SUM)
    assert (*kinds(rate), rate.unit) == ("GAUGE", "DOUBLE", "1/s")
    assert numbers(rate) == pytest.approx({at: value / 300 for at, value in wanted.items()})
    whole = ask(COUNT, period=60, per_series_aligner=Aligner.ALIGN_DELTA)
    assert [numbers(one) for one in whole] == [numbers(one) for one in ask(COUNT)]


def test_groups_keep_the_labels_they_are_made_by(ask: Query) -> None:
    """group_by_fields in both spellings: one series per value, which has those labels, and the project, alone."""
    raw = ask(COUNT)
    for field in ("metric.label.response_code_class", "metric.labels.response_code_class"):
        grouped = ask(
            COUNT,
            period=60,
            per_series_aligner=Aligner.ALIGN_DELTA,
            cross_series_reducer=Reducer.REDUCE_SUM,
            group_by_fields=[field, "resource.label.service_name"],
        )
        assert len(grouped) > 1
        for one in grouped:
            code, service = one.metric.labels["response_code_class"], one.resource.labels["service_name"]
            assert set(one.metric.labels) == {"response_code_class"}
            assert set(one.resource.labels) == {"service_name", "project_id"}
            same = [
                each
                for each in raw
                if (each.metric.labels["response_code_class"], each.resource.labels["service_name"]) == (code, service)
            ]
            assert numbers(one) == by_minute(same)


def test_reducers_of_numbers(ask: Query) -> None:
    """MEAN, MIN, MAX, COUNT, STDDEV and the median across series, minute by minute."""
    found: dict[float, list[float]] = defaultdict(list)
    for one in ask(COUNT):
        for at, value in numbers(one).items():
            found[at].append(value)
    table: dict[str, Any] = {
        "REDUCE_MEAN": lambda some: sum(some) / len(some),
        "REDUCE_MIN": min,
        "REDUCE_MAX": max,
        "REDUCE_COUNT": len,
        "REDUCE_STDDEV": lambda some: math.sqrt(sum((one - sum(some) / len(some)) ** 2 for one in some) / len(some)),
        "REDUCE_PERCENTILE_50": lambda some: (sorted(some)[(len(some) - 1) // 2] + sorted(some)[len(some) // 2]) / 2,
    }
    for name, of in table.items():
        (one,) = ask(
            COUNT, period=60, per_series_aligner=Aligner.ALIGN_DELTA, cross_series_reducer=getattr(Reducer, name)
        )
        assert numbers(one) == pytest.approx({at: of(some) for at, some in found.items()}), name
        assert kinds(one)[1] == ("INT64" if name[7:] in ("MIN", "MAX", "COUNT") else "DOUBLE")


def test_latencies(ask: Query) -> None:
    """Distributions are merged by SUM; percentiles lie in order and within the buckets; the mean is the whole's."""
    (whole,) = ask(
        LATENCY,
        period=600,
        per_series_aligner=Aligner.ALIGN_DELTA,
        cross_series_reducer=Reducer.REDUCE_SUM,
    )
    total = whole.points[0].value.distribution_value
    assert total.count == sum(by_minute(ask(COUNT)).values()) == sum(total.bucket_counts)
    (mean,) = ask(LATENCY, period=600, per_series_aligner=Aligner.ALIGN_SUM, cross_series_reducer=Reducer.REDUCE_MEAN)
    assert numbers(mean)[END] == pytest.approx(total.mean)
    found = []
    for share in ("05", "50", "95", "99"):
        (one,) = ask(
            LATENCY,
            period=600,
            per_series_aligner=Aligner.ALIGN_SUM,
            cross_series_reducer=getattr(Reducer, f"REDUCE_PERCENTILE_{share}"),
        )
        assert kinds(one)[0] == "GAUGE"
        found.append(numbers(one)[END])
        each = ask(LATENCY, period=600, per_series_aligner=getattr(Aligner, f"ALIGN_PERCENTILE_{share}"))
        values = [numbers(single)[END] for single in each]
        assert min(values) <= found[-1] <= max(values)
    assert found == sorted(found) and found[1] < found[3]


def test_gauges(ask: Query) -> None:
    """Instances: the newest, the least, the most and the mean of a period."""
    raw = {one.resource.labels["revision_name"]: numbers(one) for one in ask(INSTANCES)}
    table: dict[str, Any] = {
        "ALIGN_NEXT_OLDER": lambda some: some[max(some)],
        "ALIGN_MIN": lambda some: min(some.values()),
        "ALIGN_MAX": lambda some: max(some.values()),
        "ALIGN_MEAN": lambda some: sum(some.values()) / len(some),
        "ALIGN_COUNT": len,
    }
    for name, of in table.items():
        for one in ask(INSTANCES, period=600, per_series_aligner=getattr(Aligner, name)):
            assert numbers(one) == pytest.approx({END: of(raw[one.resource.labels["revision_name"]])}), name


def test_filters_narrow_the_same_series(ask: Query, cloud: Cloud) -> None:
    """OR, starts_with, one_of and numbers let through what they say; a second aggregation works on the first."""
    name = cloud.path.rpartition("/")[2]
    every = ask(COUNT)
    codes = {one.metric.labels["response_code"] for one in every}
    assert {"200", "404"} <= codes
    some = ask(f'{COUNT} AND (metric.labels.response_code = "200" OR metric.labels.response_code = "404")')
    assert {one.metric.labels["response_code"] for one in some} == {"200", "404"}
    below = ask(f"{COUNT} AND metric.labels.response_code < 500")
    assert {one.metric.labels["response_code"] for one in below} == {code for code in codes if code < "500"}
    assert ask(f'{COUNT} AND resource.labels.service_name = starts_with("{name[:3]}")')
    assert not ask(f'{COUNT} AND resource.labels.service_name != one_of("{name}", "none") AND resource.type = "x"')


def test_refusals(ask: Query, client: monitoring_v3.MetricServiceClient, project: str) -> None:
    """INVALID_ARGUMENT for what does not fit, NOT_FOUND for what is not there."""
    delta, total = Aligner.ALIGN_DELTA, Reducer.REDUCE_SUM
    table: tuple[tuple[Any, str], ...] = (
        (lambda: ask(COUNT, per_series_aligner=delta), "at least 60 seconds"),
        (lambda: ask(COUNT, period=30, per_series_aligner=delta), "at least 60 seconds"),
        (lambda: ask(COUNT, period=60, cross_series_reducer=total), "needs a per_series_aligner"),
        (lambda: ask(LATENCY, period=60, per_series_aligner=Aligner.ALIGN_RATE), "ALIGN_RATE cannot be applied"),
        (lambda: ask(COUNT, period=60, per_series_aligner=Aligner.ALIGN_PERCENTILE_99), "cannot be applied"),
        (lambda: ask(INSTANCES, period=60, per_series_aligner=delta), "kind GAUGE and value type INT64"),
        (lambda: ask(COUNT, period=60, per_series_aligner=Aligner.ALIGN_FRACTION_TRUE), "cannot be applied"),
        (
            lambda: ask(LATENCY, period=60, per_series_aligner=delta, cross_series_reducer=Reducer.REDUCE_MAX),
            "REDUCE_MAX cannot be applied",
        ),
        (
            lambda: ask(
                COUNT,
                period=60,
                per_series_aligner=delta,
                cross_series_reducer=total,
                group_by_fields=["resource.labels.zone"],
            ),
            "have no 'resource.labels.zone'",
        ),
        (lambda: ask('metric.type = starts_with("run.")'), "exactly one metric type"),
        (lambda: ask(f"{COUNT} AND"), "a label is expected"),
    )
    for call, words in table:
        with pytest.raises(exceptions.InvalidArgument, match=words):
            call()
    with pytest.raises(exceptions.NotFound):
        ask('metric.type = "run.googleapis.com/none"')
    with pytest.raises(exceptions.NotFound):
        client.get_metric_descriptor(name=f"{project}/metricDescriptors/run.googleapis.com/none")


def test_descriptors(client: monitoring_v3.MetricServiceClient, project: str) -> None:
    """Listed with a filter and by pages, and each of them got alone."""
    text = 'metric.type = starts_with("run.googleapis.com/request")'
    found = list(client.list_metric_descriptors(request={"name": project, "filter": text, "page_size": 1}))
    assert [one.type for one in found] == ["run.googleapis.com/request_count", "run.googleapis.com/request_latencies"]
    for one in found:
        assert client.get_metric_descriptor(name=one.name) == one


def test_headers_alone_come_by_series(client: monitoring_v3.MetricServiceClient, project: str) -> None:
    """The view HEADERS counts series in a page, and brings no points."""
    interval = {"start_time": {"seconds": int(END) - 600}, "end_time": {"seconds": int(END)}}
    view = monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.HEADERS
    request = {"name": project, "filter": COUNT, "interval": interval, "view": view}
    every = list(client.list_time_series(request))
    paged = list(client.list_time_series({**request, "page_size": 1}))
    assert every == paged and len(every) > 1 and not any(one.points for one in every)
