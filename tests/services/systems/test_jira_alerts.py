"""Jira Service Management as the pager, over HTTP: pages, who is on call, who acknowledged, and refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.rig import CONFIG, declaration, rigged
from tests.services.alerts_site import CLOUD, EMAIL, TOKEN, Site, site
from tests.services.outsides import outside
from warroom.conductor.comms.headline_sync import Keeper
from warroom.conductor.people import page_responses, paging
from warroom.doctor.others import examine
from warroom.incident.events import Resolved
from warroom.incident.sends.words import log_lines
from warroom.protocol.integrations import Integrations, JiraAlerts
from warroom.services.clients import Clients
from warroom.services.errors import Denied, Effect, Invalid, NotFound, ServiceError, Unreachable
from warroom.services.systems.ports import OnCall, Others, Pager
from warroom.wiring import systems

KEY = "warroom/INC-0001"
ENVIRON = {"JIRA_API_TOKEN": TOKEN}


def tables(there: Site, **more: str) -> Integrations:
    """The configuration that leads there."""
    table = JiraAlerts(site=there.url, cloud_id=CLOUD, email=EMAIL, team="t-1", schedule="s-1", url=f"{there.url}/ops")
    return Integrations(jira_alerts=replace(table, **more))


@asynccontextmanager
async def connected(**more: str) -> AsyncIterator[tuple[Site, Pager, Others]]:
    """A site, and the pager as production builds it."""
    async with site() as there:
        others = systems.production(tables(there, **more), ENVIRON, ManualClock())
        assert others.pager is not None, others.missing
        yield there, others.pager, others
        await others.close()


async def paged(pager: Pager) -> str:
    """A page, and the id of its alert."""
    details = {"impact": "Cards fail."}
    await pager.trigger(KEY, "checkout fails", severity="critical", source="payments-api", details=details)
    found = await pager.incident(KEY)
    assert found is not None
    return found.id


async def test_a_page_from_the_trigger_to_the_end() -> None:
    """One alert for one key, to the team, with priority and details; its owner acknowledged; closed it is gone."""
    async with connected() as (there, pager, _):
        assert await pager.incident(KEY) is None
        number = await paged(pager)
        assert await paged(pager) == number
        (alert,) = there.alerts.values()
        assert (alert["priority"], alert["entity"], alert["count"]) == ("P1", "payments-api", 2)
        assert alert["extraProperties"] == {"impact": "Cards fail."}
        assert alert["responders"] == [{"id": "t-1", "type": "team"}]
        alert |= {"acknowledged": True, "owner": "acc-ic", "ackTime": "2026-03-01T10:00:00Z"}
        found = await pager.incident(KEY)
        assert found is not None
        assert (found.status, found.acknowledged_by) == ("acknowledged", "primary-ic@example.com")
        assert found.acknowledged_at == 1772359200.0 and found.expires_at is None
        await pager.change("10 % on 00042-fix", source="payments-api", details={"percent": "10"})
        assert there.notes == [(number, "10 % on 00042-fix\nsource: payments-api\npercent: 10")]
        await pager.resolve(KEY)
        assert alert["status"] == "closed" and await pager.incident(KEY) is None
        await pager.resolve(KEY)
        await pager.acknowledge(KEY)


async def test_somebody_is_asked_by_e_mail() -> None:
    """They become a responder, and the message a note; an address that is hidden is found all the same."""
    async with connected() as (there, pager, _):
        number = await paged(pager)
        assert (await pager.ask(number, "primary-ic@example.com", "Come.")).ref == "acc-ic"
        await pager.ask(number, "hidden@example.com", "You too.")
        assert there.notes == [(number, "Come."), (number, "You too.")]
        found = await pager.incident(KEY)
        assert found is not None
        assert [(one.email, one.state) for one in found.responders] == [
            ("primary-ic@example.com", "pending"), ("hidden@example.com", "pending"),
        ]  # fmt: skip
        asked = len(there.asked)
        for email, words in (("nobody@example.com", "nobody with the address"), ("", "in the roster")):
            with pytest.raises(NotFound, match=words):
                await pager.ask(number, email, "Come.")
        assert there.asked[asked:] == ["GET /rest/api/3/user/search"]
        with pytest.raises(NotFound, match="no such alert"):
            await pager.ask("a-9", "primary-ic@example.com", "Come.")


async def test_who_is_on_call() -> None:
    """Of the schedule; without one nobody is known, and nothing is asked."""
    async with connected() as (_, pager, _):
        assert await pager.on_calls() == (
            OnCall("Primary IC", "primary-ic@example.com", 1), OnCall("Somebody Private", "", 1),
        )  # fmt: skip
    async with connected(schedule="") as (there, pager, _):
        assert await pager.on_calls() == () and there.asked == []
    async with connected(schedule="s-2") as (_, pager, _):
        with pytest.raises(NotFound, match="no schedule s-2"):
            await pager.on_calls()


async def test_what_may_be_sent_twice_is() -> None:
    """A page after a 500, as its alias tells it from another; a person is not asked blindly a second time."""
    async with connected() as (there, pager, _):
        there.fails = {"/alerts": [500, 503], "/responders": [500]}
        number = await paged(pager)
        assert len(there.alerts) == 1
        with pytest.raises(Unreachable) as caught:
            await pager.ask(number, "primary-ic@example.com", "Come.")
        assert caught.value.effect is Effect.UNKNOWN
        there.fails = {"/responders": [429], "/notes": [500]}
        await pager.ask(number, "primary-ic@example.com", "Come.")
        assert there.alerts[number]["responders"][1:] == [{"id": "acc-ic", "type": "user"}]


async def test_refusals() -> None:
    """A wrong token, an unknown site, a severity and a responder that are none; no secret stands in any of it."""
    async with connected(email="else@example.com") as (_, pager, _):
        with pytest.raises(Denied, match="Jira Service Management refuses the token") as caught:
            await pager.incident(KEY)
        assert TOKEN not in str(caught.value) + caught.value.detail
    async with connected(cloud_id="c-2") as (_, pager, _):
        with pytest.raises(NotFound):
            await pager.trigger(KEY, "x", severity="error", source="warroom")
    async with connected() as (there, pager, _):
        with pytest.raises(ServiceError, match="no severity"):
            await pager.trigger(KEY, "x", severity="P1", source="warroom")
        with pytest.raises(Invalid):
            await pager.trigger(KEY, "", severity="error", source="warroom")
        await pager.trigger("k" * 600, "x" * 2000, severity="error", source="warroom")
        assert len(there.alerts) == 1


async def test_the_doctor_asks_it() -> None:
    """One line: what the token reaches; without the variable what to export, and that it is done by hand till then."""
    async with site() as there:
        found = [one async for one in examine(tables(there), systems.production(tables(there), ENVIRON, ManualClock()))]
        assert (found[0].check, found[0].state, found[0].what) == (
            "jira-alerts",
            "ok",
            "alerts, schedule Release managers",
        )
        assert "pagerduty" not in found[1].what
        (first, *_) = [
            one async for one in examine(tables(there), systems.production(tables(there), {}, ManualClock()))
        ]
        assert (first.state, first.what) == ("warning", "done by hand: JIRA_API_TOKEN is not set")


async def test_a_drill_leads_nowhere_else() -> None:
    """The embedded cloud does not play it, so in a drill it is done by hand, whatever the environment holds."""
    async with outside() as out, site() as there:
        cloud = out.emulator
        others = systems.drill(tables(there), cloud.stage.http, cloud.token, out.clock)
        assert others.pager is None
        assert others.missing["jira-alerts"].startswith("A drill's cloud plays no Jira Service Management: do it by")
        await others.close()
        assert there.asked == []


async def test_an_incident_pages_by_it(tmp_path: Path) -> None:
    """The conductor knows no product: the same steps page, read the answer and end the page, under its name."""
    async with connected() as (there, _, others):
        config = replace(CONFIG, integrations=tables(there))
        async with rigged(tmp_path / "journal.db", config) as rig:
            role = config.protocol.role("incident-commander")
            await rig.conductor.declare(declaration(rig.clock.now()))
            rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others))
            plan = paging.plan(rig.conductor, role)
            assert [where for where, _ in plan.goes] == [
                "Jira Service Management, who is on call", "Jira Service Management, primary-ic@example.com",
            ]  # fmt: skip
            await paging.page(rig.conductor, plan)
            (alert,) = there.alerts.values()
            alert |= {"acknowledged": True, "owner": "acc-ic"}
            await page_responses.turn(rig.conductor)
            holder = rig.incident.roles[role.id]
            assert (holder.paged_how, holder.acknowledged_at is not None) == ("jira-alerts", True)
            there.fails = {"/alias": [400]}
            await page_responses.turn(rig.conductor)
            assert "jira-alerts" in rig.incident.lost
            await page_responses.turn(rig.conductor)
            assert rig.incident.lost == {}
            assert "Jira Service Management: page, done" in log_lines(rig.incident.sends)[0]
            await rig.conductor.record(Resolved())
            await Keeper(rig.conductor).turn()
            assert alert["status"] == "closed" and rig.agrees()


async def test_what_is_open_there_but_for_the_incident_s_own_alert() -> None:
    """By its message and since when; closed ones are none."""
    async with connected() as (there, pager, _):
        await paged(pager)
        await pager.trigger("other", "disk full", severity="warning", source="db")
        await pager.trigger("third", "gone by now", severity="info", source="db")
        there.alerts["a-2"]["createdAt"] = "2026-11-28T01:02:03Z"
        await pager.resolve("third")
        pages = await pager.open_incidents(KEY)
        assert [(one.name, one.opened_at) for one in pages.found] == [("disk full", 1795827723.0)]
        assert pages.where == "all its open alerts"
