"""Two journals that both count from INC-0001, and one outside: neither touches what the other has opened there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import FakeProber
from tests.conductor.rig import CONFIG, Rig, declaration, rigged
from tests.drill.clients import SCENARIOS
from tests.services.outsides import Outside, outside
from warroom.conductor.comms import alert
from warroom.conductor.comms.headline_sync import Keeper
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import paging
from warroom.drill.scenario.load import load_scenario
from warroom.drill.systems.slack import Slack
from warroom.incident.events import Resolved, SendFailed
from warroom.incident.place import outside_id
from warroom.incident.sends.sends import newest
from warroom.protocol.integrations import Port
from warroom.services.clients import Clients
from warroom.services.errors import Conflict
from warroom.updates.wording import channel_name

REAL = "production"
ROLE = CONFIG.protocol.role("incident-commander")


@asynccontextmanager
async def hosts(folder: Path, *origins: str) -> AsyncIterator[tuple[Outside, list[Rig]]]:
    """Hosts with a journal each, whose incident has that origin, on one embedded cloud."""
    async with AsyncExitStack() as stack:
        out = await stack.enter_async_context(outside(load_scenario("bad-hotfix", SCENARIOS)))
        rigs = []
        for number, origin in enumerate(origins):
            rig = await stack.enter_async_context(rigged(folder / f"{number}.db"))
            rig.clock = rig.recorder.clock = rig.conductor.clock = out.clock
            await rig.conductor.declare(replace(declaration(out.clock.now()), place="emulator", origin=origin))
            rig.conductor.attach(Clients(rig.run, rig.monitoring, FakeProber(out.clock), out.others))
            rigs.append(rig)
        yield out, rigs


async def test_each_has_its_own_page_and_channel(tmp_path: Path) -> None:
    """Both page, in two channels; resolving one incident ends its own page and leaves the other's open."""
    async with hosts(tmp_path, "3f9a", "b7c2") as (out, (one, other)):
        assert one.incident.id == other.incident.id == "INC-0001"
        for rig in (one, other):
            await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE))
            await alert.carry_out(rig.conductor, alert.plan(rig.conductor))
        paged = [one.summary for one in out.sent("pagerduty") if one.summary.startswith("pages")]
        assert len(paged) == 2 and not [words for words in paged if "nobody anew" in words]
        assert {"incident-0001-3f9a", "incident-0001-b7c2"} <= {
            channel.name for channel in out.system(Slack).channels.values()
        }
        await one.conductor.record(Resolved("verified"))
        await Keeper(one.conductor).turn()
        pager = out.others.pager
        assert pager is not None
        theirs = [await pager.incident(paging.page_key(rig.incident)) for rig in (one, other)]
        assert [found.status for found in theirs if found is not None] == ["resolved", "triggered"]


async def test_what_the_other_has_opened_is_taken_only_when_asked(tmp_path: Path) -> None:
    """Two old journals, without an origin: nobody is paged, no channel taken, and both are told as that.

    Asked for anew it joins the page, which the timeline says, and never resolves it.
    """
    async with hosts(tmp_path, "", "") as (out, (one, other)):
        for rig in (one, other):  # as an old journal's: the field is not there
            incident = rig.incident
            rig.recorder.incident = replace(incident, declared=replace(incident.declared, origin=""))
        await paging.page(one.conductor, paging.plan(one.conductor, ROLE))
        await alert.carry_out(one.conductor, alert.plan(one.conductor))
        with pytest.raises(Conflict, match="did not open: nobody was paged"):
            await paging.page(other.conductor, paging.plan(other.conductor, ROLE))
        with pytest.raises(Conflict, match="is there already, and this journal did not open it"):
            await alert.carry_out(other.conductor, alert.plan(other.conductor))
        assert "nobody was paged" in other.facts(SendFailed)[0].title
        assert not paging.paged(other.incident)

        await paging.page(other.conductor, paging.plan(other.conductor, ROLE), anew=True)
        await alert.carry_out(other.conductor, alert.plan(other.conductor), anew=True)
        page = newest(other.incident.sends, Port.PAGER, "page")
        assert page is not None and page.merged
        await other.conductor.record(Resolved("verified"))
        await Keeper(other.conductor).turn()
        pager = out.others.pager
        assert pager is not None
        theirs = await pager.incident(paging.page_key(one.incident))
        assert theirs is not None and theirs.status != "resolved"


async def test_a_journal_keeps_its_short_id(tmp_path: Path) -> None:
    """Made once, outside of drills; its incidents share it, and those of older journals keep their names."""
    async with rigged(tmp_path / "journal.db") as rig:
        at = rig.clock.now()
        await rig.conductor.declare(replace(declaration(at), drill=True, place="drill"))
        assert rig.incident.declared.origin == ""
        assert channel_name(rig.incident, CONFIG) == "incident-0001"
        real = [await Conductor(CONFIG, rig.other()).declare(replace(declaration(at), place=REAL)) for _ in range(2)]
        origin = real[0].declared.origin
        assert len(origin) == 4
        assert [outside_id(one) for one in real] == [f"INC-0002-{origin}", f"INC-0003-{origin}"]
        assert paging.page_key(real[1]) == f"warroom/INC-0003-{origin}"
