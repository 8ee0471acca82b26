"""What moves traffic forward, and what it takes."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE, OLD
from tests.conductor.rig import NAME, Rig, until
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import plans
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident import events
from warroom.incident.state import Ladder, Lane
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.errors import Unreachable


def advance(rig: Rig, to: int | None = None) -> Plan:
    """The plan of the key."""
    return rig.conductor.plan("advance", NAME, to=to)


async def refused(rig: Rig, plan: Plan, consent: Consent | None = None) -> Refused:
    """Fire, expect a refusal, and see that nothing was asked of Cloud Run."""
    before = len(rig.run.sent)
    with pytest.raises(Refused) as caught:
        await rig.fire(plan, consent)
    assert len(rig.run.sent) == before
    assert caught.value.title
    assert caught.value.remedy
    return caught.value


async def test_pass_and_baked_needs_nothing_but_the_keys(rig: Rig) -> None:
    """The next rung on PASS after its bake is armed and fired, and the journal says on what verdict."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    assert (plan.need, plan.candidate_percent) == (Need.NONE, 25)
    await rig.fire(plan)
    assert rig.ladder.percent == 25
    assert rig.run.percent(rig.candidate) == 25
    intent = rig.facts(events.ChangeIntended)[-1]
    assert (intent.grade, intent.reason) == ("PASS", "")
    assert "--to-tags=hotfix-" in intent.gcloud


async def test_weak_needs_one_more_confirmation_and_keeps_the_numbers(rig: Rig) -> None:
    """WEAK is refused without it; with it the journal holds the numbers that were accepted."""
    await rig.baked(10, Grade.WEAK, "5xx 0 of 200: could be up to 1.9 %, limit 1 %")
    plan = advance(rig)
    assert plan.need is Need.CONFIRM
    assert "0 of 200" in (await refused(rig, plan)).title
    await rig.fire(plan, Consent(again=True))
    assert rig.ladder.percent == 25
    assert "0 of 200: could be up to 1.9 %" in rig.facts(events.ChangeIntended)[-1].reason


@pytest.mark.parametrize("grade", [Grade.FAIL, Grade.NO_DATA])
async def test_fail_and_no_data_need_a_typed_reason(rig: Rig, grade: Grade) -> None:
    """Neither arming nor one more confirmation is enough; blanks are no reason; the reason is kept."""
    await rig.baked(10, grade)
    plan = advance(rig)
    assert plan.need is Need.REASON
    for consent in (None, Consent(again=True), Consent(reason="  \n")):
        assert grade.value in (await refused(rig, plan, consent)).title
    await rig.fire(plan, Consent(reason="stable is worse"))
    intent = rig.facts(events.ChangeIntended)[-1]
    assert (intent.grade, intent.reason) == (grade.value, "stable is worse")


async def test_silence_never_advances(rig: Rig) -> None:
    """Without any verdict at all it is NO DATA."""
    await rig.at(10)
    rig.clock.advance(300)
    plan = advance(rig)
    assert (plan.need, plan.grade) == (Need.REASON, "NO DATA")
    await refused(rig, plan)


async def test_the_verdict_of_the_rung_before_is_none_of_this_one(rig: Rig) -> None:
    """A PASS at 10 % says nothing of 25 %, however long ago 25 % was applied."""
    await rig.baked(10, Grade.PASS)
    await rig.fire(advance(rig))
    rig.clock.advance(300)
    plan = advance(rig)
    assert (plan.need, plan.grade) == (Need.REASON, "NO DATA")


async def test_early_skipped_and_held_need_a_typed_reason(rig: Rig) -> None:
    """PASS alone is not enough when the bake is not over, a rung is skipped, or the ladder is held."""
    await rig.at(10)
    rig.clock.advance(60)
    await rig.judge(Grade.PASS)
    assert "bake" in (await refused(rig, advance(rig))).title
    rig.clock.advance(240)
    assert "25 % is" in (await refused(rig, advance(rig, 50))).title
    await rig.conductor.hold(NAME, "waiting for support")
    assert "held: waiting for support" in (await refused(rig, advance(rig))).title
    await rig.fire(advance(rig, 50), Consent(reason="the world burns"))
    assert rig.ladder.percent == 50
    assert rig.facts(events.ChangeIntended)[-1].reason == "the world burns"


@pytest.mark.parametrize("to", [10, 5, 101])
async def test_an_advance_goes_up(rig: Rig, to: int) -> None:
    """Down is abort's; the refusal says so."""
    await rig.at(10)
    with pytest.raises(Refused) as caught:
        advance(rig, to)
    assert "x" in caught.value.remedy


async def test_the_first_rung_needs_no_evidence_but_a_failing_probe_stops_it(rig: Rig) -> None:
    """Without traffic there is nothing to judge; FAIL, which then is the probe's, asks for a reason."""
    await rig.deployed()
    assert advance(rig).need is Need.NONE
    await rig.judge(Grade.FAIL)
    await refused(rig, advance(rig))


async def test_a_verdict_that_turns_before_firing_is_looked_at_anew(rig: Rig) -> None:
    """What was PASS when the key was pressed and is FAIL when it is fired does not go out."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    await rig.judge(Grade.FAIL)
    await refused(rig, plan)


async def test_a_reason_counts_for_the_verdict_that_it_was_given_for(rig: Rig) -> None:
    """Typed for NO DATA it is none for FAIL; a confirmation of WEAK is none either; a better verdict needs no more."""
    await rig.baked(10, Grade.NO_DATA)
    plan = advance(rig)
    await rig.judge(Grade.FAIL)
    assert "FAIL" in (await refused(rig, plan, Consent(reason="nobody is awake"))).title
    await rig.judge(Grade.WEAK)
    weak = advance(rig)
    await rig.judge(Grade.FAIL)
    await refused(rig, weak, Consent(again=True))
    await rig.judge(Grade.PASS)
    await rig.fire(weak, Consent(again=True))
    assert rig.facts(events.ChangeIntended)[-1].grade == "PASS"


async def test_an_advance_that_was_agreed_to_never_becomes_another(rig: Rig) -> None:
    """Agreed as 10 % to 50 %, it is not sent as 25 % to 50 %: it says what has changed, and asks for nothing."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig, 50)
    await rig.fire(advance(rig))
    await rig.look()
    rig.clock.advance(rig.ladder.bake_seconds)
    await rig.judge(Grade.PASS)
    refusal = await refused(rig, plan, Consent(reason="the world burns"))
    assert refusal.title.startswith(f"Meanwhile {rig.candidate} takes 25 %")
    assert plan.words.lower() in refusal.title.lower()


async def test_what_the_plan_was_made_from_is_what_the_service_must_show(rig: Rig) -> None:
    """A revision that came up since, and that this board has seen in a look, makes no new plan of the old one."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    seen = rig.conductor.watching.looks[NAME]
    rig.run.looks[NAME] = replace(rig.run.looks[NAME], latest_created=f"{NAME}-00099-new")
    await rig.look()
    assert rig.conductor.watching.looks[NAME].latest_created != seen.latest_created
    assert "has changed payments-api since this was planned" in (await refused(rig, plan)).title


async def test_a_hold_since_it_was_agreed_to_stops_an_advance_whatever_its_reason(rig: Rig) -> None:
    """A reason for a bake that is not over says nothing of a hold; planned anew, the panel names both."""
    await rig.at(10)
    await rig.judge(Grade.PASS)
    plan = advance(rig)
    assert plan.why == "the bake is not over"
    await rig.conductor.hold(NAME, "support is being asked")
    refusal = await refused(rig, plan, Consent(reason="no time to bake"))
    assert refusal.title == "Meanwhile the ladder is held: support is being asked"
    anew = advance(rig)
    assert anew.why == "the ladder is held: support is being asked; the bake is not over"
    await rig.fire(anew, Consent(reason="support has answered"))
    assert rig.ladder.percent == 25


async def test_a_reason_for_more_counts_for_less(rig: Rig) -> None:
    """A reason given for a hold over WEAK evidence is good when the hold is over: both were shown."""
    await rig.baked(10, Grade.WEAK)
    await rig.conductor.hold(NAME, "")
    plan = advance(rig)
    assert plan.why.startswith("the ladder is held; WEAK")
    await rig.conductor.hold(NAME)
    await rig.fire(plan, Consent(reason="both are known"))
    assert rig.ladder.percent == 25


async def test_somebody_elses_change_stops_it(rig: Rig) -> None:
    """The service is read again before firing; what differs is shown, and must be settled before it goes on."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    rig.run.meddle((Share(OLD, 70), Share(rig.candidate, 30, rig.ladder.tag)))
    refusal = await refused(rig, plan)
    assert "ci@shop-prod has changed payments-api" in refusal.title
    assert rig.lane.last_modifier == "ci@shop-prod"
    with pytest.raises(Refused, match="ci@shop-prod changed traffic"):
        advance(rig)
    await rig.conductor.adopt(NAME)
    assert rig.ladder.percent == 30


async def test_a_conflict_at_the_last_moment_fails_it(rig: Rig) -> None:
    """Between the last look and the call: Cloud Run refuses by etag, and a forward change is not sent again."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    meddled = (Share(OLD, 70), Share(rig.candidate, 30, rig.ladder.tag))
    rig.run.on_call = lambda method: rig.run.meddle(meddled) if method == "shift" else None
    with pytest.raises(Exception, match="changed since it was read"):
        await rig.fire(plan)
    assert rig.run.calls.count("shift") == 2  # the rig's own, and this one
    assert rig.lane.last_change
    assert rig.lane.last_change.outcome == "failed"
    assert rig.ladder.percent == 10


async def test_one_change_at_a_time(rig: Rig) -> None:
    """While one is under way a second one forward is refused, whoever asks."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    rig.run.gates["finish"] = asyncio.Event()
    first = asyncio.ensure_future(rig.fire(plan))
    await until(lambda: rig.run.calls[-1] == "finish")
    assert "Still under way" in (await refused(rig, plan)).title
    rig.run.gates["finish"].set()
    await first
    assert rig.conductor.changes.busy(NAME) is None


async def test_two_at_the_same_moment_are_one(rig: Rig) -> None:
    """Both may be past the first check when they read again; only one goes on."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    rig.run.gates["service"] = asyncio.Event()
    both = [asyncio.ensure_future(rig.fire(plan)) for _ in range(2)]
    await until(lambda: rig.run.calls[-2:] == ["service", "service"])
    rig.run.gates["service"].set()
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in ended].count(Refused) == 1
    assert len(rig.run.sent) == 3  # deploy, 10 %, and one of the two


async def test_no_journal_no_going_forward(rig: Rig) -> None:
    """With facts owed to the disk it is refused at once; when the intent itself is the first, nothing is sent."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    rig.journal.broken = True
    assert "disk is full" in (await refused(rig, plan)).title
    assert "can't be written" in (await refused(rig, advance(rig))).title
    assert rig.ladder.percent == 10
    assert rig.lane.in_flight is None
    rig.journal.broken = False
    await rig.recorder.follow()
    await rig.fire(advance(rig))
    assert rig.ladder.percent == 25
    assert rig.agrees()


async def test_not_connected_means_not_sent(rig: Rig) -> None:
    """Before the clients are there, planning or firing says so."""
    await rig.baked(10, Grade.PASS)
    plan = advance(rig)
    rig.conductor.changes.run = None
    assert "Not connected" in (await refused(rig, plan)).title
    rig.conductor.watching.looks.clear()
    with pytest.raises(Refused, match="has not been read yet"):
        advance(rig)


async def test_what_cannot_be_read_is_not_written(rig: Rig) -> None:
    """When the look before firing fails the change stays here, with the remedy of that error."""
    await rig.baked(10, Grade.PASS)
    rig.run.fails["service"] = [Unreachable("Cloud Run is unreachable", "Wait")]
    refusal = await refused(rig, advance(rig))
    assert (refusal.title, refusal.remedy) == (
        "Not sent, for the service could not be read: Cloud Run is unreachable", "Wait",
    )  # fmt: skip


async def test_deploying_twice_is_refused(rig: Rig) -> None:
    """One ladder at a time per service; no image is no deployment."""
    await rig.declared()
    with pytest.raises(Refused, match="No image"):
        rig.conductor.plan("deploy", NAME, image="  ")
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    with pytest.raises(Refused, match="on the ladder already"):
        rig.conductor.plan("deploy", NAME, image=IMAGE)


async def test_deploy_pins_what_serves_and_fixes_the_way_back(rig: Rig) -> None:
    """LATEST's share moves to the revision that serves, in the same call; abort's target is known from then on."""
    await rig.deployed()
    assert rig.run.sent == [(Share(OLD, 100), Share(rig.candidate, 0, rig.ladder.tag))]
    assert (rig.ladder.target, rig.ladder.percent, rig.ladder.rungs) == ({OLD: 100}, 0, (10, 25, 50, 100))
    assert rig.incident.phase == "deployment"


async def test_full_traffic_mitigates_and_then_un_pins(rig: Rig) -> None:
    """100 % stamps the mitigation; un-pinning follows LATEST, drops the tag, and its gcloud command says both."""
    await rig.baked(10, Grade.PASS)
    with pytest.raises(Refused, match="still under way"):
        rig.conductor.plan("un-pin", NAME)
    await rig.fire(advance(rig, 100), Consent(reason="it burns"))
    assert rig.did == "full-traffic"
    with pytest.raises(Refused, match="100 % already"):
        advance(rig)
    await rig.conductor.resolve("verified", "it is a test")
    plan = rig.conductor.plan("un-pin", NAME)
    assert "--to-latest" in plan.gcloud
    assert f"--remove-tags={rig.ladder.tag}" in plan.gcloud
    await rig.fire(plan)
    assert rig.run.looks[NAME].spec == (Share("", 100),)
    assert rig.incident.un_pinned_at is not None


async def test_un_pinning_what_was_taken_back_is_refused(rig: Rig) -> None:
    """After an abort the newest revision is the bad one: following LATEST would put it back."""
    await rig.at(10)
    await rig.fire(rig.conductor.plan("abort", NAME))
    with pytest.raises(Refused, match="was taken back"):
        rig.conductor.plan("un-pin", NAME)


async def test_a_service_whose_name_leaves_no_room_for_a_tag(rig: Rig) -> None:
    """It is deployed without one, which the plan says, and its rungs are gone by the revision's name."""
    ref = ServiceRef("s" * 44, "europe-west1", "shop-prod")
    look = replace(rig.run.looks[NAME], ref=ref, latest_ready=f"{ref.name}-1", latest_created=f"{ref.name}-1")
    plan = plans.deploy(Lane(ref), look, IMAGE, rig.conductor.config.protocol.ladder, rig.clock.now())
    assert not plan.tag
    assert "no probe below 100 %" in plan.warning
    assert "--tag" not in plan.gcloud
    assert plan.split == (Share(f"{ref.name}-1", 100),)
    climbing = Ladder(plan.revision, "", {}, (10, 100), 0.0, 0.0)
    assert f"--to-revisions={plan.revision}=10" in plans.advance(Lane(ref, ladder=climbing), look, 0.0).gcloud
