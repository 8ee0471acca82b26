"""Programs of steps, and definitions that are saved before a change: what is written down, and what hinders nothing."""

import asyncio
import stat
from pathlib import Path

import pytest

from tests.conductor.fakes import IMAGE, OLD, PAY
from tests.conductor.rig import NAME, Rig, until
from tests.conductor.stepping import Program, declared, do, evidence
from warroom.conductor.process import this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute
from warroom.conductor.traffic import definitions
from warroom.conductor.traffic.plans import Consent
from warroom.incident.place import Place
from warroom.incident.steps.steps import CommandEnded, CommandStarted, newest_run
from warroom.rollout.traffic import ServiceRef
from warroom.services.clients import Clients
from warroom.services.errors import Unreachable
from warroom.services.systems.ports import Others
from warroom.steps.runner import Simulated


async def test_a_program_is_written_down_before_and_after(rig: Rig) -> None:
    """Intent, exit code, time, the log's end; exit 0 ticks, a later failure unticks, and again ticks anew."""
    await declared(rig, Others())
    program = Program(lines=("one", "two"))
    rig.conductor.runs.make = lambda: program
    program_step = "critical-tests"
    assert (await do(rig, program_step)).words == "done, exit 0"
    started, ended = rig.facts(CommandStarted)[0], rig.facts(CommandEnded)[0]
    assert (started.argv, started.simulated) == (("npm", "run", "test:critical"), False)
    assert (ended.outcome, ended.exit_code, ended.tail, ended.log) == ("done", 0, "one\ntwo", "/logs/x.log")
    assert evidence(rig, program_step).startswith("exit 0 after")
    program.code = 2
    assert (await do(rig, program_step)).words == "failed with exit 2"
    assert program_step not in rig.incident.ticks
    program.code = 0
    await do(rig, program_step)
    assert program_step in rig.incident.ticks
    assert rig.agrees()


async def test_one_at_a_time_and_retreat_beside_it(rig: Rig) -> None:
    """A second start is refused, an abort is not; cancel ends it."""
    await rig.deployed()
    program = Program(gate=asyncio.Event())
    rig.conductor.runs.make = lambda: program
    running = asyncio.ensure_future(do(rig, "critical-tests"))
    await until(lambda: bool(program.orders))
    with pytest.raises(Refused, match="is running already"):
        await do(rig, "critical-tests")
    await rig.fire(rig.conductor.plan("abort", NAME))
    assert rig.run.percent(OLD) == 100
    rig.conductor.runs.cancel("critical-tests")
    assert (await running).outcome == "cancelled"
    with pytest.raises(Refused, match="Nothing is running"):
        rig.conductor.runs.cancel("critical-tests")


async def test_a_run_whose_warroom_was_killed_is_unknown(rig: Rig) -> None:
    """Its process is gone: nobody will ever say how it ended, so that is what is written down."""
    await declared(rig, Others())
    gone = CommandStarted("r1", "critical-tests", ("npm",), 600.0, "no-such-host/1")
    own = this_process().partition("/")[0]
    await rig.conductor.record(gone, CommandStarted("r2", "security-scan", ("npm",), 600.0, f"{own}/{2**22 + 1}"))
    await rig.conductor.runs.settle()
    here = newest_run(rig.incident.work, "security-scan")
    assert here is not None and here.outcome == "unknown"
    run = newest_run(rig.incident.work, "critical-tests")
    assert run is not None and run.outcome == ""  # another host's may live
    rig.clock.advance(600 + 121)
    await rig.conductor.runs.settle()
    run = newest_run(rig.incident.work, "critical-tests")
    assert run is not None and run.outcome == "unknown"


async def test_a_drill_runs_nothing_real(rig: Rig) -> None:
    """What would is refused; the simulated one ticks, and says so."""
    await declared(rig, Others(), drill=True)
    program = Program()
    rig.conductor.runs.make = lambda: program
    with pytest.raises(Refused, match="This is a drill"):
        await do(rig, "critical-tests")
    assert program.orders == []
    rig.conductor.runs.make = lambda: Simulated(rig.clock)
    rig.conductor.runs._runner = None
    await do(rig, "critical-tests")
    assert evidence(rig, "critical-tests").endswith("simulated in a drill")


@pytest.mark.parametrize(
    ("place", "mark", "end"),
    [(Place("emulator", "127.0.0.1:1"), "EMULATOR: ", "on an emulator"), (Place("drill"), "DRILL: ", "in a drill")],
)
async def test_a_simulation_says_where(rig: Rig, place: Place, mark: str, end: str) -> None:
    """What an emulator's incident simulates is no drill's."""
    rig.conductor.place = place
    await declared(rig, Others(), drill=place.kind == "drill")
    rig.conductor.runs.make, lines = lambda: Simulated(rig.clock), list[str]()
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step("critical-tests"), NAME)
    await execute.do(rig.conductor.runs, prepared, lines.append)
    assert lines and all(line.startswith(mark) for line in lines)
    assert evidence(rig, "critical-tests").endswith(f"simulated {end}")


async def test_a_locked_journal_starts_no_program_but_a_way_back(rig: Rig) -> None:
    """What is not written down is not started; undoing a rollout is."""
    await declared(rig, Others())
    program = Program()
    rig.conductor.runs.make = lambda: program
    rig.journal.broken = True
    with pytest.raises(Refused, match="Not started"):
        await do(rig, "critical-tests")
    assert program.orders == []
    assert (await do(rig, "undo-kubernetes")).outcome == "done"
    assert program.orders[0].argv == ("kubectl", "rollout", "undo", "deployment/payments-api")


async def test_needs_and_values_are_checked(rig: Rig) -> None:
    """What must be done before; a value that could be an option; one that no step knows."""
    await declared(rig, Others())
    with pytest.raises(Refused, match="first Fast-track review"):
        execute.needs(rig.conductor, rig.conductor.config.protocol.step("critical-tests"))
    for name, value in (("feature", "--all"), ("issue", ""), ("colour", "blue"), ("version", "1\n2")):
        with pytest.raises(Refused):
            await execute.give(rig.conductor, name, value)
    assert rig.incident.work.values == {}


def lies(path: Path) -> tuple[str, int, int]:
    """What is in a file, its mode and its folder's."""
    return path.read_text(), stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)


def plant(path: Path, victim: Path) -> None:
    """Links to somebody's file where a definition, and its draft, would be written."""
    victim.write_text("mine")
    path.unlink()
    path.symlink_to(victim)
    path.with_suffix(".new").symlink_to(victim)


def untouched(path: Path, victim: Path) -> bool:
    """Whether the link still stands, and what it leads to is as it was."""
    return path.is_symlink() and victim.read_text() == "mine"


async def test_definitions_are_saved_before_the_first_change(rig: Rig, tmp_path: Path) -> None:
    """Once for a service, for its owner alone; traffic goes back to it by a plan; a failure hinders nothing."""
    asked: list[ServiceRef] = []

    async def definition(ref: ServiceRef) -> str:
        asked.append(ref)
        return '{"name": "x"}'

    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, definition=definition))
    with pytest.raises(Refused, match="No definition"):
        definitions.restore(rig.conductor, NAME)
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    await rig.look()
    await rig.fire(rig.conductor.plan("advance", NAME, to=10), Consent(reason="set up"))
    await rig.look()
    assert asked == [PAY]
    saved = rig.incident.work.saved[NAME]
    assert lies(Path(saved.path)) == ('{"name": "x"}', 0o600, 0o700)
    assert Path(saved.path).parent == tmp_path / "definitions"
    assert saved.serving == {OLD: 100}
    plan = definitions.restore(rig.conductor, NAME)
    assert plan.retreat and plan.target == {OLD: 100}
    await rig.fire(plan)
    assert rig.run.percent(OLD) == 100


async def test_a_saved_definition_holds_no_literal_value(rig: Rig, tmp_path: Path) -> None:
    """It is blanked before it is written; what is no definition, or has a link in its place, is not written at all."""
    found = '{"name": "x", "template": {"containers": [{"env": [{"name": "KEY", "value": "hunter2"}]}]}}'

    async def definition(ref: ServiceRef) -> str:
        return found

    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, definition=definition))
    await definitions.keep(rig.conductor, PAY)
    path = Path(rig.incident.work.saved[NAME].path)
    text, *modes = lies(path)
    assert ("hunter2" not in text, '"KEY"' in text, modes) == (True, True, [0o600, 0o700])

    victim = tmp_path / "victim"
    plant(path, victim)
    await definitions.keep(rig.conductor, PAY, anew=True)
    found = "no JSON"
    await definitions.keep(rig.conductor, PAY, anew=True)
    notes = [getattr(event.fact, "text", "") for event in rig.incident.tail]
    assert any("not saved" in note and "it is a link" in note for note in notes)
    assert any("not saved" in note and "can't be read" in note for note in notes)
    assert untouched(path, victim)


async def test_what_can_not_be_saved_is_noted_and_hinders_nothing(rig: Rig) -> None:
    """Neither a lost line nor a full disk stops the hotfix."""

    async def definition(ref: ServiceRef) -> str:
        raise Unreachable("Cloud Run does not answer", "Wait.")

    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, definition=definition))
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    assert rig.ladder.candidate
    assert rig.incident.work.saved == {}
    notes = [event.fact for event in rig.incident.tail if "not saved" in getattr(event.fact, "text", "")]
    assert len(notes) == 1
