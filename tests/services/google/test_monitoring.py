"""The Monitoring client, against the embedded cloud and against a server that answers badly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.api import metric_pb2
from google.cloud import monitoring_v3

from tests.clocks import START, ManualClock
from tests.services.scripted import HANG, Script, Scripted, Status, scripted
from warroom.drill.scenario.model import Expected, Incident, Metrics, Normal, Scenario, ServicePlan, Stable
from warroom.drill.server.emulator import Emulator
from warroom.rollout.evidence import Freshness
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied, Effect, ServiceError, Unreachable
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.monitoring import GoogleMonitoring, query

Response = monitoring_v3.ListTimeSeriesResponse.pb()


def plan(name: str, ref: ServiceRef) -> ServicePlan:
    """A service in trouble for the last 20 minutes."""
    return ServicePlan(
        name=name,
        region=ref.region,
        project=ref.project,
        hotfix_image="x@sha256:" + "a" * 64,
        stable=Stable(f"{name}-1", "x@sha256:" + "b" * 64),
        normal=Normal(requests_per_second=20),
        incident=Incident(begins_minutes_ago=20, error_share=0.3),
    )


@asynccontextmanager
async def against(script: Script) -> AsyncIterator[tuple[GoogleMonitoring, Scripted]]:
    """A client of a scripted server."""
    async with scripted(script) as server:
        client = GoogleMonitoring(Endpoint(server.address), read_seconds=0.2)
        try:
            yield client, server
        finally:
            await client.close()


async def test_what_the_world_did(ref: ServiceRef) -> None:
    """Two services in one look: what is read of each minute is what the world did, and only what is old enough."""
    other = ServiceRef("carts", ref.region, ref.project)
    scenario = Scenario(
        "t",
        "d",
        "t1",
        "sev1",
        7,
        (plan("payments", ref), plan("carts", ref)),
        Expected("full_traffic", 100, 60),
        metrics=Metrics(sample_period_seconds=60, ingest_delay_seconds=120),
    )
    emulator = Emulator(scenario, ManualClock())
    addresses = await emulator.start()
    client = GoogleMonitoring(Endpoint(addresses.monitoring))
    try:
        assert await client.warm()
        assert await client.freshness(ref.project) == Freshness(60, 120)
        readings = await client.read((ref, other), START - 600, START)
    finally:
        await client.close()
        await emulator.stop()
    assert set(readings.samples) == {"payments", "carts"}
    for name, samples in readings.samples.items():
        assert [sample.end for sample in samples] == [START - 600 + 60 * minute for minute in range(1, 9)]
        for sample in samples:
            assert sample.revision == f"{name}-1"
            assert sample.requests == pytest.approx(1200, rel=0.2)
            assert sample.errors is not None
            assert sample.errors / (sample.requests or 1) == pytest.approx(0.3, abs=0.08)
            assert sample.latency is not None
            assert sample.latency.total == sample.requests
            assert (sample.instances, sample.end - sample.start) == (1, 60)
            assert 1 < (sample.busiest or 0) < 80


async def test_one_query_for_each_metric(ref: ServiceRef) -> None:
    """Raw points of all services in one query, no aggregation, the interval as asked."""
    other = ServiceRef("carts", ref.region, ref.project)
    async with against({"ListTimeSeries": Response()}) as (client, server):
        readings = await client.read((ref, other), 1000.5, 2000.0)
        asked = server.requests("ListTimeSeries", monitoring_v3.ListTimeSeriesRequest.pb())
    assert readings.samples == {"payments": (), "carts": ()}
    assert len(asked) == 4
    for request in asked:
        assert request.name == "projects/acme"
        assert 'resource.labels.service_name = one_of("payments", "carts")' in request.filter
        assert 'resource.labels.location = "europe-west1"' in request.filter
        assert not request.HasField("aggregation")
        assert (request.interval.start_time.seconds, request.interval.start_time.nanos) == (1000, 500_000_000)
        assert request.interval.end_time.seconds == 2000
    assert {request.filter.split('"')[1] for request in asked} == {
        "run.googleapis.com/request_count",
        "run.googleapis.com/request_latencies",
        "run.googleapis.com/container/instance_count",
        "run.googleapis.com/container/max_request_concurrencies",
    }


def test_names_are_quoted() -> None:
    """A name cannot break out of the filter."""
    assert r'service_name = "a\" OR \\"' in query("m", [ServiceRef('a" OR \\', "r", "p")])


async def test_services_of_two_regions_are_the_callers_fault(ref: ServiceRef) -> None:
    """One query has one region; none at all has nothing to ask."""
    async with against({}) as (client, _):
        for services in ((), (ref, ServiceRef("carts", "us-east1", ref.project))):
            with pytest.raises(ValueError, match="one project and region"):
                await client.read(services, 0, 1)


def page(end: int, token: str = "") -> Any:
    """One page with one point for payments-1."""
    made = Response(next_page_token=token)
    series = made.time_series.add()
    series.resource.labels.update({"service_name": "payments", "revision_name": "payments-1"})
    point = series.points.add()
    point.interval.start_time.seconds, point.interval.end_time.seconds = end - 60, end
    return made


async def test_all_pages_are_read(ref: ServiceRef) -> None:
    """A token is followed to the end, whatever metric's page it is."""
    pages = [*[page(60, "a")] * 4, page(120)]
    async with against({"ListTimeSeries": pages}) as (client, server):
        readings = await client.read((ref,), 0, 600)
        tokens = [
            asked.page_token for asked in server.requests("ListTimeSeries", monitoring_v3.ListTimeSeriesRequest.pb())
        ]
    assert [sample.end for sample in readings.samples["payments"]] == [60, 120]
    assert sorted(tokens) == [""] * 4 + ["a"] * 4


async def test_a_partial_answer_is_no_answer(ref: ServiceRef, hostile: str) -> None:
    """Points beside execution_errors are not used: what is missing could be the errors."""
    partial = page(60)
    partial.execution_errors.add(code=14, message=hostile)
    async with against({"ListTimeSeries": partial}) as (client, _):
        with pytest.raises(ServiceError, match="incomplete") as caught:
            await client.read((ref,), 0, 600)
    assert "payload" in caught.value.detail
    assert "\x1b" not in caught.value.detail


def judged_only(answer: Any) -> Any:
    """A script's function that gives a point for what is judged, and `answer` for what is only shown."""
    return lambda request: answer if b"/container/" in request else page(60)


@pytest.mark.parametrize("answer", [Status("PERMISSION_DENIED"), Status("NOT_FOUND"), HANG])
async def test_what_is_only_shown_takes_no_evidence_along(answer: Status, ref: ServiceRef) -> None:
    """Instances that can't be read are not there; requests are."""
    async with against({"ListTimeSeries": judged_only(answer)}) as (client, _):
        (sample,) = (await client.read((ref,), 0, 600)).samples["payments"]
    assert (sample.requests, sample.errors, sample.instances, sample.busiest) == (0, 0, None, None)


async def test_a_gauge_makes_no_period_longer(ref: ServiceRef) -> None:
    """A moment whose start is unset does not reach back to 1970; active and idle instances add up."""
    moment = page(60)
    moment.time_series[0].points[0].interval.ClearField("start_time")
    moment.time_series[0].points[0].value.int64_value = 2
    moment.time_series.append(moment.time_series[0])
    async with against({"ListTimeSeries": lambda request: moment if b"instance_count" in request else page(60)}) as (
        client,
        _,
    ):
        (sample,) = (await client.read((ref,), -600, 600)).samples["payments"]
    assert (sample.start, sample.end, sample.instances) == (0, 60, 4)


async def test_freshness_is_the_slower_ones_and_has_defaults(ref: ServiceRef) -> None:
    """The longer of each; a descriptor that says nothing counts with 60 and 180 s."""
    quick, slow = metric_pb2.MetricDescriptor(), metric_pb2.MetricDescriptor()
    quick.metadata.sample_period.seconds, quick.metadata.ingest_delay.seconds = 10, 240
    slow.metadata.sample_period.seconds, slow.metadata.ingest_delay.nanos = 30, 500_000_000
    async with against({"GetMetricDescriptor": [quick, slow]}) as (client, server):
        assert await client.freshness(ref.project) == Freshness(30, 240)
        names = {
            asked.name
            for asked in server.requests("GetMetricDescriptor", monitoring_v3.GetMetricDescriptorRequest.pb())
        }
    assert names == {
        "projects/acme/metricDescriptors/run.googleapis.com/request_count",
        "projects/acme/metricDescriptors/run.googleapis.com/request_latencies",
    }
    async with against({"GetMetricDescriptor": metric_pb2.MetricDescriptor()}) as (client, _):
        assert await client.freshness(ref.project) == Freshness(60, 180)


@pytest.mark.parametrize("status", ["PERMISSION_DENIED", "NOT_FOUND"])
async def test_without_the_right_to_read_descriptors_the_usual_pace_is_assumed(status: str, ref: ServiceRef) -> None:
    """And told apart from one that was read: who may read the points is not left blind."""
    async with against({"GetMetricDescriptor": Status(status)}) as (client, _):
        assert await client.freshness(ref.project) == Freshness(60, 180, assumed=True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Status("UNAVAILABLE"), Unreachable),
        (HANG, Unreachable),
        (Status("PERMISSION_DENIED"), Denied),
        (Status("RESOURCE_EXHAUSTED"), ServiceError),
        (Status("INTERNAL"), ServiceError),
    ],
)
async def test_each_failure_is_typed(answer: Status, kind: type[ServiceError], ref: ServiceRef) -> None:
    """No failure of a query comes out as no data."""
    async with against({"ListTimeSeries": answer, "GetMetricDescriptor": answer}) as (client, _):
        with pytest.raises(kind) as read:
            await client.read((ref,), 0, 60)
        if kind is not Denied:  # then the points' own refusal counts, and the descriptors' defaults
            with pytest.raises(kind):
                await client.freshness(ref.project)
    assert read.value.effect is Effect.NOTHING
    if isinstance(read.value, Denied):
        assert "roles/monitoring.viewer" in read.value.remedy
