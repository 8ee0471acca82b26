"""Carrying a plan out for a script: send, wait for its end, read on where that is unknown, and say what is served."""

import asyncio
from contextlib import suppress
from typing import Any

from warroom.actions import plan as planning
from warroom.actions.answer import Answer, Planned
from warroom.clock import Clock
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.headless.reading import (
    APART_SECONDS,
    LONGER,
    LOOK_FIRST,
    Patience,
    Seen,
    ended,
    left,
)
from warroom.incident.change import Outcome
from warroom.incident.lane import retreats
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services.clients import Clients
from warroom.services.errors import Conflict, Effect, ServiceError

AGAIN = "Run it again at once: going back may be sent twice"


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


async def applied(conductor: Conductor, plan: Plan, service: Service) -> Answer:
    """What has come of a plan that was applied."""
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


async def staged(conductor: Conductor, clients: Clients, plan: Plan) -> None:
    """Deploy to staging and test it there. Raises Refused, and ServiceError with what staging serves then."""
    where, clock, read_at = f"{plan.service.name} in staging", conductor.clock, conductor.clock.now()
    try:
        await conductor.carry_out(plan)
    except asyncio.CancelledError:
        begun = conductor.lane(plan.service.name).staging
        if begun is None or begun.revision != plan.revision:
            raise Refused("Left before it was sent", "Nothing was changed.") from None
        before = Seen(plan.basis, read_at, before=True)
        raise await left(lambda: glance(clients, plan.service, clock), before, where, clock, LOOK_FIRST) from None
    except ServiceError as error:
        seen = Seen(plan.basis, read_at, before=True)
        with suppress(ServiceError):
            seen = await glance(clients, plan.service, clock)
        way = LOOK_FIRST if error.effect is Effect.UNKNOWN else ""
        raise ended(error, seen, where, clock.now(), way) from error
