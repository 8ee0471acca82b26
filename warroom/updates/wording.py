"""Updates to stakeholders: a template of the protocol, its fields filled from the incident."""

from collections.abc import Mapping
from string import Formatter

from warroom.clock import clock_time, rfc3339
from warroom.incident import clocks, mitigation
from warroom.incident.place import label, outside_id
from warroom.incident.progress.known import doing, eta, known
from warroom.incident.sends.sends import newest
from warroom.incident.state import Incident
from warroom.protocol.integrations import Port
from warroom.protocol.model import Config, Phase
from warroom.protocol.names import SPOKEN_TEMPLATES
from warroom.text import one_line
from warroom.updates.truth import monitoring_normal, no_action

FIRST, NEXT, LAST = SPOKEN_TEMPLATES
"""The templates: of the alert, of progress, and of the resolution."""


def due(incident: Incident) -> str:
    """The template that this moment calls for: first the alert, then progress, then the resolution."""
    if incident.resolved_at is not None:
        return LAST
    return NEXT if incident.updates else FIRST


def filled(incident: Incident, config: Config, now: float, template: str = "") -> tuple[str, str]:
    """A template's id and its text for this moment; without one named, that which is due.

    Nothing is claimed that the incident does not show; what is not known says so. A drill's text says that it is one.
    """
    found = config.protocol.template(template or due(incident))
    values = fields(incident, config, now)
    lines = [line.format(**values) for line in found.body.splitlines() if not _blank(line, values)]
    return found.id, outgoing(incident, "\n".join(lines))


def outgoing(incident: Incident, text: str) -> str:
    """A text as it goes out, as harmless as on the screen; it begins with DRILL or EMULATOR where it is from one."""
    lines = text.strip().splitlines()
    # A byte that is no UTF-8 becomes four letters.
    text, mark = "\n".join(one_line(line, 4 * len(line) + 1) for line in lines), label(incident.declared)
    return f"{mark} {text}" if mark and not text.startswith(mark) else text


def channel_name(incident: Incident, config: Config) -> str:
    """The name of the incident's channel, without #."""
    chat = config.integrations.chat
    return f"{chat.channel_prefix if chat else 'incident-'}{outside_id(incident).removeprefix('INC-').lower()}"


def _channel(incident: Incident, config: Config) -> str:
    """The incident's channel by its name, once there is one: opened by warroom, or by whoever ticked the step."""
    steps = (step.id for phase in config.protocol.phases for step in phase.steps if step.native == "alert")
    there = newest(incident.sends, Port.CHAT, "open-channel") or any(step in incident.ticks for step in steps)
    return f"#{channel_name(incident, config)}" if there else "the incident's channel, once it is open"


def fields(incident: Incident, config: Config, now: float) -> dict[str, str]:
    """Every field that a template may name (protocol.names lists them), as text."""
    protocol = config.protocol
    phase = next((one for one in protocol.phases if one.id == incident.phase), protocol.phases[0])
    # The short title says what was done, where the long one asks or orders.
    told = doing(incident)
    done = [step.short or step.title for one in protocol.phases for step in one.steps if step.id in incident.ticks]
    return {
        "time": clock_time(now),
        "severity": incident.severity,
        "incident": incident.id,
        "title": incident.title,
        "impact": known(incident, "impact") or "being assessed",
        "status": f"Phase {phase.number}, {phase.title}{told and f': {told}'}",
        "eta": eta(incident),  # nobody but a person knows it: a limit of the SLA is no estimate
        "channel": _channel(incident, config),
        "completed": ", ".join(done[-3:]) or "incident declared",
        "in_progress": _in_progress(incident, phase, told),
        "fix_deployed_at": _fix(incident),
        "services": ", ".join(sorted(incident.lanes)),
        "monitoring": "normal" if monitoring_normal(incident, protocol) else "still being watched",
        "post_mortem_at": _post_mortem(incident, config),
        "next_update_minutes": f"{protocol.update_minutes(incident.severity):.0f}",
        "no_action_sentence": "No action is required from users at this time." if no_action(incident) else "",
        "data_at_risk": known(incident, "data-at-risk"),
        "changed": known(incident, "changed"),
        "root_cause": known(incident, "root-cause"),
        "version": incident.work.values.get("version", ""),
        "verified_at": _verified(incident),
    }


def _blank(line: str, values: Mapping[str, str]) -> bool:
    """Whether a line of a template only says what is not known: every field in it is empty."""
    names = [name for _, name, _, _ in Formatter().parse(line) if name]
    return bool(names) and not any(values[name] for name in names)


def _in_progress(incident: Incident, phase: Phase, told: str) -> str:
    """The phase, what somebody said is being done, and what users meet of a hotfix that climbs."""
    ladders = {name: lane.ladder for name, lane in incident.lanes.items()}
    climbing = [
        f"the hotfix takes {ladder.percent} % of {name}"
        for name, ladder in ladders.items()
        if ladder is not None and ladder.percent and ladder.percent < 100 and not ladder.taken_back
    ]
    return ", ".join([phase.title, *([told] if told else []), *climbing])


def _verified(incident: Incident) -> str:
    """Since when users are measured to be better; "" while they are not, or somebody only says so."""
    measured = incident.mitigated_at is not None and incident.mitigated_evidence and not incident.mitigated_reason
    return clock_time(incident.mitigated_at) if incident.mitigated_at is not None and measured else ""


def _fix(incident: Incident) -> str:
    """When the fix was there for everybody, or what was done in its place."""
    relief, full = incident.relief, incident.full_traffic_at
    if relief is None or relief.how == "full-traffic":
        return clock_time(full) if full is not None else "not yet"
    return f"no fix yet; {mitigation.HOW.get(relief.how, relief.how)} at {clock_time(relief.at)}"


def _post_mortem(incident: Incident, config: Config) -> str:
    """Its date; before it has one, the day by which the protocol wants it."""
    if incident.outward.post_mortem_at is not None:
        return rfc3339(incident.outward.post_mortem_at)
    by = clocks.post_mortem_due(incident, config.protocol)
    return "a time to be announced" if by is None else f"a time to be announced, by {rfc3339(by)[:10]}"
