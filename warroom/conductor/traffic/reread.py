"""After a change that did not hold: the service is read once more, which is the proof that traffic did not move."""

import asyncio

from msgspec.structs import replace

from warroom.conductor.traffic import first
from warroom.conductor.traffic.plans import Plan
from warroom.incident.lane import retreats
from warroom.incident.lane.words_drift import traffic_now
from warroom.incident.state import Change
from warroom.marks import LOOK, THEN_LOOK
from warroom.rollout.traffic import Service, Split
from warroom.services.errors import Conflict, Effect, ServiceError, Unreachable
from warroom.services.ports import CloudRun

LONGEST_SECONDS = 5.0
"""In real seconds: the failure itself must be told soon."""


async def reread(run: CloudRun, plan: Plan, error: ServiceError) -> Service | None:
    """The service as it is after `error`, or None where that can't be had."""
    if isinstance(error, Unreachable):
        return None
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await run.service(plan.service)
    except (ServiceError, TimeoutError):
        return None


def served(look: Service | None) -> Split:
    """What is served, every revision by name; () for a look that could not be had."""
    return tuple(replace(share, revision=look.name_of(share)) for share in look.serving) if look else ()


def beaten(error: ServiceError, rival: Change | None, after: Service | None) -> ServiceError:
    """The same conflict, told with who was first: the journal's hand, else whom Cloud Run names."""
    who = first.who(rival, after)
    if rival is None:
        return Conflict(f"not done: {who} was first: {error.title}", error.remedy, detail=error.detail)
    remedy = f"Now {who}'s {rival.action} counts: {THEN_LOOK}, then decide"
    return Conflict(f"not done: {who} was first", remedy, detail=error.detail)


def overruled(plan: Plan, rival: Change | None, look: Service) -> ServiceError:
    """What a change ends with that was done, and over which somebody has put another split meanwhile."""
    who = first.who(rival, look)
    if plan.retreat:
        title = f"It was done, and then {who} changed {plan.service.name}"
        return Conflict(title, f"{retreats.again(plan.action)}", effect=Effect.FAILED)
    title = f"{who} changed {plan.service.name} while this was under way"
    return Conflict(title, f"{LOOK}, then decide", effect=Effect.FAILED)


def open_ended(error: ServiceError, plan: Plan) -> ServiceError:
    """The same error of unknown effect; of a retreat, that it need not be waited for."""
    if not plan.retreat:
        return error
    remedy = f"{retreats.again(plan.action)}; it is read again meanwhile"
    return type(error)(error.title, remedy, detail=error.detail, link=error.link, effect=error.effect)


def not_back(error: ServiceError, plan: Plan) -> ServiceError:
    """The same error of a change that Cloud Run took and did not do; of a retreat, that it may be sent at once."""
    if not plan.retreat or error.effect is not Effect.FAILED:
        return error
    remedy = retreats.again(plan.action)
    return type(error)(error.title, remedy, detail=error.detail, link=error.link, effect=error.effect)


def told(error: ServiceError, after: Service | None, moved: bool) -> ServiceError:
    """The same error, its remedy with what is served now, the link to the logs, and the way on."""
    if after is None:
        return error
    traffic = traffic_now(served(after), moved, after.ref.name)
    parts = [traffic[:1].upper() + traffic[1:], error.remedy.rstrip("."), f"Logs: {error.link}" if error.link else ""]
    remedy = ". ".join(part for part in parts if part)
    return type(error)(error.title, remedy, detail=error.detail, link=error.link, effect=error.effect)
