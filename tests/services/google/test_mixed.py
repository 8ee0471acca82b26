"""Cloud Run of one cloud and Monitoring of another: what is read of the second, and what still works."""

import pytest

from tests.clocks import ManualClock
from tests.services.scripted import scripted
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.google.mixed import UnreadMonitoring, mixed

GOOGLE, EMULATOR, OTHER = Endpoint(), Endpoint("127.0.0.1:1"), Endpoint("127.0.0.1:2")
REF = ServiceRef("payments", "europe-west1", "shop-prod")


@pytest.mark.parametrize(
    ("run", "monitoring", "words"),
    [
        (GOOGLE, GOOGLE, ""),
        (EMULATOR, OTHER, ""),
        (GOOGLE, EMULATOR, "Cloud Run is Google's own and Monitoring the emulator at 127.0.0.1:1"),
        (EMULATOR, GOOGLE, "Cloud Run is the emulator at 127.0.0.1:1 and Monitoring Google's own"),
    ],
)
def test_which_are_mixed(run: Endpoint, monitoring: Endpoint, words: str) -> None:
    """Both Google's, or both emulators; anything else is told with both variables."""
    found = mixed(run, monitoring)
    assert (found is None) == (words == "")
    if found is not None:
        assert words in found.title
        assert "CLOUD_RUN_EMULATOR_HOST" in found.remedy and "CLOUD_MONITORING_EMULATOR_HOST" in found.remedy


async def test_a_toy_reads_no_metrics_of_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator without one for Monitoring: no credentials are looked for, reads say why, and Cloud Run works."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    async with scripted({}) as server:
        google = await connect(Endpoint(server.address), GOOGLE, ManualClock())
        assert isinstance(google.monitoring, UnreadMonitoring)
        for ask in (google.monitoring.freshness("shop-prod"), google.monitoring.read([REF], 0.0, 60.0)):
            with pytest.raises(ServiceError, match="metrics of another cloud are not read"):
                await ask
        assert await google.run.warm()
        await google.run.close()
        await google.monitoring.close()
