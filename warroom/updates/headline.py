"""What the incident's channel shows at its top, in words that change only when something does. Pure."""

from warroom.incident import mitigation
from warroom.incident.lane import serving
from warroom.incident.progress.known import eta, known
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol
from warroom.text import plain
from warroom.updates.wording import outgoing

LIMIT = 3_000
TOPIC_LIMIT = 250  # of a channel's topic: the chats that we know take no more


def headline(incident: Incident, protocol: Protocol) -> str:
    """The pinned message: phase, percent, verdict, who leads. No clock stands in it, so that it is edited seldom."""
    lines = [
        f"{incident.severity} {incident.id}: {plain(incident.title, 200)}",
        _phase(incident, protocol),
        *(_lane(lane) for lane in incident.lanes.values()),
        _who(incident, protocol),
    ]
    if impact := known(incident, "impact"):
        lines.append(f"Impact: {plain(impact, 300)}")
    if when := eta(incident):
        lines.append(f"ETA: {plain(when, 200)}")
    return outgoing(incident, "\n".join(lines))[:LIMIT]


def topic(incident: Incident, protocol: Protocol) -> str:
    """The line above the channel."""
    held = incident.roles.get(protocol.leader.id)
    leads = f" · {protocol.leader.short} {plain(held.person, 60)}" if held else ""
    every = f" · updates every {protocol.update_minutes(incident.severity):.0f} minutes"
    words = outgoing(incident, f"{incident.severity} {incident.id}: {plain(incident.title, 120)}{leads}{every}")
    return words if len(words) <= TOPIC_LIMIT else f"{words[: TOPIC_LIMIT - 1]}…"


def alert(incident: Incident) -> str:
    """What wakes the channel, once."""
    return outgoing(incident, f"@here Emergency detected: {plain(incident.title, 300)}")


def _phase(incident: Incident, protocol: Protocol) -> str:
    if incident.resolved_at is not None:
        if incident.mitigated_at is None:
            what = mitigation.measured(incident)
            told = plain(what.words, 300) if what is not None and what.burning else "not measured to be better"
            return f"RESOLVED by decision, yet {told}"
        return f"RESOLVED: {mitigation.told(incident)}; the paperwork is left"
    found = next((one for one in protocol.phases if one.id == incident.phase), protocol.phases[0])
    return f"Phase {found.number}, {found.title}"


def _lane(lane: Lane) -> str:
    name, climbing = plain(lane.ref.name, 80), lane.ladder
    if climbing is None:
        return f"{name}: no hotfix in production yet"
    if climbing.taken_back:
        served = plain(serving.told(lane), 200)
        return f"{name}: {climbing.ended}" + (f", {served} serves" if served else "")
    verdict = lane.step_verdict
    grade = f", {verdict.grade.value}" if verdict and climbing.percent else ""
    held = ", held" if climbing.held_since is not None else ""
    return f"{name}: the hotfix takes {climbing.percent or 0} %{grade}{held}"


def _who(incident: Incident, protocol: Protocol) -> str:
    titles = {role.id: role.title for role in protocol.roles}
    spoken = dict.fromkeys((protocol.people.leads, protocol.people.operates, protocol.updates.role))
    known = [(titles[role], incident.roles[role].person) for role in spoken if role in incident.roles]
    return " · ".join(f"{title} {plain(person, 60)}" for title, person in known) or f"No {protocol.leader.title} yet"
