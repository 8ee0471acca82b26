"""An incident is acted on from where it was declared: across, all that goes outside is refused with the reason."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import IMAGE, OLD, OLDER
from tests.conductor.pager import FakePager
from tests.conductor.rig import CONFIG, NAME, Rig, declaration, until
from tests.conductor.stepping import Program
from warroom.clock import ScaledClock
from warroom.conductor import reach
from warroom.conductor.comms import alert, updates
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import escalation, paging
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute
from warroom.conductor.traffic import rollback_all
from warroom.conductor.traffic.plans import Plan
from warroom.incident import events
from warroom.incident.events import Declared
from warroom.incident.place import Place
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.systems.ports import Others

PRODUCTION = Place()
EMULATOR = Place("emulator", "127.0.0.1:4000", "CLOUD_RUN_EMULATOR_HOST")
WHY = "was declared in PRODUCTION, and this terminal leads to the EMULATOR at 127.0.0.1:4000"


async def opened(rig: Rig, here: Place) -> tuple[Conductor, Program]:
    """The rig's incident opened where another terminal leads, with everything there that could act."""
    conductor = Conductor(CONFIG, rig.other(), here)
    program = Program()
    conductor.runs.make = lambda: program
    clients = Clients(rig.run, rig.monitoring, rig.prober, Others(pager=FakePager()))
    conductor.attach(clients)  # as a room that was connected before
    await conductor.open(rig.incident.id)
    conductor.attach(clients)
    return conductor, program


async def climbing(rig: Rig, here: Place, drill: bool = False) -> Plan:
    """An incident declared `here`, its hotfix at 10 %, and a plan that was good there."""
    rig.conductor.place = here
    await rig.conductor.declare(replace(declaration(rig.clock.now()), drill=drill))
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober))
    await rig.look()
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    plan = rig.conductor.plan("advance", NAME)
    await rig.fire(plan)
    await rig.look()
    return plan


Act = Callable[[Conductor, Plan], Awaitable[object]]


async def _sync(value: object) -> object:
    return value


ACTS: dict[str, Act] = {
    "advance": lambda c, _: _sync(c.plan("advance", NAME)),
    "deploy": lambda c, _: _sync(c.plan("deploy", NAME, image=IMAGE)),
    "restore": lambda c, _: _sync(c.plan("restore", NAME)),
    "adopt": lambda c, _: c.adopt(NAME),
    "un-pin": lambda c, _: _sync(c.plan("un-pin", NAME)),
    "abort": lambda c, _: _sync(c.plan("abort", NAME)),
    "roll-back": lambda c, _: _sync(c.plan("roll-back", NAME, revision=OLDER)),
    "roll back all": lambda c, _: rollback_all.roll_back_all(c, c.incident.id, "@second"),
    "fire a plan": lambda c, plan: c.carry_out(plan),
    "dry run": lambda c, plan: c.dry_run(plan),
    "revisions": lambda c, _: c.revisions(NAME),
    "stage": lambda c, _: c.plan_stage(NAME, IMAGE),
    "smoke": lambda c, _: c.smoke(NAME),
    "auto-advance": lambda c, _: c.auto_advance(NAME),
    "page": lambda c, _: _sync(paging.plan(c, CONFIG.protocol.role("incident-commander"))),
    "escalate": lambda c, _: _sync(escalation.call(c, 2)),
    "alert": lambda c, _: alert.carry_out(c, alert.plan(c)),
    "a program": lambda c, _: execute.do(c.runs, _prepared(c, "critical-tests"), lambda line: None),
    "a step of our own": lambda c, _: _sync(_prepared(c, "create-branch")),
}


def _prepared(conductor: Conductor, step: str) -> execute.Prepared:
    return execute.prepare(conductor, CONFIG.protocol.step(step), NAME)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("there", [PRODUCTION, EMULATOR], ids=["production", "emulator"])
async def test_nothing_goes_outside_across(rig: Rig, there: Place, act: str) -> None:
    """Every way that acts is refused with where it was declared and where this leads; no call is made, none written."""
    plan = await climbing(rig, there)
    here = EMULATOR if there is PRODUCTION else PRODUCTION
    conductor, program = await opened(rig, here)
    calls, seq = len(rig.run.calls), conductor.incident.last_seq
    with pytest.raises(Refused) as refused:
        await ACTS[act](conductor, plan)
    words = str(refused.value)
    assert f"declared in {there.badge}" in words and here.badge in words
    assert ("Unset CLOUD_RUN_EMULATOR_HOST" if there is PRODUCTION else "Set CLOUD_RUN_EMULATOR_HOST") in words
    assert (len(rig.run.calls), program.orders, conductor.incident.last_seq) == (calls, [], seq)


async def test_a_retreat_says_how_it_is_done_at_once(rig: Rig) -> None:
    """Back in production the way without warroom is the command itself: to where the ladder began, or as chosen."""
    await climbing(rig, PRODUCTION)
    conductor, _ = await opened(rig, EMULATOR)
    for action, revision, target in (("abort", "", OLD), ("roll-back", OLDER, OLDER)):
        with pytest.raises(Refused, match="At once, without warroom: gcloud run services update-traffic") as refused:
            conductor.plan(action, NAME, revision=revision)
        assert WHY in refused.value.title and f"--to-revisions={target}=100" in refused.value.remedy
    with pytest.raises(Refused, match="gcloud run services"):
        rollback_all.plans_for_all(conductor)


async def test_of_a_toy_there_is_no_such_command(rig: Rig) -> None:
    """What was declared on an emulator is nothing that gcloud could take back."""
    await climbing(rig, EMULATOR)
    conductor, _ = await opened(rig, PRODUCTION)
    with pytest.raises(Refused) as refused:
        conductor.plan("abort", NAME)
    assert "gcloud" not in str(refused.value)


async def test_looking_writes_nothing_and_switches_nothing_off(rig: Rig) -> None:
    """The loops of a board across follow the journal and no more: no look, no advance by itself, no clock."""
    await climbing(rig, PRODUCTION)
    await rig.conductor.auto_advance(NAME)
    rig.clock.advance(3000)
    await rig.judge(Grade.PASS)
    conductor, _ = await opened(rig, EMULATOR)
    calls, log = len(rig.run.calls), len(rig.log())
    running = asyncio.ensure_future(conductor.run())
    try:
        await rig.conductor.record(events.Noted("from production"))
        await until(lambda: conductor.incident.last_seq == rig.incident.last_seq)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(rig.run.calls) == calls and len(rig.log()) == log + 1
    assert conductor.clients is None and rig.ladder.auto


async def test_what_only_the_journal_knows_stays_free(rig: Rig) -> None:
    """A hold, a note, an update by hand: they send nothing, and a hold holds wherever it is said."""
    await climbing(rig, PRODUCTION)
    conductor, _ = await opened(rig, EMULATOR)
    await conductor.hold(NAME, "wait for us")
    await conductor.record(events.Noted("seen from here"))
    assert "PRODUCTION" in updates.missing(conductor)["slack"]
    assert [one.id for one in updates.choices(conductor) if not one.off] == ["by-hand"]
    await rig.conductor.recorder.follow()
    assert rig.ladder.held_since is not None


@pytest.mark.parametrize(
    ("here", "drill", "place", "address"),
    [
        (PRODUCTION, False, "production", ""),
        (EMULATOR, False, "emulator", "127.0.0.1:4000"),
        (EMULATOR, True, "drill", "127.0.0.1:4000"),
        (Place("drill"), True, "drill", ""),
        (None, False, "", ""),
    ],
)
async def test_the_journal_knows_where(rig: Rig, here: Place | None, drill: bool, place: str, address: str) -> None:
    """Whatever declares, the conductor writes down where."""
    rig.conductor.place = here
    await rig.conductor.declare(replace(declaration(rig.clock.now()), drill=drill))
    (first,) = rig.facts(Declared)
    assert (first.place, first.address) == (place, address)


def test_a_toys_hours_are_not_productions() -> None:
    """One rule for the board, home and the commands; a clock that is nobody's toy is left alone."""
    fast, test = ScaledClock(0.0, 50.0), ManualClock()
    real, toy = declaration(0.0), replace(declaration(0.0), place="emulator")
    assert isinstance(found := reach.clock(real, fast), ScaledClock) and found.speed == 1
    assert reach.clock(toy, fast) is fast and reach.clock(replace(real, drill=True), fast) is fast
    assert reach.clock(real, test) is test


async def test_a_drill_is_reached_by_the_variables_of_its_cloud(rig: Rig) -> None:
    """Another terminal of a drill leads to an emulator; from production it is only looked at."""
    await climbing(rig, Place("drill"), drill=True)
    conductor, _ = await opened(rig, EMULATOR)
    await conductor.look(rig.run)
    await conductor.carry_out(conductor.plan("abort", NAME))
    assert rig.run.percent(OLD) == 100
    apart, _ = await opened(rig, PRODUCTION)
    with pytest.raises(Refused, match="declared in DRILL"):
        apart.plan("abort", NAME)
