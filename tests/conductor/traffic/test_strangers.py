"""Somebody else at work on the same service: noticed with the next look, held, and settled in one of three ways."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.clocks import START
from tests.conductor.fakes import IMAGE, OLD, OLDER, PAY
from tests.conductor.rig import NAME, Rig, rigged
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent
from warroom.incident import events
from warroom.rollout import split
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Share
from warroom.services.errors import ServiceError

NIGHT = "night-deploy@elsewhere"
THEIRS = "payments-api-00050-abc"


async def meddled(rig: Rig, percent: int = 40) -> None:
    """Somebody has moved the candidate to `percent`, and we have looked."""
    rig.clock.advance(7)
    rig.run.meddle((Share(OLD, 100 - percent), Share(rig.candidate, percent, rig.ladder.tag)), by=NIGHT)
    rig.run.looks[NAME] = replace(rig.run.looks[NAME], updated_at=rig.clock.now())
    await rig.conductor.look(rig.run)


async def deployed_by(rig: Rig) -> None:
    """Somebody has deployed while traffic is pinned, and we have looked."""
    rig.run.ready[THEIRS] = True
    look = rig.run.looks[NAME]
    rig.run.looks[NAME] = replace(look, latest_created=THEIRS, latest_ready=THEIRS, etag="e99", last_modifier=NIGHT)
    await rig.conductor.look(rig.run)


async def test_what_who_and_when_are_written_with_the_next_look(rig: Rig) -> None:
    """One fact, however often it is looked at; before, after, by whom, when, and in words."""
    await rig.baked(10, Grade.PASS)
    await meddled(rig)
    await rig.conductor.look(rig.run)
    (seen,) = rig.facts(events.DriftSeen)
    assert seen.by == NIGHT
    assert seen.changed_at == rig.clock.now()
    assert seen.what == f"changed traffic: 00041-kol 90 → 60 %, {rig.candidate.removeprefix('payments-api-')} 10 → 40 %"
    assert (split.percents(seen.before, ""), split.percents(seen.after, "")) == (
        {OLD: 90, rig.candidate: 10},
        {OLD: 60, rig.candidate: 40},
    )
    assert rig.lane.drift
    assert rig.agrees()


async def test_our_own_changes_are_nobodys(rig: Rig) -> None:
    """Deploying, advancing, failing, aborting, un-pinning: no look ever takes them for a stranger's."""
    await rig.deployed()
    await rig.conductor.look(rig.run)
    await rig.fire(rig.conductor.plan("advance", NAME))
    await rig.conductor.look(rig.run)
    rig.run.fails["finish"] = [ServiceError("Cloud Run failed on its side", "Try again")]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("advance", NAME, to=25), Consent(reason="it is right"))
    await rig.conductor.look(rig.run)
    await rig.start("abort")
    await rig.conductor.look(rig.run)
    rig.clock.advance(60)
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    await rig.conductor.look(rig.run)
    assert rig.facts(events.DriftSeen) == []


async def test_nothing_goes_forward_until_it_is_settled(rig: Rig) -> None:
    """Advance and un-pin are refused with who did what, also where the plan was made before; auto-advance ends."""
    await rig.baked(10, Grade.PASS)
    await rig.conductor.auto_advance(NAME)
    plan = rig.conductor.plan("advance", NAME)
    await meddled(rig)
    for action in ("advance", "un-pin"):
        with pytest.raises(Refused, match=f"{NIGHT} changed traffic.*adopt, restore ours, or abort"):
            rig.conductor.plan(action, NAME)
    with pytest.raises(Refused, match="changed traffic"):
        await rig.fire(plan)
    await rig.conductor.turn()
    assert not rig.ladder.auto
    assert len(rig.run.sent) == 2  # the deployment and the first rung


async def test_adopting_stands_the_ladder_where_the_candidate_is(rig: Rig) -> None:
    """Its percent and its step's clock follow what it takes, since when it takes it; nothing is sent."""
    await rig.baked(10, Grade.PASS)
    await meddled(rig, 40)
    since = rig.clock.now()
    rig.clock.advance(20)
    await rig.conductor.adopt(NAME)
    assert (rig.ladder.percent, rig.ladder.applied_at, rig.lane.drift) == (40, since, None)
    assert len(rig.run.sent) == 2
    await rig.conductor.look(rig.run)
    assert len(rig.facts(events.DriftSeen)) == 1
    plan = rig.conductor.plan("advance", NAME)
    assert plan.candidate_percent == 50
    assert rig.agrees()


@pytest.mark.parametrize(("percent", "ended"), [(0, ""), (100, "complete")])
async def test_adopting_the_ends_of_the_ladder(rig: Rig, percent: int, ended: str) -> None:
    """All of the traffic mitigates, none of it puts the candidate back to the ladder's foot."""
    await rig.at(10)
    await meddled(rig, percent)
    await rig.conductor.adopt(NAME)
    assert (rig.ladder.percent, rig.ladder.ended) == (percent, ended)
    assert (rig.did, rig.incident.full_traffic_at is not None) == (("full-traffic", True) if percent else ("", False))


async def test_it_is_not_adopted_while_it_still_changes(rig: Rig) -> None:
    """Reconciling, or other than what was asked about: refused with what to do."""
    await rig.at(10)
    await meddled(rig)
    rig.run.looks[NAME] = replace(rig.run.looks[NAME], settled=False)
    await rig.conductor.look(rig.run)
    with pytest.raises(Refused, match="still at work"):
        await rig.conductor.adopt(NAME)
    rig.run.settle()
    await rig.look()
    rig.run.meddle((Share(OLD, 100),))
    await rig.look()
    with pytest.raises(Refused, match="changed once more"):
        await rig.conductor.adopt(NAME)
    await rig.conductor.look(rig.run)
    assert rig.lane.drift
    assert rig.lane.drift.by == "ci@shop-prod"


async def test_restoring_puts_our_split_back(rig: Rig) -> None:
    """Exactly the percents that we last applied, the step begins anew; a tag that they added stays."""
    await rig.baked(10, Grade.PASS)
    rig.run.meddle((Share(OLD, 60), Share(rig.candidate, 40), Share(OLDER, 0, "theirs")), by=NIGHT)
    await rig.conductor.look(rig.run)
    rig.clock.advance(5)
    plan = rig.conductor.plan("restore", NAME)
    assert (plan.need, plan.candidate_percent, f"{OLD}=90" in plan.gcloud) == ("none", 10, True)
    await rig.fire(plan)
    assert rig.run.looks[NAME].spec == (
        Share(OLD, 90), Share(rig.candidate, 10, rig.ladder.tag), Share(OLDER, 0, "theirs"),
    )  # fmt: skip
    assert (rig.lane.drift, rig.ladder.percent, rig.ladder.applied_at) == (None, 10, rig.clock.now())
    await rig.conductor.look(rig.run)
    assert len(rig.facts(events.DriftSeen)) == 1
    with pytest.raises(Refused, match="Nobody else"):
        rig.conductor.plan("restore", NAME)


async def test_giving_the_candidate_more_again_needs_a_reason(rig: Rig) -> None:
    """Somebody took it down: putting our split back is an advance against them."""
    await rig.baked(25, Grade.PASS)
    await meddled(rig, 0)
    plan = rig.conductor.plan("restore", NAME)
    with pytest.raises(Refused, match="typed reason"):
        await rig.fire(plan)
    await rig.fire(plan, Consent(reason="they meant the other service"))
    assert rig.run.percent(rig.candidate) == 25


@pytest.mark.parametrize("action", ["abort", "roll-back"])
async def test_retreat_works_over_it_and_settles_it(rig: Rig, action: str) -> None:
    """Nothing needs to be answered first."""
    await rig.at(25)
    await meddled(rig)
    await rig.start(action, revision=OLD if action == "roll-back" else "")
    assert (rig.run.percent(OLD), rig.lane.drift) == (100, None)
    await rig.conductor.look(rig.run)
    assert rig.lane.drift is None
    assert rig.agrees()


async def test_after_a_retreat_it_is_noticed_still(rig: Rig) -> None:
    """Somebody puts traffic back on what was taken back: asked, and abort ends at stable once more."""
    await rig.at(25)
    await rig.start("abort")
    await meddled(rig, 50)
    assert rig.facts(events.DriftSeen)
    await rig.start("abort")
    assert (rig.run.percent(OLD), rig.lane.drift) == (100, None)


async def test_what_they_take_back_themselves_is_settled(rig: Rig) -> None:
    """Traffic is ours again: the question is gone, the step begins anew, and the ladder goes on."""
    await rig.baked(10, Grade.PASS)
    await meddled(rig, 40)
    await meddled(rig, 10)
    assert [fact.answer for fact in rig.facts(events.DriftAnswered)] == ["gone"]
    assert (rig.lane.drift, rig.ladder.percent, rig.ladder.applied_at) == (None, 10, rig.clock.now())


async def test_a_deployment_beside_ours_is_asked_about(rig: Rig) -> None:
    """Traffic did not move, and yet the next deployment would be made of theirs; adopted, the clock goes on."""
    await rig.baked(10, Grade.PASS)
    began = rig.ladder.applied_at
    await deployed_by(rig)
    (seen,) = rig.facts(events.DriftSeen)
    assert (seen.what, seen.by, seen.created) == ("deployed 00050-abc", NIGHT, (THEIRS,))
    with pytest.raises(Refused):
        rig.conductor.plan("advance", NAME)
    await rig.conductor.adopt(NAME)
    await rig.conductor.look(rig.run)
    assert (rig.ladder.percent, rig.ladder.applied_at) == (10, began)
    assert rig.lane.drift is None
    await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.ladder.percent == 25


async def test_a_deleted_revision_is_told_and_asked_about_where_it_is_ours(rig: Rig) -> None:
    """An old one makes a line in the timeline; the one that abort goes back to holds the ladder, and is no way back."""
    await rig.at(100)
    del rig.run.ready[OLDER]
    await rig.conductor.look(rig.run)
    await rig.conductor.look(rig.run)
    (seen,) = rig.facts(events.DriftSeen)
    assert (seen.what, seen.asks, rig.lane.drift) == ("deleted 00040-wex", False, None)
    del rig.run.ready[OLD]
    await rig.conductor.look(rig.run)
    assert rig.lane.drift
    assert (rig.lane.drift.deleted, rig.lane.drift.by) == ((OLD,), "")
    await rig.conductor.adopt(NAME)
    assert (rig.ladder.target, rig.ladder.percent) == ({}, 100)
    with pytest.raises(Refused, match="choose a revision"):
        rig.conductor.plan("abort", NAME)


async def test_without_its_candidate_there_is_nothing_to_adopt(rig: Rig) -> None:
    """Abort is the way on."""
    await rig.deployed()
    await rig.conductor.look(rig.run)
    del rig.run.ready[rig.candidate]
    rig.run.meddle((Share(OLD, 100),), by=NIGHT)
    rig.run.looks[NAME] = replace(rig.run.looks[NAME], latest_created=OLD, latest_ready=OLD)
    await rig.conductor.look(rig.run)
    with pytest.raises(Refused, match="is deleted: there is nothing to go on with"):
        await rig.conductor.adopt(NAME)
    await rig.start("abort")
    assert rig.ladder.ended == "aborted"


async def test_a_change_of_another_terminal_is_ours(rig: Rig) -> None:
    """Its intent and outcome are in the journal, though this one has not followed it yet."""
    await rig.baked(10, Grade.PASS)
    other = rig.other()
    await other.open(rig.incident.id)
    theirs = replace(rig.facts(events.ChangeIntended)[-1], change="c900", action="abort", split=(Share(OLD, 100),))
    await other.record(theirs)
    rig.run.meddle((Share(OLD, 100),), by="@backup-rm")
    await rig.conductor.look(rig.run)
    await other.record(events.ChangeApplied("c900", (Share(OLD, 100),)))
    await rig.conductor.turn()
    await rig.conductor.look(rig.run)
    assert (rig.facts(events.DriftSeen), rig.ladder.ended) == ([], "aborted")


async def test_a_change_that_is_overruled_while_under_way_did_not_hold(rig: Rig) -> None:
    """Cloud Run took ours, then somebody's: it is no applied advance, and the ladder asks."""
    await rig.baked(10, Grade.PASS)
    theirs = (Share(OLD, 70), Share(rig.candidate, 30, rig.ladder.tag))
    rig.run.on_call = lambda method: rig.run.meddle(theirs, by=NIGHT) if method == "finish" else None
    with pytest.raises(ServiceError, match=f"{NIGHT} changed payments-api while this was under way"):
        await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.ladder.percent == 10
    assert rig.lane.drift
    assert rig.agrees()


async def test_before_a_ladder_nobody_is_asked(rig: Rig) -> None:
    """Traffic is everybody's then."""
    await rig.declared()
    rig.run.meddle((Share(OLD, 100),))
    await rig.conductor.look(rig.run)
    assert rig.facts(events.DriftSeen) == []


async def test_resolved_or_unpinned_traffic_is_everybodys(rig: Rig) -> None:
    """The next ordinary deployment must not hold anything."""
    await rig.at(100)
    await rig.conductor.resolve("verified", "it is a test")
    await rig.fire(rig.conductor.plan("un-pin", NAME))
    await deployed_by(rig)
    assert rig.facts(events.DriftSeen) == []


async def test_what_happened_while_warroom_was_away_is_asked_about_at_the_start(tmp_path: Path) -> None:
    """A new process folds the journal, looks, and knows whose split it is."""
    async with rigged(tmp_path / "journal.db") as rig:
        await rig.at(10)
        rig.run.meddle((Share(OLD, 50), Share(rig.candidate, 50, rig.ladder.tag)), by=NIGHT)
        await rig.conductor.open(rig.incident.id)
        await rig.conductor.look(rig.run)
        assert rig.lane.drift
        assert rig.lane.drift.seen_at >= START
        assert rig.lane.ref == PAY
