"""The conductor of one incident: every action passes through here, from the board and from scripts alike."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from msgspec.structs import replace

from warroom.conductor import reach
from warroom.conductor.clients import Clients
from warroom.conductor.evidence.sampler import LOOK_SECONDS, Watching, forever
from warroom.conductor.follow_ups import follow_ups
from warroom.conductor.process import this_process
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.steps.programs import Runs
from warroom.conductor.traffic import definitions, drift, holding, plans, settle_drift, staging
from warroom.conductor.traffic.auto_runner import OwnTurns
from warroom.conductor.traffic.changes import Changes
from warroom.conductor.traffic.dry_run import validate
from warroom.conductor.traffic.pinning import next_deploy
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.traffic.services import told_apart
from warroom.conductor.triage.declare import primaries
from warroom.incident import clocks, events
from warroom.incident.events import Event
from warroom.incident.journal.sqlite import JournalError
from warroom.incident.place import Place
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Config, ServiceConfig
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Revision, Service, ServiceRef
from warroom.services.ports import CloudRun
from warroom.text import own_fault

FOLLOW_SECONDS = 2.0  # how often the journal is asked for what others wrote, and auto-advance looks


class Conductor:
    """Acts for one operator on one incident.

    Reads and writes go through ports that are attached when the Google clients are loaded; until then writes are
    refused and everything else works. An incident that was declared elsewhere than `place`, where they lead, gets none:
    it is looked at by its journal alone. Without a `place` whoever attaches the clients answers for that. `draw` ends
    the names of staging's revisions.
    """

    def __init__(
        self, config: Config, recorder: Recorder, place: Place | None = None, *, draw: staging.Draw = staging.draw
    ) -> None:
        clock = recorder.clock
        self._draw = draw
        self.config = config
        self.place = place
        self.clock = clock
        self.recorder = recorder
        self.changes = Changes(recorder, config.protocol, clock)
        self.watching = Watching(recorder, config, clock)
        self.changes.on_look = self._saw
        self.changes.still_right = self.still_right
        self.clients: Clients | None = None
        self.faults: dict[str, str] = {}
        self.set_back_at: float | None = None
        self.own_turns = OwnTurns(self, self._told)
        self.runs = Runs(self)
        self._attached = asyncio.Event()
        self._following_up = asyncio.Lock()

    @property
    def incident(self) -> Incident:
        """The incident as it stands."""
        return self.recorder.now

    @property
    def moment(self) -> float:
        """What the clock says, as it is for this incident (Unix seconds)."""
        return clocks.moment(self.incident, self.clock.now())

    def listen(self, listener: Callable[[tuple[Event, ...]], None]) -> None:
        """Have `listener` called with the new events after each of the incident's changes."""
        self.recorder.listeners.append(listener)

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
        await self.recorder.declare(reach.marked(declared, self.place))
        await self.record(*primaries(self.config, self.recorder.actor))
        return self.incident

    async def open(self, incident_id: str) -> Incident:
        """Take up an incident from the journal."""
        incident = await self.recorder.open(incident_id)
        if reach.apart(self) is not None:
            self._attached.clear()
            reach.detach(self)
        return incident

    async def record(self, *facts: events.AnyFact) -> None:
        """Write facts down, and what follows from them."""
        await self.recorder.record(*facts)
        async with self._following_up:  # one at a time: two would each write what follows
            while follow_ups(self.incident, self.config.protocol):
                # Of several boards that see it, one writes it.
                await self.recorder.record_found(
                    lambda incident: follow_ups(incident, self.config.protocol), actor="warroom"
                )

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
            beside = await asyncio.to_thread(import_module, "warroom.conductor.loops")
            for name, every, once in beside.at_once(self):
                loop(name, every, once)
            await self._attached.wait()
            clients = self.clients
            assert clients is not None
            loop("reading the service", LOOK_SECONDS, lambda: self.look(clients.run))
            loop("reading metrics", gate.refresh_seconds, lambda: self.watching.read(clients.monitoring))
            loop("probing", gate.probe_seconds, lambda: self.watching.probe(clients.prober))
            for name, every, once in beside.connected(self):
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
            await self._took(run, look)

    async def look_at(self, run: CloudRun, service: str) -> None:
        """The same of one service alone, which asks for nothing else. Raises ServiceError."""
        await self.watching.saw(await run.service(self.lane(service).ref))
        await self._took(run, self.watching.looks[service])

    async def _took(self, run: CloudRun, look: Service) -> None:
        if await self.changes.recognise(run, look):
            await self.record()
        if self.changes.busy(look.ref.name) is None:
            await drift.check(self.recorder, look, self.clock.now())

    async def first_look(self, service: str) -> None:
        """Wait until a service was read, or could not be, after Cloud Run is connected."""
        await self._attached.wait()
        if service not in self.watching.looks and self.clients is not None:
            await self.look(self.clients.run)

    async def _saw(self, look: Service) -> None:
        """A look that came along with a change."""
        await self.watching.saw(look)
        await drift.check(self.recorder, look, self.clock.now())

    def plan(self, action: str, service: str, *, image: str = "", revision: str = "", to: int | None = None) -> Plan:
        """What `action` on `service` would do now, from the last look. Raises Refused."""
        if action in plans.RETREAT:
            reach.check_back(self, [service], revision)
        reach.check(self)
        lane, look = self.lane(service), self._look(service)
        settle_drift.check(lane, action)
        try:
            match action:
                case "restore":
                    plan = settle_drift.restore(lane, look)
                case "deploy":
                    plan = plans.deploy(lane, look, image, self.config.protocol.ladder, self.moment)
                    why = staging.why_not(lane, plan.image, self._service_config(lane.ref).staging_project)
                    plan = replace(plan, need=Need.REASON, why=why) if why else plan
                case "advance":
                    plan = plans.advance(lane, look, self.moment, to)
                case "abort":
                    plan = plans.abort(lane, look)
                case "roll-back":
                    plan = plans.roll_back(lane, look, revision)
                case "un-pin":
                    plan = plans.un_pin(lane, look)
                case _:
                    raise LookupError(f"no such action: {action}")
        except ValueError as error:
            raise Refused(f"This split can't be worked out: {error}", "Press r and choose a revision.") from error
        return settle_drift.over_missed(lane, plan)

    async def plan_stage(self, service: str, image: str) -> Plan:
        """What deploying `image` to staging would do, from a look at it now. Raises Refused, ServiceError."""
        lane = self.lane(service)
        look = await reach.clients(self).run.service(self._staging_ref(lane))
        return staging.plan(lane, look, image, self.clock.now(), self._draw())

    async def stage(self, service: str, plan: Plan, on_progress: Callable[[str], None] | None = None) -> None:
        """Deploy to staging, then test what came up there. Raises Refused and ServiceError."""
        lane, clients, known = self.lane(service), reach.clients(self), (self.config.protocol, self.clock)
        look = await staging.carry_out(plan, lane.ref, clients.run, self.recorder, *known, on_progress)
        path = self._service_config(lane.ref).health_path
        if look.percent(plan.revision) == 100:
            await staging.smoke(self.lane(service), look, clients.prober, path, self.recorder)
        await self.record()

    async def smoke(self, service: str) -> bool:
        """Test staging's revision once more. Raises Refused and ServiceError."""
        lane, clients = self.lane(service), reach.clients(self)
        look = await clients.run.service(self._staging_ref(lane))
        path = self._service_config(lane.ref).health_path
        passed = await staging.smoke(lane, look, clients.prober, path, self.recorder)
        await self.record()
        return passed

    async def carry_out(self, plan: Plan, consent: Consent | None = None) -> Service:
        """Fire a plan. A forward one is judged once more first. Raises Refused and ServiceError."""
        reach.check(self)
        if not plan.retreat:
            plan = self.still_right(plan)
            await definitions.keep(self, plan.service)
        service = await self.changes.carry_out(plan, consent or Consent())
        if plan.action == "un-pin":
            climbing = self.lane(plan.service.name).ladder
            await self.recorder.record(events.Noted(next_deploy(service, climbing.tag if climbing else "")))
        await self.record()
        return service

    async def dry_run(self, plan: Plan) -> None:
        """Ask Cloud Run whether it would take a plan. Changes nothing. Raises Refused and ServiceError if not."""
        await validate(reach.clients(self).run, plan)

    async def adopt(self, service: str) -> None:
        """Go on from what somebody else changed. Raises Refused."""
        reach.check(self)
        fact = settle_drift.adopt(self.lane(service), self._look(service))
        full = fact.percent == 100 and self.incident.mitigated_at is None
        await self.record(fact, *([events.Mitigated("full-traffic")] if full else []))

    async def revisions(self, service: str) -> tuple[Revision, ...]:
        """All revisions of a service, newest first. Raises Refused while not connected, ServiceError."""
        return await reach.clients(self).run.revisions(self.lane(service).ref)

    async def hold(self, service: str, reason: str = "") -> None:
        """Stop the ladder where it is, or let it go on. Raises Refused without one."""
        await self.recorder.record_found(holding.turn(self.lane(service), reason))
        await self.record()

    async def auto_advance(self, service: str) -> None:
        """Switch auto-advance on or off for this ladder. Raises Refused without one."""
        reach.check(self)
        climbing = self.lane(service).ladder
        if climbing is None or climbing.ended:
            raise Refused("No ladder is under way", "Auto-advance is switched on per ladder.")
        await self.record(events.AutoAdvanceSet(self.lane(service).ref, not climbing.auto, this_process()))

    async def resolve(self, text: str = "") -> None:
        """Phase 5 is verified. Raises Refused while users may still be hurt."""
        if self.incident.resolved_at is not None:
            raise Refused("Resolved already", "Phase 6 is what is left.")
        if self.incident.mitigated_at is None:
            raise Refused("Not mitigated yet", "Take the hotfix to 100 %, or roll back, first.")
        if not await self.recorder.record_found(
            lambda incident: [events.Resolved(text)] if incident.resolved_at is None else []
        ):
            raise Refused("Resolved already", "Phase 6 is what is left.")
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

    def _service_config(self, ref: ServiceRef) -> ServiceConfig:
        """What services.toml says of a service; the defaults where it says nothing."""
        found = self.config.services.find(ref.name, ref.region, ref.project)
        return found or ServiceConfig(ref.name, ref.region, ref.project)

    def _staging_ref(self, lane: Lane) -> ServiceRef:
        project = self._service_config(lane.ref).staging_project
        if not project:
            raise Refused(f"services.toml names no staging project for {lane.ref.name}", "Add staging_project there.")
        return ServiceRef(lane.ref.name, lane.ref.region, project)

    def lane(self, service: str) -> Lane:
        """The lane of a service of this incident."""
        return self.incident.lanes[service]

    def _look(self, service: str) -> Service:
        look = self.watching.looks.get(service)
        if look is not None:
            return look
        lost = self.incident.lost.get("cloud-run")
        if lost is not None:
            raise Refused(f"Cloud Run can't be read: {lost.title}", lost.remedy)
        raise Refused(f"{service} has not been read yet", "It takes a second or two after the start; press again.")

    def still_right(self, plan: Plan) -> Plan:
        """The same plan against the verdict of this moment: what was PASS when the key was pressed may not be now.

        What the operator gave, was given for the verdict on the panel: for a worse one it counts for nothing. Raises
        Refused.
        """
        lane = self.lane(plan.service.name)
        settle_drift.check(lane, plan.action)
        settle_drift.knows_missed(lane, plan)
        if plan.action != "advance":
            return plan
        fresh = self.plan("advance", plan.service.name, to=plan.candidate_percent)
        if fresh.need is not Need.NONE and (fresh.need, fresh.grade) != (plan.need, plan.grade):
            raise Refused(f"Meanwhile {fresh.why}", "Look at the evidence, then press the key again.")
        return fresh

    async def turn(self) -> None:
        """Follow what others wrote, do what is due by itself, and wait for the end of it."""
        await asyncio.gather(*await self.own_turns.begin(asyncio.ensure_future))
