"""Stopping the ladder where it is, and letting it go on. Pure."""

from collections.abc import Callable

from warroom.conductor.refusal import Refused
from warroom.incident.events import AnyFact, LadderHeld, LadderResumed
from warroom.incident.state import Incident, Lane


def turn(lane: Lane, reason: str) -> Callable[[Incident], list[AnyFact]]:
    """What a hold, or its end, says of the incident as it stands when that is written. Raises Refused without a ladder.

    Which of the two is meant goes by what the operator sees. Somebody else may have done the same a moment ago: then
    only another reason is news.
    """
    if lane.ladder is None or lane.ladder.ended:
        raise Refused("No ladder is under way", "Hold works between deploy and 100 %.")
    ref, held = lane.ref, lane.ladder.held_since is not None

    def wanted(incident: Incident) -> list[AnyFact]:
        ladder = incident.lanes[ref.name].ladder
        if ladder is None or ladder.ended:
            return []
        if held:
            return [LadderResumed(ref)] if ladder.held_since is not None else []
        return [LadderHeld(ref, reason)] if ladder.held_since is None or reason else []

    return wanted
