"""Cloud Logging's client, over the wire against the embedded cloud."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.clocks import START, ManualClock
from tests.drill.clients import SCENARIOS
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied, ServiceError, Unreachable
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.google.logs import GoogleLogs, requests_filter
from warroom.services.logs import UnreadLogs

REF = ServiceRef("payments-api", "europe-west1", "shop-prod")
STABLE = "payments-api-00041-kol"


@pytest.fixture
async def cloud() -> AsyncIterator[tuple[Emulator, ManualClock, GoogleLogs]]:
    """The sick service of bad-hotfix, and the client on it."""
    clock = ManualClock()
    emulator = Emulator(load_scenario("bad-hotfix", SCENARIOS), clock)
    addresses = await emulator.start()
    client = GoogleLogs(Endpoint(addresses.logging))
    yield emulator, clock, client
    await client.close()
    await emulator.stop()


async def test_errors_are_counted_and_the_newest_shown(cloud: tuple[Emulator, ManualClock, GoogleLogs]) -> None:
    """Entries of severity ERROR by these revisions: how many, and the newest, without whose they were."""
    _, clock, client = cloud
    clock.advance(60)
    found = await client.errors_since(REF, (STABLE,), START, START + 5)
    assert 300 < found.count < 900 and not found.more  # 160 a second, 31 % of them, each with a line of its own
    assert [one.revision for one in found.newest] == [STABLE] * 3
    assert all(one.severity == "ERROR" and START <= one.at < START + 5 for one in found.newest)
    assert found.newest[0].at >= found.newest[1].at
    assert not any("@example.com" in one.text or "http" in one.text for one in found.newest)
    none = await client.errors_since(REF, ("payments-api-00042-fix",), START, START + 5)
    assert (none.count, none.newest) == (0, ())
    many = await client.errors_since(REF, (), START, START + 60)
    assert many.more and many.count == 1000


async def test_requests_are_what_the_world_did(cloud: tuple[Emulator, ManualClock, GoogleLogs]) -> None:
    """Each with its revision, moment, status and time; a share of them where a share is asked for."""
    emulator, clock, client = cloud
    clock.advance(60)
    found = await client.requests((REF,), START, START + 4)
    told = [(one.status, round(one.ms, 1)) for one in found]
    world = [one for one in emulator.world.requests(REF, STABLE, int(START // 60)) if one.at < START + 4]
    assert told == [(one.code, round(one.ms, 1)) for one in world]
    assert {one.revision for one in found} == {STABLE} and len({one.key for one in found}) == len(found)
    part = await client.requests((REF,), START, START + 4, 0.25)
    assert {one.key for one in part} < {one.key for one in found} and 0.15 < len(part) / len(found) < 0.35


async def test_a_tail_tells_of_requests_as_they_come(cloud: tuple[Emulator, ManualClock, GoogleLogs]) -> None:
    """First that it stands, then the requests; and what Logging left out of it."""
    emulator, clock, client = cloud
    emulator.faults.add(Fault("suppressed-entries", share=0.5))
    requests = suppressed = 0
    stands = False
    stream = client.tail((REF,))
    async for one in stream:
        stands = stands or not one.requests
        requests, suppressed = requests + len(one.requests), suppressed + one.suppressed
        if suppressed and requests:
            break
        clock.advance(1)
        asyncio.get_running_loop().call_later(0.1, clock.advance, 5)
    await stream.aclose()
    assert stands


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("PERMISSION_DENIED", Denied, "logging.logEntries.list on project shop-prod"),
        ("RESOURCE_EXHAUSTED", ServiceError, "Quota of Cloud Logging used up"),
        ("UNAVAILABLE", Unreachable, "Cloud Logging unreachable"),
    ],
)
async def test_what_cannot_be_asked_says_why(
    cloud: tuple[Emulator, ManualClock, GoogleLogs], status: str, kind: type[ServiceError], words: str
) -> None:
    """A missing permission names itself; the quota and the line are said as well, for questions and tails."""
    emulator, _, client = cloud
    emulator.faults.add(Fault("status", method="*LogEntries", status=status, times=2))
    with pytest.raises(kind, match=words):
        await client.errors_since(REF, (), START, START + 5)
    with pytest.raises(kind, match=words):
        async for _one in client.tail((REF,)):
            pass


async def test_logs_of_another_cloud_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator without one for Logging: no credentials are looked for, and a question says why it is not asked."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    toy = Endpoint("127.0.0.1:1")
    google = await connect(toy, toy, ManualClock(), logging=Endpoint())
    assert isinstance(google.logs, UnreadLogs)
    with pytest.raises(ServiceError, match="logs of another cloud are not read"):
        await google.logs.errors_since(REF, (), 0.0, 1.0)
    assert (await connect(toy, toy, ManualClock())).logs is None
    await google.run.close()
    await google.monitoring.close()


def test_names_are_quoted() -> None:
    """A name cannot break out of the filter."""
    assert r'service_name=("a\" OR \\")' in requests_filter([ServiceRef('a" OR \\', "r", "p")], 1.0)
    assert requests_filter([REF], 0.25).endswith("sample(insertId, 0.25)")
