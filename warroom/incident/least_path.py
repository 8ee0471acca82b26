"""What is still to be done takes at least so long: the least path to the fix, the resolution, a phase's end. Pure.

`now` and all moments are Unix seconds, all lengths seconds.
"""

from warroom.incident.lane.bake import bake
from warroom.incident.state import Incident, Ladder
from warroom.protocol.model import Phase, Protocol

MINUTE = 60.0


def to_fix(incident: Incident, protocol: Protocol, now: float) -> float:
    """The least time that the way to the fix still takes."""
    ahead = _ahead(incident, protocol)
    deployment = protocol.deployment.number
    match protocol.sla.fix_means:
        case "ready":
            way = [phase for phase in ahead if protocol.ready and phase.number <= protocol.ready.number]
            return sum(_remaining(incident, protocol, phase, now) for phase in way)
        case "first_traffic":
            before = [phase for phase in ahead if phase.number < deployment]
            rest = sum(_remaining(incident, protocol, phase, now) for phase in before)
            return rest + sum(_on_top_left(incident, phase, now) for phase in ahead if phase.kind == "deployment")
    way = [phase for phase in ahead if phase.number <= deployment]
    return sum(_remaining(incident, protocol, phase, now) for phase in way)


def to_resolve(incident: Incident, protocol: Protocol, now: float) -> float:
    """The least time until verification can be over. The paperwork after it is outside of the SLA."""
    last = protocol.verification or protocol.deployment
    way = [phase for phase in _ahead(incident, protocol) if phase.number <= last.number]
    if incident.mitigated_at is not None:
        way = [phase for phase in way if phase.kind == "verification"]
    return sum(_remaining(incident, protocol, phase, now) for phase in way)


def used(incident: Incident, phase: Phase, now: float) -> float:
    """The time spent in a phase, all visits together. It runs on after the resolution, until the incident is closed."""
    times = incident.phases.get(phase.id)
    if times is None:
        return 0.0
    end = times.ended_at
    if end is None:
        end = now if incident.closed_at is None else min(now, incident.closed_at)
    return times.earlier_seconds + max(0.0, end - times.started_at)


def projected_end(incident: Incident, protocol: Protocol, phase: Phase, now: float) -> float | None:
    """When a phase ends if all from here on takes the least time; when it ended; None if it was passed by."""
    ahead = _ahead(incident, protocol)
    times = incident.phases.get(phase.id)
    if phase not in ahead:
        return times.ended_at if times else None
    way = [one for one in ahead if one.number <= phase.number]
    return now + sum(_remaining(incident, protocol, one, now) for one in way)


def _ahead(incident: Incident, protocol: Protocol) -> list[Phase]:
    """The current phase and those after it."""
    current = next((phase.number for phase in protocol.phases if phase.id == incident.phase), 0)
    return [phase for phase in protocol.phases if phase.number >= current]


def _remaining(incident: Incident, protocol: Protocol, phase: Phase, now: float) -> float:
    """The least that is left of a current or coming phase. That of deployment is what comes on top, and the ladder."""
    if phase.kind == "deployment":
        least = _ladder_left(incident, protocol, phase, now)
        return least + _on_top_left(incident, phase, now)
    least = (phase.least_minutes + phase.on_top_minutes) * MINUTE
    return max(0.0, least - used(incident, phase, now))


def _on_top_left(incident: Incident, phase: Phase, now: float) -> float:
    if incident.first_traffic_at is not None:
        return 0.0
    return max(0.0, phase.on_top_minutes * MINUTE - used(incident, phase, now))


def _ladder_left(incident: Incident, protocol: Protocol, phase: Phase, now: float) -> float:
    climbing = [lane.ladder for lane in incident.lanes.values() if lane.ladder]
    under_way = [ladder for ladder in climbing if not ladder.taken_back]
    if under_way:
        return max(_bakes_left(ladder, now) for ladder in under_way)
    rules = protocol.ladder
    return max(phase.least_minutes, sum(rules.bake_at(rung) for rung in rules.rungs[:-1])) * MINUTE


def _bakes_left(ladder: Ladder, now: float) -> float:
    """The bakes between here and the last rung, which itself need not be baked to count as reached."""
    percent = ladder.percent or 0
    above = [rung for rung in ladder.rungs if rung > percent]
    if not above:
        return 0.0
    current = bake(ladder, now)[1] if percent else 0.0
    return current + sum(ladder.bake_at(rung) for rung in above[:-1])
