"""Ticking steps and items, and taking it back."""

from typing import TYPE_CHECKING

from warroom.conductor.refusal import Refused
from warroom.incident import events

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor


async def tick(conductor: "Conductor", item: str) -> None:
    """Tick a step or checklist item, or untick it. Raises Refused where it still needs others, or a decision."""
    incident, protocol = conductor.incident, conductor.config.protocol
    if item in incident.ticks:
        await conductor.record(events.Unticked(item))
        return
    step = protocol.find_step(item)
    missing = [need for need in step.needs if need not in incident.ticks] if step else []
    if missing:
        titles = ", ".join(protocol.step(need).title for need in missing)
        raise Refused(f"Not yet: first {titles}", "Tick what it needs, then this.")
    if step and step.native == "decide" and incident.steering.decision is None:
        raise Refused(
            "Nothing is decided yet", "Press Enter on it, or run `warroom decide`: what, who and why are kept."
        )
    await conductor.record(events.Ticked(item))


async def undo(conductor: "Conductor") -> None:
    """Take back the operator's last tick, untick or note. Raises Refused when there is none."""
    kinds = (events.Ticked, events.Unticked, events.Noted)
    for event in reversed(conductor.incident.tail):
        own = event.actor == conductor.recorder.actor and isinstance(event.fact, kinds)
        if own and event.seq not in conductor.incident.undone:
            await conductor.record(events.Undone(event.seq))
            return
    raise Refused("Nothing of yours to take back", "Only ticks and notes can be; changes go back by x or r.")
