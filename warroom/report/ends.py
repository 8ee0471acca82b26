"""How the changes of a log ended, and that in words. Pure."""

from collections.abc import Iterable

from warroom.incident.events import Event
from warroom.incident.fold import apply
from warroom.incident.state import Change, Incident


def ends(log: Iterable[Event]) -> dict[int, Change]:
    """The newest word on each change, by the number of the event that intended it. Raises as the fold does."""
    found: dict[int, Change] = {}
    incident: Incident | None = None
    for event in log:
        incident = apply(incident, event)
        for lane in incident.lanes.values():
            for change in (lane.in_flight, lane.ended, *lane.superseded):
                if change is not None:
                    found[change.seq] = change
    return found


def but(change: Change | None) -> str:
    """What must stand behind every sentence of a change that does not hold; "" for one that was applied."""
    if change is None or not (change.outcome or change.unknown):
        return "its end is not known"
    if change.unknown and not change.outcome:
        return "unknown whether it was applied"
    return {"applied": "", "failed": "it failed"}.get(change.outcome, f"it was {change.outcome}")
