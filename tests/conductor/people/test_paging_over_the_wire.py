"""Over the wire against the embedded cloud: the commander sleeps through the page, and the backup is paged once."""

from pathlib import Path

from msgspec.structs import replace

from tests.conductor.fakes import FakeProber
from tests.conductor.rig import CONFIG, declaration, rigged
from tests.drill.clients import SCENARIOS
from tests.services.outsides import outside
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import page_responses, paging
from warroom.drill.scenario.load import load_scenario
from warroom.services.clients import Clients

ROLE = CONFIG.protocol.role("incident-commander")


async def test_the_backup_is_paged_once_also_after_a_restart(tmp_path: Path) -> None:
    """The process that paged is gone before the answer is due; the one that opens the incident next goes on."""
    async with outside(load_scenario("bad-hotfix", SCENARIOS)) as out, rigged(tmp_path / "journal.db") as rig:
        rig.clock = rig.recorder.clock = rig.conductor.clock = out.clock
        clients = Clients(rig.run, rig.monitoring, FakeProber(out.clock), out.others)
        await rig.conductor.declare(replace(declaration(out.clock.now()), drill=True))
        rig.conductor.attach(clients)
        await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE))
        conductor = rig.conductor
        for _ in range(8):
            out.clock.advance(55)
            await page_responses.turn(conductor)
            other = rig.other()
            other.clock = out.clock
            conductor = Conductor(CONFIG, other)  # as after kill and open
            conductor.attach(clients)
            await conductor.open(rig.incident.id)
        holder = conductor.incident.roles[ROLE.id]
        assert (holder.person, holder.stand_in_for) == ("@backup-ic", "@primary-ic")
        assert holder.joined_at is not None
        asked = [one.summary for one in out.sent("pagerduty") if one.summary.startswith("asks ")]
        assert len(asked) == 2 and all("DRILL " in words for words in asked)
