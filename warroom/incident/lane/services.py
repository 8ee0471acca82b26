"""Which services an incident has: one joins, one is taken off, and when it can't be. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from warroom.incident.events import Event, ServiceAdded, ServiceTakenOff
from warroom.incident.lane.fold import open_changes
from warroom.incident.state import Incident, Lane
from warroom.rollout.split import percents
from warroom.rollout.traffic import ServiceRef


def lane_of(incident: Incident, ref: ServiceRef) -> Lane:
    """The service's lane. One that the declaration did not name may join later; one that was taken off, again."""
    known = incident.lanes.get(ref.name) or incident.taken_off.get(ref.name)
    return known if known is not None and known.ref == ref else Lane(ref)


def with_lane(incident: Incident, lane: Lane) -> Incident:
    """The incident with a lane as it is now."""
    lanes = {**incident.lanes, lane.ref.name: lane}
    if lane.ref.name not in incident.taken_off:
        return replace(incident, lanes=lanes)
    return replace(incident, lanes=lanes, taken_off=_without(incident.taken_off, lane.ref.name))


def added(incident: Incident, event: Event, fact: ServiceAdded) -> Incident:
    """It is one of the incident's; nothing changes where it is already."""
    return incident if fact.service.name in incident.lanes else with_lane(incident, lane_of(incident, fact.service))


def taken_off(incident: Incident, event: Event, fact: ServiceTakenOff) -> Incident:
    """It is none of the incident's any more. The last one stays, and one that two hands took off is off."""
    lane = incident.lanes.get(fact.service.name)
    if lane is None or len(incident.lanes) < 2:
        return incident
    off = {**incident.taken_off, lane.ref.name: lane}
    return replace(incident, lanes=_without(incident.lanes, lane.ref.name), taken_off=off)


def keeps(incident: Incident, lane: Lane) -> str:
    """Why a service can't be taken off now, as a sentence without its end; "" where it can."""
    name = lane.ref.name
    if len(incident.lanes) < 2:
        return f"{name} is the incident's only service"
    if open_changes(lane):
        return f"A change to {name} is under way"
    if lane.ladder is not None and not lane.ladder.ended:
        return f"The hotfix of {name} is on its way"
    if lane.drift is not None or lane.missed is not None:
        return f"What became of the traffic of {name} is not settled"
    if not lane.changes:
        return ""
    if lane.observed_at is None or not lane.settled:
        return f"What {name} serves is not known for sure"
    serving, stable = percents(lane.serving, lane.latest_ready), _stable(lane)
    if serving != stable:
        return f"{name} is not at its stable split: it serves {_shares(serving)}, before it was {_shares(stable)}"
    return ""


def _stable(lane: Lane) -> dict[str, int]:
    """What it served before this incident moved it: where the ladder began, else before the last change."""
    if lane.ladder is not None:
        return lane.ladder.target
    return percents(lane.last_change.before, lane.latest_ready) if lane.last_change is not None else {}


def _shares(shares: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {percent} %" for name, percent in shares.items() if percent) or "nothing"


def _without(lanes: dict[str, Lane], name: str) -> dict[str, Lane]:
    return {known: lane for known, lane in lanes.items() if known != name}


def said(fact: ServiceAdded | ServiceTakenOff) -> tuple[str, str]:
    """Either of the facts in words."""
    why = f": {fact.reason}" if fact.reason else ""
    if isinstance(fact, ServiceAdded):
        return f"{fact.service.name} is a service of this incident now{why}", "accent"
    return f"{fact.service.name} is taken off this incident{why}", "watch"


SAY: dict[type, Any] = {kind: lambda fact, known: said(fact) for kind in (ServiceAdded, ServiceTakenOff)}
