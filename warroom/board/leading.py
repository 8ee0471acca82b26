"""Who leads, as line 2 says it, and which level waits: by name, or with what is wrong with that."""

from warroom.clock import ago, duration
from warroom.incident import escalation
from warroom.incident.roles.roles import Holder, standing
from warroom.incident.state import Incident
from warroom.marks import key, whole
from warroom.protocol.model import Protocol
from widgets.data import Text, Tone


def leader(incident: Incident, protocol: Protocol, now: float, operator: str) -> Text:
    """Who leads; a warning where nobody has answered in time, or where they type themselves."""
    holder = incident.roles.get(protocol.leader.id)
    title, short = protocol.leader.title, protocol.leader.short
    since = max(0.0, now - incident.declared_at)
    late = since >= protocol.paging.lead_minutes * 60
    if incident.resolved_at is not None:
        return Text(f"{short} {holder.person}.") if holder else Text(f"No {title}.", Tone.WATCH)
    if holder is None:
        words = f"No {title} for {duration(since)}: {key('page')} pages one." if late else f"No {title}."
        return Text(words, Tone.BAD if late else Tone.WATCH)
    wrong = _wrong(holder, now, incident.declared_at, late)
    if wrong:
        return Text(f"{short} {holder.person} {wrong}", Tone.WATCH)
    if operator and holder.person == operator:
        return Text(f"{short} {holder.person} also types: {key('roles')} hands a role over.", Tone.WATCH)
    return Text(f"{short} {holder.person}.")


def _wrong(holder: Holder, now: float, begun: float, late: bool) -> str:
    found = standing(holder, now, begun)
    since = ago(found.since, now)
    match found.state:
        case "away":
            return f"is away for {since}: {key('roles')} hands over."
        case "declined":
            return f"declined: {key('page')} pages another."
        case "expired":
            return f"acknowledged, expired {since} ago."
        case "paged":
            return f"paged {since} ago, silent."
        case "assigned" if late:
            return f"silent for {ago(holder.assigned_at, now)}: {key('page')} pages."
    return ""


def waiting_level(incident: Incident, protocol: Protocol, now: float) -> list[Text]:
    """The highest level that waits, for how long, and the key; nothing when none does."""
    waiting = escalation.unanswered(incident, protocol, now)
    if not waiting:
        return []
    level = waiting[-1]
    ago = duration(escalation.since(incident, level, now))
    return [Text(f"Level {level.level} since {ago}: {key('escalate')} pages {whole(level.title)}.", Tone.WATCH)]
