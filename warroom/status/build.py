"""From an incident to its status. Pure."""

from collections.abc import Iterator

from warroom.board import View, board
from warroom.board.projector import projector
from warroom.board.words import stable_of
from warroom.clock import rfc3339
from warroom.commands import COMMANDS, Breaks
from warroom.incident import clocks, mitigation
from warroom.incident.boxes.evidence import Evidence, of_step
from warroom.incident.lane.bake import bake
from warroom.incident.lane.guards import PER_SERVICE, Why, refusals
from warroom.incident.place import kind
from warroom.incident.progress.known import known
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.roles.roles import standing
from warroom.incident.roles.silence import silent
from warroom.incident.state import Incident, Lane
from warroom.incident.unfinished import unfinished
from warroom.protocol.model import Protocol
from warroom.rollout.ladder import next_rung
from warroom.rollout.signals import SIGNALS, Judged, Signal, data_end
from warroom.rollout.split import percents
from warroom.status.model import (
    STATES,
    ActionStatus,
    ClockStatus,
    IncidentRow,
    IncidentStatus,
    LadderStatus,
    LaneStatus,
    SignalStatus,
    Status,
)


def status(incident: Incident, protocol: Protocol, now: float, view: View, elsewhere: str = "") -> Status:
    """Everything that the board shows at `now` (Unix seconds, as the clock has it), and the facts behind it.

    `elsewhere` says why the incident can't be acted on from here.
    """
    shown, wall = board(incident, protocol, now, view), projector(incident, protocol, now, view)
    behind, now = clocks.behind(incident, now), clocks.moment(incident, now)
    return Status(
        incident=_incident(incident, protocol, now),
        lanes=tuple(_lane(lane, now) for lane in incident.lanes.values()),
        clocks=_clocks(incident, protocol, now),
        lost=incident.lost,
        board=shown,
        projector=wall,
        steering=incident.steering,
        at=now,
        time=rfc3339(now),
        elsewhere=elsewhere,
        clock_behind_seconds=behind,
        actions=tuple(_actions(incident, elsewhere)),
        measured=mitigation.measured(incident),
        open=() if incident.resolved_at is not None else unfinished(incident, protocol, now),
        evidence=_evidence(incident, protocol),
        silent=() if clocks.over(incident) else silent(incident.roles, protocol, now),
    )


def row(
    incident: Incident, elsewhere: str = "", gdpr_left: float | None = None, duties: tuple[str, ...] = ()
) -> IncidentRow:
    """One line of the list of incidents; `elsewhere` as in `status`, `gdpr_left` as `clocks` tells it."""
    return IncidentRow(
        id=incident.id,
        title=incident.title,
        severity=incident.severity,
        state=state(incident),
        drill=incident.declared.drill,
        services=tuple(incident.lanes),
        detected_at=incident.detected_at,
        declared_at=incident.declared_at,
        resolved_at=incident.resolved_at,
        place=kind(incident.declared),
        address=incident.declared.address,
        elsewhere=elsewhere,
        gdpr_left_seconds=gdpr_left,
        duties=duties,
    )


def state(incident: Incident) -> STATES:
    """How far the incident has come."""
    if incident.closed_at is not None:
        return "closed"
    if incident.resolved_at is not None:
        return "resolved"
    return "open" if incident.mitigated_at is None else "mitigated"


def _evidence(incident: Incident, protocol: Protocol) -> dict[str, tuple[Evidence, ...]]:
    """By step; of those that concern the incident and name any."""
    steps = [step for phase in protocol.phases for step in steps_of(phase, incident) if step.evidence]
    return {step.id: of_step(incident, step, protocol) for step in steps}


def _actions(incident: Incident, elsewhere: str) -> Iterator[ActionStatus]:
    """Every action that does something, of each service where it is about one."""
    place = Why(elsewhere) if elsewhere else None
    for command in COMMANDS:
        if command.breaks is Breaks.LOOK:
            continue
        for lane in incident.lanes.values() if command.id in PER_SERVICE else [next(iter(incident.lanes.values()))]:
            why = next(iter(refusals(command.id, incident, lane, place)), None)
            service = lane.ref.name if command.id in PER_SERVICE else ""
            yield ActionStatus(command.id, why is None, *((why.title, why.remedy) if why else ("", "")), service)


def _incident(incident: Incident, protocol: Protocol, now: float) -> IncidentStatus:
    declared = incident.declared
    return IncidentStatus(
        id=incident.id,
        title=incident.title,
        severity=incident.severity,
        state=state(incident),
        drill=declared.drill,
        detected_at=incident.detected_at,
        declared_at=incident.declared_at,
        trigger=declared.trigger,
        impact=known(incident, "impact"),
        issue=declared.issue,
        private=declared.private,
        personal_data=incident.aware_at is not None,
        phase=incident.phase,
        mitigated_at=incident.mitigated_at,
        mitigated_how=incident.mitigated_how,
        mitigated_evidence=incident.mitigated_evidence,
        mitigated_reason=incident.mitigated_reason,
        relapse=incident.relapse,
        resolved_at=incident.resolved_at,
        closed_at=incident.closed_at,
        roles=incident.roles,
        standings={
            role.id: standing(incident.roles.get(role.id), now, incident.declared_at)
            for role in protocol.roles
            if role.kind == "core" or role.id in incident.roles
        },
        ticked=tuple(incident.ticks),
        ticks=incident.ticks,
        events=incident.last_seq,
        place=kind(declared),
        address=declared.address,
    )


def _lane(lane: Lane, now: float) -> LaneStatus:
    newest = data_end(lane.samples)
    seen = lane.observed_at is not None
    return LaneStatus(
        service=lane.ref.name,
        region=lane.ref.region,
        project=lane.ref.project,
        serving=percents(lane.serving, lane.latest_ready) if seen else {},
        spec=percents(lane.spec, lane.latest_ready) if seen else {},
        traffic=lane.serving,
        latest_ready=lane.latest_ready,
        ready=lane.ready,
        settled=lane.settled,
        observed_at=lane.observed_at,
        last_modifier=lane.last_modifier,
        ladder=_ladder(lane, now),
        verdict=lane.step_verdict,
        data_age_seconds=None if newest is None else clocks.age(newest, now),
        probes=lane.probes,
        in_flight=lane.in_flight,
        last_change=lane.last_change,
        un_pinned_at=lane.un_pinned_at,
        drift=lane.drift,
        staging=lane.staging,
        failure=lane.failure,
        missed=lane.missed,
        signals={signal.id: _signal(signal, lane) for signal in SIGNALS},
        smokes=lane.smokes,
        serving_verdict=lane.serving_verdict,
        past=lane.past,
    )


def _signal(signal: Signal, lane: Lane) -> SignalStatus:
    mine = signal.last(lane.samples, lane.ladder.candidate) if lane.ladder else None
    theirs = signal.last(lane.samples, stable_of(lane))
    return SignalStatus(
        title=signal.title,
        judged=isinstance(signal, Judged),
        candidate=signal.measured(mine) if mine else {},
        stable=signal.measured(theirs) if theirs else {},
        candidate_at=mine.end if mine else None,
        stable_at=theirs.end if theirs else None,
    )


def _ladder(lane: Lane, now: float) -> LadderStatus | None:
    climbing = lane.ladder
    if climbing is None:
        return None
    baked, left = bake(climbing, now)
    over = climbing.taken_back
    return LadderStatus(
        candidate=climbing.candidate,
        tag=climbing.tag,
        percent=climbing.percent,
        rungs=climbing.rungs,
        next_rung=None if over else next_rung(climbing.rungs, climbing.percent or 0),
        target=climbing.target,
        baked_seconds=baked,
        bake_left_seconds=left,
        applied_at=climbing.applied_at,
        held=climbing.held_since is not None,
        held_reason=climbing.held_reason,
        auto=climbing.auto,
        ended=climbing.ended,
    )


def _clocks(incident: Incident, protocol: Protocol, now: float) -> ClockStatus:
    both = clocks.sla(incident, protocol, now)
    known = [phase.id for phase in protocol.phases]
    budget = clocks.phase_budget(incident, protocol, incident.phase, now) if incident.phase in known else None
    return ClockStatus(
        since_detection_seconds=clocks.since_detection(incident, now),
        fix=both[0] if both else None,
        resolve=both[1] if both else None,
        escalation=clocks.escalation(incident, protocol, now),
        update_due_seconds=clocks.update_due(incident, protocol, now) if incident.resolved_at is None else None,
        gdpr_left_seconds=clocks.gdpr_left(incident, protocol, now),
        post_mortem_due_at=clocks.post_mortem_due(incident, protocol),
        phase=budget,
        phases={name: clocks.phase_budget(incident, protocol, name, now) for name in known},
    )
