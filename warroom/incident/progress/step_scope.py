"""Which steps concern this incident at all."""

from warroom.incident.state import Incident
from warroom.protocol.model import Phase, Step


def applies(step: Step, incident: Incident) -> bool:
    """Whether the step's condition (`when`, one of protocol.names.CONDITIONS) holds; a step without one always applies.

    As long as nobody said whether data is changed, a step for that case is shown, and whoever knows decides.
    """
    match step.when:
        case "security":
            return incident.declared.private
        case "personal-data":
            return incident.aware_at is not None
        case "data-change":
            return incident.steering.data_change != "no"
        case "rolled-back":
            return incident.relief is not None and incident.relief.how == "roll-back"
    return True


def steps_of(phase: Phase, incident: Incident) -> tuple[Step, ...]:
    """The steps of a phase that concern this incident."""
    return tuple(step for step in phase.steps if applies(step, incident))
