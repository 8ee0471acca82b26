"""A dry run asks what firing would ask, and nothing comes of it."""

import pytest

from tests.conductor.fakes import IMAGE, OLD, OLDER
from tests.conductor.rig import NAME, Rig
from warroom.conductor.refusal import Refused
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Share
from warroom.services.errors import Denied, Unreachable


async def nothing_came_of_it(rig: Rig, action: str, image: str = "", revision: str = "") -> None:
    """Validate the plan of `action`; see that service and journal are as they were."""
    plan = rig.conductor.plan(action, NAME, image=image, revision=revision)
    before, log, sent = rig.run.looks[NAME], rig.log(), list(rig.run.sent)
    await rig.conductor.dry_run(plan)
    assert rig.run.validated == [plan.split]
    assert (rig.run.looks[NAME], rig.log(), rig.run.sent) == (before, log, sent)


async def test_each_action_can_be_validated_without_a_trace(rig: Rig) -> None:
    """Deploy, advance, abort and roll back are asked with their split; nothing is sent and nothing journaled."""
    await rig.declared()
    await nothing_came_of_it(rig, "deploy", image=IMAGE)
    rig.run.validated.clear()
    await nothing_came_of_it(rig, "roll-back", revision=OLDER)
    rig.run.validated.clear()
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    await rig.look()
    for action in ("advance", "abort"):
        rig.run.validated.clear()
        await nothing_came_of_it(rig, action)


async def test_a_dry_run_asks_no_guard(rig: Rig) -> None:
    """What would need a typed reason can be validated without one: it changes nothing."""
    await rig.baked(10, Grade.FAIL)
    await nothing_came_of_it(rig, "advance")


async def test_what_cloud_run_says_is_raised(rig: Rig) -> None:
    """Its no comes as it would when firing, and a service that cannot be read is a refusal."""
    await rig.declared()
    plan = rig.conductor.plan("deploy", NAME, image=IMAGE)
    rig.run.fails["validate"] = [Denied("You may not run.services.update", "Ask for roles/run.developer")]
    with pytest.raises(Denied):
        await rig.conductor.dry_run(plan)
    rig.run.fails["service"] = [Unreachable("Cloud Run unreachable", "Reads are retried")]
    with pytest.raises(Refused, match="Not validated"):
        await rig.conductor.dry_run(plan)
    assert rig.run.validated == []


async def test_a_plan_that_no_longer_fits_is_refused_but_a_retreat_is_worked_out_anew(rig: Rig) -> None:
    """After a stranger's change the forward plan is refused; the abort is validated on top of what is there."""
    await rig.at(10)
    forward, back = rig.conductor.plan("advance", NAME), rig.conductor.plan("abort", NAME)
    rig.run.meddle((Share(OLD, 50), Share(OLDER, 50)))
    with pytest.raises(Refused, match="ci@shop-prod has changed"):
        await rig.conductor.dry_run(forward)
    await rig.conductor.dry_run(back)
    assert rig.run.validated == [(Share(OLD, 100),)]


async def test_not_connected_is_a_refusal(rig: Rig) -> None:
    """Before the clients are there it says so."""
    await rig.declared()
    plan = rig.conductor.plan("deploy", NAME, image=IMAGE)
    rig.conductor.clients = None
    with pytest.raises(Refused, match="Not connected"):
        await rig.conductor.dry_run(plan)
