"""What the book says to the outside: alert, pages and updates, wherever they can be said; a failure stops nothing."""

from typing import TYPE_CHECKING

from warroom.conductor.comms import alert as alerting
from warroom.conductor.comms import updates
from warroom.conductor.people import paging
from warroom.conductor.refusal import Refused
from warroom.incident.events import Noted
from warroom.services.errors import ServiceError
from warroom.updates.wording import filled

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor


async def alert(conductor: "Conductor") -> None:
    """Open the channel and wake the team, where Slack is there."""
    found = alerting.plan(conductor)
    if found.off:
        return
    try:
        await alerting.carry_out(conductor, found)
    except (Refused, ServiceError) as error:
        await conductor.record(Noted(f"the team was not alerted: {error}"))


async def page(conductor: "Conductor") -> None:
    """Page whoever holds a core role and is not the operator, where there is a pager."""
    for role in conductor.config.protocol.roles:
        holder = conductor.incident.roles.get(role.id)
        if role.kind != "core" or holder is None or holder.person == conductor.recorder.actor:
            continue
        try:
            wanted = paging.plan(conductor, role)
            if not wanted.by_hand:
                await paging.page(conductor, wanted)
        except (Refused, ServiceError) as error:
            await conductor.record(Noted(f"{holder.person} was not paged: {error}"))


async def update(conductor: "Conductor") -> None:
    """The update that is due, to every channel proposed; the book's Incident Commander approves it."""
    incident = conductor.incident
    template, text = filled(incident, conductor.config, conductor.clock.now())
    held = incident.roles.get("incident-commander")
    draft = updates.Draft(text, template, approved_by=held.person if held else "")
    told = await updates.tell(conductor, draft)
    if any(one.trouble for one in told):
        await conductor.record(Noted(updates.summary(told)))
