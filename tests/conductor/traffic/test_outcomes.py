"""From intent to outcome: what the journal holds before a call, and what becomes of one that nobody saw the end of."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE, OLD, OLDER
from tests.conductor.rig import NAME, Rig, until
from warroom.clock import clock_time
from warroom.conductor.conductor import Conductor
from warroom.conductor.process import ABANDONED_SECONDS
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import GaveWay, Refused
from warroom.conductor.traffic.plans import Consent
from warroom.incident import events
from warroom.incident.change import Action
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Share
from warroom.services.errors import Denied, Effect, ServiceError, Unreachable


def unknown() -> ServiceError:
    """A write that timed out."""
    return ServiceError("Cloud Run did not answer in time", "Re-reading", effect=Effect.UNKNOWN)


async def test_the_intent_is_in_the_journal_before_the_call(rig: Rig) -> None:
    """When Cloud Run is asked for something forward, its intent can already be read from the file."""
    seen: list[str] = []

    def look(method: str) -> None:
        if method in ("deploy", "shift"):
            intent = rig.facts(events.ChangeIntended)[-1]
            seen.append(f"{method}: {intent.action} {intent.etag}")

    rig.run.on_call = look
    await rig.deployed()
    await rig.fire(rig.conductor.plan("advance", NAME))
    assert seen == ["deploy: deploy e0", "shift: advance e1"]


async def test_a_change_leaves_its_whole_story(rig: Rig) -> None:
    """Intended, accepted with the operation's name, applied with the split that is served and the seconds it took."""
    await rig.deployed()
    rig.run.on_call = lambda method: rig.clock.advance(6.5) if method == "finish" else None
    await rig.fire(rig.conductor.plan("advance", NAME))
    accepted, applied = rig.facts(events.ChangeAccepted)[-1], rig.facts(events.ChangeApplied)[-1]
    intent = rig.facts(events.ChangeIntended)[-1]
    assert accepted.change == applied.change == intent.change
    assert accepted.operation == "operations/2"
    assert applied.seconds == 6.5
    assert [(share.revision, share.percent) for share in applied.serving] == [(OLD, 90), (rig.candidate, 10)]
    assert len({fact.change for fact in rig.facts(events.ChangeIntended)}) == 2


async def test_cloud_runs_own_words_stand_beside_a_change_under_way(rig: Rig) -> None:
    """They are there while it lasts and gone after it."""
    await rig.deployed()
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: bool(rig.conductor.changes.progress))
    assert rig.conductor.changes.progress == {NAME: "Routing traffic"}
    rig.run.gates["finish"].set()
    await advancing
    assert rig.conductor.changes.progress == {}


@pytest.mark.parametrize("method", ["shift", "finish"])
async def test_an_unknown_outcome_is_a_state_and_nothing_is_resent(rig: Rig, method: str) -> None:
    """It is written down as unknown, the ladder stays where it is known to be, and only one call was made."""
    await rig.deployed()
    rig.run.fails[method] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.lane.in_flight
    assert rig.lane.in_flight.unknown
    assert rig.ladder.percent == 0
    await rig.look()
    await rig.look()
    assert rig.run.calls.count("shift") == 1
    assert [fact.title for fact in rig.facts(events.ChangeUnknown)] == ["Cloud Run did not answer in time"]
    assert rig.agrees()


async def test_an_unknown_outcome_is_recognised_only_when_settled_as_asked(rig: Rig) -> None:
    """While the service shows something else it stays unknown; the operator may send it again, which supersedes it."""
    await rig.deployed()
    rig.run.fails["shift"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("advance", NAME))
    await rig.conductor.look(rig.run)
    assert len(rig.facts(events.ChangeApplied)) == 1  # the deployment
    await rig.fire(rig.conductor.plan("advance", NAME))
    assert (rig.ladder.percent, rig.lane.in_flight, rig.lane.superseded) == (10, None, ())
    assert rig.facts(events.ChangeFailed)[0].outcome == "superseded"


async def test_nothing_goes_forward_beside_a_change_that_may_still_land(rig: Rig) -> None:
    """Its outcome is unknown and the service has moved on since: first a look must tell what became of it."""
    await rig.deployed()
    rig.run.fails["finish"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("advance", NAME))
    await rig.look()
    with pytest.raises(Refused, match="What became of advance is not known yet"):
        await rig.fire(rig.conductor.plan("advance", NAME))
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert (rig.ladder.percent, rig.lane.in_flight) == (10, None)


async def test_nothing_goes_forward_over_a_retreat_of_unknown_end(rig: Rig) -> None:
    """Somebody wanted out: also while the service is at rest as that retreat found it."""
    await rig.deployed()
    await rig.fire(rig.conductor.plan("advance", NAME))
    forward = rig.conductor.plan("advance", NAME)
    rig.run.fails["shift"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("abort", NAME))
    sent = len(rig.run.sent)
    with pytest.raises(Refused, match="sent abort, and what became of it is not known yet"):
        await rig.fire(forward, Consent(reason="right all the same"))
    assert len(rig.run.sent) == sent


async def missed(rig: Rig, action: str) -> None:
    """The retreat is refused, and so does not happen."""
    rig.run.fails["shift"] = [Denied("You may not", "Ask")]
    with pytest.raises(Denied):
        await rig.fire(rig.conductor.plan(action, NAME, revision=OLDER))
    await rig.look()


@pytest.mark.parametrize(("retreat", "told"), [("abort", "abort"), ("roll-back", "rollback")])
async def test_over_a_missed_retreat_only_who_was_told_goes_forward(rig: Rig, retreat: str, told: str) -> None:
    """Also on PASS and baked: the guard names the retreat, and asks for a reason; with it the advance is an answer."""
    await rig.baked(10, Grade.PASS)
    before = rig.conductor.plan("advance", NAME)
    assert before.need is Need.NONE
    when = clock_time(rig.clock.now())
    await missed(rig, retreat)
    says = f"the {told} of {when} by @rm did not happen"
    sent = len(rig.run.sent)
    with pytest.raises(Refused, match=f"Meanwhile it was found: {says}"):
        await rig.fire(before, Consent(reason="right all the same"))
    plan = rig.conductor.plan("advance", NAME)
    assert (plan.need, plan.why) == (Need.REASON, says)
    for consent in (Consent(), Consent(again=True)):
        with pytest.raises(Refused, match=f"This needs a typed reason: {says}"):
            await rig.fire(plan, consent)
    assert len(rig.run.sent) == sent
    await rig.fire(plan, Consent(reason="errors were the probe's"))
    assert (rig.ladder.percent, rig.lane.missed) == (25, None)
    assert rig.conductor.plan("advance", NAME, to=100).why != says


async def test_a_retreat_over_a_missed_one_needs_nothing(rig: Rig) -> None:
    """It is the answer."""
    await rig.baked(10, Grade.PASS)
    await missed(rig, "abort")
    for action in ("abort", "roll-back"):
        assert rig.conductor.plan(action, NAME, revision=OLD).need is Need.NONE
    await rig.start("abort")
    assert (rig.lane.missed, rig.ladder.ended) == (None, "aborted")


async def test_a_reason_for_another_guard_is_none_for_a_missed_retreat(rig: Rig) -> None:
    """Another board's retreat comes to nothing after the panel was shown, before it is fired: nothing is sent."""
    await rig.baked(10, Grade.FAIL)
    plan = rig.conductor.plan("advance", NAME)
    assert plan.need is Need.REASON
    other = rig.other()
    await other.open(rig.incident.id)
    intent = events.ChangeIntended(
        "c99", service=rig.lane.ref, action=Action.ABORT, split=(Share(OLD, 100),), etag="e0"
    )
    await other.record(intent, events.ChangeFailed("c99", "You may not"))
    sent = len(rig.run.sent)
    with pytest.raises(Refused, match=r"Meanwhile it was found: the abort of .* by @backup-rm did not happen"):
        await rig.fire(plan, Consent(reason="the verdict is of yesterday"))
    assert len(rig.run.sent) == sent


@pytest.mark.parametrize("action", ["deploy", "un-pin"])
async def test_nothing_else_goes_forward_over_a_missed_rollback(rig: Rig, action: str) -> None:
    """Before any ladder, and after its end."""
    await rig.declared()
    await missed(rig, "roll-back")
    plan = rig.conductor.plan(action, NAME, image=IMAGE)
    assert plan.need is Need.REASON
    assert "the rollback of 16:00:00Z by @rm did not happen" in plan.why
    with pytest.raises(Refused, match="did not happen"):
        await rig.fire(plan, Consent())


async def test_what_a_failed_retreat_went_before_may_hold_all_the_same(rig: Rig) -> None:
    """The advance was accepted, the abort over it refused: the next look shows the advance, and it is applied."""
    await rig.baked(10, Grade.PASS)
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "finish")
    rig.run.fails["shift"] = [Denied("You may not", "Ask")]
    with pytest.raises(Denied):
        await rig.start("abort")
    with pytest.raises(GaveWay):
        await advancing
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert (rig.ladder.percent, rig.ladder.ended, rig.lane.superseded) == (25, "", ())
    assert rig.agrees()


async def test_what_looks_as_asked_before_it_is_settled_is_not_recognised(rig: Rig) -> None:
    """An abort at 0 % asks for what is served already: it counts when Cloud Run has settled, not before."""
    await rig.deployed()
    rig.run.fails["finish"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.start("abort")
    await rig.conductor.look(rig.run)
    assert rig.ladder.ended == ""
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert rig.lane.last_change
    assert (rig.lane.last_change.action, rig.lane.last_change.outcome) == ("abort", "applied")


async def test_an_unknown_deployment_gets_its_ladder_when_it_shows(rig: Rig) -> None:
    """The candidate is there after all: its ladder starts with a way back, once."""
    await rig.declared()
    rig.run.fails["finish"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    assert rig.lane.ladder is None
    rig.run.settle()
    await rig.conductor.look(rig.run)
    await rig.conductor.look(rig.run)
    assert (rig.ladder.target, rig.ladder.percent) == ({OLD: 100}, 0)
    assert len(rig.facts(events.LadderStarted)) == 1
    assert "deploy" in rig.incident.ticks


async def test_a_change_that_a_dead_process_left_open_is_taken_up(rig: Rig) -> None:
    """An intent without an outcome: left alone while its owner may live, later closed by what the service shows."""
    await rig.baked(10, Grade.PASS)
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "finish")
    reopened = Conductor(rig.conductor.config, Recorder(rig.journal, rig.thread, rig.clock, "@rm"))
    await reopened.open(rig.incident.id)
    rig.run.settle()
    await reopened.look(rig.run)
    assert reopened.lane(NAME).in_flight
    rig.clock.advance(ABANDONED_SECONDS + 1)
    await reopened.look(rig.run)
    ladder = reopened.lane(NAME).ladder
    assert ladder
    assert (ladder.percent, reopened.lane(NAME).in_flight) == (25, None)
    rig.run.gates["finish"].set()
    await advancing  # its own outcome comes late, and is none any more
    await reopened.recorder.follow()
    assert reopened.incident.first_traffic_at == rig.incident.first_traffic_at
    assert rig.agrees()


async def test_a_failed_deployment_moves_nothing_and_starts_no_ladder(rig: Rig) -> None:
    """The revision does not start: the failure is kept with the link to its logs, and stable serves on."""
    await rig.declared()
    rig.run.fails["finish"] = [
        ServiceError(
            "The revision failed to start",
            "Read its logs",
            detail="port 8080",
            link="https://logs",
            effect=Effect.FAILED,
        )
    ]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    failed = rig.facts(events.ChangeFailed)[-1]
    assert (failed.title, failed.detail, failed.link) == (
        "The revision failed to start", "port 8080", "https://logs",
    )  # fmt: skip
    assert rig.lane.ladder is None
    assert rig.run.percent(OLD) == 100
    assert rig.incident.phase == "assessment"
    rig.clock.advance(1)
    await rig.look()
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    assert rig.ladder.percent == 0


async def test_leaving_makes_a_sent_change_unknown(rig: Rig) -> None:
    """Cancelled from outside, Cloud Run goes on without us: unknown, and recognised by whoever looks next."""
    await rig.deployed()
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "finish")
    advancing.cancel()
    await asyncio.gather(advancing, return_exceptions=True)
    assert advancing.cancelled()
    assert rig.facts(events.ChangeUnknown)[-1].title == "no longer watched"
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert (rig.ladder.percent, rig.lane.in_flight) == (10, None)


async def test_after_a_failure_the_next_change_goes(rig: Rig) -> None:
    """A refused change leaves nothing behind that blocks."""
    await rig.baked(10, Grade.PASS)
    rig.run.fails["shift"] = [Unreachable("Cloud Run is unreachable", "Wait")]
    with pytest.raises(Unreachable):
        await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.ladder.percent == 10
    await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.ladder.percent == 25


async def test_a_wild_split_is_no_plan(rig: Rig) -> None:
    """LATEST with traffic and no ready revision cannot be pinned: refused in words, with a way out."""
    await rig.declared()
    rig.run.meddle((Share("", 100),))
    rig.run.looks[NAME] = replace(rig.run.looks[NAME], latest_ready="")
    await rig.look()
    with pytest.raises(Refused, match="can't be worked out"):
        rig.conductor.plan("deploy", NAME, image=IMAGE)


async def test_consent_on_pass_is_written_as_given(rig: Rig) -> None:
    """A reason that nobody asked for is kept all the same."""
    await rig.baked(10, Grade.PASS)
    await rig.fire(rig.conductor.plan("advance", NAME), Consent(reason="seen by two"))
    assert rig.facts(events.ChangeIntended)[-1].reason == "seen by two"
    assert rig.run.looks[NAME].spec[0] == Share(OLD, 75)


async def test_a_retreat_armed_before_another_deploy_is_known_by_its_percents(rig: Rig) -> None:
    """Its panel stood open while a new tag came; its answer is lost. What it wanted is served: it was applied."""
    await rig.baked(10, Grade.PASS)
    armed = rig.conductor.plan("abort", NAME)
    rig.run.meddle((*rig.run.looks[NAME].spec, Share(OLDER, 0, "since-then")))
    rig.run.fails["finish"] = [unknown()]
    with pytest.raises(ServiceError):
        await rig.fire(armed)
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert rig.lane.last_change is not None
    assert (rig.lane.last_change.action, rig.lane.last_change.outcome) == ("abort", "applied")
    assert rig.ladder.ended == "aborted"
    assert rig.lane.missed is None
