"""What going back asks and says: which revision is proposed and why, what will break, whether the target is well."""

from msgspec.structs import replace

from warroom.conductor.evidence.judging import limits_for
from warroom.conductor.session import Session
from warroom.conductor.traffic.plans import Plan
from warroom.incident.change import Action
from warroom.incident.lane import ways_back
from warroom.incident.lane.ways_back import Way
from warroom.incident.state import Incident, Lane
from warroom.rollout.ladder import Need


def ways(session: Session, lane: Lane) -> tuple[Way, ...]:
    """Where traffic of a service may go back to, by the limits that hold for it, the best first."""
    config, gate = session.service_config(lane.ref), session.config.protocol.gate
    return ways_back.ways_back(lane, limits_for(lane, gate, config, session.incident.detected_at))


def guarded(session: Session, lane: Lane, plan: Plan, *, chosen: bool = True) -> Plan:
    """A retreat with what it asks: a reason for a revision that is not the proposed one, and for data that it breaks.

    It says what is wrong with where it leads. None of this is waited for: it is what is known already. `chosen`: it is
    a revision that somebody picked.
    """
    found = ways(session, lane)
    why, warnings = [], [plan.warning]
    if plan.action == Action.ROLL_BACK and plan.revision:
        best = ways_back.proposed(found)
        if chosen:
            why.append(ways_back.reason_for(lane, found, plan.revision))
        if best is not None and best.revision == plan.revision:
            plan = replace(plan, chosen=best.why(session.moment))
    why.append(broken_data(session.incident, lane, plan))
    warnings += [_unwell(lane, name) for name in plan.target]
    asked, told = [one for one in why if one], [one for one in warnings if one]
    plan = replace(plan, warning="; ".join(dict.fromkeys(told)))
    return replace(plan, need=Need.REASON, why="; ".join(asked)) if asked else plan


def broken_data(incident: Incident, lane: Lane, plan: Plan) -> str:
    """What a forward-only change of data does to the revisions that are gone back to; "" where there is none.

    The question is asked of the hotfix: before it was deployed nothing of its is changed.
    """
    steering, climbing = incident.steering, lane.ladder
    others = [name for name in plan.target if climbing is not None and name != climbing.candidate]
    if steering.data_change != "forward-only" or not others:
        return ""
    because = f" ({steering.data_reason})" if steering.data_reason else ""
    return f"data was changed for good{because}: {', '.join(others)} cannot run on it and will fail there"


def _unwell(lane: Lane, revision: str) -> str:
    """That a revision's health address answers badly or slowly, as far as it is asked; "" where it answers well."""
    probe = lane.probes.get(revision)
    if probe is None or (probe.ok and not probe.slow_seconds):
        return ""
    how = f"slowly, in {probe.slow_seconds:.1f} s" if probe.ok else f"badly: {probe.detail}"
    return f"the health address of {revision} answers {how}"
