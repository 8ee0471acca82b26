"""Opens the incident's channel and wakes the team in it: each part once, so that a second run goes on from there."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from warroom.conductor.comms.outbox import begun, send
from warroom.conductor.comms.updates import missing, others_of, product
from warroom.conductor.process import this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.comms.comms import HeadlineKept
from warroom.incident.sends.sends import by_key
from warroom.protocol.integrations import Port
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Chat, Posted
from warroom.updates import headline
from warroom.updates.wording import channel_name

OPEN, TOPIC, INVITE, HEADLINE, PIN, ALERT = "open-channel", "topic", "invite", "headline", "pin", "alert"


class Alert(Struct, frozen=True):
    """What alerting the team would do. `off` says why it is to be done by hand, "" where warroom does it.

    `chat` is what the chat is called.
    """

    chat: str
    channel: str
    private: bool
    topic: str
    emails: tuple[str, ...]
    headline: str
    text: str
    off: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The preview."""
        kind = "private channel" if self.private else "channel"
        who = f"{len(self.emails)} people: {', '.join(self.emails)}" if self.emails else "nobody: no e-mail is known"
        return (
            f"{self.chat}, {kind} #{self.channel}",
            f"topic: {self.topic}",
            f"invites {who}",
            "pins the headline, kept current from then on:",
            *(f"  {line}" for line in self.headline.splitlines()),
            "then says:",
        )


def plan(session: Session) -> Alert:
    """What would be done now."""
    incident, protocol = session.incident, session.config.protocol
    chat = product(session, Port.CHAT)
    return Alert(
        chat=chat.name,
        channel=channel_name(incident, session.config),
        private=incident.declared.private,
        topic=headline.topic(incident, protocol),
        emails=_emails(session),
        headline=headline.headline(incident, protocol),
        text=headline.alert(incident),
        off=missing(session).get(chat.id, ""),
    )


async def carry_out(session: Session, alert: Alert, *, anew: bool = False) -> Posted:
    """Open, set the topic, invite, pin the headline, alert; returns where the channel is.

    Only opening it and the two messages must work; a topic, an invitation or a pin that fails is told in the timeline
    and stops nothing. Raises Refused and ServiceError.
    """
    chat = others_of(session).chat
    if chat is None:
        raise Refused(f"{alert.chat} can't be spoken to: {alert.off}", "Do it by hand, then tick the step.")
    recorder, to, system = session.recorder, f"#{alert.channel}", product(session, Port.CHAT).id

    async def open_channel() -> Posted:
        return await chat.open_channel(alert.channel, private=alert.private, ours=ours)

    ours = anew or begun(recorder.now.sends, OPEN)
    opened = await send(recorder, system, OPEN, open_channel, key=OPEN, to=to, repeatable=True)
    channel = opened.ref
    await _try(session, TOPIC, lambda: chat.set_topic(channel, alert.topic), to, alert.topic)
    if alert.emails:
        await _try(session, INVITE, lambda: _invite(session, chat, channel, alert.emails), to, ", ".join(alert.emails))

    async def post(text: str) -> Posted:
        return await chat.post(channel, text)

    fresh = by_key(recorder.now.sends, HEADLINE) is None
    pinned = await send(
        recorder, system, HEADLINE, lambda: post(alert.headline), key=HEADLINE, to=to, text=alert.headline, anew=anew
    )
    if fresh:
        await recorder.record(HeadlineKept(this_process(), alert.headline), actor="warroom")
    await _try(session, PIN, lambda: chat.pin(channel, pinned.ref), to)
    await send(recorder, system, ALERT, lambda: post(alert.text), key=ALERT, to=to, text=alert.text, anew=anew)
    await session.record()
    return opened


async def _try(session: Session, action: str, call: Callable[[], Awaitable[None]], to: str, text: str = "") -> None:
    """Something that may fail: the failure stands in the timeline, and running the step again tries it again."""

    async def once() -> None:
        await call()

    system = product(session, Port.CHAT).id
    try:
        await send(session.recorder, system, action, once, key=action, to=to, text=text, repeatable=True)
    except ServiceError:
        return


async def _invite(session: Session, chat: Chat, channel: str, emails: tuple[str, ...]) -> None:
    unknown = await chat.invite(channel, emails)
    if unknown:
        said = f"{product(session, Port.CHAT).name} knows nobody as {', '.join(unknown)}; invite them by hand"
        await session.recorder.record(events.Noted(said))


def _emails(session: Session) -> tuple[str, ...]:
    """Of everybody in a core role, primary and backup; of a security incident only those who hold one, and security."""
    incident, config = session.incident, session.config
    core = {role.id for role in config.protocol.roles if role.kind == "core"}
    security = config.protocol.people.security
    holding = {holder.person for holder in incident.roles.values()}
    found: dict[str, None] = {}
    for duty in config.roster.duties:
        for person in (duty.primary, duty.backup):
            if person is None or not person.email:
                continue
            wanted = person.handle in holding or duty.role in (security if incident.declared.private else core)
            if wanted:
                found[person.email] = None
    return tuple(found)
