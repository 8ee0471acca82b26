"""Request counts that are added up, asked with Google's own client over the wire."""

import pytest
from google.cloud import monitoring_v3

from tests.clocks import START
from tests.drill.clients import Cloud
from tests.patience import PATIENCE_SECONDS

HOUR = 3600
SUM, RATE = monitoring_v3.Aggregation.Aligner.ALIGN_SUM, monitoring_v3.Aggregation.Aligner.ALIGN_RATE
COUNT = (
    'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision" AND '
    'resource.labels.service_name="payments-api" AND resource.labels.location="europe-west1"'
)


async def sums(cloud: Cloud, hours: int, aligner: int = SUM, reducer: int = 0) -> dict[str, dict[int, float]]:
    """By revision and the hour's end, counted from START: how many requests, whatever their response."""
    request = monitoring_v3.ListTimeSeriesRequest(
        name="projects/shop-prod",
        filter=COUNT,
        interval={"start_time": {"seconds": int(START - hours * HOUR)}, "end_time": {"seconds": int(START)}},
        aggregation={
            "alignment_period": {"seconds": HOUR},
            "per_series_aligner": aligner,
            "cross_series_reducer": reducer,
        },
    )
    found: dict[str, dict[int, float]] = {}
    async for series in await cloud.metrics.list_time_series(request, timeout=PATIENCE_SECONDS):
        own = found.setdefault(series.resource.labels.get("revision_name", ""), {})
        for point in series.points:
            end = round((point.interval.end_time.timestamp() - START) / HOUR)
            own[end] = own.get(end, 0) + point.value.int64_value + point.value.double_value
    return found


async def test_the_days_before_show_who_served(cloud: Cloud) -> None:
    """Each revision from its making to the next one's, with the service's load in every hour."""
    found = await sums(cloud, 48)
    stable, before = found["payments-api-00041-kol"], found["payments-api-00040-wex"]
    assert sorted(stable) == list(range(-25, 1)) and max(before) == -26
    load = before[-30]
    assert all(0.9 * load < count < 1.1 * load for count in stable.values() if count != stable[0])
    assert stable[0] < load, "the newest minutes are not there yet"


async def test_a_rate_is_the_sum_of_a_second(cloud: Cloud) -> None:
    """ALIGN_RATE over the same hours is what ALIGN_SUM says, by its seconds; a reducer adds up whole days, too."""
    summed, rates = await sums(cloud, 48), await sums(cloud, 48, RATE)
    before = "payments-api-00040-wex"
    assert rates[before] == {hour: pytest.approx(count / HOUR, rel=0.01) for hour, count in summed[before].items()}
    whole = await sums(cloud, 48, SUM, monitoring_v3.Aggregation.Reducer.REDUCE_SUM)
    assert sum(whole[""].values()) == sum(sum(own.values()) for own in summed.values())
