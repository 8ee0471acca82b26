"""What a step was to wait for and is not done: told at the key that goes past it, and in the report. Pure."""

from warroom.incident.change import Action
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol, Step

_STEPS = {Action.DEPLOY: "deploy", Action.ADVANCE: "ladder"}


def open_needs(incident: Incident, step: Step, protocol: Protocol) -> str:
    """The titles of the steps that `step` needs and that are not ticked; "" where there are none."""
    found = (protocol.find_step(name) for name in step.needs if name not in incident.ticks)
    return ", ".join(one.title for one in found if one)


def before_change(incident: Incident, lane: Lane | None, action: str, protocol: Protocol) -> str:
    """The same for a change: a deploy, or the first advance, which begins the ladder's step."""
    native = next((name for known, name in _STEPS.items() if known == action), "")
    climbing = lane.ladder if lane else None
    first = action == Action.DEPLOY or (climbing is not None and not climbing.percent)
    step = next((one for phase in protocol.phases for one in phase.steps if native and one.native == native), None)
    return open_needs(incident, step, protocol) if step is not None and first else ""
