"""Roles change hands: assigned, acknowledged, offered and accepted, left for a while. Functions of the session."""

from warroom.conductor.people import paging
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.handover_brief import brief
from warroom.incident.roles.roles import Holder
from warroom.protocol.contacts import someone
from warroom.protocol.model import Role


def role_named(session: Session, wanted: str) -> Role:
    """The role of that id, short name or title. Raises Refused."""
    roles = session.config.protocol.roles
    word = wanted.strip().casefold()
    for role in roles:
        if word in (role.id, role.short.casefold(), role.title.casefold()):
            return role
    known = ", ".join(role.id for role in roles)
    raise Refused(f"The protocol has no role {wanted}", f"It has: {known}.")


def holder_of(session: Session, role: Role) -> Holder:
    """Who holds a role now. Raises Refused where nobody does."""
    holder = session.incident.roles.get(role.id)
    if holder is None:
        raise Refused(f"Nobody is {role.title}", "Assign the role first.")
    return holder


async def assign(session: Session, role: Role, person: str) -> str:
    """Give a role to anybody. Returns their handle. Raises Refused where they hold it already, or nobody is named."""
    handle = _handle(session, person)
    now = session.incident.roles.get(role.id)
    if now is not None and now.person == handle:
        raise Refused(f"{handle} is {role.title} already", "Page them, or name somebody else.")
    await session.record(events.RoleAssigned(role.id, handle))
    return handle


async def acknowledge(session: Session, role: Role, *, joined: bool = False) -> str:
    """Who holds the role knows, or has `joined`; a page that is out is acknowledged too. Returns their handle."""
    holder = holder_of(session, role)
    await session.record(events.RoleAcknowledged(role.id, holder.person, joined=joined))
    if paging.by_pager(holder.paged_how):
        await paging.acknowledge(session)
    return holder.person


async def offer(session: Session, role: Role, to: str) -> str:
    """Offer a role to somebody, with the state of the incident. Returns the brief. Raises Refused."""
    handle = _handle(session, to)
    holder = holder_of(session, role)
    if handle == holder.person:
        raise Refused(f"{handle} is {role.title} already", "Name somebody else.")
    text = brief(session.incident, session.config.protocol, session.clock.now())
    await session.record(events.HandoverOffered(role.id, handle, text))
    said = f"{holder.person} hands {role.title} over to {handle}, who has to accept.\n{text}"
    await paging.say(session, "handover", said)
    return text


async def accept(session: Session, role: Role, person: str = "") -> str:
    """Take what was offered, or record on their behalf that they do. Returns the new holder. Raises Refused."""
    holder = holder_of(session, role)
    handle = _handle(session, person) if person else holder.offered_to
    if holder.offered_at is None or handle != holder.offered_to:
        offered = f"It is offered to {holder.offered_to}." if holder.offered_at is not None else "Offer it first."
        raise Refused(f"{role.title} is not offered to {handle or 'anybody'}", offered)
    await session.record(events.HandoverAccepted(role.id, handle))
    await paging.say(session, "handover", f"{handle} is {role.title} now, and takes over from {holder.person}.")
    return handle


async def away(session: Session, person: str, *, back: bool = False) -> tuple[str, ...]:
    """Somebody leaves for a while, or is back: the ids of all roles that they hold. Raises Refused for none."""
    handle = _handle(session, person)
    held = [role for role, holder in session.incident.roles.items() if holder.person == handle]
    if not held:
        raise Refused(f"{handle} holds no role", "Name who is meant.")
    await session.record(*(events.RoleAway(role, handle, back) for role in held))
    return tuple(held)


def _handle(session: Session, person: str) -> str:
    if not person.strip():
        raise Refused("Nobody is named", "Type a handle or a name.")
    return someone(session.config.roster, person).handle
