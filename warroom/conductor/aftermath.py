"""After a change that did not hold: the service is read once more, which is the proof that traffic did not move."""

import asyncio

from msgspec.structs import replace

from warroom.conductor.plans import Plan
from warroom.incident.words_strangers import traffic_now
from warroom.rollout.traffic import Service, Split
from warroom.services.errors import ServiceError, Unreachable
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


def told(error: ServiceError, after: Service | None, moved: bool) -> ServiceError:
    """The same error, its remedy with what is served now, the link to the logs, and the way on."""
    if after is None:
        return error
    traffic = traffic_now(served(after), moved, after.ref.name)
    parts = [traffic[:1].upper() + traffic[1:], error.remedy.rstrip("."), f"Logs: {error.link}" if error.link else ""]
    remedy = ". ".join(part for part in parts if part)
    return type(error)(error.title, remedy, detail=error.detail, link=error.link, effect=error.effect)
