"""One change to production without a board: look, judge, plan, ask for the flags, carry out, wait, tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from msgspec import Struct, to_builtins

from warroom.clock import Clock
from warroom.conductor import reach, set_back
from warroom.conductor.clients import Clients
from warroom.conductor.conductor import Conductor
from warroom.conductor.process import abandoned
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import RETREAT, Consent, Plan
from warroom.headless import plan as planning
from warroom.headless.answer import Answer, Misused, Planned
from warroom.headless.choose import incident_of, lane_of
from warroom.headless.reading import (
    APART_SECONDS,
    LONGER,
    LOOK_FIRST,
    WAIT_SECONDS,
    Patience,
    Say,
    Seen,
    ended,
    left,
    remembered,
    unread,
)
from warroom.incident.change import Outcome
from warroom.incident.lane import retreats
from warroom.incident.lane.words_drift import question
from warroom.incident.state import Lane
from warroom.incident.timeline import shares
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services.errors import Conflict, Effect, ServiceError, Unreachable
from warroom.workspace import Room

PROBES = 3  # so many must fail before a probe may fail a step
AGAIN = "Run it again at once: going back may be sent twice"


class Order(Struct, frozen=True):
    """What is to be done, and what is consented to. `to` is a percent, None for the next rung.

    `wait` is how long all of it may take: Cloud Run's answers, and that it shows the change, in seconds of the clock.
    """

    action: str
    incident: str = ""
    service: str = ""
    image: str = ""
    revision: str = ""
    to: int | None = None
    reason: str = ""
    accept_weak: bool = False
    yes: bool = False
    dry_run: bool = False
    wait: float = WAIT_SECONDS


async def act(room: Room, order: Order, emulated: bool, say: Callable[[str], None]) -> Answer:
    """Carry an order out. `say` gets one line of progress at a time, `emulated`: the clients reach no Google.

    Raises Misused, Refused, JournalError, ServiceError.
    """
    patience = Patience(room.clock, say, order.wait, reads_on=order.yes and not order.dry_run)
    forward = order.action not in RETREAT
    async with patience.telling(), opened(room, order.incident, emulated, acts=forward) as conductor:
        name = lane_of(conductor.incident, order.service).ref.name
        if not forward:
            reach.check_back(conductor, [name], order.revision)
        clients = await room.connected(conductor)
        await first_look(conductor, clients, name, patience)
        if forward:
            try:
                await patience.within(_read(conductor, clients, name))
            except Unreachable as error:
                seen = Seen(conductor.watching.looks.get(name), conductor.clock.now())
                raise unread(error, seen, name, conductor.clock.now()) from error
        plan = _plan(conductor, order, name)
        answer = planning.planned(conductor.incident.id, plan)
        if order.dry_run:
            return await _validated(conductor, plan, answer)
        consent = Consent(again=order.accept_weak, reason=order.reason)
        planning.confirmed(answer, order.yes)
        planning.enough(plan, answer, consent)
        patience.say(f"{plan.words} …")
        service = await carried_out(conductor, clients, plan, consent, patience)
        return await _done(conductor, plan, service)


@asynccontextmanager
async def opened(room: Room, wanted: str, emulated: bool, *, acts: bool = True) -> AsyncIterator[Conductor]:
    """The room with the incident `wanted`, or the only one, to act on.

    Raises Misused, JournalError; and Refused where it was declared elsewhere, unless the caller sees to that (`acts`).
    """
    async with room.opened(partial(incident_of, wanted=wanted)) as conductor:
        incident = conductor.incident
        if incident.declared.drill and not emulated:
            raise Misused(
                f"{incident.id} is a drill, and nothing here leads to its cloud",
                "Export what its board shows under gcloud, CLOUD_RUN_EMULATOR_HOST and CLOUD_MONITORING_EMULATOR_HOST.",
            )
        if acts:
            reach.check(conductor)
        yield conductor


async def first_look(conductor: Conductor, clients: Clients, name: str, patience: Patience) -> Service:
    """One look at the service, which is all that a retreat waits for. Raises ServiceError, with what is known of it."""
    lane = conductor.lane(name)
    try:
        service = await patience.through(lambda: clients.run.service(lane.ref))
    except ServiceError as error:
        raise unread(error, remembered(lane), name, conductor.clock.now()) from error
    await conductor.watching.saw(service)
    return service


async def _read(conductor: Conductor, clients: Clients, name: str) -> None:
    """What else the board knows before a key is pressed that goes forward."""
    watching = conductor.watching
    await set_back.keep(conductor)
    await conductor.look(clients.run)
    # One verdict at the end, from all of it: one without the probe's bad news could let a board advance meanwhile.
    watching.judges = False
    await watching.read(clients.monitoring)
    if conductor.lane(name).ladder is not None:
        for _ in range(PROBES):
            await watching.probe(clients.prober)
    watching.judges = True
    await watching.judge()


def _plan(conductor: Conductor, order: Order, name: str) -> Plan:
    lane = conductor.lane(name)
    if order.revision and lane.ready and order.revision not in lane.ready:
        listed = ", ".join(lane.ready)
        raise Misused(f"{name} has no revision {order.revision}", f"Choose one of: {listed}.")
    revision = order.revision or (_where_back(lane) if order.action == "roll-back" else "")
    plan = conductor.plan(order.action, name, image=order.image, revision=revision, to=order.to)
    planning.refuse_while_open(plan, _under_way(lane, conductor.clock.now()))
    return plan


def _where_back(lane: Lane) -> str:
    """The one revision that served when the ladder started; anything else is for the operator to name."""
    target = list(lane.ladder.target) if lane.ladder else []
    if len(target) != 1:
        listed = ", ".join(f"{name} ({'Ready' if ready else 'not Ready'})" for name, ready in lane.ready.items())
        raise Misused(f"No one revision served {lane.ref.name} before", f"Name it with --to: {listed or 'none seen'}.")
    return target[0]


def _under_way(lane: Lane, now: float) -> str:
    """What another process waits for just now; "" for nothing, or for what nobody waits for any more."""
    change = lane.in_flight
    if change is None or change.unknown or abandoned(change, now):
        return ""
    return f"{change.action} by {change.actor or 'somebody'}"


async def _validated(conductor: Conductor, plan: Plan, answer: Answer) -> Answer:
    await conductor.dry_run(plan)
    lines = (*answer.lines, "Cloud Run would take it. Nothing was sent but the question.")
    return Answer(lines, {**answer.data, "dry_run": True})


async def carried_out(
    conductor: Conductor, clients: Clients, plan: Plan, consent: Consent, patience: Patience
) -> Service:
    """The service when it shows the change. Raises Refused, and ServiceError with what is served then."""
    name, clock = plan.service.name, conductor.clock
    if not plan.retreat:
        await _still_read(conductor, clients, plan, patience)
    began = clock.now()
    conductor.changes.on_progress = lambda service, words: patience.say(words)
    try:
        return await conductor.carry_out(plan, consent)
    except asyncio.CancelledError:
        if conductor.lane(name).in_flight is None:
            raise Refused("Left before it was sent", "Nothing was changed.") from None
        before = Seen(conductor.watching.looks.get(name), began, before=True)
        remedy = AGAIN if plan.retreat else "Look with warroom status before you act again"
        raise await left(lambda: glance(clients, plan.service, clock), before, name, clock, remedy) from None
    except ServiceError as error:
        if error.effect is not Effect.UNKNOWN:
            seen = Seen(conductor.watching.looks.get(name), began, before=True)
            with suppress(ServiceError):
                seen = await look(conductor, clients, name)
            again = AGAIN if plan.retreat and (isinstance(error, Conflict) or error.effect is Effect.FAILED) else ""
            raise ended(error, seen, name, clock.now(), again, not_done(plan, error)) from error
        patience.say(f"{error.title}. Reading the service again …")
        return await _seen_afterwards(conductor, clients, plan, began, patience, error)


def not_done(plan: Plan, error: ServiceError) -> str:
    """How the error of a retreat begins that Cloud Run took and did not do; "" for all else."""
    if not plan.retreat or error.effect is not Effect.FAILED or isinstance(error, Conflict):
        return ""
    return f"The {retreats.NAMES[plan.action]} did not happen: {error.title}"


async def _still_read(conductor: Conductor, clients: Clients, plan: Plan, patience: Patience) -> None:
    """Whoever goes forward reads once more what it sets out from: an outage of that is waited for too.

    Raises Refused, with what is served as far as that is known.
    """
    name, clock = plan.service.name, conductor.clock
    seen = Seen(conductor.watching.looks.get(name), clock.now(), before=True)
    try:
        await patience.through(lambda: clients.run.service(plan.service))
    except ServiceError as error:
        answer = seen.answer(name, clock.now())
        remedy = LONGER if error.passing else error.remedy
        raise Planned(f"Not sent, for the service could not be read: {error.title}", remedy, answer) from error


async def _seen_afterwards(
    conductor: Conductor, clients: Clients, plan: Plan, began: float, patience: Patience, error: ServiceError
) -> Service:
    """The service, once it shows the change of unknown outcome; nothing is sent again.

    Raises ServiceError, with what is served: the same one when the time is over, another where it is found not to hold.
    """
    name, clock = plan.service.name, conductor.clock
    seen = Seen(conductor.watching.looks.get(name), began, before=True)
    while True:
        trouble, denied = "", None
        try:
            seen = await look(conductor, clients, name)
        except ServiceError as failed:
            trouble = failed.title
            denied = None if failed.passing else failed
        lane = conductor.lane(name)
        change = lane.last_change
        if not lane.in_flight and change is not None and change.intended_at >= began:
            if change.outcome == Outcome.APPLIED:
                return conductor.watching.looks[name]
            effect = Effect.NOTHING if change.outcome == Outcome.NOT_APPLIED else Effect.FAILED
            found = ServiceError(f"{plan.action} {change.outcome}: {change.title}", change.remedy, effect=effect)
            raise ended(found, seen, name, clock.now(), AGAIN if plan.retreat else "") from error
        patience.tell(trouble or f"What became of {plan.action} does not show yet")
        if denied is not None:
            patience.say(f"{trouble}: reading no further")
        if patience.over or denied is not None:
            way = LOOK_FIRST if denied is None else denied.remedy
            raise ended(error, seen, name, clock.now(), AGAIN if plan.retreat else way) from error
        await clock.sleep(APART_SECONDS)


async def glance(clients: Clients, ref: ServiceRef, clock: Clock) -> Seen:
    """One look at one service of which nothing is written down. Raises ServiceError."""
    return Seen(await clients.run.service(ref), clock.now())


async def look(conductor: Conductor, clients: Clients, name: str) -> Seen:
    """One look at one service, from which the outcome of a change is told. Raises ServiceError."""
    await conductor.recorder.follow()
    await conductor.look_at(clients.run, name)
    return Seen(conductor.watching.looks[name], conductor.clock.now())


async def _done(conductor: Conductor, plan: Plan, service: Service) -> Answer:
    recorder = conductor.recorder
    await recorder.follow()  # behind the writes under way; tries what is owed once more
    change = conductor.lane(plan.service.name).last_change
    shares = planning.served(service)
    data: dict[str, Any] = {
        **planning.facts(conductor.incident.id, plan),
        "done": True,
        "change": change.id if change else "",
        "seconds": round(change.seconds, 1) if change else 0.0,
        "serving": shares,
        "unwritten": len(recorder.unwritten),
    }
    lines = [f"{plan.words}: applied.", f"  serving: {planning.places(shares)}", f"  $ {plan.gcloud}"]
    if recorder.unwritten:
        lines.append(f"  The journal did not take {len(recorder.unwritten)} event(s): {recorder.trouble}.")
    return Answer(tuple(lines), data)


async def adopt(
    room: Room, incident: str, service: str, emulated: bool, say: Say, wait: float = WAIT_SECONDS, *, yes: bool
) -> Answer:
    """Go on from what is there; moves no traffic. Raises Misused, Refused, JournalError, ServiceError."""
    patience = Patience(room.clock, say, wait, reads_on=yes)
    async with patience.telling(), opened(room, incident, emulated) as conductor:
        name = lane_of(conductor.incident, service).ref.name
        clients = await room.connected(conductor)
        await first_look(conductor, clients, name, patience)
        await conductor.look(clients.run)
        stranger = conductor.lane(name).stranger
        if stranger is None:
            raise Refused(f"Nobody else has changed {name}", "There is no drift to resolve.")
        facts = {"incident": conductor.incident.id, "service": name, "action": "adopt"}
        facts["words"] = f"{question(stranger)}; adopt it"
        lines = (f"{question(stranger)}.", f"  ours: {shares(stranger.before)}", f"  now: {shares(stranger.after)}")
        answer = Answer(lines, {"plan": {**facts, "stranger": to_builtins(stranger)}})
        if not yes:
            raise Planned("refused: add --yes", "Nothing was written.", answer)
        await conductor.adopt(name)
        return Answer((*lines, "Adopted: the ladder goes on from what is there."), {**facts, "done": True})
