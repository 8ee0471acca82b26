"""The whole examination, over the wire against an embedded cloud."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from google.iam.v1 import iam_policy_pb2
from msgspec.structs import replace

from tests.doctor.healthy import PAY, SHOP, Tables, scenario, write_config
from tests.patience import PATIENCE_SECONDS
from tests.services.strict import serving
from warroom.clock import Clock, ScaledClock
from warroom.doctor.examine import Around, examine
from warroom.doctor.finding import Finding
from warroom.drill.cloud_run.api import RunApi
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.model import Metrics, Scenario
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.addresses import Addresses
from warroom.incident.journal.errors import JournalError
from warroom.protocol.load import read
from warroom.rollout.traffic import ServiceRef
from warroom.services.clients import Clients
from warroom.services.errors import Denied, ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.permissions import OF_PROJECT
from warroom.services.ports import Alerts
from warroom.services.probe import HttpProber
from warroom.wiring.alerts import of_drill
from warroom.wiring.identity import inside, permissions_inside

NOWHERE = Endpoint("127.0.0.1:1")
A_DAY_AGO = 86_400.0
CLOUD = ["credentials", "ready", "traffic", "affinity", "instances", "revisions", "permissions", "health", "clock"]
METRICS = ["metrics", "metrics", "limits", "limits", "evidence"]
PROJECT = ["permissions", "delay"]


@asynccontextmanager
async def cloud(
    *refs: ServiceRef, api: type[RunApi] = RunApi, of: Scenario | None = None
) -> AsyncIterator[tuple[Emulator, Addresses]]:
    """An embedded cloud in good health, or that of a scenario, whose Cloud Run answers as `api` does."""
    clock = ScaledClock()
    emulator = Emulator(of or scenario(*refs), clock)
    emulator.run = api(emulator.state, clock)
    addresses = await emulator.start()
    try:
        yield emulator, addresses
    finally:
        await emulator.stop()


def around(run: Endpoint, monitoring: Endpoint, clock: Clock, tokens: Addresses | None = None) -> Around:
    """A machine without programs, and the way to that cloud; where `tokens` is, identity tokens are made."""
    identity = inside(tokens.http, clock) if tokens else None
    granted = permissions_inside(tokens.http) if tokens else None

    async def connected() -> Clients:
        google = await connect(run, monitoring, clock)
        prober = HttpProber(clock, identity, timeout_seconds=PATIENCE_SECONDS)
        return Clients(google.run, google.monitoring, prober, permissions=granted)

    return Around(
        clock=clock,
        find=lambda name, mode: None,
        environ={},
        exercises=lambda: dict.fromkeys(("full", "table-top", "disaster-recovery"), clock.now() - A_DAY_AGO),
        endpoints=lambda: (run, monitoring),
        connect=connected,
    )


async def findings(directory: Path, around: Around, names: Sequence[str] = ()) -> list[Finding]:
    """All of them."""
    config, problems = read(directory)
    return [one async for one in examine(config, problems, str(directory), names, around)]


def of(addresses: Addresses) -> tuple[Endpoint, Endpoint]:
    """Cloud Run's and Monitoring's endpoint."""
    return Endpoint(addresses.run), Endpoint(addresses.monitoring)


async def test_everything_is_well_and_nothing_is_changed(tmp_path: Path) -> None:
    """Each check says ok, in order; etag, generation and operations of the service stay as they were."""
    directory = write_config(tmp_path, PAY)
    async with cloud() as (emulator, addresses):
        before = emulator.state.find(PAY.path).spec.SerializeToString()
        found = await findings(directory, around(*of(addresses), ScaledClock(), addresses))
        assert emulator.state.find(PAY.path).spec.SerializeToString() == before
        assert emulator.state.operations("/".join(PAY.path.split("/")[:4])) == []
    assert [(one.check, one.what, one.remedy) for one in found if one.state != "ok"] == []
    assert [one.check for one in found] == ["configuration", "protocol", *["drills"] * 3, *CLOUD, *METRICS, *PROJECT]
    assert {one.service for one in found if one.check in ("ready", "metrics", "limits")} == {PAY}


async def test_several_services_in_one_go(tmp_path: Path) -> None:
    """Every service gets its lines, one service after the other; the clock is compared once."""
    directory = write_config(tmp_path, PAY, SHOP)
    async with cloud(PAY, SHOP) as (_, addresses):
        found = await findings(directory, around(*of(addresses), ScaledClock()))
        only = await findings(directory, around(*of(addresses), ScaledClock()), names=["shop"])
    about = [one.service.name for one in found if one.service]
    assert about == sorted(about)
    assert about.count("payments") == about.count("shop") > 5
    assert sum(one.check == "clock" for one in found) == 1
    assert {one.service for one in only if one.service} == {SHOP}


async def test_a_missing_permission(tmp_path: Path) -> None:
    """It is named with whom to ask for what, and the rest is looked at all the same."""

    class Reader(RunApi):
        """Grants reading and nothing else."""

        async def test_iam_permissions(self, request: Any) -> Any:
            """What a viewer may."""
            return iam_policy_pb2.TestIamPermissionsResponse(permissions=["run.services.get"])

    async with cloud(api=Reader) as (_, addresses):
        found = await findings(write_config(tmp_path), around(*of(addresses), ScaledClock()))
    (failure,) = [one for one in found if one.state != "ok"]
    assert (failure.check, failure.state, failure.what) == ("permissions", "failure", "you may not run.services.update")
    assert "roles/run.developer" in failure.remedy
    assert found[-2].check == "evidence"


async def test_metrics_that_are_not_there(tmp_path: Path) -> None:
    """A Monitoring that has no series of the service at all: both queries could only return nothing."""
    async with cloud(PAY) as (_, addresses), cloud(SHOP) as (_, other):
        ends = Endpoint(addresses.run), Endpoint(other.monitoring)
        found = await findings(write_config(tmp_path), around(*ends, ScaledClock()))
    failed = [one for one in found if one.state == "failure"]
    assert [one.check for one in failed] == ["metrics", "metrics"]
    assert all("can only return nothing" in one.what and one.remedy for one in failed)


async def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    """Its lines fail with the remedy, and the other service's come all the same."""
    lost = ServiceRef("paiments", PAY.region, PAY.project)
    async with cloud(PAY) as (_, addresses):
        found = await findings(write_config(tmp_path, lost, PAY), around(*of(addresses), ScaledClock()))
    failed = [(one.check, one.service) for one in found if one.state == "failure"]
    assert failed == [("cloud-run", lost), ("metrics", lost), ("metrics", lost)]
    assert sum(one.service == PAY and one.state == "ok" for one in found) > 8


async def test_an_unreachable_cloud_is_one_line_per_source(tmp_path: Path) -> None:
    """However many services miss it: Cloud Run once, Monitoring once, each with what to do."""
    directory = write_config(tmp_path, PAY, SHOP)
    found = await findings(directory, around(NOWHERE, NOWHERE, ScaledClock()))
    failed = [one for one in found if one.state == "failure"]
    assert [(one.check, one.service) for one in failed] == [("cloud-run", None), ("monitoring", None)]
    assert all("unreachable" in one.what and "network" in one.remedy for one in failed)
    assert found[-1].check == "clock"
    assert found[-1].state == "warning"


async def test_a_clock_that_is_off(tmp_path: Path) -> None:
    """The health address says what time it is there, and two minutes are too much."""

    class Late:
        """A wall clock two minutes behind."""

        def now(self) -> float:
            """Unix seconds."""
            return ScaledClock().now() - 120

        async def sleep(self, seconds: float) -> None:
            """Nobody sleeps on it."""

    async with cloud() as (_, addresses):
        made = replace(around(*of(addresses), ScaledClock()), wall=Late())
        found = await findings(write_config(tmp_path), made)
    (failure,) = [one for one in found if one.state != "ok"]
    assert (failure.check, failure.state) == ("clock", "failure")
    seconds, words = failure.what.split(" s behind ")
    assert float(seconds) == pytest.approx(120, abs=10), words  # known to half of what the probe takes


async def test_staging_is_looked_at(tmp_path: Path) -> None:
    """A staging project without the service is a failure of its own."""

    def staged(tables: Tables) -> None:
        tables["services"]["services"][0]["staging_project"] = "acme-staging"

    async with cloud() as (_, addresses):
        found = await findings(write_config(tmp_path, change=staged), around(*of(addresses), ScaledClock()))
    (failure,) = [one for one in found if one.state != "ok"]
    assert failure.check == "staging"
    assert failure.service == ServiceRef("payments", "europe-west1", "acme-staging")


async def test_a_staging_that_is_there(tmp_path: Path) -> None:
    """Its traffic and the permissions on it are told apart from production's."""
    staging = ServiceRef(PAY.name, PAY.region, "acme-staging")

    def staged(tables: Tables) -> None:
        tables["services"]["services"][0]["staging_project"] = staging.project

    async with cloud(PAY, staging) as (_, addresses):
        found = await findings(write_config(tmp_path, change=staged), around(*of(addresses), ScaledClock()))
    assert [one for one in found if one.state != "ok"] == []
    assert [one.check for one in found if one.service == staging] == ["staging", "permissions"]


async def test_placeholders_become_findings(tmp_path: Path) -> None:
    """Each is a line, the services that are filled in are examined, and the others are left alone."""

    def unfilled(tables: Tables) -> None:
        tables["services"]["services"].append({"name": "[service]", "region": "[region]", "project": "[project]"})
        tables["roster"]["duties"][0]["primary"]["handle"] = "@[primary-ic]"

    async with cloud() as (_, addresses):
        found = await findings(write_config(tmp_path, change=unfilled), around(*of(addresses), ScaledClock()))
    failed = [one for one in found if one.state == "failure"]
    assert [one.check for one in failed] == ["configuration"] * 4
    assert any("@[primary-ic]" in one.what or "[primary-ic]" in one.what for one in failed)
    assert {one.service for one in found if one.service} == {PAY}


@pytest.mark.parametrize("broken", ["", "[review]\nversion = 'x"])
async def test_a_configuration_that_cannot_be_read_ends_it(tmp_path: Path, broken: str) -> None:
    """No directory, or a file that is no TOML: the failures are told, and nothing is asked."""
    directory = write_config(tmp_path / "conf") if broken else tmp_path / "none"
    if broken:
        (directory / "protocol.toml").write_text(broken, encoding="utf-8")
    found = await findings(directory, around(NOWHERE, NOWHERE, ScaledClock()))
    assert {(one.check, one.state) for one in found} == {("configuration", "failure")}


@pytest.mark.parametrize(
    ("error", "check"),
    [(Denied("No Google credentials", "Log in"), "credentials"), (ServiceError("Refused", "Unset it"), "connection")],
)
async def test_no_way_to_the_cloud(tmp_path: Path, error: ServiceError, check: str) -> None:
    """Without credentials, or with an address that is refused, that is the last line."""

    async def refused() -> Clients:
        raise error

    made = replace(around(NOWHERE, NOWHERE, ScaledClock()), connect=refused)
    found = await findings(write_config(tmp_path), made)
    assert (found[-1].check, found[-1].state, found[-1].remedy) == (check, "failure", error.remedy)


async def test_a_drills_journal_that_cannot_be_read(tmp_path: Path) -> None:
    """Then nobody knows when the last drill was, and that is said."""

    def unreadable() -> dict[str, float]:
        raise JournalError("The journal is locked", "Close the other one")

    made = replace(around(NOWHERE, NOWHERE, ScaledClock()), exercises=unreadable)
    found = await findings(write_config(tmp_path), made)
    (drills,) = [one for one in found if one.check == "drills"]
    assert (drills.state, drills.remedy) == ("warning", "Close the other one")


async def test_one_emulator_and_one_real_end_is_a_warning(tmp_path: Path) -> None:
    """Half a production and half an emulator is hardly ever meant."""
    mixed = replace(around(NOWHERE, NOWHERE, ScaledClock()), endpoints=lambda: (NOWHERE, Endpoint()))
    found = await findings(write_config(tmp_path), mixed)
    (one,) = [one for one in found if one.check == "credentials"]
    assert one.state == "warning"


def behind(access: Literal["private", "internal"]) -> Scenario:
    """A service that is not for everybody."""
    found = scenario(PAY)
    return replace(found, services=tuple(replace(plan, access=access) for plan in found.services))


@pytest.mark.parametrize(
    ("access", "probe", "state", "words", "remedy"),
    [
        ("private", "anonymous", "warning", 'HTTP 403', 'Set probe = "identity"'),
        ("private", "identity", "ok", "with an identity token, HTTP 200", ""),
        ("private", "off", "ok", "switches its probes off", ""),
        ("internal", "anonymous", "warning", "its ingress is internal", "inside of its network"),
        ("internal", "identity", "warning", "its ingress is internal", 'probe = "off"'),
    ],
)  # fmt: skip
async def test_which_probe_works(
    tmp_path: Path, access: Literal["private", "internal"], probe: str, state: str, words: str, remedy: str
) -> None:
    """A private service is answered with a token only, an internal one not from here; doctor says what to set."""

    def change(tables: Tables) -> None:
        tables["services"]["services"][0]["probe"] = probe

    async with cloud(of=behind(access)) as (_, addresses):
        found = await findings(write_config(tmp_path, change=change), around(*of(addresses), ScaledClock(), addresses))
    (health,) = [one for one in found if one.check == "health"]
    assert (health.state, words in health.what, remedy in health.remedy) == (state, True, True), health


async def test_a_token_that_nobody_makes(tmp_path: Path) -> None:
    """Probe = "identity" without credentials for it: the cause is told with its remedy, and that anonymous works."""

    def change(tables: Tables) -> None:
        tables["services"]["services"][0]["probe"] = "identity"

    async with cloud() as (_, addresses):
        found = await findings(write_config(tmp_path, change=change), around(*of(addresses), ScaledClock()))
    (health,) = [one for one in found if one.check == "health"]
    assert (health.state, 'Set probe = "anonymous"' in health.remedy) == ("warning", True), health


async def test_a_path_that_google_keeps_for_itself(tmp_path: Path) -> None:
    """/healthz is warned of, whatever answers there just now."""

    def change(tables: Tables) -> None:
        tables["services"]["services"][0]["health_path"] = "/healthz"

    async with cloud() as (_, addresses):
        found = await findings(write_config(tmp_path, change=change), around(*of(addresses), ScaledClock()))
    told = [one.what for one in found if one.check == "health"]
    assert "front end keeps this path" in told[0] and "HTTP 404" in told[1]


async def test_each_permission_of_the_project_is_asked(tmp_path: Path) -> None:
    """What is missing is named with what is not there without it and the role; two services ask it once."""
    directory = write_config(tmp_path, PAY, SHOP)
    async with cloud(PAY, SHOP) as (emulator, addresses):
        emulator.permissions.denied = {one.name for one in OF_PROJECT}
        none = await findings(directory, around(*of(addresses), ScaledClock(), addresses))
        emulator.permissions.denied = {"logging.logEntries.list"}
        logs = await findings(directory, around(*of(addresses), ScaledClock(), addresses))
    told = [one for one in none if one.check == "permissions" and one.service is None]
    assert [(one.state, one.what.split()[3]) for one in told] == [(one.state, one.name) for one in OF_PROJECT]
    (told_of_logs,) = [one for one in logs if one.state != "ok"]
    assert told_of_logs.state == "warning"
    assert told_of_logs.what.startswith("you may not logging.logEntries.list in acme: ")
    assert told_of_logs.remedy == "Ask for roles/logging.viewer there"


async def test_a_project_that_does_not_say(tmp_path: Path) -> None:
    """What the Resource Manager refuses is not taken for granted, nor for missing."""
    refusing = scenario(PAY)
    async with cloud(of=refusing) as (_, addresses), serving({}) as site:
        way = around(*of(addresses), ScaledClock(), addresses)

        async def connected() -> Clients:
            clients = await way.connect()
            assert clients.permissions is not None
            await clients.permissions.close()
            return replace(clients, permissions=permissions_inside(site.url.removeprefix("http://")))

        found = await findings(write_config(tmp_path), replace(way, connect=connected))
    (told,) = [one for one in found if one.state != "ok"]
    assert (told.check, told.state) == ("permissions", "warning")
    assert "acme: not known" in told.what and "cloudresourcemanager" in told.remedy


async def test_how_late_monitoring_is(tmp_path: Path) -> None:
    """A delay of five minutes makes the first verdict later than the bake of a rung: doctor counts with it."""
    late = replace(scenario(PAY), metrics=Metrics(ingest_delay_seconds=300))
    async with cloud(of=late) as (emulator, addresses):
        found = await findings(write_config(tmp_path), around(*of(addresses), ScaledClock()))
        emulator.faults.add(Fault("status", method="GetMetricDescriptor", status="PERMISSION_DENIED", times=0))
        denied = await findings(write_config(tmp_path), around(*of(addresses), ScaledClock()))
    (told,) = [one for one in found if one.check == "delay"]
    assert told.state == "warning"
    assert told.what.startswith("Monitoring of acme shows a period 5:00 late: the first verdict comes about 6:30 after")
    assert "set bake_minutes to 7" in told.remedy
    (told,) = [one for one in denied if one.check == "delay"]
    assert "about 4:30 after a rung. That is assumed" in told.what
    assert "monitoring.metricDescriptors.get" in told.remedy
    assert not [one for one in denied if one.state == "failure"], "the points are read all the same"


async def test_open_alerts_can_be_asked_for_or_it_says_how(tmp_path: Path) -> None:
    """By one read of the project's alerts: granted, refused with the permission to ask for, or no way there at all."""
    directory = write_config(tmp_path, PAY)
    async with cloud() as (emulator, addresses):
        there = around(*of(addresses), ScaledClock())

        def with_alerts(asked: Alerts | None, why: str = "") -> Around:
            async def connected() -> Clients:
                return replace(await there.connect(), alerts=asked, no_alerts=why)

            return replace(there, connect=connected)

        async def told(asked: Alerts | None, why: str = "") -> Finding:
            (one,) = [one for one in await findings(directory, with_alerts(asked, why)) if one.check == "alerts"]
            return one

        fine = await told(of_drill(addresses.http, addresses.token))
        assert (fine.state, fine.what) == ("ok", "monitoring.alerts.list is granted on acme: 0 open now")
        emulator.faults.add(Fault("http", system="cloud-monitoring", code=403))
        refused = await told(of_drill(addresses.http, addresses.token))
        assert refused.state == "warning" and refused.what.startswith("You may not read the alerts of acme")
        assert "monitoring.alerts.list" in refused.remedy
        nowhere = await told(None, "Cloud Run is an emulator: export what the drill shows.")
        assert (nowhere.what, nowhere.remedy) == (
            "looked at by hand: Cloud Run is an emulator",
            "Export what the drill shows.",
        )
