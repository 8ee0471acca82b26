"""Listening to the pager: who answered, and when nobody does the backup is paged and stands in. A loop's turn."""

from collections.abc import Iterator

from warroom.conductor.comms.updates import product
from warroom.conductor.people import paging
from warroom.conductor.process import gone, this_process
from warroom.conductor.refusal import Forestalled, Refused
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.roles.roles import Holder
from warroom.incident.sends.sends import SendDone, by_key
from warroom.incident.state import Incident
from warroom.protocol.contacts import someone
from warroom.protocol.integrations import Port, port_of
from warroom.protocol.model import Config
from warroom.protocol.roster import Duty, Person, Roster
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import PagerIncident

GRACE_SECONDS = 30.0
"""So long after it was due somebody else does what the process that should have done it has not."""

SAME_SECONDS = 1.0


async def turn(session: Session) -> None:
    """Read the pager and do what follows. Its failures are facts, and faults of nobody here."""
    pager = session.clients.others.pager if session.clients else None
    if pager is None or session.incident.closed_at is not None:
        return
    await session.recorder.follow()
    incident = session.incident
    if incident.resolved_at is not None:
        return
    if paging.paged(incident) and listens(incident, session.config, session.clock.now()):
        try:
            theirs = await pager.incident(paging.page_key(incident))
        except ServiceError as error:
            await _lost(session, error)
            return
        await _lost(session, None)
        if theirs is not None:
            await _take_in(session, theirs)
    for role, primary, backup in silent(session.incident, session.config, session.clock.now()):
        await _stand_in(session, role, primary, backup)
    for role in owed(session.incident, session.clock.now()):
        await _page_stand_in(session, role)


def listens(incident: Incident, config: Config, now: float) -> bool:
    """Whether this process reads the answers: it paged, or whoever did is gone or late."""
    late = config.protocol.paging.acknowledge_minutes * 60 + GRACE_SECONDS
    for holder in incident.roles.values():
        if holder.paged_at is None or not paging.by_pager(holder.paged_how):
            continue
        if holder.pager == this_process() or gone(holder.pager) or now >= holder.paged_at + late:
            return True
    left = (one for one in incident.sends.values() if one.action == "ask" and one.outcome in ("", "unknown"))
    return any(now >= one.at + GRACE_SECONDS for one in left)


def news(incident: Incident, roster: Roster, theirs: PagerIncident) -> Iterator[events.AnyFact]:
    """What the pager's incident says of our people that is not written yet."""
    for role, holder in incident.roles.items():
        if paging.by_pager(holder.paged_how) and holder.paged_at is not None:
            yield from _of_holder(role, holder, someone(roster, holder.person), theirs)
        for former in holder.before:
            person = someone(roster, former.person)
            if former.how == "replaced" and former.answered_at is None and _came(person, theirs):
                yield events.RoleAcknowledged(role, former.person, joined=True)


def _of_holder(role: str, holder: Holder, person: Person, theirs: PagerIncident) -> Iterator[events.AnyFact]:
    states = {one.state for one in theirs.responders if _is(person, one.email, one.name)}
    if _is(person, theirs.acknowledged_by) and theirs.status == "acknowledged":
        until = theirs.expires_at
        moved = until is not None and (holder.until is None or abs(until - holder.until) > SAME_SECONDS)
        if holder.acknowledged_at is None or moved:
            yield events.RoleAcknowledged(role, holder.person, until=until)
    if "joined" in states and holder.joined_at is None:
        yield events.RoleAcknowledged(role, holder.person, joined=True)
    if "declined" in states and holder.declined_at is None and holder.joined_at is None:
        yield events.RoleDeclined(role, holder.person)


def _came(person: Person, theirs: PagerIncident) -> bool:
    joined = any(one.state == "joined" and _is(person, one.email, one.name) for one in theirs.responders)
    return joined or (theirs.status == "acknowledged" and _is(person, theirs.acknowledged_by))


def _is(person: Person, *names: str) -> bool:
    own = {name.casefold().lstrip("@") for name in (person.email, person.name, person.handle) if name}
    return any(name.casefold().lstrip("@") in own for name in names if name)


def silent(incident: Incident, config: Config, now: float) -> list[tuple[str, str, Person]]:
    """Roles whose primary was paged and does not answer, with primary and backup, where it is ours to act."""
    found = []
    limit = config.protocol.paging.acknowledge_minutes * 60
    for role, holder in incident.roles.items():
        duty = config.roster.duty(role)
        if duty is None or duty.backup is None or not _is_primary(holder, duty):
            continue
        if holder.paged_at is None or holder.acknowledged_at is not None or holder.joined_at is not None:
            continue
        due = holder.declined_at if holder.declined_at is not None else holder.paged_at + limit
        late = 0.0 if not holder.pager or holder.pager == this_process() or gone(holder.pager) else GRACE_SECONDS
        if now >= due + late:
            found.append((role, holder.person, duty.backup))
    return found


def _is_primary(holder: Holder, duty: Duty) -> bool:
    """Whether a backup stands in for them: who is on call in a schedule has the duty, whatever their name is."""
    if duty.primary.schedule:
        return duty.backup is not None and holder.person != duty.backup.handle and not holder.stand_in_for
    return holder.person == duty.primary.handle


def owed(incident: Incident, now: float) -> list[str]:
    """Roles whose stand-in has not been paged yet, where that is ours to do and did not fail before."""
    return [
        role
        for role, holder in incident.roles.items()
        if holder.stand_in_for
        and holder.paged_at is None
        and not holder.answered
        and _mine(holder, now)
        and not _failed(incident, paging.ask_key(role, holder.person))
    ]


def _mine(holder: Holder, now: float) -> bool:
    return holder.owner == this_process() or gone(holder.owner) or now >= holder.assigned_at + GRACE_SECONDS


def _failed(incident: Incident, key: str) -> bool:
    return any(one.key == key and one.outcome == "failed" for one in incident.sends.values())


async def _take_in(session: Session, theirs: PagerIncident) -> None:
    found = list(news(session.incident, session.config.roster, theirs))
    if found:
        await session.recorder.record(*found, actor=product(session, Port.PAGER).id)
        await session.record()
    await _settle(session, theirs)


async def _settle(session: Session, theirs: PagerIncident) -> None:
    """What a process asked that died then, and the pager shows, did arrive."""
    now = session.clock.now()
    for role, holder in tuple(session.incident.roles.items()):
        asked = by_key(session.incident.sends, paging.ask_key(role, holder.person))
        if asked is None or holder.paged_at is not None or asked.at < holder.assigned_at:
            continue
        if now < asked.at + GRACE_SECONDS:
            continue  # somebody may still wait for its answer
        person = someone(session.config.roster, holder.person)
        shown = any(_is(person, one.email, one.name) for one in theirs.responders)
        if asked.outcome != "done" and shown:
            await session.recorder.record(SendDone(asked.id), actor=product(session, Port.PAGER).id)
        if asked.outcome == "done" or shown:
            await paging.record_paged(session, role, holder.person)


async def _stand_in(session: Session, role: str, primary: str, backup: Person) -> None:
    """Take the role for the backup; of several processes that do, the journal's first one goes on."""
    claim = events.RoleAssigned(role, backup.handle, stand_in_for=primary, owner=this_process())
    await session.recorder.record(claim, actor="warroom")
    await session.record()


async def _page_stand_in(session: Session, role: str) -> None:
    holder = session.incident.roles[role]
    asked = by_key(session.incident.sends, paging.ask_key(role, holder.person))
    if asked is not None and session.clock.now() < asked.at + GRACE_SECONDS:
        return
    wanted = paging.plan(session, session.config.protocol.role(role), holder.person, anew=True)
    if wanted.by_hand:
        return  # the board warns of a holder who was not paged
    try:
        await paging.page(session, wanted, anew=True)
    except Forestalled:
        return  # another process pages them
    except (Refused, ServiceError) as error:
        await session.record(events.Noted(f"{holder.person} was not paged by itself: {error}"))


async def _lost(session: Session, error: ServiceError | None) -> None:
    """Write down that the pager can't be read, or can again, once each."""
    source = product(session, Port.PAGER).id
    lost = [name for name in session.incident.lost if port_of(name) is Port.PAGER]
    if error is not None and source not in lost:
        await session.recorder.record(events.SourceLost(source, error.title, error.remedy), actor="warroom")
    if error is None and lost:
        await session.recorder.record(*(events.SourceBack(name) for name in lost), actor="warroom")
