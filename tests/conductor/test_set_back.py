"""The clock is set back under a running incident: nothing comes early, and nothing waits until it has caught up."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import OLD, PAY
from tests.conductor.pager import FakePager
from tests.conductor.rig import CONFIG, NAME, Rig, declaration
from warroom.board import View, board
from warroom.clock import Stopwatch
from warroom.conductor import set_back
from warroom.conductor.conductor import Conductor
from warroom.conductor.evidence.sampler import LATE_SECONDS, forever
from warroom.conductor.people import escalation, page_responses, paging
from warroom.conductor.process import ABANDONED_SECONDS
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.clocks import SET_BACK_SECONDS
from warroom.incident.fact import ClockSetBack
from warroom.incident.place import Place
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.google.operations import PATIENCE_SECONDS, ask_until
from warroom.services.systems.ports import Others

HOUR = 3600.0


@pytest.mark.parametrize("back", [30.0, 200.0, 599.0, 601.0, HOUR, 365 * 24 * HOUR])
async def test_a_bake_is_not_shortened_and_ends(rig: Rig, back: float) -> None:
    """100 s into a bake of 300 the clock goes back: 200 s more at least, and at most a bake and ten minutes."""
    await rig.at(10)
    await rig.conductor.auto_advance(NAME)
    rig.clock.advance(100)
    await rig.judge(Grade.PASS)
    rig.clock.advance(-back)
    baked = 0
    while rig.ladder.percent == 10 and baked < 1000:
        rig.clock.advance(10)
        baked += 10
        await set_back.keep(rig.conductor)
        await rig.judge(Grade.PASS)
        await rig.conductor.turn()
    assert 200 <= baked <= 300 + SET_BACK_SECONDS
    assert rig.ladder.percent == 25 and rig.agrees()
    assert len(rig.facts(ClockSetBack)) == (1 if back > 700 else 0)


async def test_it_is_written_once_and_told_until_the_clock_has_caught_up(rig: Rig) -> None:
    """Two boards look again and again; the journal has it once, and line 2 says by how much times may be off."""
    await rig.at(10)
    rig.clock.advance(-HOUR)
    other = Conductor(CONFIG, rig.other())
    await other.open(rig.incident.id)
    for _ in range(5):
        rig.clock.advance(2)
        for conductor in (rig.conductor, other):
            await conductor.recorder.follow()
            await set_back.keep(conductor)
    (fact,) = rig.facts(ClockSetBack)
    assert fact.seconds == HOUR - 2
    shown = board(rig.incident, CONFIG.protocol, rig.clock.now(), View())
    assert shown.sentence.alarm.startswith("CLOCK: it went back, the newest event is 59:5")
    assert "Hotfix takes 10 %" in shown.sentence.parts[0].text
    assert any(row.text == "the clock was set back 59:58" for row in shown.timeline.rows)
    rig.clock.advance(HOUR)
    assert board(rig.incident, CONFIG.protocol, rig.clock.now(), View()).sentence.alarm == ""


async def test_another_machine_that_is_ahead_does_not_fill_the_journal(rig: Rig) -> None:
    """It goes on writing an hour ahead: this one says so every ten minutes, and not with each of its events."""
    await rig.declared()
    for turn in range(30):
        await rig.conductor.record(events.Noted("by this one"))
        rig.clock.advance(HOUR + turn)
        await rig.conductor.record(events.Noted("by the one ahead"))
        rig.clock.advance(40 - HOUR - turn)
        await set_back.keep(rig.conductor)
    assert len(rig.facts(ClockSetBack)) == 2


@pytest.mark.parametrize("drill", [False, True])
async def test_a_toys_hours_may_be_ahead(rig: Rig, drill: bool) -> None:
    """An emulator that runs faster is not set back by a terminal that does not have its clock."""
    rig.conductor.place = Place("emulator", "127.0.0.1:4")
    await rig.conductor.declare(replace(declaration(rig.clock.now()), drill=drill))
    rig.clock.advance(-HOUR)
    await set_back.keep(rig.conductor)
    assert not rig.facts(ClockSetBack)


async def test_silence_still_pages_the_backup(rig: Rig) -> None:
    """A page that was sent an hour ahead is not waited for an hour longer; levels go on by the clock as it is."""
    pager = FakePager()
    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, Others(pager=pager)))
    role = CONFIG.protocol.role("incident-commander")
    await paging.page(rig.conductor, paging.plan(rig.conductor, role))
    rig.clock.advance(-HOUR)
    await set_back.keep(rig.conductor)
    rig.clock.advance(CONFIG.protocol.paging.acknowledge_minutes * 60)
    await page_responses.turn(rig.conductor)
    assert "backup-ic@example.com" in [email for email, _ in pager.asked]
    rig.clock.advance(15 * 60)
    await escalation.keep(rig.conductor)
    assert 2 in rig.incident.steering.levels


async def test_a_change_that_nobody_waits_for_is_given_up(rig: Rig) -> None:
    """Of another host's nothing is known but when it was sent: a quarter of an hour from now, not after the clock's."""
    await rig.at(10)
    intent = events.ChangeIntended(
        "c9", service=PAY, action=Action.ADVANCE, split=rig.lane.spec, etag="old", owner="elsewhere/1"
    )
    rig.clock.advance(24 * HOUR)
    await rig.conductor.record(intent)
    rig.clock.advance(-24 * HOUR)
    await set_back.keep(rig.conductor)
    rig.clock.advance(ABANDONED_SECONDS + 1)
    assert rig.lane.in_flight is not None
    await rig.conductor.look(rig.run)
    assert rig.lane.in_flight is None or rig.lane.in_flight.unknown


async def test_metrics_are_asked_for_a_time_that_there_is(rig: Rig) -> None:
    """Start lies before end, whatever was read to before: Monitoring refuses anything else."""
    await rig.declared()
    await rig.conductor.watching.read(rig.monitoring)
    rig.clock.advance(-5 * HOUR)
    await rig.conductor.watching.read(rig.monitoring)
    _, start, end = rig.monitoring.asked[-1]
    assert end == rig.clock.now() and start <= end - LATE_SECONDS


async def test_probes_from_before_do_not_count_as_recent(rig: Rig) -> None:
    """A candidate that failed while the clock ran ahead, and answers since, is judged by what it answers since."""
    await rig.at(10)
    rig.prober.bad = {"hotfix": "500"}
    for _ in range(3):
        rig.clock.advance(2)
        await rig.conductor.watching.probe(rig.prober)
    rig.clock.advance(-HOUR)
    rig.prober.bad = {}
    await rig.conductor.watching.probe(rig.prober)
    probed = rig.conductor.watching._probed(rig.lane, rig.clock.now())
    assert (probed[rig.candidate].sent, probed[rig.candidate].failed) == (1, 0)
    assert OLD in rig.ladder.target


async def test_a_loop_does_not_sleep_until_the_clock_has_caught_up() -> None:
    """The clock goes back in the middle of a turn: the next one comes after the usual time."""
    slept: list[float] = []

    class Clock(ManualClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                raise asyncio.CancelledError
            await super().sleep(seconds)

    clock = Clock()

    async def once() -> None:
        clock.advance(-HOUR)

    with pytest.raises(asyncio.CancelledError):
        await forever(5.0, clock, once, lambda fault: None)
    assert slept == [5.0, 5.0, 5.0]


async def test_patience_with_a_silent_cloud_ends() -> None:
    """The clock is set back a day while Cloud Run does not answer: five minutes later the outcome is unknown."""
    clock = ManualClock()
    asked = 0

    async def silent() -> None:
        nonlocal asked
        asked += 1
        if asked == 10:
            clock.advance(-24 * HOUR)
        raise Unreachable("Cloud Run does not answer", "Look at your line")

    with pytest.raises(ServiceError) as lost:
        await ask_until(silent, lambda answer: True, clock)
    assert lost.value.effect is Effect.UNKNOWN
    assert asked <= PATIENCE_SECONDS / 0.5 + 3


def test_a_stopwatch_only_goes_on() -> None:
    """What passed, passed; a step back takes nothing away, and adds nothing."""
    clock = ManualClock()
    watch = Stopwatch(clock)
    seen = []
    for step in (10.0, -HOUR, 5.0, 0.0, HOUR):
        clock.advance(step)
        seen.append(watch.seconds)
    assert seen == [10, 10, 15, 15, 15 + HOUR]
