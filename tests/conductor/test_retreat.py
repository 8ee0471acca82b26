"""Retreat never waits: not for the journal, the metrics, the ladder, or what is under way."""

import asyncio
import sqlite3
import threading

import pytest

from tests.conductor.fakes import IMAGE, OLD, OLDER
from tests.conductor.rig import NAME, Rig, until
from tests.spoken import spoken
from warroom.conductor.refusal import GaveWay, Refused
from warroom.incident import events
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Share
from warroom.services.errors import Conflict, Denied, Effect, ServiceError, Unreachable


def conflict() -> Conflict:
    """What Cloud Run says to a stale etag."""
    return Conflict("Service payments-api was changed since it was read", "Read it again")


async def test_abort_goes_before_an_advance_that_is_reconciling(rig: Rig) -> None:
    """The older change is superseded in the journal, its caller is told, and the ladder ends aborted."""
    await rig.baked(10, Grade.PASS)
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "finish")
    aborting = rig.start("abort")
    await until(lambda: rig.run.calls.count("finish") == 4)
    assert rig.run.percent(OLD) == 100
    rig.run.gates["finish"].set()
    await aborting
    with pytest.raises(GaveWay, match="Gave way to: Abort"):
        await advancing
    assert (rig.ladder.ended, rig.ladder.percent) == ("aborted", 0)
    assert [(fact.outcome, fact.title) for fact in rig.facts(events.ChangeFailed)] == [
        ("superseded", f"Abort: all traffic back to {OLD}"),
    ]
    assert rig.lane.in_flight is None
    assert rig.lane.superseded == ()
    assert rig.lane.last_change
    assert rig.lane.last_change.action == "abort"
    assert rig.conductor.changes.busy(NAME) is None
    assert rig.agrees()


async def test_abort_goes_before_an_advance_that_has_no_answer_yet(rig: Rig) -> None:
    """Not only the wait for its end, the call itself is let go; when Cloud Run took it, abort is sent on top of it."""
    await rig.baked(10, Grade.PASS)
    rig.run.gates["shift"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "shift")
    spec = (Share(OLD, 75), Share(rig.candidate, 25, rig.ladder.tag))
    rig.run.meddle(spec, by="@rm")  # the advance arrived, its answer did not
    del rig.run.gates["shift"]
    await rig.start("abort")
    with pytest.raises(GaveWay):
        await advancing
    assert rig.run.percent(OLD) == 100
    assert rig.ladder.ended == "aborted"
    assert rig.agrees()


async def test_an_advance_caught_before_its_call_is_never_sent(rig: Rig) -> None:
    """While it waits for the journal an abort comes: then it does not go out after it."""
    await rig.baked(10, Grade.PASS)
    rig.journal.gate = threading.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.conductor.changes.busy(NAME) is not None)
    aborting = rig.start("abort")
    await until(lambda: rig.run.calls[-1] == "finish")
    rig.journal.gate.set()
    await aborting
    with pytest.raises(GaveWay):
        await advancing
    assert rig.run.sent[-1][0] == Share(OLD, 100)
    assert [fact.action for fact in rig.facts(events.ChangeIntended)][-2:] == ["advance", "abort"]
    assert rig.ladder.ended == "aborted"
    assert rig.agrees()


async def test_abort_at_full_traffic_and_after_the_resolution(rig: Rig) -> None:
    """The ladder's end and the incident's are no reason to wait; mitigation and resolution keep their first moments."""
    await rig.at(100)
    mitigated = rig.incident.mitigated_at
    await rig.conductor.resolve("verified", "it is a test")
    rig.clock.advance(600)
    await rig.start("abort")
    assert (rig.ladder.ended, rig.run.percent(OLD)) == ("aborted", 100)
    assert (rig.incident.mitigated_at, rig.did) == (mitigated, "roll-back")
    await rig.start("roll-back", revision=OLDER)
    assert rig.run.percent(OLDER) == 100


async def test_abort_from_a_held_ladder_with_no_evidence(rig: Rig) -> None:
    """Held, unbaked, NO DATA: x then y is all it takes, and it says nothing of users yet."""
    await rig.at(25)
    await rig.conductor.hold(NAME)
    plan = rig.conductor.plan("abort", NAME)
    assert plan.need.value == "none"
    await rig.fire(plan)
    assert rig.did == "roll-back"
    assert rig.incident.mitigated_at is None and rig.incident.phase == "deployment"


async def test_roll_back_without_a_ladder(rig: Rig) -> None:
    """Any revision, at any time."""
    await rig.declared()
    with pytest.raises(Refused, match="no ladder"):
        rig.conductor.plan("abort", NAME)
    await rig.start("roll-back", revision=OLDER)
    assert rig.run.percent(OLDER) == 100
    assert rig.did == "roll-back"


async def test_roll_back_goes_before_a_deployment(rig: Rig) -> None:
    """A deployment under way does not block it either."""
    await rig.declared()
    rig.run.gates["finish"] = asyncio.Event()
    deploying = rig.start("deploy", image=IMAGE)
    await until(lambda: rig.run.calls[-1] == "finish")
    going = rig.start("roll-back", revision=OLDER)
    await until(lambda: rig.run.calls.count("finish") == 2)
    rig.run.gates["finish"].set()
    await going
    with pytest.raises(GaveWay):
        await deploying
    assert rig.run.percent(OLDER) == 100


async def test_a_second_abort_goes_before_the_first(rig: Rig) -> None:
    """Pressing again sends again; the first one's caller is told."""
    await rig.at(10)
    rig.run.gates["finish"] = asyncio.Event()
    first = rig.start("abort")
    await until(lambda: rig.run.calls[-1] == "finish")
    second = rig.start("roll-back", revision=OLDER)
    await until(lambda: rig.run.percent(OLDER) == 100)
    rig.run.gates["finish"].set()
    await second
    with pytest.raises(GaveWay):
        await first
    assert rig.agrees()


async def test_the_call_goes_out_before_the_journal_has_written(rig: Rig) -> None:
    """With a disk that does not answer, the split is asked for and watched to its end; the journal follows later."""
    await rig.at(25)
    rig.journal.gate = threading.Event()
    aborting = rig.start("abort")
    await until(lambda: rig.run.looks[NAME].settled and rig.run.percent(OLD) == 100)
    assert not aborting.done()
    assert not rig.recorder.unwritten
    rig.journal.gate.set()
    await aborting
    about_it = (events.ChangeIntended, events.ChangeAccepted, events.ChangeApplied)
    kinds = [type(event.fact) for event in rig.log() if isinstance(event.fact, about_it)]
    assert tuple(kinds[-3:]) == about_it
    assert rig.agrees()


async def test_on_a_conflict_the_second_call_does_not_wait_for_the_disk_either(rig: Rig) -> None:
    """Re-read, sent again, with the journal hanging all the while."""
    await rig.at(25)
    plan = rig.conductor.plan("abort", NAME)
    rig.run.meddle((Share(OLD, 50), Share(rig.candidate, 50)))
    rig.journal.gate = threading.Event()
    aborting = asyncio.ensure_future(rig.fire(plan))
    await until(lambda: rig.run.percent(OLD) == 100)
    rig.journal.gate.set()
    await aborting


async def test_with_a_journal_that_refuses_it_works_and_is_owed(rig: Rig) -> None:
    """The ladder ends on the board; the facts are written when the disk is free again."""
    await rig.at(25)
    rig.journal.broken = True
    await rig.start("abort")
    assert (rig.ladder.ended, rig.run.percent(OLD)) == ("aborted", 100)
    assert len(rig.recorder.unwritten) >= 4
    rig.journal.broken = False
    await rig.recorder.follow()
    assert rig.recorder.unwritten == []
    assert [fact.action for fact in rig.facts(events.ChangeIntended)][-1] == "abort"
    assert rig.agrees()


async def test_with_a_journal_that_another_program_locks(rig: Rig) -> None:
    """A real lock on the real file: forward is refused in words, back goes at once and is written when it is free."""
    await rig.baked(25, Grade.PASS)
    locker = sqlite3.connect(rig.journal.path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refused, match="locked by another program"):
        await rig.start("advance")
    await rig.start("abort")
    assert (rig.ladder.ended, rig.run.percent(OLD)) == ("aborted", 100)
    locker.execute("ROLLBACK")
    locker.close()
    await rig.recorder.follow()
    assert [fact.action for fact in rig.facts(events.ChangeIntended)][-1] == "abort"
    assert rig.agrees()
    assert rig.journal.verify() == []


async def test_with_monitoring_and_probes_gone(rig: Rig) -> None:
    """Evidence plays no part in going back."""
    await rig.at(25)
    rig.monitoring.error = Unreachable("Cloud Monitoring is unreachable", "Wait")
    rig.prober.bad = {"": ""}
    await rig.conductor.watching.read(rig.monitoring)
    await rig.conductor.watching.probe(rig.prober)
    await rig.start("abort")
    assert rig.run.percent(OLD) == 100


async def test_with_cloud_runs_reads_failing(rig: Rig) -> None:
    """The last look is enough to send it: reads may fail while the write works."""
    await rig.at(25)
    rig.run.fails["service"] = [Unreachable("Cloud Run is unreachable", "Wait")]
    await rig.look()
    assert "cloud-run" in rig.incident.lost
    await rig.start("abort")
    assert rig.run.percent(OLD) == 100


async def test_a_conflict_is_met_by_reading_again_once(rig: Rig) -> None:
    """It goes on top of what somebody did, keeps their tags, and says so in the timeline."""
    await rig.at(25)
    plan = rig.conductor.plan("abort", NAME)
    rig.run.meddle((Share(OLD, 50), Share(rig.candidate, 50), Share(OLDER, 0, "blue")))
    await rig.fire(plan)
    assert rig.run.sent[-1] == (Share(OLD, 100), Share(OLDER, 0, "blue"))
    assert rig.run.etags[-1] == "e3"
    assert "ci@shop-prod changed payments-api meanwhile; sent again on top of it" in [
        fact.text for fact in rig.facts(events.Noted)
    ]
    assert rig.ladder.ended == "aborted"


async def test_a_second_conflict_is_reported(rig: Rig) -> None:
    """Twice in a row: no third try, the operator is told and may press again."""
    await rig.at(25)
    rig.run.fails["shift"] = [conflict(), conflict()]
    before = len(rig.run.sent)
    with pytest.raises(Conflict):
        await rig.start("abort")
    assert len(rig.run.sent) == before + 2
    assert rig.lane.last_change
    assert (rig.lane.last_change.outcome, rig.ladder.ended) == ("failed", "")
    await rig.start("abort")
    assert rig.ladder.ended == "aborted"


async def test_it_goes_where_the_ladder_began_whatever_serves_now(rig: Rig) -> None:
    """The target was fixed at the ladder's start: later meddling does not move it."""
    await rig.at(10)
    rig.run.meddle((Share(OLDER, 60), Share(OLD, 30), Share(rig.candidate, 10, rig.ladder.tag)))
    await rig.look()
    await rig.start("abort")
    assert rig.run.sent[-1] == (Share(OLD, 100), Share(rig.candidate, 0, rig.ladder.tag))


async def test_several_serving_revisions_go_back_in_proportion(rig: Rig) -> None:
    """60/40 before the ladder is 60/40 after the abort."""
    await rig.declared()
    rig.run.meddle((Share(OLD, 60), Share(OLDER, 40)))
    await rig.look()
    await rig.start("deploy", image=IMAGE)
    await rig.look()
    assert rig.ladder.target == {OLD: 60, OLDER: 40}
    await rig.start("advance")
    await rig.look()
    await rig.start("abort")
    assert rig.run.sent[-1][:2] == (Share(OLD, 60), Share(OLDER, 40))


async def test_a_list_that_can_not_be_had_takes_no_way_back(rig: Rig) -> None:
    """Cloud Run does not list its revisions just as the deployment ends: what serves is where abort goes."""
    await rig.declared()
    rig.run.fails["revisions"] = [Unreachable("Cloud Run unreachable", "Wait")]
    await rig.start("deploy", image=IMAGE)
    assert rig.ladder.target == {OLD: 100}
    assert any("could not be read: Cloud Run unreachable" in fact.text for fact in rig.facts(events.Noted))
    assert rig.conductor.plan("abort", NAME).target == {OLD: 100}


async def test_no_place_to_go_back_to_is_said_at_once(rig: Rig) -> None:
    """Nothing Ready serves: the ladder starts without a target, says so, and r is the way out."""
    await rig.declared()
    rig.run.ready = {OLD: False, OLDER: True}
    await rig.look()
    await rig.start("deploy", image=IMAGE)
    assert rig.ladder.target == {}
    assert any(fact.text.startswith("No place to go back to") for fact in rig.facts(events.Noted))
    with pytest.raises(Refused) as caught:
        rig.conductor.plan("abort", NAME)
    assert spoken(caught.value.remedy) == "Press r and choose a revision."
    await rig.look()
    await rig.start("roll-back", revision=OLDER)
    assert rig.run.percent(OLDER) == 100


async def test_a_refused_abort_leaves_the_ladder_standing(rig: Rig) -> None:
    """Cloud Run says no: it failed, with the remedy, and nothing is pretended."""
    await rig.at(25)
    rig.run.fails["shift"] = [Denied("You may not run.services.update", "Get the role")]
    with pytest.raises(Denied):
        await rig.start("abort")
    failed = rig.facts(events.ChangeFailed)[-1]
    assert (failed.title, failed.remedy) == ("You may not run.services.update", "Get the role")
    assert (rig.ladder.ended, rig.incident.mitigated_at) == ("", None)


async def test_an_abort_of_unknown_outcome_is_recognised_when_it_shows(rig: Rig) -> None:
    """Not resent; as soon as a look shows the split as asked, the ladder is aborted."""
    await rig.at(25)
    rig.run.fails["finish"] = [ServiceError("No answer", "Re-reading", effect=Effect.UNKNOWN)]
    sent = len(rig.run.sent)
    with pytest.raises(ServiceError):
        await rig.start("abort")
    assert rig.lane.in_flight
    assert rig.lane.in_flight.unknown
    await rig.conductor.look(rig.run)
    assert rig.ladder.ended == ""  # not settled yet
    rig.run.settle()
    await rig.conductor.look(rig.run)
    assert (rig.ladder.ended, rig.did) == ("aborted", "roll-back")
    assert len(rig.run.sent) == sent + 1
    assert rig.agrees()
