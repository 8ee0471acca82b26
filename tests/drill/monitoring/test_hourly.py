"""Request counts that are added up, asked with Google's own client over the wire."""

import pytest
from google.api_core import exceptions
from google.cloud import monitoring_v3

from tests.clocks import START
from tests.drill.clients import Cloud

HOUR = 3600
SUM, RATE = monitoring_v3.Aggregation.Aligner.ALIGN_SUM, monitoring_v3.Aggregation.Aligner.ALIGN_RATE
COUNT = (
    'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision" AND '
    'resource.labels.service_name="payments-api" AND resource.labels.location="europe-west1"'
)


async def sums(cloud: Cloud, hours: int, aligner: int = SUM) -> dict[str, dict[int, int]]:
    """By revision and the hour's end, counted from START: how many requests, whatever their response."""
    request = monitoring_v3.ListTimeSeriesRequest(
        name="projects/shop-prod",
        filter=COUNT,
        interval={"start_time": {"seconds": int(START - hours * HOUR)}, "end_time": {"seconds": int(START)}},
        aggregation={"alignment_period": {"seconds": HOUR}, "per_series_aligner": aligner},
    )
    found: dict[str, dict[int, int]] = {}
    async for series in await cloud.metrics.list_time_series(request, timeout=5):
        own = found.setdefault(series.resource.labels["revision_name"], {})
        for point in series.points:
            end = round((point.interval.end_time.timestamp() - START) / HOUR)
            own[end] = own.get(end, 0) + point.value.int64_value
    return found


async def test_the_days_before_show_who_served(cloud: Cloud) -> None:
    """Each revision from its making to the next one's, with the service's load in every hour."""
    found = await sums(cloud, 48)
    stable, before = found["payments-api-00041-kol"], found["payments-api-00040-wex"]
    assert sorted(stable) == list(range(-25, 1)) and max(before) == -26
    load = before[-30]
    assert all(0.9 * load < count < 1.1 * load for count in stable.values() if count != stable[0])
    assert stable[0] < load, "the newest minutes are not there yet"


async def test_other_sums_are_refused(cloud: Cloud) -> None:
    """What the embedded cloud does not add up it says, instead of answering otherwise."""
    with pytest.raises(exceptions.MethodNotImplemented):
        await sums(cloud, 2, RATE)
