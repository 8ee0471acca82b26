"""The Cloud Run services' definitions, saved before the first change to each, and their traffic put back."""

import asyncio
import re

from warroom import files
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.traffic import plans
from warroom.conductor.traffic.plans import Plan
from warroom.incident.events import Noted
from warroom.incident.steps.steps import DefinitionSaved
from warroom.marks import press
from warroom.redaction import clean
from warroom.rollout import split
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError


async def keep(session: Session, ref: ServiceRef, *, anew: bool = False) -> None:
    """Save a service's definition once, or `anew`, without what may be secret in it.

    What hinders it is noted, and hinders nothing else.
    """
    if session.definitions is None or session.clients is None or session.clients.definition is None:
        return
    if ref.name in session.incident.work.saved and not anew:
        return
    name = re.sub(r"[^A-Za-z0-9.-]", "_", f"{session.incident.id}-{ref.project}-{ref.region}-{ref.name}.json")
    from warroom.services.blanking import kept  # not needed to paint the board

    path = session.definitions / name
    try:
        found = clean(kept(await session.clients.definition(ref), ref))
        look = await session.clients.run.service(ref)
        await asyncio.to_thread(files.put, path, found, own=True)
    except ServiceError as error:
        await session.record(Noted(f"definition of {ref.name} not saved: {error.title}"))
        return
    except ValueError as error:
        await session.record(Noted(f"definition of {ref.name} not saved: it can't be read ({error})"))
        return
    except OSError as error:
        await session.record(Noted(f"definition of {ref.name} not saved in {path}: {error.strerror}"))
        return
    serving = split.percents(look.serving, look.latest_ready)
    await session.record(DefinitionSaved(ref, str(path), serving))


def restore(session: Session, service: str) -> Plan:
    """Traffic back to what served when the definition was saved. Raises Refused without one."""
    saved = session.incident.work.saved.get(service)
    if saved is None or not saved.serving:
        raise Refused(f"No definition of {service} was saved", f"{press('roll-back')} to roll back to any revision.")
    look = session.seen(service)
    places = ", ".join(f"{name} {percent} %" for name, percent in saved.serving.items())
    return plans.back_to(session.lane(service), look, saved.serving, f"Traffic back as it was saved: {places}")
