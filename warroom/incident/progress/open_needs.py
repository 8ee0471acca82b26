"""What a step was to wait for and is not done: told at the key that goes past it, and in the report. Pure."""

from warroom.incident.change import Action
from warroom.incident.progress.step_scope import applies
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol, Step

_STEPS = {Action.DEPLOY: "deploy", Action.ADVANCE: "ladder"}


def steps_left(incident: Incident, step: Step, protocol: Protocol) -> tuple[Step, ...]:
    """The steps that `step` needs, that concern this incident and are not ticked."""
    found = (protocol.find_step(name) for name in step.needs if name not in incident.ticks)
    return tuple(one for one in found if one is not None and applies(one, incident))


def open_needs(incident: Incident, step: Step, protocol: Protocol) -> str:
    """Their titles; "" where there are none."""
    return ", ".join(one.title for one in steps_left(incident, step, protocol))


def step_of(action: str, protocol: Protocol) -> Step | None:
    """The protocol's step that a change does, None where none is about it."""
    native = next((name for known, name in _STEPS.items() if known == action), "")
    return next((one for phase in protocol.phases for one in phase.steps if native and one.native == native), None)


def before_change(incident: Incident, lane: Lane | None, action: str, protocol: Protocol) -> str:
    """The titles of what a change was to wait for: a deploy, or the first advance, which begins the ladder's step."""
    climbing = lane.ladder if lane else None
    first = action == Action.DEPLOY or (climbing is not None and not climbing.percent)
    step = step_of(action, protocol)
    return open_needs(incident, step, protocol) if step is not None and first else ""


def before_native(incident: Incident, native: str, protocol: Protocol) -> str:
    """The titles of what a step of warroom's own was to wait for; "" where it is ticked, or waits for nothing."""
    steps = [step for phase in protocol.phases for step in phase.steps if step.native == native]
    left = (open_needs(incident, step, protocol) for step in steps if step.id not in incident.ticks)
    return next((titles for titles in left if titles), "")
