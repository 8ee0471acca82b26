"""Plays deploy, advance and abort in processes that are killed, each at a later point. The cloud lives on in a file.

Run as a program with a folder: the n-th process leaves its journal and its cloud in FOLDER/n. Nothing is imported anew
for each of them, as they are forked off one that has no threads.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.clocks import ManualClock
from tests.conductor.fakes import IMAGE, PAY, FakeCloudRun, FakeMonitoring, FakeProber
from tests.conductor.rig import CONFIG, declaration
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.traffic.plans import Consent
from warroom.incident.events import AnyFact, Event
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.traffic import Service, ServiceRef, Split
from warroom.services.clients import Clients
from warroom.services.ports import Operation

MOST = 200
"""More points than there can be: a play that never ends would fork for ever."""


class Points:
    """Counts the points of a play; at the n-th the process is gone, as by `kill -9`."""

    def __init__(self, last: int) -> None:
        self.left = last

    def passed(self) -> None:
        """One more."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalJournal(SqliteStore):
    """A point after each write."""

    def __init__(self, path: Path, points: Points) -> None:
        super().__init__(path)
        self.points = points

    def append(
        self,
        incident_id: str,
        facts: Sequence[AnyFact],
        actor: str,
        at: float,
        after_seq: int,
        *,
        once: bool = False,
    ) -> list[Event]:
        """As the journal."""
        written = super().append(incident_id, facts, actor, at, after_seq, once=once)
        self.points.passed()
        return written


class LastingCloudRun(FakeCloudRun):
    """Keeps itself in a file. `taken` are the splits that it took; a point before and after each of them."""

    def __init__(self, path: Path, points: Points) -> None:
        super().__init__()
        self.path, self.points = path, points
        self.taken: list[Split] = []
        if path.exists():
            self.looks, self.ready, self._number, self.taken = pickle.loads(path.read_bytes())

    def settle(self, ref: ServiceRef = PAY) -> Service:
        """As Cloud Run does by itself in time."""
        settled = super().settle(ref)
        self.keep()
        return settled

    def _take(self, ref: ServiceRef, split: Split, etag: str) -> Operation:
        self.points.passed()
        operation = super()._take(ref, split, etag)
        self.taken.append(split)
        self.keep()
        return operation

    async def finish(self, operation: Operation, on_progress: object = None) -> Service:
        """A point when it was accepted, and one when it was applied."""
        self.keep()  # the new revision, too
        self.points.passed()
        service = await super().finish(operation, None)
        self.points.passed()
        return service

    def keep(self) -> None:
        """Whole or not at all."""
        new = self.path.with_suffix(".new")
        new.write_bytes(pickle.dumps((self.looks, self.ready, self._number, self.taken)))
        new.replace(self.path)


async def play(folder: Path, points: Points) -> None:
    """Declare, deploy, take it to 10 %, go back."""
    clock = ManualClock()
    recorder = Recorder(MortalJournal(folder / "journal.db", points), ThreadPoolExecutor(1), clock, "@rm")
    conductor = Conductor(CONFIG, recorder)
    run = LastingCloudRun(folder / "cloud", points)
    run.keep()
    await conductor.declare(declaration(clock.now()))
    conductor.attach(Clients(run, FakeMonitoring(), FakeProber(clock)))
    for action in ("deploy", "advance", "abort"):
        clock.advance(5)
        await conductor.look(run)
        plan = conductor.plan(action, PAY.name, image=IMAGE)
        await conductor.carry_out(plan, Consent(reason="as planned"))
        await conductor.look(run)


def main(folder: Path) -> None:
    """One process after the other, until one of them lives to the end."""
    for number in range(1, MOST):
        own = folder / f"{number}"
        own.mkdir()
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(play(own, Points(number)))
            finally:
                os._exit(0 if sys.exc_info()[0] is None else 1)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.WEXITSTATUS(status))
    sys.exit(2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
