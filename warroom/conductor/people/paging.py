"""Paging a role: what would go where, and sending it. With no pager a person does it, and warroom writes it down."""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import Stopwatch, ago
from warroom.conductor import reach
from warroom.conductor.comms.outbox import begun, send
from warroom.conductor.comms.updates import product
from warroom.conductor.process import this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.place import label, outside_id
from warroom.incident.progress.known import known
from warroom.incident.roles.roles import BY_HAND as BY_HAND
from warroom.incident.sends.sends import by_key, newest
from warroom.incident.state import Incident
from warroom.protocol.contacts import someone
from warroom.protocol.integrations import Port, port_of
from warroom.protocol.model import Role
from warroom.protocol.roster import Person
from warroom.services.errors import Conflict, ServiceError
from warroom.services.systems.ports import Others, Pager, PagerIncident, Posted

OPENS_SECONDS = 30.0
"""A page that was taken becomes an incident of the pager's within seconds."""

LOOK_SECONDS = 1.0
"""The pager's word for each severity; anything else is info."""


class PagePlan(Struct, frozen=True):
    """What paging a role would do. `why` says why it is done by hand, "" when the pager does it.

    `goes` are where and what, in the order in which it is sent; `replaces` is who holds the role until then.
    """

    role: Role
    person: Person
    text: str
    goes: tuple[tuple[str, str], ...]
    why: str = ""
    replaces: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person has to do it."""
        return bool(self.why)


def page_key(incident: Incident) -> str:
    """The pager's deduplication key of an incident."""
    return f"warroom/{outside_id(incident)}"


def ask_key(role: str, person: str) -> str:
    """The key under which one person is asked once."""
    return f"ask:{role}:{person}"


def by_pager(how: str) -> bool:
    """Whether somebody was paged by a pager, of whatever name, and not by hand."""
    return port_of(how) is Port.PAGER


def paged(incident: Incident) -> bool:
    """Whether the pager has taken a page for this incident."""
    return newest(incident.sends, Port.PAGER, "page") is not None


def plan(session: Session, role: Role, person: str = "", *, by_hand: bool = False, anew: bool = False) -> PagePlan:
    """What paging `role` would do now: who holds it, else its primary, or the `person` named. Raises Refused.

    `anew`: one of which no answer says whether it arrived may be sent once more.
    """
    if not by_hand:
        reach.check(session)
    incident, roster = session.incident, session.config.roster
    holder, duty = incident.roles.get(role.id), roster.duty(role.id)
    named = person or (holder.person if holder else duty.primary.handle if duty else "")
    if not named.strip():
        raise Refused(f"Nobody is {role.title}, and the roster names nobody", "Name somebody, or edit the roster.")
    who = someone(roster, named)
    others = session.clients.others if session.clients else Others()
    text = _text(incident, role, session.recorder.actor)
    why = "You do it by hand." if by_hand else _why_by_hand(session, others, role, who, anew)
    replaces = holder.person if holder and holder.person != who.handle else ""
    return PagePlan(role, who, text, _goes(session, others, who, text, why), why, replaces)


def _why_by_hand(session: Session, others: Others, role: Role, who: Person, anew: bool) -> str:
    if session.clients is None:
        return "Not connected yet."
    if others.pager is None:
        return others.missing.get(product(session, Port.PAGER).id, "No pager is configured.")
    if who.schedule:
        return ""
    if not who.email:
        return f"The roster has no e-mail address of {who.handle}, by which the pager knows people."
    asked = by_key(session.incident.sends, ask_key(role.id, who.handle))
    if asked is not None and asked.outcome == "done":
        return f"The pager asked {who.handle} {ago(asked.at, session.clock.now())} ago, and asks once."
    if asked is not None and not anew:
        return f"No answer says whether the pager asked {who.handle}."
    return ""


def _goes(session: Session, others: Others, who: Person, text: str, why: str) -> tuple[tuple[str, str], ...]:
    if why:
        return ((f"call {who.phone}" if who.phone else f"reach {who.handle}", text),)
    incident, pager, chat = session.incident, product(session, Port.PAGER).name, product(session, Port.CHAT).name
    goes = [] if paged(incident) else [(f"{pager}, who is on call", _summary(incident))]
    goes.append((f"{pager}, {f'on call in {who.schedule}' if who.schedule else who.email}", text))
    channel = newest(incident.sends, Port.CHAT, "open-channel")
    if channel is not None and others.chat is not None:
        goes.append((f"{chat}, {channel.to or channel.ref}", f"that {who.handle} was paged"))
    return tuple(goes)


def _drill(incident: Incident) -> str:
    mark = label(incident.declared)
    return f"{mark} " if mark else ""


def _summary(incident: Incident) -> str:
    return f"{_drill(incident)}{incident.severity} {incident.id}: {incident.title}"


def _text(incident: Incident, role: Role, actor: str) -> str:
    channel = newest(incident.sends, Port.CHAT, "open-channel")
    where = f"Join {channel.to or channel.ref}." if channel is not None else f"Answer {actor}."
    return f"{_summary(incident)}. You are needed as {role.title}. {where}"


async def page(session: Session, wanted: PagePlan, *, anew: bool = False) -> str:
    """Send a page, or record that it was made by hand. Returns what was done. Raises Refused and ServiceError.

    One of which no answer says whether it arrived is sent again only with `anew`.
    """
    incident, role, who = session.incident, wanted.role, wanted.person
    if wanted.by_hand:
        await session.record(events.RolePaged(role.id, who.handle, BY_HAND))
        return f"Recorded: {who.handle} was paged by hand."
    assert session.clients is not None
    pager = session.clients.others.pager
    assert pager is not None
    if who.schedule:
        who = await _on_call(session, pager, who)
    holder = incident.roles.get(role.id)
    if holder is None or holder.person != who.handle:
        await session.record(events.RoleAssigned(role.id, who.handle))
    await trigger(session, pager, anew=anew)
    theirs = await opened(session, pager)
    key, to = ask_key(role.id, who.handle), f"{who.handle} <{who.email}>"
    await send(
        session.recorder,
        product(session, Port.PAGER).id,
        "ask",
        lambda: pager.ask(theirs.id, who.email, wanted.text),
        key=key,
        to=to,
        text=wanted.text,
        anew=anew,
    )
    await record_paged(session, role.id, who.handle)
    await say(session, "paged", f"{who.handle} was paged as {role.title}.", key=f"said:{key}")
    return f"{who.handle} was paged as {role.title}."


async def _on_call(session: Session, pager: Pager, duty: Person) -> Person:
    """Who is on call in the schedule that stands for a person. Raises Refused when nobody is, and ServiceError."""
    found = await pager.on_calls(duty.schedule)
    if not found or not found[0].email:
        raise Refused(
            f"{product(session, Port.PAGER).name} names nobody who is on call in {duty.schedule} now",
            "Name somebody, or call by hand.",
        )
    return someone(session.config.roster, found[0].email)


async def record_paged(session: Session, role: str, person: str) -> None:
    """The pager has asked somebody, and this process listens for the answer."""
    await session.record(events.RolePaged(role, person, product(session, Port.PAGER).id, this_process()))


async def trigger(session: Session, pager: Pager, *, anew: bool = False) -> None:
    """Open the pager's incident, once; asking twice pages nobody anew. Raises ServiceError.

    An open one of the same key that this journal did not open is joined only with `anew`, and then never resolved.
    """
    incident = session.incident
    key = f"page:{incident.id}"
    ours = begun(incident.sends, key)
    declared = incident.declared
    services = ", ".join(incident.lanes)
    impact = known(incident, "impact")
    details = {"impact": impact, "services": services, "trigger": declared.trigger, "issue": declared.issue}

    async def once(ours: bool) -> Posted:
        return await pager.trigger(
            page_key(incident),
            _summary(incident),
            severity=session.config.protocol.rated(incident.severity).pager,
            source=services or "warroom",
            details={name: text for name, text in details.items() if text},
            ours=ours,
        )

    async def call() -> Posted:
        try:
            return await once(ours)
        except Conflict:
            if not anew:
                raise
            return replace(await once(True), merged=True)

    await send(
        session.recorder,
        product(session, Port.PAGER).id,
        "page",
        call,
        key=key,
        text=_summary(incident),
        repeatable=True,
    )


async def opened(session: Session, pager: Pager) -> PagerIncident:
    """The pager's incident, when it is there. Raises ServiceError, also when it does not come."""
    incident, clock = session.incident, session.clock
    waited = Stopwatch(clock)
    while True:
        found = await pager.incident(page_key(incident))
        if found is not None:
            return found
        if waited.seconds >= OPENS_SECONDS:
            raise ServiceError(
                f"{product(session, Port.PAGER).name} took the page and shows no incident yet",
                "Page again in a moment, or call by hand.",
            )
        await clock.sleep(LOOK_SECONDS)


async def acknowledge(session: Session) -> None:
    """Tell the pager, too, that somebody is on it; what it says to that is in the journal."""
    pager = session.clients.others.pager if session.clients else None
    incident = session.incident
    page = newest(incident.sends, Port.PAGER, "page")
    if pager is not None and page is not None and not page.merged:
        await quietly(
            session, "acknowledge", lambda: pager.acknowledge(page_key(incident)), key=f"acknowledge:{incident.id}"
        )


async def quietly(
    session: Session, action: str, call: Callable[[], Awaitable[Posted | None]], *, key: str, text: str = ""
) -> None:
    """Send what nobody waits for to the pager: a failure stands in the journal, and is not tried again by itself."""
    if any(one.key == key for one in session.incident.sends.values()):
        return
    system = product(session, Port.PAGER).id
    try:
        await send(session.recorder, system, action, call, key=key, text=text, repeatable=True, actor="warroom")
    except (ServiceError, Refused):
        return


async def say(session: Session, action: str, text: str, *, key: str = "") -> None:
    """Say it in the incident's channel, where there is one; a failure stands in the journal and stops nothing."""
    incident = session.incident
    channel = newest(incident.sends, Port.CHAT, "open-channel")
    chat = session.clients.others.chat if session.clients else None
    if channel is None or chat is None:
        return
    said = _drill(incident) + text
    try:
        await send(
            session.recorder,
            product(session, Port.CHAT).id,
            action,
            lambda: chat.post(channel.ref, said),
            key=key,
            to=channel.to or channel.ref,
            text=said,
        )
    except (ServiceError, Refused):
        return
