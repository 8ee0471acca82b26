"""Where an update can go, and what exactly goes there: preview and sending are made of the same values. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from warroom.incident import mitigation
from warroom.incident.place import label
from warroom.incident.sends.sends import newest
from warroom.incident.state import Incident, Lane
from warroom.protocol.integrations import CHAT_CHANNEL, PAGE_CHANNEL, Port
from warroom.protocol.model import Config, Role
from warroom.updates.truth import Untrue
from warroom.updates.wording import channel_name, outgoing

STAKEHOLDERS, BY_HAND = "stakeholders", "by-hand"

CHAT_LIMIT = 4_000  # characters of a message that the chats we know show before they cut
PAGE_LIMIT = 25_000
NAME_LIMIT = 255  # of the name of a status page's incident
HAND_LIMIT = 25_000


class Channel(Struct, frozen=True):
    """A place that updates go to. `outside`: the Incident Commander approves what goes there.

    `off` says why nothing can be sent there, "" where it can; `proposed` whether it is chosen unless somebody says
    otherwise; `limit` is in characters. `owed`: it is configured, so that who tells everybody tells it, too.
    """

    id: str
    title: str
    limit: int
    outside: bool = False
    off: str = ""
    proposed: bool = True
    owed: bool = False


class Message(Struct, frozen=True):
    """What goes to one channel. The fields from `name` on are the status page's, `thread` is the chat's."""

    channel: Channel
    to: str
    text: str
    thread: str = ""
    name: str = ""
    status: str = ""
    impact: str = ""
    components: dict[str, str] = {}
    notify: bool = False
    incident: str = ""


def channels(incident: Incident, config: Config, missing: Mapping[str, str]) -> tuple[Channel, ...]:
    """All of them, in the order of the preview. `missing` says by product why chat or page can't be spoken to."""
    tables = config.integrations
    chat, page = tables.product(Port.CHAT), tables.product(Port.STATUS_PAGE)
    no_chat = missing.get(chat.id, "" if tables.chat else f"integrations.toml has no [{chat.table}].")
    no_page = missing.get(page.id, "" if tables.status_page else f"integrations.toml has no [{page.table}].")
    opened = newest(incident.sends, Port.CHAT, "open-channel")
    inside = no_chat or ("" if opened else "the incident's channel is not open yet: run the step that alerts the team")
    elsewhere = tables.chat.stakeholders if tables.chat else ""
    to_them = no_chat or ("" if elsewhere else f"[{chat.table}] stakeholders in integrations.toml names no channel")
    quiet = incident.declared.private  # a security incident goes outside only by choice
    title, told = f"{chat.name} #{elsewhere}", incident.outward.told
    them, there = (not quiet or one in told for one in (title, page.name))
    found = (
        Channel(
            CHAT_CHANNEL,
            f"{chat.name} #{channel_name(incident, config)}",
            CHAT_LIMIT,
            off=inside,
            owed=opened is not None,
        ),
        Channel(
            STAKEHOLDERS,
            title,
            CHAT_LIMIT,
            outside=True,
            off=to_them,
            proposed=not quiet,
            owed=bool(elsewhere) and them,
        ),
        Channel(
            PAGE_CHANNEL,
            page.name,
            PAGE_LIMIT,
            outside=True,
            off=no_page,
            proposed=not quiet,
            owed=tables.status_page is not None and there,
        ),
    )
    alone = all(one.off for one in found)
    return (*found, Channel(BY_HAND, "by hand", HAND_LIMIT, proposed=alone))


def owed(all_channels: Iterable[Channel]) -> tuple[str, ...]:
    """Where a message must go before everybody is told; what can't be reached is carried by hand."""
    by_hand = "by hand"
    return tuple(dict.fromkeys(by_hand if one.off else one.title for one in all_channels if one.owed))


def chosen(all_channels: Iterable[Channel], wanted: Iterable[str] = ()) -> tuple[Channel, ...]:
    """Those wanted by id; without any, those proposed. Raises Untrue for one that can't be had, and for none."""
    wanted = tuple(wanted)
    known = tuple(all_channels)
    found = tuple(one for one in known if (one.id in wanted if wanted else one.proposed and not one.off))
    for one in found:
        if one.off:
            raise Untrue(f"{one.title} can't be used: {one.off}", "Choose another channel, or by-hand.")
    if not found:
        raise Untrue("No channel is chosen", "Choose at least one; by hand is always there.")
    return found


def messages(
    incident: Incident, config: Config, text: str, to: Iterable[Channel], *, notify: bool
) -> tuple[Message, ...]:
    """Exactly what goes where. Raises Untrue for what is too long for a channel."""
    found = composed(incident, config, text, to, notify=notify)
    for one in found:
        over = len(one.text) - one.channel.limit
        if over > 0:
            raise Untrue(
                f"{over} characters too many for {one.channel.title}", "Shorten it, or leave that channel out."
            )
    return found


def composed(
    incident: Incident, config: Config, text: str, to: Iterable[Channel], *, notify: bool
) -> tuple[Message, ...]:
    """The same, however long."""
    return tuple(_message(incident, config, outgoing(incident, text), one, notify=notify) for one in to)


def _message(incident: Incident, config: Config, text: str, channel: Channel, *, notify: bool) -> Message:
    if channel.id == CHAT_CHANNEL:
        opened, headline = (newest(incident.sends, Port.CHAT, action) for action in ("open-channel", "headline"))
        return Message(channel, opened.ref if opened else "", text, thread=headline.ref if headline else "")
    if channel.id == STAKEHOLDERS:
        chat = config.integrations.chat
        return Message(channel, chat.stakeholders if chat else "", text)
    if channel.id == PAGE_CHANNEL:
        return _public(incident, config, text, channel, notify=notify)
    return Message(channel, "", text)


def _public(incident: Incident, config: Config, text: str, channel: Channel, *, notify: bool) -> Message:
    page = config.integrations.status_page
    published = newest(incident.sends, Port.STATUS_PAGE, "publish")
    title = "Security incident" if incident.declared.private else incident.title
    return Message(
        channel,
        page.page if page else "",
        text,
        name=outgoing(incident, title)[:NAME_LIMIT],
        status=status(incident, config),
        impact=config.protocol.rated(incident.severity).impact,
        components=components(incident, config),
        notify=notify and not label(incident.declared),
        incident=published.ref if published else "",
    )


def status(incident: Incident, config: Config) -> str:
    """The status page's word for where the incident stands: monitoring only after something was done for users."""
    if incident.resolved_at is not None:
        return "resolved"
    found = mitigation.measured(incident)
    if found is not None and not found.burning:
        return "monitoring"
    assessed = incident.steering.decision is not None or incident.phase not in ("", config.protocol.phases[0].id)
    return "identified" if assessed else "investigating"


def components(incident: Incident, config: Config) -> dict[str, str]:
    """What the page says of each of the incident's services that it shows at all."""
    page = config.integrations.status_page
    hurt = config.protocol.rated(incident.severity).component
    shown = {name: lane for name, lane in incident.lanes.items() if page is not None and name in page.components}
    return {name: "operational" if _well(incident, lane) else hurt for name, lane in shown.items()}


def _well(incident: Incident, lane: Lane) -> bool:
    """Whether a component may be shown to work: the end was declared, and it is not measured to be broken."""
    if incident.resolved_at is None or incident.mitigated_at is None or incident.relief is None:
        return incident.resolved_at is not None and incident.mitigated_at is not None
    return not mitigation.of_lane(lane, incident.relief).burning


def shown(message: Message) -> tuple[str, ...]:
    """A message's envelope in words: where it goes, and what is set along with it."""
    if message.channel.id != PAGE_CHANNEL:
        where = " in the headline's thread" if message.thread else ""
        return (f"{message.channel.title}{where}, {len(message.text)} of {message.channel.limit} characters",)
    does = "updates its incident" if message.incident else f"publishes “{message.name}”, impact {message.impact}"
    set_to = ", ".join(f"{name} {state.replace('_', ' ')}" for name, state in message.components.items()) or "none"
    told = "subscribers are notified" if message.notify else "subscribers are not notified"
    return (
        f"{message.channel.title} {message.to}: {does}",
        f"status {message.status}; components: {set_to}; {told}",
    )


def approval(incident: Incident, leads: Role, operator: str, named: str, to: Iterable[Channel]) -> str:
    """Who approved what goes outside: who leads, as operator or by name; "" where nothing goes outside.

    Raises Untrue while that is missing.
    """
    outside = [one.title for one in to if one.outside]
    if not outside:
        return ""
    held = incident.roles.get(leads.id)
    where = " and ".join(outside)
    if held is None:
        raise Untrue(f"Nobody is {leads.title}, who approves what goes to {where}", "Give somebody the role first.")
    if operator == held.person or _same(named, held.person):
        return held.person
    if named:
        raise Untrue(f"{named} is not the {leads.title}", f"{held.person} approves what goes to {where}.")
    raise Untrue(f"{held.person} has not approved what goes to {where}", "Type their name when they have.")


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().lstrip("@").lower() == other.strip().lstrip("@").lower()
