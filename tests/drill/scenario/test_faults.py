"""Faults over the wire: each kind, each status on each method, what is counted, and what a scenario plans."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
from google.api_core.exceptions import GoogleAPICallError, RetryError, ServiceUnavailable
from google.cloud import monitoring_v3
from google.longrunning import operations_pb2
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.rig import until
from tests.drill.clients import Cloud, latest, pinned
from tests.patience import PATIENCE_SECONDS
from warroom import drill
from warroom.drill.cloud_run.outsiders import STRANGER
from warroom.drill.scenario.faults import KINDS, RESPONDERS, STATUSES, Fault, Faults, Planned, hits, problems
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.discovery import PATH

STABLE, OLDER = "payments-api-00041-kol", "payments-api-00040-wex"
HOTFIX = "payments-api-00042-fix"


def test_every_kind_strikes_somewhere() -> None:
    """A new kind can't be announced and then do nothing: the cloud asks for it by its name."""
    folder = Path(str(drill.__path__[0]))
    asking = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name != "faults.py")
    assert [kind for kind in KINDS if kind not in RESPONDERS and f'"{kind}"' not in asking] == []


async def _operation(cloud: Cloud) -> object:
    stub = cloud.run_channel.unary_unary(
        "/google.longrunning.Operations/GetOperation",
        request_serializer=operations_pb2.GetOperationRequest.SerializeToString,
        response_deserializer=operations_pb2.Operation.FromString,
    )
    ref = cloud.emulator.world.scenario.services[0].ref
    service = cloud.emulator.state.services[ref]
    name = next(iter(cloud.emulator.state.operations(service.ref.path.partition("/services/")[0]))).name
    return await stub(operations_pb2.GetOperationRequest(name=name), timeout=PATIENCE_SECONDS)


async def _series(cloud: Cloud, seconds: float = 600) -> list[Any]:
    now = int(cloud.clock.now())
    pager = await cloud.metrics.list_time_series(
        monitoring_v3.ListTimeSeriesRequest(
            name="projects/shop-prod",
            filter='metric.type="run.googleapis.com/request_count" AND resource.labels.service_name="payments-api"',
            interval={"start_time": {"seconds": now - int(seconds)}, "end_time": {"seconds": now}},
        ),
        retry=None,
        timeout=PATIENCE_SECONDS,
    )
    return [series async for series in pager]


async def _descriptor(cloud: Cloud) -> Any:
    name = "projects/shop-prod/metricDescriptors/run.googleapis.com/request_count"
    return await cloud.metrics.get_metric_descriptor(name=name, retry=None, timeout=PATIENCE_SECONDS)


CALLS: dict[str, Callable[[Cloud], Awaitable[object]]] = {
    "GetService": lambda cloud: cloud.services.get_service(name=cloud.path, retry=None, timeout=PATIENCE_SECONDS),
    "ListServices": lambda cloud: cloud.services.list_services(
        parent=cloud.path.partition("/services/")[0], retry=None, timeout=PATIENCE_SECONDS
    ),
    "UpdateService": lambda cloud: cloud.shift(pinned(STABLE, 100)),
    "TestIamPermissions": lambda cloud: cloud.services.test_iam_permissions(
        request={"resource": cloud.path, "permissions": ["run.services.get"]}, retry=None, timeout=PATIENCE_SECONDS
    ),
    "GetRevision": lambda cloud: cloud.revisions.get_revision(
        name=f"{cloud.path}/revisions/{STABLE}", retry=None, timeout=PATIENCE_SECONDS
    ),
    "ListRevisions": lambda cloud: cloud.revisions.list_revisions(
        parent=cloud.path, retry=None, timeout=PATIENCE_SECONDS
    ),
    "GetOperation": _operation,
    "ListTimeSeries": _series,
    "GetMetricDescriptor": _descriptor,
}


def inject(cloud: Cloud, kind: str, **more: Any) -> str:
    """Begin a fault as the switches do."""
    return cloud.emulator.control.begin(Fault(kind, **more))


def status_of(error: BaseException) -> str:
    """The gRPC status of whichever library's error."""
    if isinstance(error, GoogleAPICallError):
        assert error.grpc_status_code is not None
        return str(error.grpc_status_code.name)
    assert isinstance(error, grpc.aio.AioRpcError)
    return str(error.code().name)


@pytest.mark.parametrize("method", CALLS)
async def test_each_status_on_each_method(cloud: Cloud, method: str) -> None:
    """The call gets the status once, other methods don't, and the next call is answered."""
    await cloud.shift(pinned(STABLE, 100))
    others = next(name for name in CALLS if name != method)
    for status in STATUSES:
        inject(cloud, "status", method=method, status=status)
        await CALLS[others](cloud)
        if status == "CANCELLED" and method != "GetOperation":
            with pytest.raises((GoogleAPICallError, asyncio.CancelledError)):
                await CALLS[method](cloud)
        else:
            with pytest.raises((GoogleAPICallError, RetryError, grpc.aio.AioRpcError)) as caught:
                await CALLS[method](cloud)
            assert status_of(caught.value) == status
        await CALLS[method](cloud)
    assert cloud.emulator.faults.active() == []


async def test_a_refused_write_changes_nothing_and_a_lost_answer_does(cloud: Cloud) -> None:
    """Both look alike to the caller; the service tells them apart."""
    for kind, percent in (("status", 0), ("lost-answer", 100)):
        inject(cloud, kind, method="UpdateService")
        with pytest.raises(ServiceUnavailable):
            await cloud.shift(pinned(OLDER, 100))
        cloud.pass_operation()
        service = await cloud.service()
        assert sum(one.percent for one in service.traffic_statuses if one.revision == OLDER) == percent


async def test_a_hung_call_ends_when_the_caller_gives_up(cloud: Cloud) -> None:
    """Nothing is done, and once nothing hangs any more the next call goes through."""
    inject(cloud, "hang", method="GetService", times=0)  # always, as the call may be given up before it arrives
    with pytest.raises(GoogleAPICallError) as caught:
        await cloud.services.get_service(name=cloud.path, retry=None, timeout=0.1)
    assert status_of(caught.value) == "DEADLINE_EXCEEDED"
    cloud.emulator.faults.clear()
    await cloud.service()


async def test_a_delay_passes_on_the_drill_s_clock(cloud: Cloud) -> None:
    """As many seconds as were asked for, for as many calls."""
    inject(cloud, "delay", seconds=30, times=2, service="payments-api")
    before = cloud.clock.now()
    for _ in range(3):
        await cloud.service()
    assert cloud.clock.now() - before == 60


async def test_an_etag_race_is_a_conflict_with_a_name(cloud: Cloud) -> None:
    """The write lands on nothing, and whoever was faster is named; traffic is as it was."""
    inject(cloud, "etag-race")
    with pytest.raises(GoogleAPICallError, match="last modified by night-deploy") as caught:
        await cloud.shift(pinned(OLDER, 100))
    assert status_of(caught.value) == "ABORTED"
    assert (await cloud.service()).last_modifier == STRANGER
    await cloud.shift(pinned(OLDER, 100))


async def test_slow_and_failing_operations(cloud: Cloud) -> None:
    """One takes longer; one ends in the error, with traffic as it was and the service not ready."""
    inject(cloud, "slow-operation", seconds=60)
    await cloud.shift(pinned(OLDER, 100))
    cloud.pass_operation()
    assert (await cloud.service()).reconciling
    cloud.clock.advance(60)
    assert not (await cloud.service()).reconciling
    inject(cloud, "failing-operation", status="INTERNAL")
    await cloud.shift(pinned(STABLE, 100))
    cloud.pass_operation()
    operation: Any = await _operation(cloud)
    assert (operation.done, operation.error.code) == (True, grpc.StatusCode.INTERNAL.value[0])
    service = await cloud.service()
    assert [one.revision for one in service.traffic_statuses if one.percent] == [OLDER]
    assert "Injected" in service.terminal_condition.message


async def test_a_deploy_that_fails_leaves_a_revision_that_is_not_ready(cloud: Cloud) -> None:
    """As when a container does not start."""
    inject(cloud, "failing-operation")
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    revision = await cloud.revisions.get_revision(name=f"{cloud.path}/revisions/{HOTFIX}", timeout=PATIENCE_SECONDS)
    assert "failed to start" in revision.conditions[0].message
    assert (await cloud.service()).latest_ready_revision.endswith(STABLE)


async def test_points_come_late_or_never_or_twice(cloud: Cloud) -> None:
    """Until cleared; what is missing stays missing, and a doubled point has an end of its own twice."""
    whole = {point.interval.end_time for series in await _series(cloud) for point in series.points}
    inject(cloud, "late-points", seconds=300)
    late = {point.interval.end_time for series in await _series(cloud) for point in series.points}
    assert late == set(sorted(whole)[:-5])
    cloud.emulator.faults.clear()
    inject(cloud, "missing-points")
    some = [point.interval.end_time for series in await _series(cloud) for point in series.points]
    assert 0 < len(set(some)) < len(whole)
    assert some == [point.interval.end_time for series in await _series(cloud) for point in series.points]
    cloud.emulator.faults.clear()
    inject(cloud, "doubled-points")
    for series in await _series(cloud):
        ends = [point.interval.end_time for point in series.points]
        assert len(ends) == 2 * len(set(ends))


async def test_a_descriptor_without_delay(cloud: Cloud) -> None:
    """It names neither delay nor period until cleared."""
    inject(cloud, "no-delay")
    assert (await _descriptor(cloud)).metadata.ingest_delay.seconds == 0
    cloud.emulator.faults.clear()
    assert (await _descriptor(cloud)).metadata.ingest_delay.seconds == 90


async def test_health_urls_fail_too(cloud: Cloud) -> None:
    """Health/GET is a method like any other."""
    uri = (await cloud.service()).uri
    inject(cloud, "status", method="Health/*")
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{uri}/health")).status_code == 503
        assert (await client.get(f"{uri}/health")).status_code == 200


async def test_a_restart_drops_calls_and_forgets_nothing(cloud: Cloud) -> None:
    """A call that hangs in it ends as unavailable; afterwards the same addresses and the same service answer."""
    await cloud.shift(pinned(OLDER, 100))
    before = await cloud.service()
    inject(cloud, "hang", method="GetService")
    hanging = asyncio.ensure_future(cloud.services.get_service(name=cloud.path, retry=None, timeout=PATIENCE_SECONDS))
    await until(lambda: not cloud.emulator.faults.active())
    assert "gone for 3 s" in inject(cloud, "restart", seconds=3)
    with pytest.raises(ServiceUnavailable):
        await hanging
    after = await cloud.services.get_service(name=cloud.path, timeout=PATIENCE_SECONDS)
    assert (after.etag, after.generation) == (before.etag, before.generation)


async def test_strangers(cloud: Cloud) -> None:
    """They move traffic and keep tags, deploy, and delete; each in another's name, under a new etag."""
    seen = await cloud.service()
    assert inject(cloud, "stranger-traffic", percent=40, by="ops@x.example").startswith("ops@x.example moved 40 %")
    cloud.pass_operation()
    service = await cloud.service()
    assert service.last_modifier == "ops@x.example"
    assert service.etag != seen.etag
    assert {one.revision: one.percent for one in service.traffic_statuses if one.percent} == {STABLE: 60, OLDER: 40}
    assert [one.tag for one in service.traffic if one.tag] == ["live"]
    await cloud.shift(latest(100))
    cloud.pass_operation()
    assert inject(cloud, "stranger-delete").endswith(f"deleted {OLDER}")
    with pytest.raises(GoogleAPICallError, match="does not exist"):
        await cloud.revisions.get_revision(name=f"{cloud.path}/revisions/{OLDER}", timeout=PATIENCE_SECONDS)
    inject(cloud, "stranger-deploy")
    cloud.pass_operation()
    service = await cloud.service()
    assert service.last_modifier == STRANGER
    assert not service.latest_ready_revision.endswith(STABLE)


async def test_the_switches_over_http(cloud: Cloud) -> None:
    """Add, list, clear; what is wrong is said; another host or a web page is refused."""
    url = f"http://{cloud.addresses.http}{PATH}"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {cloud.addresses.token}"}) as client:
        assert "holds" in (await client.post(url, content=b'{"kind": "hang", "times": 3}')).json()["said"]
        (listed,) = (await client.get(url)).json()["faults"]
        assert (listed["kind"], listed["times"], listed["hits"]) == ("hang", 3, 0)
        assert (await client.delete(url)).json() == {"cleared": 1}
        for bad in (b"no json", b'{"kind": "flood"}', b'{"kind": "hang", "x": 1}', b'{"kind": "delay", "seconds": -1}'):
            answer = await client.post(url, content=bad)
            assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
        mapped = {"Host": "[::ffff:127.0.0.1]:80"}  # loopback for Python's own rule from 3.13 on, and not before
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, mapped):
            assert (await client.delete(url, headers=headers)).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_s_own_values_are_right(kind: str) -> None:
    """What a kind fills in is never refused, once it is said who fails or answers."""
    system, who = "slack" if kind == "http" else "", "@primary-ic" if kind in RESPONDERS else ""
    assert list(problems(Fault(kind, system=system, who=who))) == []


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Fault("flood"), "kind"),
        (Fault("status", status="OK"), "status"),
        (Fault("http"), "system"),
        (Fault("http", system="teams"), "system"),
        (Fault("etag-race", system="slack"), "system"),
        (Fault("http", system="slack", code=99), "code"),
        (Fault("responder-joins"), "who"),
        (Fault("status", times=-1), "times"),
        (Fault("delay", seconds=float("nan")), "seconds"),
        (Fault("delay", lasts=float("inf")), "lasts"),
        (Fault("status", share=0), "share"),
        (Fault("stranger-traffic", percent=101), "percent"),
        (Planned("hang", from_percent=101), "from_percent"),
        (Planned("hang", after_minutes=-1), "after_minutes"),
    ],
)
def test_what_is_wrong_is_named(fault: Fault, key: str) -> None:
    """One problem, beginning with its key."""
    assert [problem.partition(":")[0] for problem in problems(fault)] == [key]


def test_which_calls_a_fault_concerns() -> None:
    """Globs on the bare, the short and the whole name; a service by its path or by its name in a filter."""
    method, about = "google.cloud.run.v2.Services/UpdateService", "projects/p/locations/r/services/pay"
    for glob in ("", "*", "Update*", "Services/*", method):
        assert hits(Fault("status", method=glob), method, about)
    assert not hits(Fault("status", method="Get*"), method, about)
    for service, name in (("pay", True), ("pa", False), ("pay2", False)):
        assert hits(Fault("status", service=service), method, about) is name
        assert hits(Fault("status", service=service), method, f'x = "{service}"')


def test_chance_is_seeded_and_a_fault_can_end_by_itself() -> None:
    """The same seed hits the same calls; after `lasts` seconds nothing is hit any more."""
    clock = ManualClock()

    def run(seed: int) -> list[bool]:
        faults = Faults(clock, seed)
        faults.add(Fault("status", times=0, share=0.5, lasts=60))
        return [faults.take("status", "a/B") is not None for _ in range(40)]

    assert run(1) == run(1) != run(2)
    faults = Faults(clock, 1)
    faults.add(Fault("status", times=0, lasts=60))
    assert faults.take("status", "a/B")
    clock.advance(60)
    assert not faults.take("status", "a/B")
    assert faults.active() == []


async def test_a_scenario_s_faults_begin_when_they_are_due(scenario: Scenario) -> None:
    """By the minute, and when the hotfix first takes its share; an act happens once."""
    clock = ManualClock()
    planned = (
        Planned("status", after_minutes=2, method="GetService"),
        Planned("stranger-deploy", from_percent=25),
        Planned("stranger-delete", revision="nobody", after_minutes=1),
    )
    emulator = Emulator(replace(scenario, faults=planned), clock)
    service = next(iter(emulator.state.services.values()))
    assert emulator.faults.take("status", "x/GetService") is None
    clock.advance(120)
    assert emulator.faults.take("status", "x/GetService") is not None
    known = set(service.revisions)
    service.place.introduce("hotfix", "image")
    service.place.routes.set(clock.now(), {"hotfix": 25, STABLE: 75})
    for _ in range(2):
        assert emulator.faults.take("status", "x/GetService") is None
    assert len(set(service.revisions) - known) == 1
