"""What somebody must know who takes over a role: the state of the incident in a few lines. Pure."""

from warroom.clock import duration
from warroom.incident import clocks, mitigation
from warroom.incident.progress import known
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.roles.roles import standing
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol

OPEN_STEPS = 4
"""So many of the phase's open steps are named."""


def brief(incident: Incident, protocol: Protocol, now: float) -> str:
    """The lines of a handover at `now` (Unix seconds)."""
    since = duration(clocks.since_detection(incident, now))
    lines = [f"{incident.severity} {incident.id} {incident.title}: {_state(incident)}, {since} since detection."]
    lines += [_lane(lane) for lane in incident.lanes.values()]
    lines += [f"{words[:1].upper()}{words[1:]}: {text}" for words, text in known.told(incident)]
    lines += _phase(incident, protocol)
    lines.append(_roles(incident, protocol, now))
    if incident.resolved_at is None:
        due = clocks.update_due(incident, protocol, now)
        lines.append(f"Next update due in {duration(due)}." if due >= 0 else f"Update overdue by {duration(-due)}.")
    return "\n".join(lines)


def _state(incident: Incident) -> str:
    if incident.resolved_at is not None:
        return "resolved"
    return "open" if incident.mitigated_at is None else f"mitigated: {mitigation.told(incident)}"


def _lane(lane: Lane) -> str:
    name, ladder = lane.ref.name, lane.ladder
    if ladder is None:
        return f"{name}: no hotfix on the ladder."
    if ladder.ended:
        return f"{name}: ladder {ladder.ended}."
    held = ", held" if ladder.held_since is not None else ""
    verdict = lane.step_verdict
    told = f", {verdict.grade}: {verdict.words}" if verdict else ""
    return f"{name}: hotfix {ladder.candidate} takes {ladder.percent or 0} %{held}{told}."


def _phase(incident: Incident, protocol: Protocol) -> list[str]:
    phase = next((one for one in protocol.phases if one.id == incident.phase), None)
    if phase is None:
        return []
    todo = [step.title for step in steps_of(phase, incident) if step.id not in incident.ticks]
    more = f" and {len(todo) - OPEN_STEPS} more" if len(todo) > OPEN_STEPS else ""
    listed = f"; open: {', '.join(todo[:OPEN_STEPS])}{more}" if todo else ""
    return [f"Phase {phase.number} {phase.title}{listed}."]


def _roles(incident: Incident, protocol: Protocol, now: float) -> str:
    said = []
    for role in protocol.roles:
        holder = incident.roles.get(role.id)
        if holder is not None:
            state = standing(holder, now, incident.declared_at).state
            said.append(f"{role.short} {holder.person} {state}")
    return f"Roles: {', '.join(said)}." if said else "Roles: none is assigned."
