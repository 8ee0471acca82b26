"""The health URLs of the embedded cloud."""

from typing import Literal

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


async def test_only_its_own_pages_are_answered(scenario: Scenario) -> None:
    """As a server with strict routes does: neither another path nor a slash more; the query is its own affair."""
    plan = msgspec.structs.replace(scenario.services[0], pages=("/health", "/pay?dry=1"))
    emulator = Emulator(msgspec.structs.replace(scenario, services=(plan,)), ManualClock())
    addresses = await emulator.start()
    url = f"http://{addresses.http}/shop-prod/europe-west1/payments-api"
    try:
        async with httpx.AsyncClient() as client:
            found = {
                path: (await client.get(url + path)).status_code
                for path in ("/health", "/health?x=1", "/pay", "/health/", "/", "", "/Health", "/pay/1")
            }
    finally:
        await emulator.stop()
    assert found == {"/health": 200, "/health?x=1": 200, "/pay": 200} | dict.fromkeys(
        ("/health/", "/", "", "/Health", "/pay/1"), 404
    )


@pytest.mark.parametrize("access", ["private", "internal"])
async def test_a_door_that_is_closed(scenario: Scenario, access: Literal["private", "internal"]) -> None:
    """403 without a token, 401 with another service's, a tag's, a foreign or an old one; 404 where it is internal."""
    plan = msgspec.structs.replace(scenario.services[0], access=access)
    clock = ManualClock()
    emulator = Emulator(msgspec.structs.replace(scenario, services=(plan,)), clock)
    addresses = await emulator.start()
    url = f"http://{addresses.http}/shop-prod/europe-west1/payments-api"
    metadata = f"http://{addresses.http}/computeMetadata/v1/instance/service-accounts/default/identity"
    try:
        async with httpx.AsyncClient() as client:

            async def asked(audience: str) -> str:
                answer = await client.get(
                    metadata, params={"audience": audience}, headers={"Metadata-Flavor": "Google"}
                )
                return answer.text

            async def status(token: str) -> int:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                return (await client.get(f"{url}/health", headers=headers)).status_code

            right = await asked(url)
            others = [await asked(f"{url}x"), await asked(url.replace("payments", "hotfix-1---payments")), "a.b.c", "x"]
            found = [await status(token) for token in ("", *others, right)]
            assert (await client.get(metadata, params={"audience": url})).status_code == 403, "without its header"
            clock.advance(3601)
            found.append(await status(right))
    finally:
        await emulator.stop()
    assert found == ([404] * 7 if access == "internal" else [403, 401, 401, 401, 401, 200, 401])


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
