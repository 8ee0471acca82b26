"""Updates to stakeholders: a template of the protocol, its fields filled from the incident."""

from warroom.clock import clock_time, duration
from warroom.incident import clocks
from warroom.incident.state import Incident
from warroom.protocol.model import Config


def filled(incident: Incident, config: Config, now: float) -> tuple[str, str]:
    """The template's id and its text for this moment: the first alert, then progress, then the resolution.

    Nothing is claimed that the incident does not show; what is not known says so.
    """
    if incident.resolved_at is not None:
        template = config.protocol.template("resolution-notice")
    elif incident.updates:
        template = config.protocol.template("progress-update")
    else:
        template = config.protocol.template("initial-alert")
    return template.id, template.body.format(**fields(incident, config, now)).strip()


def fields(incident: Incident, config: Config, now: float) -> dict[str, str]:
    """Every field that a template may name (protocol.model lists them), as text."""
    protocol = config.protocol
    phase = next((one for one in protocol.phases if one.id == incident.phase), protocol.phases[0])
    done = [step.title for one in protocol.phases for step in one.steps if step.id in incident.ticks]
    open_steps = [step.title for step in phase.steps if step.id not in incident.ticks]
    healthy = not incident.lost and all(
        lane.verdict is None or lane.verdict.grade == "PASS" for lane in incident.lanes.values()
    )
    drill = "DRILL: " if incident.declared.drill else ""
    fixed_at = incident.full_traffic_at or incident.mitigated_at
    return {
        "time": clock_time(now),
        "severity": incident.severity,
        "incident": incident.id,
        "title": drill + incident.title,
        "impact": incident.declared.impact or "being assessed",
        "status": f"Phase {phase.number}, {phase.title}",
        "eta": _eta(incident, config, now),
        "channel": f"#incident-{incident.id.removeprefix('INC-').lower()}",
        "completed": ", ".join(done[-3:]) or "incident declared",
        "in_progress": open_steps[0] if open_steps else phase.title,
        "fix_deployed_at": clock_time(fixed_at) if fixed_at else "not yet",
        "services": ", ".join(sorted(incident.lanes)),
        "monitoring": "normal" if healthy else "still being watched",
        "post_mortem_at": "a time to be announced",
        "next_update_minutes": f"{protocol.updates.every_minutes:.0f}",
        "no_action_sentence": ""
        if incident.declared.personal_data
        else "No action is required from users at this time.",
    }


def _eta(incident: Incident, config: Config, now: float) -> str:
    both = clocks.sla(incident, config.protocol, now)
    if both is None or both[1].left <= 0:
        return "being estimated"
    return f"within {duration(both[1].left)}"
