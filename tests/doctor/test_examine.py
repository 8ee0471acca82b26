"""The whole examination, over the wire against an embedded cloud."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.iam.v1 import iam_policy_pb2
from msgspec.structs import replace

from tests.doctor.healthy import PAY, SHOP, Tables, scenario, write_config
from tests.patience import PATIENCE_SECONDS
from warroom.clock import Clock, ScaledClock
from warroom.doctor.examine import Around, examine
from warroom.doctor.finding import Finding
from warroom.drill.cloud_run.api import RunApi
from warroom.drill.scenario.faults import Fault
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.addresses import Addresses
from warroom.incident.journal.errors import JournalError
from warroom.protocol.load import read
from warroom.rollout.traffic import ServiceRef
from warroom.services.clients import Clients
from warroom.services.errors import Denied, ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.ports import Alerts
from warroom.services.probe import HttpProber
from warroom.wiring.alerts import of_drill

NOWHERE = Endpoint("127.0.0.1:1")
A_DAY_AGO = 86_400.0
CLOUD = ["credentials", "ready", "traffic", "affinity", "instances", "revisions", "permissions", "health", "clock"]
METRICS = ["metrics", "metrics", "limits", "limits", "evidence"]


@asynccontextmanager
async def cloud(*refs: ServiceRef, api: type[RunApi] = RunApi) -> AsyncIterator[tuple[Emulator, Addresses]]:
    """An embedded cloud in good health, whose Cloud Run answers as `api` does."""
    clock = ScaledClock()
    emulator = Emulator(scenario(*refs), clock)
    emulator.run = api(emulator.state, clock)
    addresses = await emulator.start()
    try:
        yield emulator, addresses
    finally:
        await emulator.stop()


def around(run: Endpoint, monitoring: Endpoint, clock: Clock) -> Around:
    """A machine without programs, and the way to that cloud."""

    async def connected() -> Clients:
        google = await connect(run, monitoring, clock)
        return Clients(google.run, google.monitoring, HttpProber(clock, timeout_seconds=PATIENCE_SECONDS))

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
        found = await findings(directory, around(*of(addresses), ScaledClock()))
        assert emulator.state.find(PAY.path).spec.SerializeToString() == before
        assert emulator.state.operations("/".join(PAY.path.split("/")[:4])) == []
    assert [(one.check, one.what, one.remedy) for one in found if one.state != "ok"] == []
    assert [one.check for one in found] == ["configuration", "protocol", *["drills"] * 3, *CLOUD, *METRICS]
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
    assert found[-1].check == "evidence"


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
