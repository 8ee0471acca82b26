"""Traffic under one hand: what a change would do now, whether it still may, and doing it."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from warroom.conductor import reach
from warroom.conductor.evidence.pace import forecast
from warroom.conductor.process import this_process
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.traffic import definitions, going_back, plans, settle_drift, staging
from warroom.conductor.traffic.changes import Changes
from warroom.conductor.traffic.dry_run import validate
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.events import AnyFact, LadderHeld, LadderResumed
from warroom.incident.place import Place
from warroom.incident.progress.follow_ups import validation
from warroom.incident.progress.open_needs import before_change, before_native, step_of, steps_left
from warroom.incident.state import Incident, Lane
from warroom.marks import THEN_AGAIN, press
from warroom.protocol.model import Config
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Revision, Service, ServiceRef


class TrafficControl(Session):
    """A session that moves traffic: plans from the newest look, and carries them out through `changes`.

    `draw` ends the names of staging's revisions.
    """

    def __init__(
        self, config: Config, recorder: Recorder, place: Place | None = None, *, draw: staging.Draw = staging.draw
    ) -> None:
        super().__init__(config, recorder, place)
        self.changes = Changes(recorder, config.protocol, self.clock)
        self.changes.still_right = self.still_right
        self._draw = draw

    def plan(
        self,
        action: str,
        service: str,
        *,
        image: str = "",
        revision: str = "",
        to: int | None = None,
        usual: bool = False,
    ) -> Plan:
        """What `action` on `service` would do now, from the last look. Raises Refused.

        `usual`: nobody chose the `revision` of a way back, it is the one that an abort leads to.
        """
        if action in plans.RETREAT:
            reach.check_back(self, [service], revision)
        reach.check(self)
        lane, look = self.lane(service), self.seen(service)
        self.check(action, service)
        try:
            match action:
                case Action.RESTORE:
                    plan = settle_drift.restore(lane, look)
                case Action.DEPLOY:
                    plan = plans.deploy(lane, look, image, self.config.protocol.ladder, self.moment)
                    why = self._not_ready(lane, plan.image)
                    plan = replace(plan, need=Need.REASON, why=why) if why else plan
                case Action.ADVANCE:
                    plan = replace(plans.advance(lane, look, self.moment, to), forecast=forecast(self.pace(lane.ref)))
                case Action.ABORT:
                    plan = plans.abort(lane, look)
                case Action.ROLL_BACK:
                    plan = plans.roll_back(lane, look, revision)
                case Action.UN_PIN:
                    plan = plans.un_pin(lane, look)
                case _:
                    raise LookupError(f"no such action: {action}")
        except ValueError as error:
            raise Refused(
                f"This split can't be worked out: {error}", f"{press('roll-back')} and choose a revision."
            ) from error
        if plan.retreat:
            plan = going_back.guarded(self, lane, plan, chosen=not usual)
        needs = before_change(self.incident, lane, action, self.config.protocol)
        warnings = [plan.warning, staging.failed_smoke(lane) if action == Action.ADVANCE else ""]
        if needs and action != Action.DEPLOY:  # whose reason names them already
            warnings.append(f"still open: {needs}")
        plan = replace(plan, warning="; ".join(part for part in warnings if part))
        return settle_drift.over_missed(lane, plan)

    def _not_ready(self, lane: Lane, image: str) -> str:
        """What production should wait for, all of it: staging, and what the protocol's step needs; "" for nothing."""
        why = staging.why_not(lane, image, self.service_config(lane.ref).staging_project)
        # Boxes that were opened again for another image say nothing against one that staging has validated.
        passed = validation(self.config.protocol) if image in lane.validated else []
        step = step_of(Action.DEPLOY, self.config.protocol)
        needed = steps_left(self.incident, step, self.config.protocol) if step is not None else ()
        left = [one for one in needed if one.id not in passed]
        told = f"not done yet: {', '.join(one.short or one.title for one in left)}" if left else ""
        return "; ".join(part for part in (why, told) if part)

    async def plan_stage(self, service: str, image: str) -> Plan:
        """What deploying `image` to staging would do, from a look at it now. Raises Refused, ServiceError."""
        lane = self.lane(service)
        look = await reach.clients(self).run.service(self._staging_ref(lane))
        plan = staging.plan(lane, look, image, self.clock.now(), self._draw())
        needs = before_native(self.incident, "stage", self.config.protocol)
        warnings = [plan.warning, f"still open: {needs}" if needs else ""]
        return replace(plan, warning="; ".join(part for part in warnings if part))

    async def stage(self, service: str, plan: Plan) -> Service:
        """Deploy to staging, then test what came up there. Raises Refused and ServiceError."""
        lane, clients, known = self.lane(service), reach.clients(self), (self.config.protocol, self.clock)
        say = partial(self.changes.on_progress, service)
        look = await staging.carry_out(plan, lane.ref, clients.run, self.recorder, *known, say)
        own = self.service_config(lane.ref)
        if look.percent(plan.revision) == 100 and own.probe != "off":
            await staging.smoke(self.lane(service), look, clients.prober, own, self.recorder)
        await self.record()
        return look

    async def smoke(self, service: str, where: str = "staging") -> bool:
        """Test staging's revision once more, or the "candidate", or the "service" itself.

        Raises Refused and ServiceError.
        """
        lane, clients = self.lane(service), reach.clients(self)
        own = self.service_config(lane.ref)
        if where == "staging":
            self.check("smoke", service)
            look = await clients.run.service(self._staging_ref(lane))
            passed = await staging.smoke(lane, look, clients.prober, own, self.recorder)
        else:
            look = await clients.run.service(lane.ref)
            passed = await staging.smoke_production(lane, look, where, clients.prober, own, self.recorder)
        await self.record()
        return passed

    async def carry_out(self, plan: Plan, consent: Consent | None = None) -> Service:
        """Fire a plan. A forward one is judged once more first. Raises Refused and ServiceError."""
        reach.check(self)
        if plan.retreat and plan.service.name in self.incident.taken_off:  # by another hand, while this was armed
            await self.recorder.record(events.ServiceAdded(plan.service, "its traffic goes back"))
        if plan.action is Action.STAGE:
            return await self.stage(plan.service.name, plan)
        if not plan.retreat:
            plan = self.still_right(plan)
            await definitions.keep(self, plan.service)
        service = await self.changes.carry_out(plan, consent or Consent())
        if plan.action == Action.DEPLOY and self.service_config(plan.service).smoke:
            await self._meet(plan.service.name, service)
        if plan.action == Action.UN_PIN:
            climbing = self.lane(plan.service.name).ladder
            await self.recorder.record(events.Noted(next_deploy(service, climbing.tag if climbing else "")))
        await self.record()
        return service

    async def _meet(self, service: str, look: Service) -> None:
        """The first that the new candidate is asked: its smoke test. It is deployed whatever comes of that."""
        lane, prober = self.lane(service), reach.clients(self).prober
        with suppress(Refused):
            own = self.service_config(lane.ref)
            await staging.smoke_production(lane, look, "candidate", prober, own, self.recorder)

    async def dry_run(self, plan: Plan) -> None:
        """Ask Cloud Run whether it would take a plan. Changes nothing. Raises Refused and ServiceError if not."""
        await validate(reach.clients(self).run, plan)

    async def adopt(self, service: str) -> None:
        """Go on from what somebody else changed. Raises Refused."""
        reach.check(self)
        self.check("settle", service)
        fact = settle_drift.adopt(self.lane(service), self.seen(service))
        await self.record(fact)

    async def revisions(self, service: str) -> tuple[Revision, ...]:
        """All revisions of a service, newest first. Raises Refused while not connected, ServiceError."""
        return await reach.clients(self).run.revisions(self.lane(service).ref)

    async def hold(self, service: str, reason: str = "") -> None:
        """Stop the ladder where it is, or let it go on. Raises Refused without one."""
        self.check("hold", service)
        await self.recorder.record_found(turn_of_hold(self.lane(service), reason))
        await self.record()

    async def auto_advance(self, service: str) -> None:
        """Switch auto-advance on or off for this ladder. Raises Refused without one."""
        reach.check(self)
        self.check("auto-advance", service)
        lane = self.lane(service)
        switched_on = lane.ladder is not None and lane.ladder.auto
        await self.record(events.AutoAdvanceSet(lane.ref, not switched_on, this_process()))

    def _staging_ref(self, lane: Lane) -> ServiceRef:
        project = self.service_config(lane.ref).staging_project
        if not project:
            raise Refused(f"services.toml names no staging project for {lane.ref.name}", "Add staging_project there.")
        return ServiceRef(lane.ref.name, lane.ref.region, project)

    def still_right(self, plan: Plan) -> Plan:
        """A forward plan that was agreed to, with the verdict of this moment: nothing else of it becomes another.

        It is carried out as it was shown, or not at all. Raises Refused with what has changed since.
        """
        reach.check(self)
        lane = self.lane(plan.service.name)
        self.check(plan.action, plan.service.name)
        settle_drift.knows_missed(lane, plan)
        if plan.action == Action.ADVANCE:
            return plans.still_advances(lane, plan, self.moment)
        if plan.action == Action.DEPLOY:
            why = staging.why_not(lane, plan.image, self.service_config(lane.ref).staging_project)
            if why and why not in plan.why:
                raise Refused(f"Meanwhile {why}", f"Look at the validation, then {THEN_AGAIN}.")
        return plan


def next_deploy(service: Service, tag: str) -> str:
    """Whether the next ordinary deploy would serve, and whether the hotfix's tag is gone, in a sentence."""
    latest = sum(share.percent for share in service.spec if share.latest) if service.spec else 100
    left = any(share.tag == tag for share in service.spec) if tag else False
    tagged = f"; its tag {tag} is still there" if left else f"; its tag {tag} is gone" if tag else ""
    if latest == 100:
        return f"checked: traffic of {service.ref.name} follows the latest revision, the next deploy will serve{tagged}"
    return f"checked: the next deploy of {service.ref.name} would get {latest} %, its traffic is still pinned{tagged}"


def turn_of_hold(lane: Lane, reason: str) -> Callable[[Incident], list[AnyFact]]:
    """What a hold, or its end, says of the incident as it stands when that is written.

    Which of the two is meant goes by what the operator sees. Somebody else may have done the same a moment ago: then
    only another reason is news.
    """
    assert lane.ladder is not None  # see incident.lane.guards
    ref, held = lane.ref, lane.ladder.held_since is not None

    def wanted(incident: Incident) -> list[AnyFact]:
        ladder = incident.lanes[ref.name].ladder
        if ladder is None or ladder.ended:
            return []
        if held:
            return [LadderResumed(ref)] if ladder.held_since is not None else []
        return [LadderHeld(ref, reason)] if ladder.held_since is None or reason else []

    return wanted
