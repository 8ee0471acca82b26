"""Whether the error logs can be read: asked once a project, by reading them."""

from pathlib import Path

from msgspec.structs import replace

from tests.doctor.healthy import PAY, SHOP, write_config
from tests.doctor.test_examine import around, cloud, findings
from warroom.clock import ScaledClock
from warroom.drill.scenario.faults import Fault
from warroom.services.clients import Clients
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.logs import GoogleLogs


async def logs_of(directory: Path, denied: bool) -> list[tuple[str, str, str]]:
    """The findings about logs, of a cloud that lets them be read or not."""
    async with cloud(PAY, SHOP) as (emulator, addresses):
        if denied:
            fault = Fault("status", method="ListLogEntries", status="PERMISSION_DENIED", times=0)
            emulator.faults.add(fault)
        base = around(Endpoint(addresses.run), Endpoint(addresses.monitoring), ScaledClock())

        async def connected() -> Clients:
            return replace(await base.connect(), logs=GoogleLogs(Endpoint(addresses.logging)))

        found = await findings(directory, replace(base, connect=connected))
    return [(one.state, one.what, one.remedy) for one in found if one.check == "logs"]


async def test_the_permission_is_asked_for_once(tmp_path: Path) -> None:
    """Where it is held doctor says what the logs said; where not, which one is missing, and what that means."""
    directory = write_config(tmp_path, PAY, SHOP)
    ((state, what, _),) = await logs_of(directory, denied=False)
    assert state == "ok" and what.startswith("Cloud Logging answers: ")
    ((state, what, remedy),) = await logs_of(directory, denied=True)
    assert state == "warning" and "logging.logEntries.list on project acme" in what
    assert "roles/logging.viewer" in remedy and "logs = false" in remedy
