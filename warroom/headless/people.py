"""Roles without a board: assign, page, acknowledge, hand over, away, and the roster as it stands."""

from typing import Any

from warroom.clock import ago
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import paging
from warroom.conductor.people import roles as people
from warroom.headless.answer import Answer, Planned
from warroom.headless.traffic import opened
from warroom.incident.roles.roles import standing
from warroom.workspace import Room


async def page(room: Room, wanted: dict[str, Any], emulated: bool) -> Answer:
    """Page a role, or show what would go where. Raises Misused, Refused, JournalError, ServiceError."""
    async with opened(room, wanted["incident"], emulated) as conductor:
        by_hand = wanted["by_hand"]
        if not by_hand:
            await room.connected(conductor)
        role = people.role_named(conductor, wanted["role"])
        plan = paging.plan(conductor, role, wanted["person"], by_hand=by_hand)
        said = [f"Page {plan.person.handle} as {role.title}", *([f"  by hand: {plan.why}"] if plan.why else [])]
        said += [f"  {where}: {text}" for where, text in plan.goes]
        facts = {
            "incident": conductor.incident.id,
            "role": role.id,
            "person": plan.person.handle,
            "by_hand": plan.by_hand,
            "why": plan.why,
            "goes": [{"to": where, "text": text} for where, text in plan.goes],
        }
        if not wanted["yes"]:
            remedy = "Nothing was sent; --yes records that you did it." if plan.by_hand else "Nothing was sent."
            raise Planned("refused: add --yes", remedy, Answer(tuple(said), {"plan": facts}))
        done = await paging.page(conductor, plan)
        await conductor.recorder.follow()
        return Answer((*said, done), {**facts, "done": True})


async def assign(conductor: Conductor, role: str, person: str) -> Answer:
    """Give a role to somebody."""
    found = people.role_named(conductor, role)
    return _told(conductor, f"{found.title} is {await people.assign(conductor, found, person)}", found.id)


async def acknowledge(conductor: Conductor, role: str, *, joined: bool) -> Answer:
    """Who holds a role knows, or has joined."""
    found = people.role_named(conductor, role)
    who = await people.acknowledge(conductor, found, joined=joined)
    return _told(conductor, f"{found.title} {who} {'joined' if joined else 'acknowledged'}", found.id)


async def handover(conductor: Conductor, role: str, person: str, *, accept: bool) -> Answer:
    """Offer a role with a brief, or accept what was offered."""
    found = people.role_named(conductor, role)
    if accept:
        who = await people.accept(conductor, found, person)
        return _told(conductor, f"{found.title} is {who} now", found.id)
    brief = await people.offer(conductor, found, person)
    answer = _told(conductor, f"{found.title} is offered to {person}, who has to accept", found.id)
    return Answer((*answer.lines, *brief.splitlines()), {**answer.data, "brief": brief})


async def away(conductor: Conductor, person: str, *, back: bool) -> Answer:
    """Somebody leaves for a while, or is back; without a name whoever runs the command."""
    who = person or conductor.recorder.actor
    roles = await people.away(conductor, who, back=back)
    return _told(conductor, f"{who} is {'back' if back else 'away'}: {', '.join(roles)}", *roles)


async def roster(conductor: Conductor) -> Answer:
    """Every role, who holds it, and how far they are since when."""
    return Answer(*_standings(conductor))


def _standings(conductor: Conductor) -> tuple[tuple[str, ...], dict[str, Any]]:
    incident, now = conductor.incident, conductor.moment
    rows, lines = [], []
    for role in conductor.config.protocol.roles:
        holder = incident.roles.get(role.id)
        found = standing(holder, now, incident.declared_at)
        person = holder.person if holder else ""
        rows.append(
            {
                "role": role.id,
                "title": role.title,
                "kind": role.kind,
                "person": person,
                "state": found.state,
                "since": found.since,
                "seconds": max(0.0, now - found.since),
                "until": holder.until if holder else None,
                "before": [{"person": one.person, "state": one.how, "at": one.at} for one in holder.before]
                if holder
                else [],
            }
        )
        lines.append(f"{role.title:<22} {person or 'nobody':<18} {found.state} {ago(found.since, now)}")
    return tuple(lines), {"incident": incident.id, "roster": rows}


def _told(conductor: Conductor, words: str, *roles: str) -> Answer:
    incident = conductor.incident
    return Answer((f"{incident.id}: {words}",), {"incident": incident.id, "done": True, "roles": list(roles)})
