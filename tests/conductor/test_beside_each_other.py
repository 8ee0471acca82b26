"""Two boards of one incident, neither of which has followed the other: what both do is done, and told, once."""

import asyncio
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import OLD, FakeMonitoring, FakeProber
from tests.conductor.rig import NAME, Rig
from tests.conductor.stepping import Program
from warroom.conductor.comms import action_items
from warroom.conductor.comms.outbox import send
from warroom.conductor.conductor import Conductor
from warroom.conductor.process import this_process
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.incident.steps.steps import CommandStarted
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.systems.ports import Posted


async def board(rig: Rig) -> Conductor:
    """A second one, up to date as of now, on a cloud that it shares with the first."""
    other = Conductor(rig.conductor.config, rig.other())
    other.attach(Clients(rig.run, FakeMonitoring(), FakeProber(rig.clock)))
    await other.open(rig.incident.id)
    return other


async def both(*work: Any) -> list[Any]:
    """Done at the same time, each from what its board had seen before."""
    return await asyncio.gather(*work, return_exceptions=True)


def texts(rig: Rig) -> list[str]:
    """The notes."""
    return [fact.text for fact in rig.facts(events.Noted)]


async def test_what_follows_is_written_once(rig: Rig) -> None:
    """Ticks and phases that both see coming."""
    await rig.at(50)
    other = await board(rig)
    await both(rig.conductor.record(events.UpdateSent("a")), other.record(events.UpdateSent("b")))
    await both(rig.fire(rig.conductor.plan("abort", NAME)), other.recorder.follow())
    await both(rig.conductor.record(events.Noted("a")), other.record(events.Noted("b")))
    ticks = [fact.item for fact in rig.facts(events.Ticked)]
    phases = [fact.phase for fact in rig.facts(events.PhaseStarted)]
    assert len(set(ticks)) == len(ticks)
    assert len(set(phases)) == len(phases)


async def test_an_unknown_change_that_both_find_is_closed_once(rig: Rig) -> None:
    """One outcome, one ladder, in the journal and so in the timeline."""
    await rig.declared()
    rig.run.fails["finish"] = [ServiceError("No answer", "Re-reading", effect=Effect.UNKNOWN)]
    with pytest.raises(ServiceError):
        await rig.start("deploy", image="i@sha256:1")
    other = await board(rig)
    rig.run.settle()
    await both(rig.conductor.look(rig.run), other.look(rig.run))
    assert (len(rig.facts(events.ChangeApplied)), len(rig.facts(events.LadderStarted))) == (1, 1)
    await rig.recorder.follow()
    await other.recorder.follow()
    assert rig.incident == other.incident


async def test_a_source_and_a_stranger_are_told_of_once(rig: Rig) -> None:
    """Both boards' reads fail, work again, and show what somebody did."""
    await rig.baked(10, Grade.PASS)
    other = await board(rig)
    await other.look(rig.run)
    rig.run.fails["service"] = [Unreachable("Cloud Run unreachable", "Wait"), Unreachable("Cloud Run unreachable", "")]
    await both(rig.conductor.look(rig.run), other.look(rig.run))
    await both(rig.conductor.look(rig.run), other.look(rig.run))
    assert (len(rig.facts(events.SourceLost)), len(rig.facts(events.SourceBack))) == (1, 1)
    spec = tuple(replace(share, percent=100 if share.revision == OLD else 0) for share in rig.run.looks[NAME].spec)
    rig.run.meddle(spec)
    await both(rig.conductor.look(rig.run), other.look(rig.run))
    assert len(rig.facts(events.DriftSeen)) == 1


async def test_a_lost_boards_advance_is_switched_off_once(rig: Rig) -> None:
    """Both see that its process is gone."""
    await rig.baked(10, Grade.PASS)
    host = this_process().partition("/")[0]
    await rig.conductor.record(events.AutoAdvanceSet(rig.lane.ref, True, f"{host}/{2**22 + 1}"))
    other = await board(rig)
    await both(rig.conductor.turn(), other.turn())
    assert [fact.on for fact in rig.facts(events.AutoAdvanceSet)] == [True, False]
    assert sum("the board that did it is gone" in text for text in texts(rig)) == 1


async def test_two_who_hold_and_two_who_go_on_mean_the_same(rig: Rig) -> None:
    """Held once, with the reason that was given; let go once: nobody's hold undoes another's."""
    await rig.at(10)
    other = await board(rig)
    await both(rig.conductor.hold(NAME, "alert"), other.hold(NAME))
    await rig.recorder.follow()
    assert (rig.ladder.held_reason, len(rig.facts(events.LadderHeld))) == ("alert", 1)
    await other.recorder.follow()
    await both(rig.conductor.hold(NAME), other.hold(NAME))
    await rig.recorder.follow()
    assert (rig.ladder.held_since, len(rig.facts(events.LadderResumed))) == (None, 1)


async def test_a_hold_by_another_board_stops_an_advance_that_had_not_seen_it(rig: Rig) -> None:
    """It is followed before anything is sent."""
    await rig.baked(10, Grade.PASS)
    other = await board(rig)
    plan = rig.conductor.plan("advance", NAME)
    await other.hold(NAME, "alert")
    sent = len(rig.run.sent)
    with pytest.raises(Refused, match="the ladder is held: alert"):
        await rig.fire(plan)
    assert len(rig.run.sent) == sent


async def test_an_abort_by_another_board_stops_an_advance_that_had_not_seen_it(rig: Rig) -> None:
    """At the ladder's foot it moves no traffic: only the journal shows it."""
    await rig.deployed()
    other = await board(rig)
    await other.look(rig.run)
    plan = rig.conductor.plan("advance", NAME)
    await other.carry_out(other.plan("abort", NAME))
    with pytest.raises(Refused, match="The ladder was aborted"):
        await rig.fire(plan)
    assert rig.ladder.ended == "aborted"


async def test_two_actions_have_two_ids(rig: Rig) -> None:
    """Neither takes the other's place."""
    await rig.declared()
    other = await board(rig)
    assert sorted(await both(action_items.add(rig.conductor, "one"), action_items.add(other, "two"))) == ["a1", "a2"]
    await rig.recorder.follow()
    assert {action.text for action in rig.incident.outward.actions.values()} == {"one", "two"}


async def test_one_message_goes_out_once(rig: Rig) -> None:
    """Both send the same: the journal's first does it; the other is told by whom, and nothing of it is a failure."""
    await rig.declared()
    other = await board(rig)
    calls: list[str] = []

    async def post() -> Posted:
        calls.append("post")
        return Posted(f"P{len(calls)}")

    for recorder in (rig.recorder, other.recorder):
        assert not recorder.now.sends
    done = await both(
        send(rig.recorder, "slack", "update", post, key="u1"), send(other.recorder, "slack", "update", post, key="u1")
    )
    (refused,) = [one for one in done if isinstance(one, Exception)]
    assert str(refused).startswith("not sent: @rm was first.")
    assert calls == ["post"]
    await rig.recorder.follow()
    assert [one.outcome for one in rig.incident.sends.values()] == ["done"]
    assert not rig.facts(events.SendFailed)


async def test_one_step_is_run_once(rig: Rig) -> None:
    """Both start its program: the journal's first runs it, the other is told by whom, and starts nothing."""
    await rig.declared()
    other = await board(rig)
    programs = [Program(gate=asyncio.Event()), Program(gate=asyncio.Event())]
    step = rig.conductor.config.protocol.find_step("critical-tests")
    assert step is not None
    running = []
    for conductor, program in zip((rig.conductor, other), programs, strict=True):
        conductor.runs.make = lambda program=program: program
        running.append(asyncio.ensure_future(conductor.runs.run(step, step.argv)))
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    (refused,) = done
    assert str(refused.exception()).startswith("not started: @rm was first.")
    for program in programs:
        cast(asyncio.Event, program.gate).set()
    await both(*running)
    assert sorted(len(program.orders) for program in programs) == [0, 1]
    assert len({fact.run for fact in rig.facts(CommandStarted)}) == 2


async def test_it_is_resolved_once(rig: Rig) -> None:
    """By whoever was first; the other is told that it is."""
    await rig.at(100)
    other = await board(rig)
    done = await both(rig.conductor.resolve("a", "why"), other.resolve("b", "why"))
    assert [str(one).partition(".")[0] for one in done if one is not None] == ["Resolved already"]
    assert len(rig.facts(events.Resolved)) == 1
