"""The health URLs of the embedded cloud."""

import httpx
import msgspec
import pytest

from tests.clocks import ManualClock
from tests.drill.clients import Cloud, pinned
from warroom.conductor.evidence.smoke import ask
from warroom.drill.scenario.directory import Cast
from warroom.drill.scenario.model import Candidate, Level, Scenario
from warroom.drill.server.emulator import Emulator
from warroom.protocol.load import load
from warroom.protocol.services import ServiceConfig, Services, SmokeRequest
from warroom.resources import config_directory
from warroom.services.probe import HttpProber
from warroom.wiring.pages import pages

HOTFIX = "payments-api-00042-fix"


@pytest.fixture
def scenario(scenario: Scenario) -> Scenario:
    """The hotfix' health URL fails as soon as it takes a tenth of the traffic."""
    candidate = Candidate(levels=(Level(), Level(from_percent=10, health_failure_share=1.0)))
    plan = msgspec.structs.replace(scenario.services[0], candidate=candidate)
    return msgspec.structs.replace(scenario, services=(plan,))


async def test_each_url_reaches_its_revision(cloud: Cloud) -> None:
    """The service's URL leads to a serving revision, a tag's URL to its own, before it takes traffic too."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    service = await cloud.service()
    tag_url = next(status.uri for status in service.traffic_statuses if status.tag == "hotfix-1")
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{service.uri}/health")
        assert (answer.status_code, answer.json()["revision"]) == (200, "payments-api-00041-kol")
        answer = await client.get(f"{tag_url}/health")
        assert (answer.status_code, answer.json()["revision"]) == (200, HOTFIX)
        assert (await client.get(service.uri)).status_code == 200
        for nowhere in (tag_url.replace("hotfix-1", "other"), service.uri + "x", f"http://{cloud.addresses.http}/"):
            assert (await client.get(nowhere)).status_code == 404


async def test_health_follows_the_candidate_s_level(cloud: Cloud) -> None:
    """A hotfix that breaks under load answers 503 from then on."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    await cloud.shift(pinned("payments-api-00041-kol", 90), pinned(HOTFIX, 10, "hotfix-1"))
    cloud.pass_operation()
    url = f"http://{cloud.addresses.http}/shop-prod/europe-west1/hotfix-1---payments-api/health"
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 503
        staging = await client.get(url.replace("hotfix-1---", "").replace("shop-prod", "shop-staging"))
        assert staging.status_code == 200


async def test_the_pages_of_a_smoke_test_are_answered(scenario: Scenario) -> None:
    """What services.toml expects comes for just that request while the revision is well; other requests get health."""
    request = SmokeRequest("/cart?empty=1", status=(401,), contains="sign in", json={"user.known": False})
    service = ServiceConfig("payments-api", "europe-west1", "shop-prod", smoke=(request, SmokeRequest("/up", "HEAD")))
    config = load(config_directory())
    made = pages(msgspec.structs.replace(config, services=Services((service,))))
    emulator = Emulator(scenario, ManualClock(), cast=Cast(pages=made))
    addresses = await emulator.start()
    prober = HttpProber(ManualClock())
    try:
        base = f"http://{addresses.http}/shop-prod/europe-west1/payments-api"
        results = await ask(prober, base, service)
        assert [(one.request, one.ok) for one in results] == [("GET /cart?empty=1", True), ("HEAD /up", True)]
        other = await prober.fetch("GET", f"{base}/health", 1.0)
        assert '"status": "ok"' in other.text
    finally:
        await prober.close()
        await emulator.stop()
