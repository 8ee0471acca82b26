"""What happens without a key: advance on PASS and baked where switched on, abort on FAIL where the protocol says so."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import OLD, PAY
from tests.conductor.rig import CONFIG, NAME, Rig, rigged, until
from warroom.conductor.refusal import GaveWay, Refused
from warroom.conductor.traffic.plans import Consent
from warroom.incident import events
from warroom.protocol.model import Config
from warroom.rollout.evidence import Clause, Grade, Verdict
from warroom.rollout.traffic import Share
from warroom.services.errors import Unreachable


async def test_it_is_off_until_it_is_switched_on(rig: Rig) -> None:
    """PASS and baked are not enough; on and off again by the same key; without a ladder there is nothing to switch."""
    await rig.declared()
    with pytest.raises(Refused, match="No ladder"):
        await rig.conductor.auto_advance(NAME)
    await rig.fire(rig.conductor.plan("deploy", NAME, image="i@sha256:1"))
    await rig.fire(rig.conductor.plan("advance", NAME))
    rig.clock.advance(300)
    await rig.judge(Grade.PASS)
    await rig.conductor.turn()
    assert rig.ladder.percent == 10
    await rig.conductor.auto_advance(NAME)
    await rig.conductor.auto_advance(NAME)
    await rig.conductor.turn()
    assert rig.ladder.percent == 10


async def test_it_climbs_on_pass_and_bake(rig: Rig) -> None:
    """Rung by rung to 100 %, each only when its own bake is over and its own verdict is PASS."""
    await rig.at(10)
    await rig.conductor.auto_advance(NAME)
    for rung in (25, 50, 100):
        await rig.judge(Grade.PASS)
        rig.clock.advance(299)
        await rig.conductor.turn()
        assert (rig.ladder.percent or 0) < rung
        rig.clock.advance(1)
        await rig.conductor.turn()
        assert rig.ladder.percent == rung
        await rig.conductor.turn()
        assert rig.ladder.percent == rung
    assert rig.ladder.ended == "complete"
    await rig.conductor.turn()
    assert rig.did == "full-traffic"


@pytest.mark.parametrize("grade", [Grade.WEAK, Grade.NO_DATA, Grade.FAIL])
async def test_it_never_climbs_on_less_than_pass(rig: Rig, grade: Grade) -> None:
    """It waits for the operator, and stays switched on."""
    await rig.at(10)
    await rig.conductor.auto_advance(NAME)
    rig.clock.advance(900)
    await rig.conductor.turn()
    await rig.judge(grade)
    await rig.conductor.turn()
    assert (rig.ladder.percent, rig.ladder.auto) == (10, True)


async def test_it_does_not_leave_the_ground_and_respects_a_hold(rig: Rig) -> None:
    """The first rung is the operator's, whatever the evidence; held is held."""
    await rig.deployed()
    await rig.conductor.auto_advance(NAME)
    await rig.judge(Grade.PASS)
    await rig.conductor.turn()
    assert rig.ladder.percent == 0
    await rig.fire(rig.conductor.plan("advance", NAME))
    rig.clock.advance(300)
    await rig.judge(Grade.PASS)
    await rig.conductor.hold(NAME)
    await rig.conductor.turn()
    assert rig.ladder.percent == 10
    await rig.conductor.hold(NAME)
    await rig.conductor.turn()
    assert rig.ladder.percent == 25


@pytest.mark.parametrize("why", ["somebody", "unreachable"])
async def test_a_refusal_switches_it_off(rig: Rig, why: str) -> None:
    """It says why in the timeline and does not try again and again."""
    await rig.baked(10, Grade.PASS)
    await rig.conductor.auto_advance(NAME)
    if why == "somebody":
        rig.run.meddle((Share(rig.run.looks[NAME].spec[0].revision, 100), Share(rig.candidate, 0, rig.ladder.tag)))
    else:
        rig.run.fails["shift"] = [Unreachable("Cloud Run is unreachable", "Wait")]
    await rig.conductor.turn()
    assert (rig.ladder.percent, rig.ladder.auto) == (10, False)
    assert rig.facts(events.Noted)[-1].text.startswith("no advance by itself any more: ")
    sent = len(rig.run.sent)
    await rig.conductor.turn()
    assert len(rig.run.sent) == sent


async def test_an_abort_in_the_middle_of_it_leaves_the_loop_running(rig: Rig) -> None:
    """The advance gives way, and what others write is still followed afterwards."""
    await rig.baked(10, Grade.PASS)
    await rig.conductor.auto_advance(NAME)
    rig.run.gates["finish"] = asyncio.Event()
    running = asyncio.ensure_future(rig.conductor.run())
    await until(lambda: rig.run.calls[-1] == "finish" or rig.run.calls.count("finish") > 2)
    aborting = rig.start("abort")
    await until(lambda: rig.run.calls.count("finish") == 4)
    rig.run.gates["finish"].set()
    await aborting
    assert (rig.ladder.ended, rig.ladder.auto) == ("aborted", False)
    other = rig.other()
    await other.open(rig.incident.id)
    await other.record(events.Noted("still there?"))
    await until(lambda: any(event.fact == events.Noted("still there?") for event in rig.incident.tail))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_somebody_elses_change_under_way_is_waited_for(rig: Rig) -> None:
    """Another terminal's intent is in the journal: auto-advance stays its hand until that has an outcome."""
    await rig.baked(10, Grade.PASS)
    await rig.conductor.auto_advance(NAME)
    theirs = replace(rig.facts(events.ChangeIntended)[-1], change="c900", candidate_percent=25)
    other = rig.other()
    await other.open(rig.incident.id)
    await other.record(theirs)
    await rig.conductor.turn()
    assert rig.ladder.percent == 10
    assert rig.ladder.auto
    await other.record(events.ChangeFailed("c900", "refused"))
    await rig.conductor.turn()
    assert rig.ladder.percent == 25


async def test_the_operators_own_change_goes_first(rig: Rig) -> None:
    """While one is under way it does not try."""
    await rig.baked(10, Grade.PASS)
    await rig.conductor.auto_advance(NAME)
    rig.run.gates["finish"] = asyncio.Event()
    advancing = rig.start("advance")
    await until(lambda: rig.run.calls[-1] == "finish")
    await rig.conductor.turn()
    assert rig.ladder.auto
    aborting = rig.start("abort")
    await until(lambda: rig.run.calls.count("finish") == 4)
    rig.run.gates["finish"].set()
    await aborting
    with pytest.raises(GaveWay):
        await advancing


def auto_abort() -> Config:
    """The shipped config with a FAIL that takes the traffic back by itself."""
    rules = replace(CONFIG.protocol.ladder, auto_abort_on_fail=True)
    return replace(CONFIG, protocol=replace(CONFIG.protocol, ladder=rules))


async def test_a_fail_is_aborted_by_itself_only_where_the_protocol_says_so(rig: Rig, tmp_path: Path) -> None:
    """Off as shipped; switched on it needs no key, and at 0 % there is nothing to take back."""
    await rig.baked(25, Grade.FAIL)
    await rig.conductor.turn()
    assert rig.ladder.ended == ""
    async with rigged(tmp_path / "another.db", auto_abort()) as strict:
        await strict.deployed()
        await strict.judge(Grade.FAIL)
        await strict.conductor.turn()
        assert strict.ladder.ended == ""
        await strict.fire(strict.conductor.plan("advance", NAME), Consent(reason="set up"))
        await strict.judge(Grade.NO_DATA)
        await strict.conductor.turn()
        assert strict.ladder.percent == 10
        await strict.judge(Grade.FAIL)
        await strict.conductor.turn()
        assert (strict.ladder.ended, strict.run.percent(strict.candidate)) == ("aborted", 0)


async def test_an_abort_by_itself_is_tried_once_a_step(tmp_path: Path) -> None:
    """When Cloud Run refuses it, the timeline says so and the key is the operator's."""
    async with rigged(tmp_path / "another.db", auto_abort()) as rig:
        await rig.baked(25, Grade.FAIL)
        rig.run.fails["shift"] = [Unreachable("Cloud Run is unreachable", "Wait")]
        await rig.conductor.turn()
        sent = len(rig.run.sent)
        await rig.conductor.turn()
        assert (len(rig.run.sent), rig.ladder.ended) == (sent, "")
        assert rig.facts(events.Noted)[-1].text.startswith("no abort by itself any more: ")
        await rig.start("abort")
        assert rig.ladder.ended == "aborted"


async def test_an_abort_by_itself_goes_before_an_advance_and_not_before_another_retreat(tmp_path: Path) -> None:
    """Retreat does not wait for what is under way; one that the operator has sent is left to its end."""
    async with rigged(tmp_path / "another.db", auto_abort()) as rig:
        await rig.baked(25, Grade.PASS)
        rig.run.gates["finish"] = asyncio.Event()
        advancing = rig.start("advance")
        await until(lambda: rig.run.calls.count("finish") == 3)
        await rig.judge(Grade.FAIL)
        turning = asyncio.ensure_future(rig.conductor.turn())
        await until(lambda: rig.run.calls.count("finish") == 4)
        sent = len(rig.run.sent)
        await rig.conductor.turn()
        assert len(rig.run.sent) == sent
        rig.run.gates["finish"].set()
        await turning
        with pytest.raises(GaveWay):
            await advancing
        assert rig.ladder.ended == "aborted"


async def test_one_of_several_boards_does_it(rig: Rig) -> None:
    """That on which it was switched on; another one leaves it alone."""
    await rig.at(10)
    ladder = rig.conductor.lane(NAME).ref
    await rig.conductor.record(events.AutoAdvanceSet(ladder, True, f"{socket.gethostname()}/{os.getppid()}"))
    await rig.judge(Grade.PASS)
    rig.clock.advance(300)
    await rig.conductor.turn()
    assert (rig.ladder.percent, rig.ladder.auto) == (10, True)


async def test_it_ends_with_its_board(rig: Rig) -> None:
    """Nothing goes forward that nobody watches: a board that is gone takes its auto-advance along."""
    await rig.at(10)
    await rig.conductor.record(
        events.AutoAdvanceSet(rig.conductor.lane(NAME).ref, True, f"{socket.gethostname()}/999999999")
    )
    await rig.judge(Grade.PASS)
    rig.clock.advance(300)
    await rig.conductor.turn()
    assert (rig.ladder.percent, rig.ladder.auto) == (10, False)


async def test_no_abort_by_itself_to_a_stable_that_answers_no_better(tmp_path: Path) -> None:
    """It is said once a step with the numbers, and the key aborts all the same."""
    async with rigged(tmp_path / "another.db", auto_abort()) as rig:
        await rig.at(25)
        both = [Clause("errors", name, Grade.FAIL, 1000, 310, 0.31, limit=0.01) for name in (rig.candidate, OLD)]
        verdict = Verdict(Grade.FAIL, rig.clock.now(), 25, rig.candidate, OLD, (both[0],), (both[1],))
        await rig.conductor.record(events.Judged(PAY, verdict))
        for _ in range(3):
            await rig.conductor.turn()
        assert (rig.ladder.percent, rig.ladder.ended) == (25, "")
        (said,) = [one.text for one in rig.facts(events.Noted) if "by itself" in one.text]
        assert said.startswith(f"{NAME} is not aborted by itself at 25 %: stable answers no better (errors 31 %")
        await rig.start("abort")
        assert rig.ladder.ended == "aborted"
