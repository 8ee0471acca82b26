"""What is looked at by itself: staging's numbers, the smoke test of what serves, open alerts; the boxes follow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.pager import FakePager
from tests.conductor.rig import NAME, SHIPPED
from tests.conductor.traffic.test_staging import DIGEST, LIST, WELL, Staged, listed, stage
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.validation import looks
from warroom.incident import events
from warroom.rollout.evidence import Grade, Histogram, Sample
from warroom.services.errors import Denied
from warroom.services.ports import Fetched, Ringing
from warroom.services.systems.ports import OpenPage, Others

BEFORE = ("smoke-test", "deploy-staging", "critical-tests", "security-scan")


class FakeAlerts:
    """Cloud Monitoring's alerts as a test puts them in; `error` is raised while there is one."""

    def __init__(self) -> None:
        self.open: tuple[Ringing, ...] = ()
        self.error: Denied | None = None
        self.asked: list[str] = []

    async def open_alerts(self, project: str) -> tuple[Ringing, ...]:
        """All of them."""
        self.asked.append(project)
        if self.error is not None:
            raise self.error
        return self.open

    async def close(self) -> None:
        """Nothing to close."""


class Validating(Staged):
    """A rig whose alerts and pager are fakes."""

    alerts: FakeAlerts
    pager: FakePager


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Validating]:
    """A declared incident with a staging project, whose alerts and pager are fakes."""
    rig = Validating(tmp_path / "journal.db", SHIPPED)
    await rig.connected()
    rig.alerts, rig.pager = FakeAlerts(), FakePager()
    assert rig.conductor.clients is not None
    others = Others(pager=rig.pager)
    rig.conductor.clients = replace(rig.conductor.clients, alerts=rig.alerts, others=others)
    yield rig
    rig.close()


def minutes(rig: Validating, revision: str, errors: int = 0, slow: int = 0, requests: int = 600) -> None:
    """Three minutes of staging's revision, and the time until Monitoring shows them."""
    start = rig.clock.now()
    rig.clock.advance(600)
    rig.monitoring.samples = {
        NAME: tuple(
            Sample(revision, start + n * 60, start + n * 60 + 60, requests, errors, _times(requests, slow))
            for n in range(2, 7)
        )
    }


def _times(requests: int, slow: int) -> Histogram:
    return Histogram((100.0, 5000.0), (requests - slow, 0, slow))


async def test_staging_is_measured_since_its_deployment_and_the_boxes_tick_themselves(rig: Validating) -> None:
    """Its new revision, in its project, from then on; those that ask a person stay open."""
    await stage(rig)
    await rig.conductor.record(*(events.Ticked(one, evidence="exit 0") for one in BEFORE))
    staged = rig.lane.staging
    assert staged is not None and staged.deployed_at is not None
    minutes(rig, staged.revision)
    await looks.measure_staging(rig.conductor)
    _, start, _ = rig.monitoring.asked[-1]
    assert start == staged.deployed_at
    (judged,) = rig.facts(events.StagingJudged)
    assert judged.verdict.grade is Grade.PASS
    done = rig.conductor.incident.ticks
    assert "3 000" in done["performance-acceptable"].evidence or "3000" in done["performance-acceptable"].evidence
    assert "no-new-issues" in done and "issue-gone" not in done and "logs-clean" not in done
    await looks.measure_staging(rig.conductor)
    assert len(rig.facts(events.StagingJudged)) == 1


async def test_what_cannot_be_read_is_said_and_ticks_nothing(rig: Validating) -> None:
    """NO DATA with why, and the remedy."""
    await stage(rig)
    rig.monitoring.error = Denied("You may not read metrics of shop-staging", "Ask for roles/monitoring.viewer")
    await looks.measure_staging(rig.conductor)
    (judged,) = rig.facts(events.StagingJudged)
    assert judged.verdict.grade is Grade.NO_DATA
    assert "You may not read metrics" in judged.verdict.clauses[0].words


async def test_ticking_against_the_evidence_takes_a_reason_that_is_kept(rig: Validating) -> None:
    """Without one it is refused with the numbers; the tick then has both."""
    await stage(rig)
    await rig.conductor.record(*(events.Ticked(one, evidence="exit 0") for one in BEFORE))
    staged = rig.lane.staging
    assert staged is not None
    minutes(rig, staged.revision, errors=120)
    await looks.measure_staging(rig.conductor)
    with pytest.raises(Refused, match=r"The evidence speaks against it: staging, .* errors 20 %"):
        await ticks.tick(rig.conductor, "no-new-issues")
    await ticks.tick(rig.conductor, "no-new-issues", "a load test of ours, see the ticket")
    tick = rig.conductor.incident.ticks["no-new-issues"]
    assert (tick.evidence, tick.reason) == ("", "a load test of ours, see the ticket")
    assert "20 %" in tick.against
    await ticks.tick(rig.conductor, "issue-gone", "as above")
    await ticks.tick(rig.conductor, "logs-clean")
    assert rig.conductor.incident.ticks["logs-clean"].against == ""


async def test_what_fails_after_it_was_validated_asks_for_a_reason(rig: Validating) -> None:
    """The digest was validated, and staging burns since: production is not told that all is well."""
    await stage(rig)
    boxes = ("issue-gone", "no-new-issues", "performance-acceptable", "logs-clean")
    await rig.conductor.record(*(events.Ticked(one) for one in boxes))
    assert "staging" not in rig.conductor.plan("deploy", NAME, image=DIGEST).why
    staged = rig.lane.staging
    assert staged is not None
    minutes(rig, staged.revision, errors=120)
    await looks.measure_staging(rig.conductor)
    assert "staging fails since it was validated" in rig.conductor.plan("deploy", NAME, image=DIGEST).why


async def served(rig: Validating) -> None:
    """Rolled back a moment ago, and users are better."""
    await rig.look()
    plan = rig.conductor.plan("roll-back", NAME, revision="payments-api-00040-wex")
    await rig.fire(plan)
    await rig.look()
    await rig.conductor.record(*(events.Ticked(one) for one in ("check-health",)))


async def test_alerts_are_asked_for_once_something_was_done(rig: Validating) -> None:
    """Not before; then of each project, and the pager; what is new is told apart from what was there before."""
    await looks.look(rig.conductor)
    assert not rig.alerts.asked
    await served(rig)
    begun = rig.clock.now()
    rig.alerts.open = (
        Ringing("queue too long", begun + 5),
        Ringing("payments: 5xx", begun - 300, NAME),
        Ringing("search is down", begun + 9, "search-api"),
    )
    rig.pager.open = (OpenPage("P9", "disk full", begun + 7),)
    rig.clock.advance(20)
    await looks.look(rig.conductor)
    monitoring, pager = rig.facts(events.AlertsAsked)
    assert [one.name for one in monitoring.open] == ["queue too long"]
    assert [one.name for one in monitoring.older] == ["payments: 5xx"]
    assert (monitoring.others, [one.name for one in pager.open]) == (1, ["disk full"])
    assert "open alerts of shop-prod that name payments-api or no service" in monitoring.asked
    await rig.conductor.mitigated("support says so")
    with pytest.raises(Refused, match="queue too long"):
        await ticks.tick(rig.conductor, "no-new-alerts")


async def test_silence_after_users_are_better_ticks_the_box(rig: Validating) -> None:
    """By what was asked and when; the same answer is not written over and over."""
    await served(rig)
    await looks.look(rig.conductor)
    assert "no-new-alerts" not in rig.conductor.incident.ticks
    rig.clock.advance(15)
    await rig.conductor.mitigated("support says so")
    for _ in range(3):
        rig.clock.advance(15)
        await looks.look(rig.conductor)
    tick = rig.conductor.incident.ticks["no-new-alerts"]
    assert "Cloud Monitoring (open alerts of shop-prod" in tick.evidence and "no alert opened since" in tick.evidence
    assert len(rig.facts(events.AlertsAsked)) == 4  # each system twice: before users were better, and after
    rig.alerts.open = (Ringing("queue too long", rig.clock.now()),)
    await looks.look(rig.conductor)
    assert "no-new-alerts" not in rig.conductor.incident.ticks


async def test_a_refusal_is_told_and_leaves_the_box_by_hand(rig: Validating) -> None:
    """With its remedy; a person may tick it without a reason, as nothing speaks against it."""
    await served(rig)
    rig.alerts.error = Denied("You may not read the alerts of shop-prod", "Ask for monitoring.alerts.list")
    await rig.conductor.mitigated("support says so")
    await looks.look(rig.conductor)
    told = rig.facts(events.AlertsAsked)[0]
    assert (told.failed, told.remedy) == ("You may not read the alerts of shop-prod", "Ask for monitoring.alerts.list")
    assert "no-new-alerts" not in rig.conductor.incident.ticks
    await ticks.tick(rig.conductor, "no-new-alerts")
    assert rig.conductor.incident.ticks["no-new-alerts"].evidence == ""


async def test_the_smoke_test_of_what_serves_is_made_after_each_act(rig: Validating) -> None:
    """Once, while it passes; again after a while where it fails, and its box opens."""
    listed(rig)
    await served(rig)
    await looks.look(rig.conductor)
    await looks.look(rig.conductor)
    (ran,) = rig.facts(events.SmokeRan)
    assert (ran.where, ran.ok, len(ran.results)) == ("service", True, len(LIST))
    rig.prober.pages["/cart/none"] = Fetched(500)
    await rig.conductor.smoke(NAME, "service")
    rig.clock.advance(30)
    await looks.look(rig.conductor)
    assert len(rig.facts(events.SmokeRan)) == 2
    rig.prober.pages = dict(WELL)
    rig.clock.advance(31)
    await looks.look(rig.conductor)
    assert [one.ok for one in rig.facts(events.SmokeRan)] == [True, False, True]
