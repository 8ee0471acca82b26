"""The hotfix's way through the systems beside Google's, over HTTP against the embedded cloud."""

from msgspec.structs import replace

from tests.conductor.rig import NAME, Rig, declaration
from tests.services.outsides import Outside, outside
from warroom.conductor.comms import alert, updates
from warroom.conductor.people import paging
from warroom.conductor.steps import execute, review_gate
from warroom.conductor.steps.execute import Done
from warroom.services.clients import Clients
from warroom.updates.wording import filled
from warroom.wiring.systems import SYSTEMS


async def do(rig: Rig, step_id: str, second: str = "") -> Done:
    """Do a step, its values being known."""
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step(step_id), NAME)
    assert (prepared.way, prepared.missing) == ("native", ())
    return await execute.do(rig.conductor.runs, prepared, lambda words: None, second=second)


async def connect(rig: Rig, cloud: Outside) -> None:
    """A drill's incident, connected to everything that the embedded cloud speaks beside Google's."""
    rig.clock = cloud.clock
    rig.recorder.clock = rig.conductor.clock = cloud.clock
    first = declaration(cloud.clock.now(), *rig.refs)
    await rig.conductor.declare(replace(first, issue="https://tracker.test/SHOP-7", impact="Cards fail.", drill=True))
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=cloud.others))


async def from_the_branch_to_the_restore(rig: Rig, cloud: Outside) -> None:
    """Every native step of the fix, each by its real client."""
    await execute.give(rig.conductor, "production_version", "1.4.2")
    assert (await do(rig, "create-branch")).words.startswith("hotfix/SHOP-7 stands on v1.4.2")
    await execute.give(rig.conductor, "version", "1.4.3")
    await do(rig, "bump-version")
    await do(rig, "open-pr")
    for _ in range(120):
        await review_gate.follow(rig.conductor)
        if "review" in rig.incident.ticks:
            break
        cloud.clock.advance(review_gate.EVERY_SECONDS)
    assert "approved by" in rig.incident.ticks["review"].evidence

    await do(rig, "backup")
    backup = rig.incident.ticks["backup"].evidence.split()[1]
    await execute.give(rig.conductor, "feature", "card-form-v2")
    await do(rig, "disable-feature")
    assert (await do(rig, "roll-back-database", second="@cto")).words.endswith(f"backup {backup} was taken.")


async def test_from_the_branch_to_the_restore(rig: Rig) -> None:
    """Each native step is done by its real client, and what reached the other side says DRILL."""
    async with outside() as cloud:
        await connect(rig, cloud)
        await from_the_branch_to_the_restore(rig, cloud)
        ticked = {"create-branch", "bump-version", "open-pr", "review", "backup"}
        assert ticked <= rig.incident.ticks.keys()
        assert not [send for send in rig.incident.sends.values() if send.outcome != "done"]
        assert {send.system for send in rig.incident.sends.values()} == {"github", "cloud-sql", "launchdarkly"}
        assert rig.agrees()


async def test_one_drill_uses_every_native_integration(rig: Rig) -> None:
    """Channel, page, branch, review, backup, flag, restore, status page and ticket in one incident, all six systems."""
    async with outside() as cloud:
        await connect(rig, cloud)
        await alert.carry_out(rig.conductor, alert.plan(rig.conductor))
        commander = rig.conductor.config.protocol.role("incident-commander")
        await paging.page(rig.conductor, paging.plan(rig.conductor, commander))
        await from_the_branch_to_the_restore(rig, cloud)
        template, text = filled(rig.incident, rig.conductor.config, cloud.clock.now())
        told = await updates.tell(rig.conductor, updates.Draft(text, template, approved_by="@primary-ic"))
        assert [one.trouble for one in told] == [""] * len(told)
        assert not [send for send in rig.incident.sends.values() if send.outcome != "done"]
        used = {(send.system, send.action) for send in rig.incident.sends.values()}
        assert {system for system, _ in used} == set(SYSTEMS)
        assert used >= {
            ("slack", "open-channel"), ("slack", "headline"), ("slack", "alert"), ("slack", "update"),
            ("pagerduty", "page"), ("pagerduty", "ask"), ("statuspage", "publish"), ("github", "branch"),
            ("github", "pull-request"), ("cloud-sql", "back-up"), ("cloud-sql", "restore"),
            ("launchdarkly", "turn-off"),
        }  # fmt: skip
        assert rig.agrees()
