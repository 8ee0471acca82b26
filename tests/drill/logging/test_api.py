"""Cloud Logging of the embedded cloud, asked with Google's own client over the wire."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from google.api_core import exceptions
from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry, TailLogEntriesRequest, TailLogEntriesResponse

from tests.clocks import START
from tests.drill.clients import Cloud, pinned
from tests.patience import PATIENCE_SECONDS
from warroom.clock import rfc3339
from warroom.drill.scenario.faults import Fault

STABLE, HOTFIX = "payments-api-00041-kol", "payments-api-00042-fix"
REQUESTS = (
    'resource.type="cloud_run_revision" AND resource.labels.service_name="payments-api"'
    ' AND logName="projects/shop-prod/logs/run.googleapis.com%2Frequests"'
)


def between(start: float, end: float) -> str:
    """The part of a filter that says when."""
    return f' AND timestamp>="{rfc3339(start)}" AND timestamp<"{rfc3339(end)}"'


async def listed(cloud: Cloud, text: str, order: str = "", size: int = 1000) -> list[LogEntry]:
    """All entries that a filter lets through, page by page."""
    request = ListLogEntriesRequest(resource_names=["projects/shop-prod"], filter=text, order_by=order, page_size=size)
    pager = await cloud.logs.list_log_entries(request, timeout=PATIENCE_SECONDS)
    return [entry async for entry in pager]


async def tail(cloud: Cloud, text: str = REQUESTS) -> AsyncIterator[TailLogEntriesResponse]:
    """A tail that has been asked for."""

    async def ask() -> AsyncIterator[TailLogEntriesRequest]:
        yield TailLogEntriesRequest(resource_names=["projects/shop-prod"], filter=text, buffer_window={"seconds": 1})

    return aiter(await cloud.logs.tail_log_entries(ask(), timeout=PATIENCE_SECONDS))


async def told(stream: AsyncIterator[TailLogEntriesResponse], seconds: float) -> list[LogEntry]:
    """What a tail tells until it has told of so many seconds of requests, however late it began."""
    found: list[LogEntry] = []
    async for response in stream:
        found += response.entries
        moments = [one.timestamp.timestamp() for one in found]
        if moments and max(moments) - min(moments) >= seconds:
            break
    return found


@pytest.fixture
async def passing(cloud: Cloud) -> AsyncIterator[None]:
    """Time passes, a second at each look, while the tails of a test look."""

    async def go_on() -> None:
        while True:
            cloud.clock.advance(1)
            await asyncio.sleep(0.02)

    going = asyncio.create_task(go_on())
    yield
    going.cancel()


async def test_the_logs_say_one_by_one_what_monitoring_says_in_sum(cloud: Cloud) -> None:
    """For each revision and minute as many entries of each status as request_count has, cut minutes among them."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    cloud.clock.advance(20)
    await cloud.shift(pinned(STABLE, 75), pinned(HOTFIX, 25))
    cloud.pass_operation()
    cloud.clock.advance(175)
    found = await listed(cloud, REQUESTS + between(START, START + 180))
    world, ref = cloud.emulator.world, cloud.emulator.world.scenario.services[0].ref
    told: Counter[tuple[str, int, int]] = Counter()
    for one in found:
        period = int(one.timestamp.timestamp() // 60)
        told[one.resource.labels["revision_name"], period, one.http_request.status] += 1
    measured = {
        (name, period, outcome.code): outcome.count
        for name in (STABLE, HOTFIX)
        for period in range(int(START // 60), int(START // 60) + 3)
        for outcome in world.outcomes(ref, name, period)
    }
    assert told == measured
    assert sum(count for (name, _, _), count in told.items() if name == HOTFIX) > 0


async def test_what_was_told_of_a_minute_stays_true_when_the_traffic_moves_in_it(cloud: Cloud) -> None:
    """Half a minute's entries are the same before and after the second half got another split."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    first = REQUESTS + between(START, START + 10)
    cloud.clock.advance(20)
    before = [one.insert_id for one in await listed(cloud, first)]
    await cloud.shift(pinned(STABLE, 50), pinned(HOTFIX, 50))
    cloud.pass_operation()
    cloud.clock.advance(200)
    assert before == [one.insert_id for one in await listed(cloud, first)] != []


async def test_an_entry_is_labelled_as_google_labels_it(cloud: Cloud) -> None:
    """Resource, severity, request and moments of an entry, and the line of the container that goes with an error."""
    cloud.clock.advance(60)
    failed = (await listed(cloud, REQUESTS + " AND severity>=ERROR" + between(START, START + 30)))[0]
    assert dict(failed.resource.labels) == {
        "project_id": "shop-prod",
        "service_name": "payments-api",
        "revision_name": STABLE,
        "location": "europe-west1",
        "configuration_name": "payments-api",
    }
    assert failed.http_request.status == 500 and failed.http_request.request_url.startswith("https://payments-api")
    assert 1.0 <= (failed.receive_timestamp - failed.timestamp).total_seconds() < 10
    line = (await listed(cloud, 'log_id("run.googleapis.com/stderr")' + between(START, START + 30)))[0]
    assert line.severity == failed.severity == 500 and line.text_payload


async def test_a_revision_that_cannot_start_says_so_in_the_system_log(cloud: Cloud) -> None:
    """And one that starts says that."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    cloud.clock.advance(10)
    (said,) = await listed(cloud, 'log_id("run.googleapis.com/varlog/system")' + between(START, START + 60))
    assert said.resource.labels["revision_name"] == HOTFIX and "Starting new instance" in said.text_payload


async def test_the_young_are_not_there_yet(cloud: Cloud) -> None:
    """An entry comes a second or two after its request ended, not before."""
    young = REQUESTS + between(START + 10, START + 11)
    cloud.clock.advance(11)
    assert await listed(cloud, young) == []
    cloud.clock.advance(10)
    assert await listed(cloud, young)


@pytest.mark.parametrize("order", ["timestamp asc", "timestamp desc"])
async def test_pages_hold_every_entry_once_and_in_order(cloud: Cloud, order: str) -> None:
    """Whatever their size, over the edge of a minute."""
    cloud.clock.advance(120)
    text = REQUESTS + between(START + 58, START + 62)
    whole, cut = await listed(cloud, text, order), await listed(cloud, text, order, size=7)
    assert [one.insert_id for one in whole] == [one.insert_id for one in cut]
    moments = [one.timestamp for one in whole]
    assert moments == sorted(moments, reverse=order.endswith("desc")) and len(moments) > 50


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ListLogEntriesRequest(resource_names=["projects/nowhere"]), exceptions.NotFound),
        (ListLogEntriesRequest(resource_names=["projects/shop-prod"], page_size=-1), exceptions.InvalidArgument),
        (ListLogEntriesRequest(resource_names=["projects/shop-prod"], order_by="size"), exceptions.InvalidArgument),
        (ListLogEntriesRequest(resource_names=["projects/shop-prod"], filter="size>"), exceptions.InvalidArgument),
        (ListLogEntriesRequest(resource_names=["projects/shop-prod"], page_token="x"), exceptions.InvalidArgument),
    ],
)
async def test_what_is_wrong_is_refused(
    cloud: Cloud, request_: ListLogEntriesRequest, error: type[exceptions.GoogleAPICallError]
) -> None:
    """With the status that Google gives it."""
    with pytest.raises(error):
        await cloud.logs.list_log_entries(request_, timeout=PATIENCE_SECONDS)


async def test_a_tail_tells_what_comes_from_now_on(cloud: Cloud, passing: None) -> None:
    """Each entry once, those of a response in order, and the same ones that a list gives afterwards."""
    found = await told(await tail(cloud), 20)
    ids = [one.insert_id for one in found]
    assert len(ids) == len(set(ids))
    begins = max(START + 1, min(one.timestamp.timestamp() for one in found)) // 1 + 2
    whole = {one.insert_id for one in found if begins <= one.timestamp.timestamp() < begins + 5}
    cloud.clock.advance(60)
    assert whole == {one.insert_id for one in await listed(cloud, REQUESTS + between(begins, begins + 5))} != set()


async def test_a_response_is_in_the_order_of_time(cloud: Cloud, passing: None) -> None:
    """Between two of them it is not promised."""
    moments = [one.timestamp for one in (await anext(await tail(cloud))).entries]
    assert moments and all(first <= second for first, second in pairwise(moments))


async def test_the_faults_of_a_tail(cloud: Cloud, passing: None) -> None:
    """Entries come twice; some are suppressed, and said to be; a stream breaks."""
    faults = cloud.emulator.faults
    faults.add(Fault("doubled-entries"))
    stream = await tail(cloud)
    ids = Counter(one.insert_id for one in (await anext(stream)).entries)
    assert set(ids.values()) == {2}
    faults.clear()
    faults.add(Fault("suppressed-entries", share=0.5))
    told = left_out = 0
    while not left_out:
        response = await anext(stream)
        told += len(response.entries)
        left_out = sum(one.suppressed_count for one in response.suppression_info)
    assert told
    faults.add(Fault("broken-tail"))
    with pytest.raises(exceptions.ServiceUnavailable):
        while True:
            await anext(stream)


async def test_an_exclusion_drops_the_same_entries_from_list_and_tail(cloud: Cloud) -> None:
    """What is never stored is found by nobody, and nothing says that it is missing."""
    cloud.clock.advance(120)
    text = REQUESTS + between(START + 10, START + 20)
    every = {one.insert_id for one in await listed(cloud, text)}
    cloud.emulator.faults.add(Fault("excluded-entries", share=0.4))
    left = {one.insert_id for one in await listed(cloud, text)}
    assert left < every and 0.45 < len(left) / len(every) < 0.75


async def test_what_a_client_may_not_do_it_is_refused(cloud: Cloud, passing: None) -> None:
    """A missing permission, for a list and for a tail; and no more tails than a project may have."""
    cloud.emulator.faults.add(Fault("status", method="*LogEntries", status="PERMISSION_DENIED", times=2))
    with pytest.raises(exceptions.PermissionDenied):
        await listed(cloud, REQUESTS)
    with pytest.raises(exceptions.PermissionDenied):
        await anext(await tail(cloud))
    streams = [await tail(cloud) for _ in range(10)]
    for one in streams:
        await anext(one)
    with pytest.raises(exceptions.ResourceExhausted):
        await anext(await tail(cloud))
