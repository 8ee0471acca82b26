"""The Cloud Run client against the embedded cloud, over the real wire protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from google.cloud import run_v2
from msgspec import Struct

from tests.clocks import ManualClock
from warroom.drill.scenario.model import Candidate, Expected, Incident, Normal, Scenario, ServicePlan, Stable
from warroom.drill.server.emulator import Emulator
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.errors import Conflict, Effect, NotFound, ServiceError
from warroom.services.google.cloud_run import GoogleCloudRun
from warroom.services.google.endpoints import Endpoint
from warroom.services.ports import Deployment

STABLE, HOTFIX = "payments-00041-abc", "payments-hotfix-1"
IMAGE = "europe-docker.pkg.dev/acme/shop/payments@sha256:" + "a" * 64
LIVE = (Share(STABLE, 100), Share(HOTFIX, 0, "hotfix-1"))


class Cloud(Struct):
    """One embedded cloud with a client on it."""

    emulator: Emulator
    client: GoogleCloudRun
    clock: ManualClock


@asynccontextmanager
async def cloud(ref: ServiceRef, candidate: Candidate | None = None, stable: str = STABLE) -> AsyncIterator[Cloud]:
    """A cloud with one service, on a clock that moves when somebody sleeps."""
    plan = ServicePlan(
        name=ref.name,
        region=ref.region,
        project=ref.project,
        hotfix_image=IMAGE,
        stable=Stable(stable, "europe-docker.pkg.dev/acme/shop/payments@sha256:" + "b" * 64),
        normal=Normal(requests_per_second=20),
        incident=Incident(begins_minutes_ago=20, error_share=0.3),
        candidate=candidate or Candidate(),
    )
    scenario = Scenario("t", "d", "t1", "sev1", 7, (plan,), Expected("full_traffic", 100, 60))
    clock = ManualClock()
    emulator = Emulator(scenario, clock)
    addresses = await emulator.start()
    client = GoogleCloudRun(Endpoint(addresses.run), clock)
    try:
        yield Cloud(emulator, client, clock)
    finally:
        await client.close()
        await emulator.stop()


async def deployed(it: Cloud, ref: ServiceRef) -> str:
    """Deploy the hotfix at 0 %; the service's etag after it."""
    etag = (await it.client.service(ref)).etag
    return (await it.client.finish(await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), etag))).etag


async def test_a_service_as_it_is(ref: ServiceRef) -> None:
    """One look gives the split asked for, the one served, the names without their paths, and the image."""
    async with cloud(ref) as it:
        service = await it.client.service(ref)
    assert service.spec == (Share("", 100),)
    assert service.percent(STABLE) == 100
    assert service.latest_ready == service.latest_created == STABLE
    assert service.settled
    assert service.etag
    assert service.url.startswith("http://127.0.0.1:")
    assert service.image.endswith("b" * 64)
    assert service.updated_at < it.clock.now()


async def test_deploy_at_no_traffic_then_shift(ref: ServiceRef) -> None:
    """A deployment serves nothing but its tag; a shift is finished when traffic_statuses show it."""
    async with cloud(ref) as it:
        before = await it.client.service(ref)
        words: list[str] = []
        operation = await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), before.etag)
        staged = await it.client.finish(operation, words.append)
        assert staged.settled
        assert (staged.percent(STABLE), staged.percent(HOTFIX)) == (100, 0)
        assert staged.url_of(HOTFIX)
        assert staged.image == IMAGE
        assert words == ["ConfigurationsReady: Deploying revision.", "RoutesReady: Routing traffic."]
        split = (Share(HOTFIX, 10, "hotfix-1"), Share(STABLE, 90))
        shifted = await it.client.finish(await it.client.shift(ref, split, staged.etag))
        assert (shifted.percent(STABLE), shifted.percent(HOTFIX)) == (90, 10)
        revisions = await it.client.revisions(ref)
    assert [revision.name for revision in revisions] == [HOTFIX, STABLE]
    assert all(revision.ready and revision.log_url for revision in revisions)


async def test_a_deployment_keeps_the_template(ref: ServiceRef) -> None:
    """Only image and revision name change: environment, limits and account are those of the revision before."""
    async with cloud(ref) as it:
        path = it.emulator.state.services[ref]
        before = run_v2.RevisionTemplate.pb()()
        before.CopyFrom(path.spec.template)
        await deployed(it, ref)
        after = path.spec.template
        assert (after.revision, after.containers[0].image) == (HOTFIX, IMAGE)
        after.revision, after.containers[0].image = before.revision, before.containers[0].image
        assert after == before


async def test_back_to_latest(ref: ServiceRef) -> None:
    """A LATEST entry goes over the wire as such, and counts as shown when the latest revision serves it."""
    async with cloud(ref) as it:
        etag = await deployed(it, ref)
        service = await it.client.finish(await it.client.shift(ref, (Share("", 100),), etag))
    assert service.spec == (Share("", 100),)
    assert service.percent(HOTFIX) == 100


async def test_a_stale_etag_is_a_conflict(ref: ServiceRef) -> None:
    """Neither shift nor deploy goes over somebody else's change; nothing was applied."""
    async with cloud(ref) as it:
        old = (await it.client.service(ref)).etag
        await deployed(it, ref)
        with pytest.raises(Conflict) as shift:
            await it.client.shift(ref, (Share(STABLE, 100),), old)
        with pytest.raises(Conflict) as deploy:
            await it.client.deploy(ref, Deployment("payments-hotfix-2", IMAGE, "two", LIVE), old)
    assert shift.value.effect is deploy.value.effect is Effect.NOTHING
    assert "operator@warroom.example" in deploy.value.detail


async def test_no_etag_no_update(ref: ServiceRef) -> None:
    """An empty etag would overwrite whatever is there, so it is a fault of the caller."""
    async with cloud(ref) as it:
        with pytest.raises(ValueError, match="etag"):
            await it.client.shift(ref, (Share(STABLE, 100),), "")


async def test_what_is_not_there(ref: ServiceRef) -> None:
    """An unknown service and an unknown revision are NotFound."""
    async with cloud(ref) as it:
        nobody = ServiceRef("nobody", ref.region, ref.project)
        for look in (it.client.service(nobody), it.client.revisions(nobody), it.client.missing_permissions(nobody)):
            with pytest.raises(NotFound):
                await look
        etag = (await it.client.service(ref)).etag
        with pytest.raises(NotFound):
            await it.client.shift(ref, (Share("payments-never", 100),), etag)


async def test_a_bad_split_is_rejected(ref: ServiceRef) -> None:
    """Percents that do not make 100 come back as a rejection that says why."""
    async with cloud(ref) as it:
        etag = (await it.client.service(ref)).etag
        with pytest.raises(ServiceError, match="rejected") as caught:
            await it.client.shift(ref, (Share(STABLE, 99),), etag)
    assert "100" in caught.value.detail


async def test_a_dry_run_changes_nothing(ref: ServiceRef) -> None:
    """validate_only finds faults and applies nothing: the etag stays."""
    async with cloud(ref) as it:
        before = await it.client.service(ref)
        await it.client.shift(ref, (Share(STABLE, 100),), before.etag, dry_run=True)
        await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), before.etag, dry_run=True)
        with pytest.raises(ServiceError):
            await it.client.shift(ref, (Share(STABLE, 1),), before.etag, dry_run=True)
        assert await it.client.service(ref) == before
        assert len(await it.client.revisions(ref)) == 1


async def test_a_revision_that_does_not_start(ref: ServiceRef) -> None:
    """The operation was accepted, then failed: FAILED, with the revision's logs; and traffic can still be moved."""
    async with cloud(ref, Candidate(fails_to_start=True)) as it:
        etag = (await it.client.service(ref)).etag
        operation = await it.client.deploy(ref, Deployment(HOTFIX, IMAGE, "hotfix-1", LIVE), etag)
        with pytest.raises(ServiceError, match="Revision failed to start") as caught:
            await it.client.finish(operation)
        assert caught.value.effect is Effect.FAILED
        assert HOTFIX in caught.value.link
        newest = (await it.client.revisions(ref))[0]
        assert not newest.ready
        assert "failed to start" in newest.reason
        service = await it.client.service(ref)
        assert service.percent(STABLE) == 100
        assert not service.settled
        back = await it.client.finish(await it.client.shift(ref, (Share(STABLE, 100),), service.etag))
        assert back.percent(STABLE) == 100


async def test_permissions(ref: ServiceRef) -> None:
    """Nothing is missing where everything is granted."""
    async with cloud(ref) as it:
        assert await it.client.missing_permissions(ref) == ()


async def test_warm_connects(ref: ServiceRef) -> None:
    """A warm client is connected before its first call."""
    async with cloud(ref) as it:
        assert await it.client.warm()
