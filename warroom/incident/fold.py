"""The fold: events in, the incident out. Pure, and tolerant of all that has some meaning.

A change's outcome without its intent, a role acknowledged that nobody holds, a hold without a ladder mean nothing and
change nothing. Numbers need not be without gaps: what could not be written to the journal is folded all the same.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from warroom.incident import events, mitigation, timeline
from warroom.incident.boxes import seen
from warroom.incident.change import BACK, Action, Ended
from warroom.incident.comms import comms
from warroom.incident.events import Declared, Event
from warroom.incident.lane import drift, services, staging, whose
from warroom.incident.lane import fold as lanes
from warroom.incident.progress import ticks
from warroom.incident.sends import sends
from warroom.incident.set_back import set_back
from warroom.incident.state import Incident, Lane, Lost, PhaseTimes
from warroom.incident.steps import steps
from warroom.incident.triage import triage

JOURNAL, WARROOM = "journal", "warroom"
"""A source that is lost, and who writes what nobody did."""

TAIL_KEPT = 200
"""So many of the newest timeline events are kept for the board."""


class FoldError(ValueError):
    """Events that cannot be one incident's."""


def fold(log: Iterable[Event]) -> Incident:
    """The incident that `log` makes, in order. Raises FoldError for an empty log, and as `apply` does."""
    incident: Incident | None = None
    for event in log:
        incident = apply(incident, event)
    if incident is None:
        raise FoldError("there are no events")
    return incident


def apply(incident: Incident | None, event: Event) -> Incident:
    """The incident after one more event; None is before its first.

    Raises FoldError for a fact before the declaration, or one of another incident.
    """
    fact = event.fact
    if incident is None:
        if not isinstance(fact, Declared):
            raise FoldError(f"event {event.seq} of {event.incident} comes before the declaration")
        return _declared(event, fact)
    if event.incident != incident.id:
        raise FoldError(f"event {event.seq} is of {event.incident}, not of {incident.id}")
    after = _MEANING[type(fact)](incident, event, fact)
    tail = after.tail
    if _tells(incident, event):
        tail = (*(tail if len(tail) < TAIL_KEPT else tail[1:]), event)
    return replace(
        after,
        tail=tail,
        last_seq=max(incident.last_seq, event.seq),
        newest_at=max(incident.newest_at, event.at),
        counted_to=max(after.counted_to, event.at),
    )


def _declared(event: Event, fact: Declared) -> Incident:
    return Incident(
        id=event.incident,
        title=fact.title,
        severity=fact.severity,
        declared=fact,
        detected_at=fact.detected_at,
        declared_at=event.at,
        lanes={ref.name: Lane(ref) for ref in fact.services},
        last_seq=event.seq,
        tail=(event,),
        newest_at=event.at,
        counted_to=event.at,
    )


def _tells(incident: Incident, event: Event) -> bool:
    """Whether an event makes a timeline line. A verdict does when it takes a turn."""
    fact = event.fact
    if isinstance(fact, events.Judged):
        lane = incident.lanes.get(fact.service.name)
        return lane is None or lanes.turned(lane, fact.verdict)
    if isinstance(fact, events.ServingJudged):
        known = lane.serving_verdict if (lane := incident.lanes.get(fact.service.name)) else None
        return known is None or known.grade != fact.verdict.grade or known.candidate != fact.verdict.candidate
    return timeline.tells(type(fact)) and not seen.repeats(incident, fact)


def _unchanged(incident: Incident, event: Event, fact: events.AnyFact) -> Incident:
    return incident


def _severity(incident: Incident, event: Event, fact: events.SeverityChanged) -> Incident:
    return replace(incident, severity=fact.severity)


def _mark(incident: Incident, event: Event, fact: events.AnyFact) -> Incident:
    return ticks.mark(incident, event)


def _noted(incident: Incident, event: Event, fact: events.Noted) -> Incident:
    """Who writes a note into a repaired journal knows of it."""
    lost = {name: one for name, one in incident.lost.items() if name != JOURNAL or event.actor == WARROOM}
    return replace(ticks.mark(incident, event), lost=lost)


def _undone(incident: Incident, event: Event, fact: events.Undone) -> Incident:
    return ticks.take_back(incident, event)


def _phase_left(incident: Incident, at: float) -> dict[str, PhaseTimes]:
    times = incident.phases.get(incident.phase)
    if times is None or times.ended_at is not None:
        return incident.phases
    return {**incident.phases, incident.phase: replace(times, ended_at=at)}


def _phase(incident: Incident, event: Event, fact: events.PhaseStarted) -> Incident:
    if fact.phase == incident.phase:
        return incident
    phases = _phase_left(incident, event.at)
    before = phases.get(fact.phase)
    earlier = 0.0
    if before is not None and before.ended_at is not None:
        earlier = before.earlier_seconds + max(0.0, before.ended_at - before.started_at)
    times = PhaseTimes(event.at, None, earlier)
    return replace(incident, phase=fact.phase, phases={**phases, fact.phase: times})


def _in_lane(
    change: Callable[[Lane, Event, Any], Lane], *, joins: bool = False
) -> Callable[[Incident, Event, Any], Incident]:
    """A fact of one service changes that service's lane; of one that was taken off only what was done to it counts."""

    def meaning(incident: Incident, event: Event, fact: Any) -> Incident:  # noqa: ANN401
        if not joins and fact.service.name in incident.taken_off:
            return incident
        return services.with_lane(incident, change(services.lane_of(incident, fact.service), event, fact))

    return meaning


def _intended(incident: Incident, event: Event, fact: events.ChangeIntended) -> Incident:
    lane = lanes.intended(services.lane_of(incident, fact.service), event, fact)
    return replace(services.with_lane(incident, lane), changes=incident.changes + 1)


def _accepted(incident: Incident, event: Event, fact: events.ChangeAccepted) -> Incident:
    if (found := whose.opened(incident.lanes.values(), event, fact)) is None:
        return incident
    lane, change = found
    taken = replace(change, accepted=True, operation=fact.operation)
    return services.with_lane(incident, lanes.progressed(lane, taken))


def _unknown(incident: Incident, event: Event, fact: events.ChangeUnknown) -> Incident:
    if (found := whose.opened(incident.lanes.values(), event, fact)) is None:
        return incident
    lane, change = found
    unknown = replace(change, unknown=True, title=fact.title, unknown_seq=event.seq)
    return services.with_lane(incident, lanes.progressed(lane, unknown))


def _failed(incident: Incident, event: Event, fact: events.ChangeFailed) -> Incident:
    if (found := whose.opened(incident.lanes.values(), event, fact)) is None:
        return incident
    lane, change = found
    failed = replace(
        change,
        outcome=fact.outcome,
        unknown=False,
        ended_at=event.at,
        ended_seq=event.seq,
        title=fact.title,
        remedy=fact.remedy,
        detail=fact.detail,
        link=fact.link,
        serving=fact.serving,
        moved=fact.moved,
    )
    return services.with_lane(incident, lanes.failed(lane, event, failed))


def _applied(incident: Incident, event: Event, fact: events.ChangeApplied) -> Incident:
    if (found := whose.opened(incident.lanes.values(), event, fact)) is None:
        return incident
    lane, change = found
    after = services.with_lane(incident, lanes.applied(lane, event, fact, change))
    ladders = [lane.ladder for lane in after.lanes.values() if lane.ladder]
    first, full, un_pinned = after.first_traffic_at, after.full_traffic_at, None
    if change.action == Action.ADVANCE and change.candidate_percent > 0 and first is None:
        first = event.at
    # With several services the fix serves everyone when every ladder that still climbs has reached its top.
    moves = change.action in (Action.ADVANCE, *BACK)
    if moves and full is None and any(ladder.ended == Ended.COMPLETE for ladder in ladders):
        full = None if any(not ladder.ended for ladder in ladders) else event.at
    # Every other change pins traffic to named revisions again.
    pinned = any(one.changes and one.un_pinned_at is None for one in after.lanes.values())
    if change.action == Action.UN_PIN and not pinned:
        un_pinned = event.at
    after = replace(after, first_traffic_at=first, full_traffic_at=full, un_pinned_at=un_pinned)
    if change.action in BACK or (change.action == Action.ADVANCE and change.candidate_percent == 100):
        return mitigation.moved(after, lane, "roll-back" if change.action in BACK else "full-traffic", event.at)
    return after


def _drift_answered(incident: Incident, event: Event, fact: events.DriftAnswered) -> Incident:
    """Going on from what somebody else did can be the first traffic, or all of it, as an advance can."""
    after = services.with_lane(incident, drift.answered(services.lane_of(incident, fact.service), event, fact))
    ladders = [lane.ladder for lane in after.lanes.values() if lane.ladder]
    first, full = after.first_traffic_at, after.full_traffic_at
    if fact.percent > 0 and first is None:
        first = event.at
    if fact.percent == 100 and full is None and all(ladder.ended for ladder in ladders):
        full = event.at
    after = replace(after, first_traffic_at=first, full_traffic_at=full)
    if fact.percent < 100:
        return after
    return mitigation.moved(after, services.lane_of(after, fact.service), "full-traffic", event.at)


def _source_lost(incident: Incident, event: Event, fact: events.SourceLost) -> Incident:
    before = incident.lost.get(fact.source)
    lost = Lost(before.since if before else event.at, fact.title, fact.remedy)
    return replace(incident, lost={**incident.lost, fact.source: lost})


def _source_back(incident: Incident, event: Event, fact: events.SourceBack) -> Incident:
    return replace(incident, lost={name: lost for name, lost in incident.lost.items() if name != fact.source})


def _update(incident: Incident, event: Event, fact: events.UpdateSent) -> Incident:
    told = comms.told(incident.outward, fact.channel, fact.link, event.at)
    return replace(incident, updates=incident.updates + 1, last_update_at=event.at, outward=told)


def _outward(incident: Incident, event: Event, fact: events.OutwardFact) -> Incident:
    return replace(incident, outward=comms.meaning(incident.outward, fact, event.at))


def _send_intended(incident: Incident, event: Event, fact: events.SendIntended) -> Incident:
    return replace(incident, sends=sends.intended(incident.sends, fact, event.at, event.actor))


def _send_ended(incident: Incident, event: Event, fact: events.SendDone | events.SendFailed) -> Incident:
    return replace(incident, sends=sends.ended(incident.sends, fact, event.at))


def _work(incident: Incident, event: Event, fact: events.StepFact) -> Incident:
    return replace(incident, work=steps.done(incident.work, fact, event.at, event.actor))


def _steered(incident: Incident, event: Event, fact: events.AnySteering) -> Incident:
    return replace(incident, steering=triage.steered(incident.steering, fact, event.at, event.actor))


def _set_back(incident: Incident, event: Event, fact: events.ClockSetBack) -> Incident:
    return set_back(incident, event.at)


def _resolved(incident: Incident, event: Event, fact: events.Resolved) -> Incident:
    if incident.resolved_at is not None:
        return incident
    settled = {name: replace(lane, missed=None) if lane.missed else lane for name, lane in incident.lanes.items()}
    return replace(incident, resolved_at=event.at, lanes=settled)


def _reported(incident: Incident, event: Event, fact: events.Reported) -> Incident:
    return replace(incident, reported_at=event.at)


def _closed(incident: Incident, event: Event, fact: events.Closed) -> Incident:
    if incident.closed_at is not None:
        return incident
    return replace(incident, closed_at=event.at, phases=_phase_left(incident, event.at))


_MEANING: dict[type, Callable[[Incident, Event, Any], Incident]] = {
    events.Declared: _unchanged,
    events.SeverityChanged: _severity,
    events.RoleAssigned: _mark,
    events.RoleAcknowledged: _mark,
    events.RolePaged: _mark,
    events.RoleDeclined: _mark,
    events.RoleAway: _mark,
    events.HandoverOffered: _mark,
    events.HandoverAccepted: _mark,
    events.PhaseStarted: _phase,
    events.Ticked: _mark,
    events.Unticked: _mark,
    events.Noted: _noted,
    events.Undone: _undone,
    events.ChangeIntended: _intended,
    events.ChangeAccepted: _accepted,
    events.ChangeApplied: _applied,
    events.ChangeFailed: _failed,
    events.ChangeUnknown: _unknown,
    events.LadderStarted: _in_lane(lanes.ladder_started, joins=True),
    events.LadderHeld: _in_lane(lanes.held),
    events.LadderResumed: _in_lane(lanes.resumed),
    events.AutoAdvanceSet: _in_lane(lanes.auto_set),
    events.Observed: _in_lane(lanes.observed),
    events.DriftSeen: _in_lane(drift.seen),
    events.DriftAnswered: _drift_answered,
    events.StagingAsked: _in_lane(staging.asked, joins=True),
    events.StagingDeployed: _in_lane(staging.deployed),
    events.StagingFailed: _in_lane(staging.failed),
    events.StagingTested: _in_lane(staging.tested),
    events.StagingValidated: _in_lane(staging.validated),
    events.StagingJudged: _in_lane(staging.judged),
    events.StagingLogsRead: _in_lane(staging.logs_read),
    events.SmokeRan: _in_lane(staging.smoked),
    events.AlertsAsked: seen.asked,
    events.Sampled: _in_lane(lanes.sampled),
    events.Judged: _in_lane(lanes.judged),
    events.ProbeChanged: _in_lane(lanes.probe_changed),
    events.SourceLost: _source_lost,
    events.SourceBack: _source_back,
    events.SendIntended: _send_intended,
    events.SendDone: _send_ended,
    events.SendFailed: _send_ended,
    **dict.fromkeys(steps.StepFact.__args__, _work),
    **dict.fromkeys(triage.STEERING, _steered),
    events.ClockSetBack: _set_back,
    events.UpdateSent: _update,
    **dict.fromkeys(comms.OutwardFact.__args__, _outward),
    events.Relieved: mitigation.relieved,
    events.Mitigated: mitigation.mitigated,
    events.MitigationLost: mitigation.lost,
    events.ServiceAdded: services.added,
    events.ServiceTakenOff: services.taken_off,
    events.ServingJudged: _in_lane(lanes.serving_judged),
    events.PastRead: _in_lane(lanes.past_read),
    events.Resolved: _resolved,
    events.Reported: _reported,
    events.Closed: _closed,
}
