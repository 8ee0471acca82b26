"""The conductor of one incident: every action passes through here, from the board and from scripts alike."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from warroom.conductor import reach
from warroom.conductor.evidence.past import TURN_SECONDS, Past
from warroom.conductor.evidence.sampler import LOOK_SECONDS, Watching, forever
from warroom.conductor.recorder import Recorder, named
from warroom.conductor.refusal import Refused
from warroom.conductor.steps.programs import Runs
from warroom.conductor.traffic import drift, staging
from warroom.conductor.traffic.auto_runner import OwnTurns
from warroom.conductor.traffic.control import TrafficControl
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.triage.declare import primaries, told_apart
from warroom.incident import events, mitigation
from warroom.incident.change import Action
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.store import Store
from warroom.incident.lane import serving
from warroom.incident.place import Place
from warroom.incident.state import Incident
from warroom.incident.unfinished import unfinished
from warroom.marks import either
from warroom.protocol.model import Config
from warroom.rollout.traffic import Service
from warroom.services.clients import Clients
from warroom.services.ports import CloudRun, Monitoring
from warroom.text import own_fault

REVIEW_SECONDS = 5.0
"""How long a deployment waits for the code host, in real seconds."""

FOLLOW_SECONDS = 2.0  # how often the journal is asked for what others wrote, and auto-advance looks


class Conductor(TrafficControl):
    """Acts for one operator on one incident: the whole of it, with what goes on by itself.

    Reads and writes go through ports that are attached when the Google clients are loaded; until then writes are
    refused and everything else works. An incident that was declared elsewhere than `place`, where they lead, gets none:
    it is looked at by its journal alone. Without a `place` whoever attaches the clients answers for that. `draw` ends
    the names of staging's revisions.
    """

    def __init__(
        self, config: Config, recorder: Recorder, place: Place | None = None, *, draw: staging.Draw = staging.draw
    ) -> None:
        super().__init__(config, recorder, place, draw=draw)
        self.watching = Watching(recorder, config, self.clock)
        self.past = Past(self, self.watching)
        self.looks = self.watching.looks
        self.pace = self.watching.pace
        self.changes.on_look = self._saw
        self.faults: dict[str, str] = {}
        self.own_turns = OwnTurns(self, self._told)
        self.runs = Runs(self)
        self._attached = asyncio.Event()

    def attach(self, clients: Clients) -> None:
        """Connect to the outside, unless that is another cloud than the incident's."""
        if reach.apart(self) is not None:
            return
        self.clients = clients
        self.changes.run = clients.run
        self._attached.set()

    async def declare(self, declared: events.Declared) -> Incident:
        """Begin an incident and put the roster's primaries into the core roles. Raises Refused and JournalError."""
        told_apart(declared.services)
        marked = reach.marked(declared, self.place)
        if marked.place in ("production", "emulator") and not marked.origin:
            marked = replace(marked, origin=await self.recorder.origin() or self._draw())
        await self.recorder.declare(marked)
        await self.record(*primaries(self.config, self.recorder.actor))
        return self.incident

    async def open(self, incident_id: str) -> Incident:
        """Take up an incident from the journal. Raises as the recorder does."""
        return await self.take_up(partial(named, incident_id))

    async def take_up(self, find: Callable[[Store], Incident]) -> Incident:
        """Take up the incident that `find` folds from the journal, in its thread. Raises what `find` raises."""
        incident = await self.recorder.take_up(find)
        if reach.apart(self) is not None:
            self._attached.clear()
            reach.detach(self)
            self.changes.run = None
        return incident

    async def run(self) -> None:
        """The loops: look, read, probe, follow. They start when the clients are attached; ends by cancellation."""
        gate = self.config.protocol.gate
        async with asyncio.TaskGroup() as group:

            def loop(name: str, every: float, once: Callable[[], Awaitable[object]]) -> None:
                group.create_task(forever(every, self.clock, once, partial(self._told, name)))

            if reach.apart(self) is not None:
                loop("following the journal", FOLLOW_SECONDS, self.recorder.follow)
                return
            loop("following the journal", FOLLOW_SECONDS, lambda: self.own_turns.begin(group.create_task))
            # A lot of modules, none of which the first look needs.
            beside = await asyncio.to_thread(_loops)
            for name, every, once in beside.at_once(self, self.runs, self.watching):
                loop(name, every, once)
            await self._attached.wait()
            clients = self.clients
            assert clients is not None
            loop("reading the service", LOOK_SECONDS, lambda: self.look(clients.run))
            loop("reading metrics", gate.refresh_seconds, lambda: self.read(clients.monitoring))
            loop("reading the days before", TURN_SECONDS, self.past.turn)
            loop("probing", gate.probe_seconds, lambda: self.watching.probe(clients.prober))
            for name, every, once in (*beside.connected(self), *beside.logs(self, self.watching)):
                loop(name, every, once)

    def _told(self, what: str, fault: Exception | None) -> None:
        """Keep a loop's newest fault for the board, and its traceback in the log."""
        if fault is None:
            self.faults.pop(what, None)
        elif what not in self.faults:
            logging.getLogger("warroom").error("%s failed", what, exc_info=fault)
            self.faults[what] = own_fault(what, fault)

    async def look(self, run: CloudRun) -> None:
        """Look at every service, and close changes that nobody saw the end of where it shows."""
        await self.watching.look(run)
        for look in tuple(self.watching.looks.values()):
            await self._took(run, look)  # which passes over those that were taken off

    async def read(self, monitoring: Monitoring) -> None:
        """Read the metrics and judge; what follows from that is written down too."""
        await self.watching.read(monitoring)
        await self.record()

    async def look_at(self, run: CloudRun, service: str) -> None:
        """The same of one service alone, which asks for nothing else. Raises ServiceError."""
        await self.watching.saw(await run.service(self.lane(service).ref))
        await self._took(run, self.watching.looks[service])

    async def _took(self, run: CloudRun, look: Service) -> None:
        if look.ref.name not in self.incident.lanes:
            self.looks.pop(look.ref.name, None)
            return
        if await self.changes.recognise(run, look):
            await self.record()
        if self.changes.busy(look.ref.name) is None:
            await drift.check(self.recorder, look, self.clock.now())

    async def _saw(self, look: Service) -> None:
        """A look that came along with a change."""
        await self.watching.saw(look)
        await drift.check(self.recorder, look, self.clock.now())

    async def first_look(self, service: str) -> None:
        """Wait until a service was read, or could not be, after Cloud Run is connected."""
        await self._attached.wait()
        if service not in self.watching.looks and self.clients is not None:
            await self.look(self.clients.run)

    async def carry_out(self, plan: Plan, consent: Consent | None = None) -> Service:
        """As traffic's; before a deployment the review is looked at once more. Raises Refused and ServiceError."""
        if plan.action is Action.DEPLOY:
            from warroom.conductor.steps import review_gate

            with suppress(TimeoutError):  # what can't be read now was looked at a moment ago
                async with asyncio.timeout(REVIEW_SECONDS):
                    await review_gate.follow(self)
        return await super().carry_out(plan, consent)

    async def resolve(self, text: str = "", reason: str = "") -> None:
        """What was done is verified; `reason` says why although something is open. Raises Refused without it.

        Also by a clock of another place.
        """
        self.check("resolve")
        reach.on_time(self)
        left = unfinished(self.incident, self.config.protocol, self.moment)
        if left and not reason.strip():
            raise Refused(f"Still open: {'; '.join(left)}", OPEN_REMEDY)
        resolved = events.Resolved(text, left, reason.strip() if left else "")
        if not await self.recorder.record_found(lambda incident: [resolved] if incident.resolved_at is None else []):
            self.check("resolve")  # another hand was first
        await self.record()

    async def mitigated(self, reason: str) -> None:
        """Say by hand that users are better, which is not measured. Raises Refused without a reason."""
        reach.on_time(self)
        self.check("mitigated")
        found = mitigation.measured(self.incident)
        if not reason.strip():
            words = found.words if found is not None else serving.newest(self.incident.lanes.values())
            shown = f". What is measured: {words}" if words else ""
            raise Refused(f"That users are better is not measured{shown}", "Say how you know it: a reason is needed.")
        against = found.words if found is not None and found.burning else ""
        said = events.Mitigated("by-hand", against, reason.strip())
        if not await self.recorder.record_found(lambda incident: [said] if incident.mitigated_at is None else []):
            self.check("mitigated")
        await self.record()

    async def report(self, directory: Path) -> Path:
        """Write the report into `directory` and return its path. Raises Refused when that fails."""
        # Not needed to paint the board, and the start must not pay for it.
        from warroom.report.write import write

        try:
            events_so_far = await self.recorder.events()
            path = await write(events_so_far, self.config.protocol, self.clock, directory)
        except OSError as error:
            raise Refused(
                f"The report can't be written to {directory}: {error.strerror}",
                "Free some space there, or start warroom in another folder.",
            ) from error
        except JournalError as error:
            raise Refused(f"The journal can't be read: {error.title}", error.remedy) from error
        if self.incident.reported_at is None:
            await self.record(events.Reported(str(path)))
        return path

    async def turn(self) -> None:
        """Follow what others wrote, do what is due by itself, and wait for the end of it."""
        await asyncio.gather(*await self.own_turns.begin(asyncio.ensure_future))


OPEN_REMEDY = f"Do it first, or say why it is resolved all the same: {either('a reason', '--reason', 'a reason')}."


def _loops() -> ModuleType:
    from warroom.conductor import loops

    return loops
