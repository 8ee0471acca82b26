"""Carrying a plan out: intent into the journal, the call, its outcome into the journal. One at a time per service."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from warroom.clock import Clock
from warroom.conductor.change_ids import unique
from warroom.conductor.process import abandoned, this_process
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import GaveWay, Refused
from warroom.conductor.traffic import first, outcomes, plans
from warroom.conductor.traffic import reread as aftermath
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.traffic.reread import reread, served, told
from warroom.incident import events
from warroom.incident.change import Action, Asked, Outcome, fields
from warroom.incident.lane.fold import open_changes
from warroom.incident.state import Change, Incident
from warroom.marks import LOOK, THEN_AGAIN, either, key
from warroom.protocol.model import Protocol
from warroom.rollout import split
from warroom.rollout.target import NoTarget, rollback_target
from warroom.rollout.traffic import Service
from warroom.services.errors import Conflict, Effect, ServiceError
from warroom.services.ports import CloudRun, Deployment, Operation


class Changes:
    """Sends plans to Cloud Run. Retreat depends on nothing here but the client and a look at the service."""

    def __init__(self, recorder: Recorder, protocol: Protocol, clock: Clock) -> None:
        self.recorder = recorder
        self.protocol = protocol
        self.clock = clock
        self.run: CloudRun | None = None
        self.on_look: Callable[[Service], Awaitable[None]] | None = None
        self.still_right: Callable[[Plan], Plan] = lambda plan: plan
        self.progress: dict[str, str] = {}
        self.on_progress: Callable[[str, str], None] = lambda service, words: None
        self._sending: dict[str, Plan] = {}
        self._work: dict[str, asyncio.Task[Service]] = {}
        self._opened: set[str] = set()

    def busy(self, service: str) -> Plan | None:
        """The plan that is under way for a service, if any."""
        return self._sending.get(service)

    async def carry_out(self, plan: Plan, consent: Consent) -> Service:
        """Do it, and return the service as it then is.

        Raises Refused when a guard says no (nothing was sent), GaveWay when a retreat went before it, ServiceError when
        Cloud Run says no or its answer is unknown; all but the first are in the journal by then.
        """
        plans.enough(plan, consent)
        run = self._connected()
        name = plan.service.name
        if plan.retreat:
            self._give_way(name)
        else:
            plan = await self._fresh(run, plan)
        self._sending[name] = plan
        work = self._work[name] = asyncio.ensure_future(self._send(run, plan, consent))
        try:
            return await work
        except asyncio.CancelledError:
            newer = self._sending.get(name)
            if newer is None or newer is plan:
                raise
            raise GaveWay(f"Gave way to: {newer.words}", f"{LOOK} for what holds.") from None
        finally:
            if self._sending.get(name) is plan:
                del self._sending[name], self._work[name]
                self.progress.pop(name, None)

    async def recognise(self, run: CloudRun, look: Service) -> bool:
        """Close changes whose outcome nobody saw, or waits for any more, by what a look shows. Resends nothing.

        True when something was written down.
        """
        name, now = look.ref.name, self.clock.now()
        change = outcomes.forsaken(self.recorder.now.lanes[name], now)
        if change is None or name in self._sending:
            return False
        found = outcomes.become(self.recorder.now.lanes[name], change, look, now)
        if found.outcome == Outcome.APPLIED:
            await self._applied(change.id, await self._shown(run, change, look), look)
            return True
        fact: events.AnyFact | None = None
        if found.outcome:
            moved = _percents(look) != split.percents(change.before, look.latest_ready)
            fact = events.ChangeFailed(
                change.id, found.words, found.remedy, outcome=found.outcome, serving=served(look), moved=moved
            )
        elif not change.unknown:
            fact = events.ChangeUnknown(change.id, "whoever sent it waits for it no longer")
        if fact is not None:
            # Another board looks too.
            await self.recorder.record_found(lambda incident: [fact] if change.id in _open(incident, name) else [])
        return True

    def _connected(self) -> CloudRun:
        if self.run is None:
            raise Refused(
                "Not connected to Cloud Run yet",
                f"It takes a second or two after the start; {either('press again', 'run it again', 'try again')}.",
            )
        return self.run

    def _give_way(self, name: str) -> None:
        """Retreat goes before whatever is under way: end our part of it (Cloud Run itself knows no cancel)."""
        work = self._work.get(name)
        if work is not None:
            work.cancel()

    async def _fresh(self, run: CloudRun, plan: Plan) -> Plan:
        """Re-read before moving forward. Raises Refused when the plan no longer fits what is there."""
        name = plan.service.name
        if name in self._sending:
            raise Refused(
                f"Still under way: {self._sending[name].words}",
                f"Wait for it, or {key('abort', verb='press')} to abort.",
            )
        if self.recorder.unwritten:
            raise Refused(f"The journal can't be written: {self.recorder.trouble}", "Free it first; retreat works.")
        before = self.recorder.now.lanes[name]
        try:
            found = await run.service(plan.service)
        except ServiceError as error:
            raise Refused(f"Not sent, for the service could not be read: {error.title}", error.remedy) from error
        await self.recorder.follow()  # what another hand has begun, held or ended by now counts
        if name in self._sending:
            raise Refused(
                f"Still under way: {self._sending[name].words}",
                f"Wait for it, or {key('abort', verb='press')} to abort.",
            )
        lane = self.recorder.now.lanes[name]
        if (lane.ladder, lane.drift, lane.missed) != (before.ladder, before.drift, before.missed):
            plan = self.still_right(plan)
        outcomes.check(lane, found)
        basis = plan.basis
        if not plans.unchanged(basis, found):
            moved = _percents_asked(found) != _percents_asked(basis)
            by = first.who(first.other(lane, found, "") if moved else None, found)
            who = "Somebody" if by == first.SOMEBODY else by
            if self.on_look:
                await self.on_look(found)
            raise Refused(
                f"{who} has changed {name} since this was planned",
                f"{LOOK}, then {THEN_AGAIN}.",
            )
        return replace(plan, basis=found)

    async def _send(self, run: CloudRun, plan: Plan, consent: Consent) -> Service:
        change = self._intent(plan, consent)
        began, sent = self.clock.now(), False
        writing = self.recorder.submit(change)
        try:
            if plan.retreat:
                await asyncio.sleep(0)  # the writer thread has it now; the call does not wait for the disk
            elif not await asyncio.shield(writing):
                await self.recorder.record(events.ChangeFailed(change.change, "not sent: the journal can't be written"))
                raise Refused(f"Not sent: {self.recorder.trouble}", "Free the journal first; retreat works.")
            sent = True
            operation = await self._ask(run, plan, change.change)
            self.recorder.submit(events.ChangeAccepted(change.change, operation.name))
            service = await self._finish(run, plan, operation)
            open_change = Change(change.change, began, **fields(plan, Asked))
            held = outcomes.holds(plan.split, service, retreat=plan.retreat)
            shown = await self._shown(run, open_change, service) if held else []
        except ServiceError as error:
            raise await self._failed(run, plan, change.change, error) from error
        except asyncio.CancelledError:
            await self._left(change.change, plan, sent)
            raise
        if not held:
            rival = await first.find(self.recorder, service, plan.service.name, change.change)
            overruled = aftermath.overruled(plan, rival, service)
            raise await self._failed(run, plan, change.change, overruled, service)
        await self._applied(change.change, shown, service)
        return service

    def _intent(self, plan: Plan, consent: Consent) -> events.ChangeIntended:
        number = unique("c", self.recorder.now.last_seq + 1)
        self._opened.add(number)
        return events.ChangeIntended(
            change=number,
            **fields(plan, Asked),
            etag=plan.basis.etag,
            grade=plan.grade,
            reason=consent.reason or (plan.why if consent.again else ""),
            owner=this_process(),
            chosen=plan.chosen,
        )

    async def _ask(self, run: CloudRun, plan: Plan, change: str) -> Operation:
        if plan.action == Action.DEPLOY:
            deployment = Deployment(plan.revision, plan.image, plan.tag, plan.split)
            return await run.deploy(plan.service, deployment, plan.basis.etag)
        try:
            return await run.shift(plan.service, plan.split, plan.basis.etag)
        except Conflict:
            if not plan.retreat:
                raise
        # Somebody was faster. Going back is right all the same: re-read and send once more, and say so.
        found = await run.service(plan.service)
        again = split.restored(found.spec, found.latest_ready, plan.target)
        operation = await run.shift(plan.service, again, found.etag)
        who = first.who(first.other(self.recorder.now.lanes[plan.service.name], found, change), found)
        self.recorder.submit(events.Noted(f"{who} changed {plan.service.name} meanwhile; sent again on top of it"))
        return operation

    async def _finish(self, run: CloudRun, plan: Plan, operation: Operation) -> Service:
        name = plan.service.name

        def say(words: str) -> None:
            self.progress[name] = words
            self.on_progress(name, words)

        return await run.finish(operation, say)

    async def _failed(
        self, run: CloudRun, plan: Plan, change: str, error: ServiceError, look: Service | None = None
    ) -> ServiceError:
        """Write it down, with what is served after it, and return it so told: a retreat does not wait for that."""
        if error.effect is Effect.UNKNOWN:
            await self.recorder.record(events.ChangeUnknown(change, error.title))
            return aftermath.open_ended(error, plan)
        error = aftermath.not_back(error, plan)
        after = look if plan.retreat or look is not None else await reread(run, plan, error)
        if isinstance(error, Conflict) and look is None and not plan.retreat:
            rival = await first.find(self.recorder, after, plan.service.name, change)
            error = aftermath.beaten(error, rival, after)
        moved = after is not None and _percents(after) != _percents(plan.basis)
        failed = events.ChangeFailed(
            change,
            error.title,
            error.remedy,
            error.detail,
            error.link,
            outcome=Outcome.SUPERSEDED if look is not None and plan.retreat else Outcome.FAILED,
            serving=served(after),
            moved=moved,
        )
        await self.recorder.record(failed)
        if after is not None and self.on_look:
            await self.on_look(after)
        return told(error, after, moved)

    async def _left(self, change: str, plan: Plan, sent: bool) -> None:
        """Nobody waits for it any more: a retreat goes before it, or the operator has left."""
        newer = self._sending.get(plan.service.name)
        if newer is not None and newer is not plan:
            if sent:  # it may hold all the same, when what goes before it comes to nothing
                await self.recorder.record(events.ChangeUnknown(change, newer.words))
            else:
                await self.recorder.record(events.ChangeFailed(change, newer.words, outcome=Outcome.SUPERSEDED))
        elif sent:
            await self.recorder.record(events.ChangeUnknown(change, "no longer watched"))
        else:
            unsent = events.ChangeFailed(change, "left before it was sent", outcome=Outcome.NOT_APPLIED)
            await self.recorder.record(unsent)

    async def _shown(self, run: CloudRun, change: Change, service: Service) -> list[events.AnyFact]:
        """What follows from a change that the service shows."""
        seconds = max(0.0, self.clock.now() - change.intended_at)  # the clock may have been set back meanwhile
        facts: list[events.AnyFact] = [
            events.ChangeApplied(
                change.id, service.serving, seconds, service.spec, service.generation, service.updated_at
            )
        ]
        if change.action == Action.DEPLOY:
            facts.append(await self._ladder(run, change, service))
        return facts

    async def _applied(self, change: str, facts: list[events.AnyFact], service: Service) -> None:
        await self.recorder.record_found(lambda incident: outcomes.unsaid(incident, facts))

        def over(incident: Incident) -> list[events.AnyFact]:
            """What it went before, and nobody waits for; what another hand waits for is that hand's to close."""
            lane, now = incident.lanes[service.ref.name], self.clock.now()
            if lane.last_change is None or lane.last_change.id != change:
                return []
            before = (one for one in lane.superseded if one.order < lane.last_change.order)
            ours = [one for one in before if one.id in self._opened or one.unknown or abandoned(one, now)]
            return [
                events.ChangeFailed(one.id, one.title or "a later change was sent over it", outcome=Outcome.SUPERSEDED)
                for one in ours
            ]

        # Only now: a retreat does not wait for the disk, and what it went before may not have been folded until here.
        if over(self.recorder.now):
            await self.recorder.record_found(over)
        if self.on_look:
            await self.on_look(service)

    async def _ladder(self, run: CloudRun, change: Change, service: Service) -> events.LadderStarted:
        """Where abort goes back to is fixed now, while the candidate has no traffic yet."""
        try:
            revisions = await run.revisions(service.ref)
        except ServiceError as error:
            revisions = None  # a way back there must be all the same
            await self.recorder.record(events.Noted(f"Whether what serves is Ready could not be read: {error.title}"))
        try:
            target = rollback_target(service, revisions, change.revision)
        except NoTarget as error:
            target = {}
            await self.recorder.record(events.Noted(f"No place to go back to: {error}"))
        others = {name: share for name, share in _percents(service).items() if name != change.revision}
        if target and target != others:
            told = ", ".join(f"{name} {share} %" for name, share in target.items())
            left = ", ".join(name for name in others if name not in target)
            await self.recorder.record(events.Noted(f"{left} is not Ready: an abort scales the others, to {told}"))
        rules = self.protocol.ladder
        own = {one.percent: one.bake_minutes * 60 for one in rules.at if one.bake_minutes is not None}
        usual = rules.bake_minutes * 60
        return events.LadderStarted(service.ref, change.revision, change.tag, target, rules.rungs, usual, own)


def _open(incident: Incident, service: str) -> list[str]:
    return [one.id for one in open_changes(incident.lanes[service])]


def _percents(look: Service) -> dict[str, int]:
    return split.percents(look.serving, look.latest_ready)


def _percents_asked(look: Service) -> dict[str, int]:
    return split.percents(look.spec, look.latest_ready)
