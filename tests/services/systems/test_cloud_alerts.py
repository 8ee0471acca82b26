"""The client of Cloud Monitoring's alerts against the embedded cloud: which are open, whose they are, who may ask."""

import pytest

from tests.services.outsides import Outside, outside
from warroom.drill.scenario.faults import Fault
from warroom.services.errors import Denied, NotFound, ServiceError
from warroom.services.ports import Alerts
from warroom.services.systems import cloud_alerts
from warroom.services.systems.cloud_alerts import CloudAlerts
from warroom.services.systems.cloud_sql import fixed
from warroom.wiring.alerts import of_drill

BURNS = "payments-api: 5xx above 5 %"


def client(out: Outside) -> Alerts:
    """The drill's client."""
    return of_drill(out.emulator.stage.http, out.emulator.token)


async def test_the_world_rings_while_it_burns() -> None:
    """Open while stable fails, with its service and since when; closed a minute after all traffic left it."""
    async with outside() as out:
        alerts = client(out)
        (one,) = await alerts.open_alerts("shop-prod")
        assert (one.name, one.service) == (BURNS, "payments-api")
        place = next(place for place in out.emulator.world.places.values() if not place.staging)
        assert one.opened_at == pytest.approx(place.incident_at + 60, abs=1)
        place.introduce("payments-api-00042-fix", "img@sha256:new")
        place.routes.set(out.clock.now(), {"payments-api-00042-fix": 100})
        out.clock.advance(30)
        assert await alerts.open_alerts("shop-prod")
        out.clock.advance(31)
        assert await alerts.open_alerts("shop-prod") == ()
        assert await alerts.open_alerts("shop-staging") == ()
        await alerts.close()


async def test_the_facilitator_lets_one_ring() -> None:
    """By name, of a service or of none, until it is cleared."""
    async with outside() as out:
        alerts = client(out)
        out.emulator.faults.add(Fault("open-alert", error="queue too long"))
        out.emulator.faults.add(Fault("open-alert", error="cart is slow", service="cart", lasts=60))
        found = {(one.name, one.service) for one in await alerts.open_alerts("shop-prod")}
        assert found == {(BURNS, "payments-api"), ("queue too long", ""), ("cart is slow", "cart")}
        out.clock.advance(61)
        assert "cart is slow" not in {one.name for one in await alerts.open_alerts("shop-prod")}
        await alerts.close()


async def test_pages_are_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few fit into one answer; of far too many it says so."""
    monkeypatch.setattr(cloud_alerts, "PAGE", "2")
    async with outside() as out:
        alerts = client(out)
        for number in range(4):
            out.emulator.faults.add(Fault("open-alert", error=f"alert {number}"))
        assert len(await alerts.open_alerts("shop-prod")) == 5
        for number in range(10):
            out.emulator.faults.add(Fault("open-alert", error=f"more {number}"))
        with pytest.raises(ServiceError, match="more than 10 open alerts"):
            await alerts.open_alerts("shop-prod")
        await alerts.close()


async def test_each_refusal_has_its_remedy() -> None:
    """A permission that is missing is named with the roles that have it; so is a project that nobody knows."""
    async with outside() as out:
        alerts = client(out)
        out.befall("cloud-monitoring", 403)
        with pytest.raises(Denied) as denied:
            await alerts.open_alerts("shop-prod")
        assert "You may not read the alerts of shop-prod" in denied.value.title
        assert "monitoring.alerts.list" in denied.value.remedy and "roles/monitoring.viewer" in denied.value.remedy
        with pytest.raises(NotFound, match="no project elsewhere"):
            await alerts.open_alerts("elsewhere")
        stranger = CloudAlerts(fixed("none"), out.url("cloud-monitoring"))
        with pytest.raises(Denied):
            await stranger.open_alerts("shop-prod")
        await stranger.close()
        await alerts.close()
