"""The client of Statuspage against the embedded cloud: what is published, its pace, its limits, and its refusals."""

import httpx
import pytest

from tests.services.outsides import Outside, outside
from warroom.drill.systems.statuspage import Statuspage
from warroom.services.errors import Denied, Effect, Invalid, NotFound, ServiceError, Unreachable
from warroom.services.systems.ports import StatusPage
from warroom.services.systems.statuspage import StatuspageApi


def page(out: Outside) -> StatusPage:
    """The drill's client."""
    assert out.others.status_page is not None
    return out.others.status_page


async def test_an_incident_from_the_first_word_to_the_last() -> None:
    """Created with impact and component, updated, resolved; nobody is told unless asked for."""
    async with outside() as out:
        made = await page(out).create(
            "DRILL checkout fails",
            "investigating",
            "DRILL we look",
            impact="major",
            components={"payments-api": "partial_outage", "not-on-the-page": "major_outage"},
        )
        await page(out).update(made.ref, "identified", "DRILL found")
        last = await page(out).update(
            made.ref, "resolved", "DRILL over", components={"payments-api": "operational"}, notify=True
        )
        there = out.system(Statuspage)
        async with httpx.AsyncClient(trust_env=False) as browser:
            shown = (await browser.get(made.link)).json()
        assert [one["body"] for one in shown["incident_updates"]] == ["DRILL we look", "DRILL found", "DRILL over"]
        assert last.ref == made.ref and made.link.startswith("http://127.0.0.1:")
        entry = there.incidents[made.ref]
        assert (entry.name, entry.status, entry.impact, entry.notified) == (
            "DRILL checkout fails",
            "resolved",
            "major",
            1,
        )
        assert [status for status, _ in entry.updates] == ["investigating", "identified", "resolved"]
        assert there.components == {"cmp-payments": "operational"}
        assert [one.summary for one in out.sent("statuspage")][
            -1
        ] == "resolved: DRILL checkout fails (subscribers are told)"


async def test_a_second_lies_between_two_requests() -> None:
    """Also when they are asked for at once; the page itself refuses what comes faster."""
    async with outside() as out:
        begun = out.clock.now()
        made = await page(out).create("DRILL", "investigating", "DRILL a")
        await page(out).update(made.ref, "identified", "DRILL b")
        await page(out).update(made.ref, "monitoring", "DRILL c")
        assert out.clock.now() - begun == pytest.approx(2.0)
        assert [one.status for one in out.sent("statuspage")] == [201, 200, 200]


async def test_what_another_program_used_up_is_waited_for() -> None:
    """420 says that nothing was done, so it is tried again; it comes through once."""
    async with outside() as out:
        out.befall("statuspage", 420)
        await page(out).create("DRILL", "investigating", "DRILL a")
        assert [one.status for one in out.sent("statuspage")] == [420, 201]
        assert len(out.system(Statuspage).incidents) == 1


async def test_lengths() -> None:
    """A long name is cut with a sign; a body that is too long is refused before it goes, with its length."""
    async with outside() as out:
        made = await page(out).create("DRILL " + "n" * 400, "investigating", "b" * 25_000)
        name = out.system(Statuspage).incidents[made.ref].name
        assert len(name) == 255 and name.endswith("…")
        with pytest.raises(ServiceError, match="has 25001 characters, and Statuspage takes 25000"):
            await page(out).update(made.ref, "identified", "b" * 25_001)
        assert len(out.sent("statuspage")) == 1


async def test_refusals_have_their_sentence() -> None:
    """No such incident, a word that is none, a wrong token, a wrong page: each says where to look."""
    async with outside() as out:
        with pytest.raises(NotFound, match="has no incident gone on this page"):
            await page(out).update("gone", "resolved", "DRILL")
        with pytest.raises(Invalid, match="does not take it as it is") as caught:
            await page(out).create("DRILL", "solved", "DRILL")
        assert "Status is not included in the list" in caught.value.detail
        url = out.url("statuspage")
        stranger = StatuspageApi("shoppage1234", "stolen", {}, out.clock, url)
        with pytest.raises(Denied, match=r"statuspage\.token_variable"):
            await stranger.check()
        await stranger.close()


async def test_a_lost_answer_is_unknown_and_not_sent_twice() -> None:
    """A page that says a thing twice looks worse than one that says it late."""
    async with outside() as out:
        out.befall("statuspage", 502)
        with pytest.raises(Unreachable) as caught:
            await page(out).create("DRILL", "investigating", "DRILL a")
        assert caught.value.effect is Effect.UNKNOWN
        assert [one.status for one in out.sent("statuspage")] == [502]


async def test_hostile_text_arrives_as_it_is(hostile: str) -> None:
    """What people type is data on the way out as well."""
    async with outside() as out:
        made = await page(out).create("DRILL", "investigating", hostile)
        assert out.system(Statuspage).incidents[made.ref].updates == [("investigating", hostile)]
