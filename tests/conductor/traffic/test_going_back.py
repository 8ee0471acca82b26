"""What going back asks and says: the proposed revision, data that was changed for good, a target that is not well."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conductor.fakes import OLD, OLDER, PAY
from tests.conductor.rig import NAME, Rig, rigged
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import rollback_all
from warroom.conductor.traffic.plans import Consent
from warroom.incident import events
from warroom.incident.timeline import names, timeline
from warroom.incident.triage.triage import DataChangeKnown
from warroom.rollout.evidence import Sample
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Share
from warroom.services.errors import Unreachable

HOUR = 3600.0


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A conductor on fakes, nothing declared yet."""
    async with rigged(tmp_path / "journal.db") as rig:
        yield rig


def hours(rig: Rig, revision: str, until: float, errors: int = 0) -> tuple[Sample, ...]:
    """A day of service that ended `until` hours ago."""
    now = rig.clock.now()
    ends = [now - (until + number) * HOUR for number in range(24)]
    return tuple(Sample(revision, end - HOUR, end, 9000, errors) for end in ends)


async def test_the_past_is_read_once_and_decides_what_is_proposed(rig: Rig) -> None:
    """Written down for everybody who opens the journal, once an hour; the way back says what speaks for it."""
    await rig.at(10)
    rig.monitoring.hours = {NAME: hours(rig, OLDER, 20)}
    for _ in range(3):
        await rig.conductor.past.turn()
    (fact,) = rig.facts(events.PastRead)
    assert set(fact.served) == {OLDER}
    plan = rig.conductor.plan("roll-back", NAME, revision=OLDER)
    assert (plan.need, plan.chosen) == (Need.NONE, "it served until 20 h ago, errors 0 % of 54 000 in its last hours")
    await rig.fire(plan)
    words = [timeline(event, names(rig.conductor.config.protocol, rig.log())) for event in rig.log()]
    assert f"rolling back to {OLDER} 100 %, proposed: {plan.chosen}" in [said[0] for said in words if said]
    rig.clock.advance(HOUR)
    await rig.conductor.past.turn()
    assert len(rig.facts(events.PastRead)) == 2


async def test_where_the_past_cannot_be_read_that_is_known_and_tried_again(rig: Rig) -> None:
    """A minute later, or as soon as somebody wants to go back; meanwhile nothing waits for it."""
    await rig.declared()
    rig.monitoring.error = Unreachable("Cloud Monitoring is unreachable", "Wait")
    await rig.conductor.past.turn()
    assert rig.conductor.past.trouble == {NAME: "Cloud Monitoring is unreachable"}
    rig.monitoring.error = None
    await rig.conductor.past.turn()
    assert not rig.facts(events.PastRead)
    rig.clock.advance(60)
    await rig.conductor.past.turn()
    assert rig.facts(events.PastRead) and not rig.conductor.past.trouble


async def test_another_than_the_proposed_revision_takes_a_reason(rig: Rig) -> None:
    """What was seen healthy goes before what served when the ladder began and is not measured."""
    await rig.at(10)
    rig.monitoring.hours = {NAME: hours(rig, OLDER, 20)}
    await rig.conductor.past.turn()
    plan = rig.conductor.plan("roll-back", NAME, revision=OLD)
    assert plan.need is Need.REASON and f"proposed is {OLDER}" in plan.why and not plan.chosen
    with pytest.raises(Refused, match="typed reason"):
        await rig.fire(plan)
    assert rig.conductor.plan("roll-back", NAME, revision=OLD, usual=True).need is Need.NONE
    assert rig.conductor.plan("abort", NAME).need is Need.NONE


async def test_after_a_change_of_data_for_good_an_abort_asks_why(rig: Rig) -> None:
    """It says what will break; with the reason it goes, and all services at once have theirs by their second person."""
    await rig.at(10)
    await rig.conductor.record(DataChangeKnown("forward-only", "the column is dropped"))
    plan = rig.conductor.plan("abort", NAME)
    broken = f"data was changed for good (the column is dropped): {OLD} cannot run on it and will fail there"
    assert (plan.need, plan.why) == (Need.REASON, broken)
    with pytest.raises(Refused, match="will fail there"):
        await rig.fire(plan)
    assert rig.conductor.plan("roll-back", NAME, revision=OLDER).why.startswith("data was changed for good")
    back = await rollback_all.roll_back_all(rig.conductor, rig.incident.id, "@second")
    assert [one.back for one in back] == [True]
    reasons = [fact.reason for fact in rig.facts(events.ChangeIntended) if fact.action == "abort"]
    assert reasons == ["roll back all, agreed by @second"]


async def test_before_the_hotfix_is_deployed_nothing_of_its_is_changed(rig: Rig) -> None:
    """The question is asked of the hotfix: a rollback before it needs no reason."""
    await rig.declared()
    await rig.conductor.record(DataChangeKnown("forward-only"))
    assert rig.conductor.plan("roll-back", NAME, revision=OLDER).need is Need.NONE


async def test_a_target_that_answers_badly_or_slowly_is_told(rig: Rig) -> None:
    """In the panel, before anything is sent."""
    await rig.at(10)
    await rig.conductor.record(events.ProbeChanged(PAY, OLD, True, "HTTP 200", 1.7))
    assert rig.conductor.plan("abort", NAME).warning == f"the health address of {OLD} answers slowly, in 1.7 s"
    await rig.conductor.record(events.ProbeChanged(PAY, OLD, False, "HTTP 503"))
    assert rig.conductor.plan("abort", NAME).warning == f"the health address of {OLD} answers badly: HTTP 503"


async def test_several_serving_revisions_are_scaled_only_after_saying_so(rig: Rig) -> None:
    """The panel of an advance has what each of them takes before and after."""
    await rig.declared()
    rig.run.meddle((Share(OLD, 60), Share(OLDER, 40)))
    await rig.look()
    await rig.fire(rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1"))
    await rig.look()
    plan = rig.conductor.plan("advance", NAME, to=10)
    assert plan.warning.startswith(
        f"several revisions serve beside it, and are scaled: {OLD} 60 % → 54 %, {OLDER} 40 % → 36 %"
    )
    assert not rig.conductor.plan("advance", NAME, to=100).warning.startswith("several")
    await rig.fire(plan, Consent(reason="set up"))
    assert rig.conductor.plan("abort", NAME).words == f"Abort: all traffic back to {OLD} 60 %, {OLDER} 40 %"


async def test_one_that_is_not_ready_is_left_out_of_the_way_back_and_that_is_said(rig: Rig) -> None:
    """When the ladder starts, not when somebody must go back."""
    await rig.declared()
    rig.run.meddle((Share(OLD, 60), Share(OLDER, 40)))
    rig.run.ready[OLDER] = False
    await rig.look()
    await rig.fire(rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1"))
    assert rig.ladder.target == {OLD: 100}
    noted = [fact.text for fact in rig.facts(events.Noted)]
    assert f"{OLDER} is not Ready: an abort scales the others, to {OLD} 100 %" in noted
