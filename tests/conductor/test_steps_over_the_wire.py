"""The hotfix's way through GitHub, Cloud SQL and the feature flag, over HTTP against the embedded cloud."""

from msgspec.structs import replace

from tests.conductor.rig import NAME, Rig, declaration
from tests.services.outsides import outside
from warroom.conductor import doing, reviewing
from warroom.conductor.conductor import Clients
from warroom.conductor.doing import Done


async def do(rig: Rig, step_id: str, second: str = "") -> Done:
    """Do a step, its values being known."""
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step(step_id), NAME)
    assert (prepared.way, prepared.missing) == ("native", ())
    return await doing.do(rig.conductor, prepared, lambda words: None, second=second)


async def test_from_the_branch_to_the_restore(rig: Rig) -> None:
    """Each native step is done by its real client, and what reached the other side says DRILL."""
    async with outside() as cloud:
        rig.clock = cloud.clock
        rig.recorder.clock = rig.conductor.clock = cloud.clock
        first = declaration(cloud.clock.now(), *rig.refs)
        await rig.conductor.declare(replace(first, issue="https://tracker.test/SHOP-7", drill=True))
        rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=cloud.others))

        assert (await do(rig, "create-branch")).words.startswith("hotfix/SHOP-7 stands on v1.4.2")
        await doing.give(rig.conductor, "version", "1.4.3")
        await do(rig, "bump-version")
        await do(rig, "open-pr")
        for _ in range(120):
            await reviewing.follow(rig.conductor)
            if "review" in rig.incident.ticks:
                break
            cloud.clock.advance(reviewing.EVERY_SECONDS)
        assert "approved by" in rig.incident.ticks["review"].evidence

        await do(rig, "backup")
        backup = rig.incident.ticks["backup"].evidence.split()[1]
        await doing.give(rig.conductor, "feature", "card-form-v2")
        await do(rig, "disable-feature")
        assert (await do(rig, "roll-back-database", second="@cto")).words.endswith(f"backup {backup} was taken.")

        ticked = {"create-branch", "bump-version", "open-pr", "review", "backup"}
        assert ticked <= rig.incident.ticks.keys()
        assert not [send for send in rig.incident.sends.values() if send.outcome != "done"]
        assert {send.system for send in rig.incident.sends.values()} == {"github", "cloud-sql", "launchdarkly"}
        assert rig.agrees()
