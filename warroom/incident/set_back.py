"""What a clock that was set back means for what was written while it ran ahead. Pure.

Of one clock a moment cannot lie after something that happened later: once it is known that the clock was set back,
whatever lies ahead of that moment counts as if it had been then. What waits so begins to wait anew: a bake is made
longer by that and never shorter, and nothing waits until the clock has caught up, which may be years.
"""

from typing import Any, TypeVar

from msgspec.structs import replace

from warroom.incident.comms.comms import Outward
from warroom.incident.state import Holder, Incident, Lane, Marks
from warroom.incident.triage.triage import Steering

_Thing = TypeVar("_Thing", bound=Any)


def set_back(incident: Incident, at: float) -> Incident:
    """The incident as it counts from `at` (Unix seconds), where its clock was found to be set back."""
    later = max(0.0, incident.declared_at - at)
    marks = _marks(Marks(incident.ticks, incident.unticked, incident.roles), at)
    # How long before the declaration it was detected is known whatever the clock said.
    moved = replace(incident, detected_at=incident.detected_at - later, declared_at=incident.declared_at - later)
    moved = _by(
        at, moved, "mitigated_at", "resolved_at", "closed_at", "last_update_at", "first_traffic_at",
        "full_traffic_at", "un_pinned_at", "reported_at",
    )  # fmt: skip
    return replace(
        moved,
        lanes={name: _lane(lane, at) for name, lane in incident.lanes.items()},
        taken_off={name: _lane(lane, at) for name, lane in incident.taken_off.items()},
        phases={name: _by(at, times, "started_at", "ended_at") for name, times in incident.phases.items()},
        ticks=marks.ticks,
        roles=marks.roles,
        before_acts=_marks(incident.before_acts, at),
        acts=tuple(_by(at, act, "at") for act in incident.acts),
        lost={name: _by(at, lost, "since") for name, lost in incident.lost.items()},
        sends={name: _by(at, send, "at", "ended_at") for name, send in incident.sends.items()},
        work=replace(
            incident.work,
            commands={name: _by(at, run, "started_at") for name, run in incident.work.commands.items()},
        ),
        relief=_by(at, incident.relief, "at") if incident.relief is not None else None,
        steering=_steering(incident.steering, at),
        outward=_outward(incident.outward, at),
        counted_to=at,
    )


def _by(at: float, thing: _Thing, *names: str) -> _Thing:
    """`thing` with those of its moments that lie after `at` taken for `at`."""
    later = {name: at for name in names if (moment := getattr(thing, name)) is not None and moment > at}
    return replace(thing, **later) if later else thing


def _lane(lane: Lane, at: float) -> Lane:
    def change(one: _Thing) -> _Thing:
        return _by(at, one, "intended_at", "ended_at") if one is not None else one

    ladder, drift, missed = lane.ladder, lane.drift, lane.missed
    staging, before = lane.staging, lane.staging_before
    return replace(
        _by(at, lane, "observed_at", "un_pinned_at", "relieved_at"),
        ladder=_by(at, ladder, "started_at", "applied_at", "held_since", "climb_began") if ladder is not None else None,
        in_flight=change(lane.in_flight),
        last_change=change(lane.last_change),
        superseded=tuple(change(one) for one in lane.superseded),
        ended=change(lane.ended),
        missed=replace(_by(at, missed, "since"), change=change(missed.change)) if missed is not None else None,
        probes={name: _by(at, probe, "since") for name, probe in lane.probes.items()},
        staging=_by(at, staging, "asked_at") if staging is not None else None,
        staging_before=_by(at, before, "asked_at") if before is not None else None,
        drift=_by(at, drift, "seen_at") if drift is not None else None,
    )


def _marks(marks: Marks, at: float) -> Marks:
    roles = {role: _holder(holder, at) for role, holder in marks.roles.items()}
    return replace(marks, roles=roles, ticks={name: _by(at, tick, "at") for name, tick in marks.ticks.items()})


def _holder(holder: Holder, at: float) -> Holder:
    before = tuple(_by(at, one, "at", "answered_at") for one in holder.before)
    moments = (
        "assigned_at", "acknowledged_at", "paged_at", "joined_at", "declined_at", "away_at", "offered_at",
    )  # fmt: skip
    return replace(_by(at, holder, *moments), before=before)


def _steering(steering: Steering, at: float) -> Steering:
    levels = {number: _by(at, level, "reached_at", "called_at") for number, level in steering.levels.items()}
    decision = _by(at, steering.decision, "at") if steering.decision is not None else None
    answers = {topic: _by(at, said, "at") for topic, said in steering.answers.items()}
    return replace(_by(at, steering, "aware_at"), levels=levels, decision=decision, answers=answers)


def _outward(outward: Outward, at: float) -> Outward:
    told = {channel: min(moment, at) for channel, moment in outward.told.items()}
    headline = _by(at, outward.headline, "at") if outward.headline is not None else None
    actions = {name: _by(at, action, "done_at") for name, action in outward.actions.items()}
    return replace(_by(at, outward, "snoozed_until"), told=told, headline=headline, actions=actions)
