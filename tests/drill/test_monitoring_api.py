"""Cloud Monitoring of the embedded cloud, asked with Google's own client over the wire."""

import pytest
from google.api_core import exceptions
from google.cloud import monitoring_v3

from tests.clocks import START
from tests.drill.clients import Cloud, pinned
from tests.patience import PATIENCE_SECONDS

STABLE = "payments-api-00041-kol"
HOTFIX = "payments-api-00042-fix"
COUNT = "run.googleapis.com/request_count"
LATENCY = "run.googleapis.com/request_latencies"
FILTER = (
    'metric.type="{metric}" AND resource.type="cloud_run_revision" AND resource.labels.service_name="payments-api" '
    'AND resource.labels.location="europe-west1"'
)


async def series(
    cloud: Cloud, metric: str = COUNT, *, start: float = START - 600, end: float = START, more: str = "", size: int = 0
) -> list[monitoring_v3.TimeSeries]:
    """All series of the metric with points in (start, end]."""
    request = monitoring_v3.ListTimeSeriesRequest(
        name="projects/shop-prod",
        filter=FILTER.format(metric=metric) + more,
        interval={"start_time": {"seconds": int(start)}, "end_time": {"seconds": int(end)}},
        page_size=size,
    )
    pager = await cloud.metrics.list_time_series(request, timeout=PATIENCE_SECONDS)
    return [found async for found in pager]


def ends(found: monitoring_v3.TimeSeries) -> list[float]:
    """The end times of a series' points in Unix seconds, in the order of the answer."""
    return [point.interval.end_time.timestamp() for point in found.points]


async def test_points_are_newest_first_in_a_half_open_interval(cloud: Cloud) -> None:
    """A point whose end is the interval's start is not in it; one whose end is its end is."""
    cloud.clock.advance(3600)
    (good,) = await series(cloud, more=' AND metric.labels.response_code_class="2xx"', start=START - 180)
    assert ends(good) == [START, START - 60, START - 120]
    assert (good.points[0].interval.end_time - good.points[0].interval.start_time).total_seconds() == 60


async def test_young_points_are_not_visible_yet(cloud: Cloud) -> None:
    """A point appears when its period has been over for the ingest delay, not a second earlier."""
    newest = START - 120
    assert max(ends((await series(cloud))[0])) == newest
    cloud.clock.advance(29)
    assert max(ends((await series(cloud))[0])) == newest
    cloud.clock.advance(1)
    assert max(ends((await series(cloud))[0])) == newest + 60


async def test_series_are_labelled_as_google_labels_them(cloud: Cloud) -> None:
    """One series per revision and response code, with the labels that a client filters and merges by."""
    found = await series(cloud)
    classes = {one.metric.labels["response_code_class"]: one for one in found}
    assert set(classes) == {"2xx", "4xx", "5xx"}
    assert dict(classes["5xx"].resource.labels) == {
        "project_id": "shop-prod",
        "service_name": "payments-api",
        "revision_name": STABLE,
        "location": "europe-west1",
        "configuration_name": "payments-api",
    }
    assert classes["5xx"].metric.labels["response_code"] == "500"


async def test_latencies_hold_as_many_requests_as_the_counts(cloud: Cloud) -> None:
    """Both metrics tell of the same requests, whether asked together or one after the other."""
    counts = await series(cloud)
    latencies = await series(cloud, LATENCY)
    assert len(counts) == len(latencies)
    for count, latency in zip(counts, latencies, strict=True):
        for point, spread in zip(count.points, latency.points, strict=True):
            distribution = spread.value.distribution_value
            assert sum(distribution.bucket_counts) == distribution.count == point.value.int64_value
            assert 50 < distribution.mean < 400


async def test_pages_make_up_the_whole(cloud: Cloud) -> None:
    """Asked in pages of a few points, a client collects the same points as in one answer."""

    def points(found: list[monitoring_v3.TimeSeries]) -> dict[tuple[str, float], int]:
        return {
            (one.metric.labels["response_code"], end): point.value.int64_value
            for one in found
            for end, point in zip(ends(one), one.points, strict=True)
        }

    assert points(await series(cloud, size=7)) == points(await series(cloud))


async def test_several_services_in_one_filter(cloud: Cloud) -> None:
    """one_of names several services; those that are not there bring nothing."""
    request = monitoring_v3.ListTimeSeriesRequest(
        name="projects/shop-prod",
        filter=f'metric.type = "{COUNT}" AND resource.labels.service_name = one_of("payments-api", "search-api")',
        interval={"start_time": {"seconds": int(START - 600)}, "end_time": {"seconds": int(START)}},
    )
    pager = await cloud.metrics.list_time_series(request, timeout=PATIENCE_SECONDS)
    assert {one.resource.labels["service_name"] async for one in pager} == {"payments-api"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('resource.type="cloud_run_revision"', exceptions.InvalidArgument),
        (f'metric.type="{COUNT}" OR resource.type="x"', exceptions.InvalidArgument),
        (f'metric.type="{COUNT}" AND resource.labels.colour="red"', exceptions.InvalidArgument),
        ("metric.type=", exceptions.InvalidArgument),
        ('metric.type="run.googleapis.com/nothing"', exceptions.NotFound),
    ],
)
async def test_a_filter_that_cannot_be_answered_is_refused(cloud: Cloud, text: str, error: type[Exception]) -> None:
    """Nothing is silently ignored: what the filter means is either done or refused."""
    request = monitoring_v3.ListTimeSeriesRequest(
        name="projects/shop-prod", filter=text, interval={"end_time": {"seconds": int(START)}}
    )
    with pytest.raises(error):
        await cloud.metrics.list_time_series(request, timeout=PATIENCE_SECONDS)


async def test_descriptors_tell_period_and_delay(cloud: Cloud) -> None:
    """A client learns from the descriptor how often points come and how late."""
    for metric in (COUNT, LATENCY):
        name = f"projects/shop-prod/metricDescriptors/{metric}"
        descriptor = await cloud.metrics.get_metric_descriptor(name=name, timeout=PATIENCE_SECONDS)
        assert descriptor.metadata.sample_period.seconds == 60
        assert descriptor.metadata.ingest_delay.seconds == 90
    with pytest.raises(exceptions.NotFound):
        await cloud.metrics.get_metric_descriptor(name=name + "x", timeout=PATIENCE_SECONDS)


async def test_points_follow_the_traffic(cloud: Cloud) -> None:
    """The hotfix has no series before it takes traffic, and about its share of the requests afterwards."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    assert all(one.resource.labels["revision_name"] == STABLE for one in await series(cloud))
    await cloud.shift(pinned(STABLE, 90), pinned(HOTFIX, 10, "hotfix-1"))
    cloud.pass_operation()
    cloud.clock.advance(900)
    total: dict[str, int] = {}
    for one in await series(cloud, start=START + 60, end=START + 660):
        revision = one.resource.labels["revision_name"]
        total[revision] = total.get(revision, 0) + sum(point.value.int64_value for point in one.points)
    assert 0.09 < total[HOTFIX] / sum(total.values()) < 0.11
