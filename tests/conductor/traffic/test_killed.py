"""Killed at every point between two writes: whoever opens the incident next finds out, and can go back."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.clocks import ManualClock
from tests.conductor.fakes import OLD, PAY, FakeMonitoring, FakeProber
from tests.conductor.killed import LastingCloudRun, Points
from tests.conductor.rig import CONFIG, NAME
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.traffic.outcomes import ARRIVES_SECONDS
from warroom.incident import events
from warroom.incident.fold import apply, fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.state import Incident
from warroom.services.clients import Clients

ROOT = Path(__file__).parents[3]
FEWEST = 25
"""So many points there are at least: intents, acceptances, outcomes, ticks, and the calls between them."""


async def test_at_every_point_the_next_process_finds_out_what_became_of_it(tmp_path: Path) -> None:
    """The incident folds, what was applied is applied, nothing is sent again, and all of it goes back to stable."""
    command = [sys.executable, "-m", "tests.conductor.killed", str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    folders = left_in(tmp_path)
    assert len(folders) > FEWEST
    for folder in folders:
        await found_out(folder)


def left_in(folder: Path) -> list[Path]:
    """What each process left, the one killed first first."""
    return sorted(folder.iterdir(), key=lambda own: int(own.name))


async def found_out(folder: Path) -> None:
    """Open what one of them left, look, wait, go back."""
    journal = SqliteStore(folder / "journal.db")
    log = journal.read(journal.incidents()[0])
    clock = ManualClock(log[-1].at + 1)
    run = LastingCloudRun(folder / "cloud", Points(0))
    with ThreadPoolExecutor(1) as thread:
        conductor = Conductor(CONFIG, Recorder(journal, thread, clock, "@backup-rm"))
        await conductor.open(fold(log).id)
        conductor.attach(Clients(run, FakeMonitoring(), FakeProber(clock)))
        await conductor.look(run)
        taken = len(run.taken)
        run.settle()
        await conductor.look(run)
        clock.advance(ARRIVES_SECONDS + 1)
        await conductor.look(run)
        await conductor.look(run)
        assert run.calls.count("shift") == run.calls.count("deploy") == 0, f"{folder.name}: it was sent again"
        # A retreat does not wait for the disk: killed in that moment, it is asked about as anybody's would be.
        unwritten = len(run.taken) - conductor.incident.changes
        if unwritten > 0:
            assert (unwritten, taken) == (1, 3)
            assert conductor.lane(NAME).drift is not None
        else:
            closed(conductor, run, taken)
        await back(conductor, run)
        await conductor.look(run)
    after = journal.read(conductor.incident.id)
    assert journal.verify() == []
    assert unwritten > 0 or not [event for event in after if isinstance(event.fact, events.DriftSeen)]
    one_at_a_time(after)
    journal.close()


def closed(conductor: Conductor, run: LastingCloudRun, taken: int) -> None:
    """What the cloud took is in the journal as applied, in order; nothing is open; the ladder stands where it is."""
    lane = conductor.lane(NAME)
    assert (lane.in_flight, lane.superseded) == (None, ())
    assert lane.changes == taken
    assert sum(share.percent for share in run.looks[NAME].spec) == 100
    assert (lane.ladder is None) == (taken == 0)
    if lane.ladder is not None:
        assert lane.ladder.percent == run.percent(lane.ladder.candidate)
        assert lane.ladder.target == {OLD: 100}
        assert (lane.ladder.ended == "aborted") == (taken == 3)


async def back(conductor: Conductor, run: LastingCloudRun) -> None:
    """Abort, or where nothing was deployed yet a roll back, ends at stable."""
    if conductor.lane(NAME).ladder is None:
        plan = conductor.plan("roll-back", NAME, revision=OLD)
    else:
        plan = conductor.plan("abort", NAME)
    service = await conductor.carry_out(plan)
    assert service.percent(OLD) == 100
    assert conductor.incident.relief and conductor.incident.relief.how == "roll-back"
    assert run.looks[PAY.name].settled


def one_at_a_time(log: list[events.Event]) -> None:
    """At no point of the journal is more than one change open."""
    incident: Incident | None = None
    for event in log:
        incident = apply(incident, event)
        lane = incident.lanes[NAME]
        assert (lane.in_flight is not None) + len(lane.superseded) <= 1
