"""Staging first: production takes the image that staging validated, or a typed reason."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import OLD, PAY, FakeCloudRun
from tests.conductor.rig import SHIPPED, Rig, rigged
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent
from warroom.incident import events
from warroom.protocol.services import SmokeRequest
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError
from warroom.services.ports import Fetched, Operation

STAGING = ServiceRef(PAY.name, PAY.region, "shop-staging")
DIGEST, OTHER = (f"example.test/payments@sha256:{letter * 64}" for letter in "ab")
BOXES = ("issue-gone", "no-new-issues", "performance-acceptable", "logs-clean")
REST = ("ask-data-change", "backup", "notify-stakeholders")


class TwoProjects:
    """Cloud Run with production and staging: each project is a fake of its own."""

    def __init__(self, production: FakeCloudRun, staging: FakeCloudRun) -> None:
        self.production, self.staging = production, staging

    def __getattr__(self, name: str) -> Any:
        async def asked(about: Any, *rest: Any, **more: Any) -> Any:
            ref = about.service if isinstance(about, Operation) else about
            return await getattr(self.staging if ref.project == STAGING.project else self.production, name)(
                about, *rest, **more
            )

        return asked


class Staged(Rig):
    """A rig whose service has a staging project, where traffic follows LATEST."""

    async def connected(self) -> None:
        """Declared, with both projects."""
        await self.declared()
        self.staging = FakeCloudRun(STAGING)
        self.staging.meddle((Share("", 100),), ref=STAGING)
        run = cast(Any, TwoProjects(self.run, self.staging))
        self.conductor.attach(Clients(run, self.monitoring, self.prober))


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Staged]:
    """A declared incident."""
    rig = Staged(tmp_path / "journal.db", SHIPPED)
    await rig.connected()
    yield rig
    rig.close()


def need(rig: Staged, image: str = DIGEST) -> tuple[Need, str]:
    """What deploying to production asks for, of staging."""
    plan = rig.conductor.plan("deploy", PAY.name, image=image)
    return plan.need, plan.why.partition("; not done yet")[0]


async def stage(rig: Staged, image: str = DIGEST) -> None:
    """To staging, which gives it everything."""
    await rig.conductor.stage(PAY.name, await rig.conductor.plan_stage(PAY.name, image))


async def validate(rig: Staged) -> None:
    """Tick the validation's boxes, and what else production needs."""
    await rig.conductor.record(*(events.Ticked(box) for box in (*BOXES, *REST)))


async def test_production_asks_for_a_reason_until_staging_has_validated_the_digest(rig: Staged) -> None:
    """Never staged, staged, tested, boxes open, validated: only the last lets the deploy go without a reason."""
    assert need(rig) == (Need.REASON, "this image was never in staging (shop-staging)")
    await stage(rig)
    assert need(rig) == (Need.REASON, "the validation in staging has open boxes")
    await validate(rig)
    assert need(rig)[0] is Need.NONE
    assert rig.conductor.lane(PAY.name).validated == (DIGEST,)


async def test_one_reason_is_asked_for_all_that_the_step_needs(rig: Staged) -> None:
    """Beside staging: what the protocol's step needs and has not, by name; each that is done is told no more."""
    told = rig.conductor.plan("deploy", PAY.name, image=DIGEST).why
    assert told == (
        "this image was never in staging (shop-staging); not done yet: issue gone, no new issues, performance fine, "
        "logs clean, data change asked, backup taken, stakeholders told"
    )
    await stage(rig)
    await rig.conductor.record(*(events.Ticked(box) for box in BOXES))
    plan = rig.conductor.plan("deploy", PAY.name, image=DIGEST)
    assert (plan.need, plan.why) == (Need.REASON, "not done yet: data change asked, backup taken, stakeholders told")
    with pytest.raises(Refused, match="not done yet: data change asked"):
        await rig.conductor.carry_out(plan)
    await rig.conductor.carry_out(plan, Consent(reason="it is down anyway"))
    (asked,) = rig.facts(events.ChangeIntended)
    assert asked.reason == "it is down anyway"


async def test_a_reason_overrides_and_is_written_down(rig: Staged) -> None:
    """Without it nothing is sent; with it the journal has it."""
    plan = rig.conductor.plan("deploy", PAY.name, image=DIGEST)
    with pytest.raises(Refused, match="never in staging"):
        await rig.conductor.carry_out(plan)
    assert not rig.run.sent
    await rig.conductor.carry_out(plan, Consent(reason="staging is down"))
    assert [intent.reason for intent in rig.facts(events.ChangeIntended)] == ["staging is down"]


async def test_a_tag_is_no_digest(rig: Staged) -> None:
    """What a tag names in production may not be what it named in staging."""
    await stage(rig, "example.test/payments:hotfix")
    await validate(rig)
    assert need(rig, "example.test/payments:hotfix")[1].startswith("the image is named by a tag")


async def test_another_image_opens_the_validation_again(rig: Staged) -> None:
    """Boxes that were ticked for the first say nothing of the second."""
    await stage(rig)
    await validate(rig)
    await stage(rig, OTHER)
    assert not set(BOXES) & set(rig.conductor.incident.ticks)
    assert need(rig, OTHER)[1] == "the validation in staging has open boxes"
    assert need(rig)[0] is Need.NONE


async def test_a_failing_smoke_test_keeps_production_shut(rig: Staged) -> None:
    """Staging took it and its health address answers badly."""
    rig.prober.bad = {"": "HTTP 503"}
    await stage(rig)
    await validate(rig)
    assert need(rig) == (Need.REASON, "its smoke test in staging did not pass")


async def test_a_pinned_staging_is_noticed(rig: Staged) -> None:
    """The plan warns, the new revision gets 0 %, and no test is made that would meet the old code."""
    rig.staging.meddle((Share(OLD, 100),), ref=STAGING)
    plan = await rig.conductor.plan_stage(PAY.name, DIGEST)
    assert "Staging is pinned" in plan.warning and f"--to-revisions={plan.revision}=100" in plan.warning
    assert "--to-latest" not in plan.warning
    await rig.conductor.stage(PAY.name, plan)
    staged = rig.conductor.lane(PAY.name).staging
    assert staged is not None and staged.percent == 0 and staged.tested is None
    with pytest.raises(Refused, match="would meet the old code") as caught:
        await rig.conductor.smoke(PAY.name)
    assert f"--to-revisions={plan.revision}=100" in caught.value.remedy
    rig.staging.meddle((Share(plan.revision, 100),), ref=STAGING)
    assert await rig.conductor.smoke(PAY.name), "done as it was told, the test meets the new code"
    staged = rig.conductor.lane(PAY.name).staging
    assert staged is not None and staged.percent == 100


async def test_a_failed_staging_is_told(rig: Staged) -> None:
    """The reason stands in the journal, and production asks for one."""
    rig.staging.fails["finish"] = [ServiceError("Revision failed to start", "Look at its logs", effect=Effect.FAILED)]
    with pytest.raises(ServiceError):
        await stage(rig)
    assert need(rig)[1] == "staging did not take this image: Revision failed to start"


async def test_without_a_staging_project_nothing_is_asked(tmp_path: Path) -> None:
    """A service that has none goes straight to production, and staging it is refused."""
    async with rigged(tmp_path / "journal.db") as bare:
        await bare.declared()
        plan = bare.conductor.plan("deploy", PAY.name, image="example.test/payments:any")
        assert plan.why.startswith("not done yet: ") and "staging (" not in plan.why
        with pytest.raises(Refused, match="names no staging project"):
            await bare.conductor.plan_stage(PAY.name, DIGEST)


async def test_a_smoke_test_that_is_turned_away_is_none(rig: Staged) -> None:
    """403 says nothing of the image: neither passed nor failed, and production asks for a reason as if never tested."""
    rig.prober.refusing = ("",)
    await stage(rig)
    staged = rig.lane.staging
    assert staged is not None
    assert (staged.tested, staged.detail) == (None, "GET /health: expected 2xx, got HTTP 403 Forbidden")
    assert need(rig) == (Need.REASON, "staging did not test it")
    assert rig.facts(events.StagingTested)[-1].untold


async def test_a_service_without_probes_is_tested_by_hand(tmp_path: Path) -> None:
    """It is staged all the same; asking for the smoke test is refused with what to do instead."""
    own = replace(SHIPPED.services.services[0], probe="off")
    rig = Staged(tmp_path / "off.db", replace(SHIPPED, services=replace(SHIPPED.services, services=(own,))))
    await rig.connected()
    try:
        await stage(rig)
        assert rig.prober.asked == []
        with pytest.raises(Refused, match="Probes of payments-api are off"):
            await rig.conductor.smoke(PAY.name)
    finally:
        rig.close()


LIST = (
    SmokeRequest("/health?deep=1", json={"status": "ok"}),
    SmokeRequest("/cart/none", status=(401,)),
)
WELL = {"/health?deep=1": Fetched(200, '{"status": "ok"}'), "/cart/none": Fetched(401)}


def listed(rig: Staged) -> None:
    """The service has a smoke test of two requests, which are answered well."""
    services = tuple(replace(one, smoke=LIST) for one in SHIPPED.services.services)
    rig.conductor.config = replace(SHIPPED, services=replace(SHIPPED.services, services=services))
    rig.prober.pages = dict(WELL)


async def test_the_list_is_asked_in_staging_and_each_result_is_said(rig: Staged) -> None:
    """Both go to staging's address; one that is answered otherwise fails the test, by name and with both words."""
    listed(rig)
    await stage(rig)
    url = f"https://{PAY.name}.test"
    assert rig.prober.asked == [f"GET {url}/health?deep=1", f"GET {url}/cart/none"]
    (first,) = rig.facts(events.StagingTested)
    assert (first.ok, first.detail) == (True, "2 of 2 requests answered as expected")
    rig.prober.pages["/cart/none"] = Fetched(200, "a cart")
    assert not await rig.conductor.smoke(PAY.name)
    failed = rig.facts(events.StagingTested)[-1]
    assert failed.detail == "1 of 2 requests failed: GET /cart/none: expected 401, got HTTP 200 a cart"
    assert [(one.request, one.ok) for one in failed.results] == [
        ("GET /health?deep=1", True),
        ("GET /cart/none", False),
    ]


async def test_the_candidate_meets_the_list_before_any_user(rig: Staged) -> None:
    """After the deploy at 0 %, at its tag's address; where it fails the first advance says so."""
    listed(rig)
    rig.prober.pages["/cart/none"] = Fetched(500)
    await rig.conductor.carry_out(rig.conductor.plan("deploy", PAY.name, image=DIGEST), Consent(reason="it is down"))
    (ran,) = rig.facts(events.SmokeRan)
    assert (ran.where, ran.revision, ran.ok) == ("candidate", rig.candidate, False)
    assert all("---payments-api.test" in one for one in rig.prober.asked[-2:])
    await rig.look()
    warning = rig.conductor.plan("advance", PAY.name).warning
    assert "its smoke test failed: 1 of 2 requests failed: GET /cart/none: expected 401, got HTTP 500" in warning
    rig.prober.pages = dict(WELL)
    assert await rig.conductor.smoke(PAY.name, "candidate")
    assert "smoke test" not in rig.conductor.plan("advance", PAY.name).warning


async def test_what_serves_can_be_met_too(rig: Staged) -> None:
    """By its own address; without a candidate there is none of that name to test."""
    await rig.look()
    assert await rig.conductor.smoke(PAY.name, "service")
    assert rig.lane.smokes["service"].revision == OLD
    with pytest.raises(Refused, match="No candidate"):
        await rig.conductor.smoke(PAY.name, "candidate")


async def test_what_is_open_before_staging_stands_on_its_panel(rig: Staged) -> None:
    """An image may be tried before its review is through; that it is not stands where the key is pressed."""
    plan = await rig.conductor.plan_stage(PAY.name, DIGEST)
    assert "still open: Fast-track review" in plan.warning
    await rig.conductor.record(events.Ticked("review"))
    assert "still open" not in (await rig.conductor.plan_stage(PAY.name, DIGEST)).warning
