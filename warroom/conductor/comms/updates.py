"""Sends an update to the channels chosen for it, each once, and writes down who approved it and where it stands."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from warroom.clock import duration
from warroom.conductor import reach
from warroom.conductor.comms.outbox import send
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.comms.comms import UpdateSnoozed
from warroom.incident.sends.sends import Send, by_key
from warroom.incident.state import Incident
from warroom.protocol.integrations import PAGE_CHANNEL, Port, Product, port_of
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Others, Posted
from warroom.updates import channels, truth
from warroom.updates.channels import BY_HAND, Channel, Message

LONGEST_SNOOZE_MINUTES = 120.0


class Draft(Struct, frozen=True):
    """An update as it was worded. `to` are channel ids (() for those proposed), `approved_by` the name typed.

    `anew`: also what may have arrived already is sent, because a person looked there.
    """

    text: str
    template: str = ""
    to: tuple[str, ...] = ()
    approved_by: str = ""
    notify: bool = False
    anew: bool = False


class Told(Struct, frozen=True):
    """How it went in one channel: "" in `trouble` where it arrived."""

    message: Message
    trouble: str = ""
    link: str = ""


def others_of(session: Session) -> Others:
    """The other systems' clients; none of them before the conductor is connected."""
    return session.clients.others if session.clients else Others()


def product(session: Session, port: Port) -> Product:
    """What stands behind a port here: its id goes into the journal, its name into sentences."""
    return session.config.integrations.product(port)


def missing(session: Session) -> Mapping[str, str]:
    """Why a system can't be spoken to, by the product's id; those that can be are not in it."""
    others = others_of(session)
    found = reach.apart(session)
    unconnected = "" if session.clients else "warroom is not connected yet; try again in a moment"
    unconnected = str(found) if found is not None else unconnected
    gone = sorted(product(session, port).id for port in Port if getattr(others, port) is None)
    return {name: unconnected or others.missing.get(name, f"{name} is not configured") for name in gone}


def choices(session: Session) -> tuple[Channel, ...]:
    """All channels as they are now."""
    return channels.channels(session.incident, session.config, missing(session))


def check(session: Session, text: str) -> None:
    """Raises Refused for a text that may not be said."""
    try:
        truth.check(text, session.incident, session.config.protocol)
    except truth.Untrue as untrue:
        raise Refused(untrue.title, untrue.remedy) from untrue


def ready(session: Session, draft: Draft) -> None:
    """Raises Refused for a draft that may not go out as it is."""
    if not draft.to:
        raise Refused("No channel is on", "Switch at least one on with its number.")
    approval(session, draft, plan(session, draft))


def plan(session: Session, draft: Draft) -> tuple[Message, ...]:
    """Exactly what would go where. Raises Refused for what is not true, not filled in, too long, or nowhere to go."""
    incident, config = session.incident, session.config
    try:
        truth.check(draft.text, incident, config.protocol)
        to = channels.chosen(choices(session), draft.to)
        return channels.messages(incident, config, draft.text, to, notify=draft.notify)
    except truth.Untrue as untrue:
        raise Refused(untrue.title, untrue.remedy) from untrue


def approval(session: Session, draft: Draft, messages: Sequence[Message]) -> str:
    """Who approved what goes outside, "" where nothing does. Raises Refused while that is missing."""
    to = [message.channel for message in messages]
    try:
        return channels.approval(
            session.incident, session.config.protocol.leader, session.recorder.actor, draft.approved_by, to
        )
    except truth.Untrue as untrue:
        raise Refused(untrue.title, untrue.remedy) from untrue


async def tell(session: Session, draft: Draft) -> tuple[Told, ...]:
    """Send it: every channel is tried, whatever became of the others. Raises Refused before anything goes out."""
    messages = plan(session, draft)
    approved_by = approval(session, draft, messages)
    return tuple([await _one(session, draft, message, approved_by) for message in messages])


async def _one(session: Session, draft: Draft, message: Message, approved_by: str) -> Told:
    key = f"update:{message.channel.id}:{sha256(message.text.encode(errors='replace')).hexdigest()[:12]}"
    before = by_key(session.incident.sends, key)
    if message.channel.id == PAGE_CHANNEL:
        before = _published(session.incident, message) or before
    if before is not None and before.outcome == "done":
        return Told(message, link=before.link)  # it stands there already, word for word
    approved = approved_by if message.channel.outside else ""
    try:
        posted = Posted() if message.channel.id == BY_HAND else await _send(session, message, key, anew=draft.anew)
    except (ServiceError, Refused) as error:
        return Told(message, trouble=str(error))
    owed = channels.owed(choices(session))
    fact = events.UpdateSent(message.text, message.channel.title, draft.template, posted.link, approved, owed)
    await session.record(fact)
    return Told(message, link=posted.link)


def _published(incident: Incident, message: Message) -> Send | None:
    """What was published with these very words and this status."""
    same = (message.text, message.status)
    sends = (send for send in incident.sends.values() if port_of(send.system) is Port.STATUS_PAGE)
    found = (send for send in sends if (send.text, send.to) == same)
    return next((send for send in found if send.outcome == "done"), None)


async def _send(session: Session, message: Message, key: str, *, anew: bool) -> Posted:
    others, recorder = others_of(session), session.recorder
    if message.channel.id != PAGE_CHANNEL:
        chat = others.chat
        assert chat is not None  # a channel that can't be used is not chosen

        async def post() -> Posted:
            return await chat.post(message.to, message.text, thread=message.thread)

        title, system = message.channel.title, product(session, Port.CHAT).id
        return await send(recorder, system, "update", post, key=key, to=title, text=message.text, anew=anew)
    page, system = others.status_page, product(session, Port.STATUS_PAGE).id
    assert page is not None

    async def publish() -> Posted:
        return await page.create(
            message.name,
            message.status,
            message.text,
            impact=message.impact,
            components=message.components,
            notify=message.notify,
        )

    async def update() -> Posted:
        return await page.update(
            message.incident, message.status, message.text, components=message.components, notify=message.notify
        )

    if message.incident:
        return await send(recorder, system, "update", update, key=key, to=message.status, text=message.text, anew=anew)
    # One key for every text: an incident that may be public already must not be published a second time.
    return await send(
        recorder, system, "publish", publish, key="publish", to=message.status, text=message.text, anew=anew
    )


def preview(session: Session, draft: Draft) -> tuple[str, ...]:
    """A line for each channel: whether it is on, what goes there, or why nothing can."""
    found = choices(session)
    on = [one for one in found if one.id in draft.to and not one.off]
    messages = {
        one.channel.id: one
        for one in channels.composed(session.incident, session.config, draft.text, on, notify=draft.notify)
    }
    lines = []
    for number, channel in enumerate(found, start=1):
        if channel.off:
            lines.append(f"{number}  –   {channel.title}: {channel.off}")
        elif channel.id in messages:
            first, *more = channels.shown(messages[channel.id])
            lines += [f"{number}  on  {first}", *(f"       {one}" for one in more)]
        else:
            lines.append(f"{number}  off {channel.title}")
    if draft.anew:
        lines.append("Also what may have arrived before is sent: you looked there.")
    return tuple(lines)


async def snooze(session: Session, minutes: float, reason: str) -> float:
    """Owe the next update only `minutes` from now; returns when (Unix seconds). Raises Refused."""
    if not 0 < minutes <= LONGEST_SNOOZE_MINUTES:
        raise Refused(f"Snoozing takes up to {LONGEST_SNOOZE_MINUTES:g} minutes", "Give a number of minutes.")
    if not reason.strip():
        raise Refused("Snoozing needs a reason", "Say why nobody waits for an update.")
    if session.incident.resolved_at is not None:
        raise Refused("The incident is resolved, no update is owed", "The all-clear is what is left.")
    until = session.clock.now() + minutes * 60
    await session.record(UpdateSnoozed(until, reason.strip()))
    return until


def summary(told: Sequence[Told]) -> str:
    """How it went, in a sentence."""
    sent = [one.message.channel.title for one in told if not one.trouble]
    failed = [f"{one.message.channel.title}: {one.trouble}" for one in told if one.trouble]
    parts = [f"Sent to {', '.join(sent)}." if sent else "", f"Not sent to {'; '.join(failed)}" if failed else ""]
    return " ".join(part for part in parts if part)


def snoozed_words(now: float, until: float) -> str:
    """What a snooze means, in a sentence."""
    return f"next update owed in {duration(until - now)}"
