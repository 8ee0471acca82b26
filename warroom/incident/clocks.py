"""The clocks that an incident runs against, each worked out from (incident, protocol, now). Pure.

`now` and all moments are Unix seconds, all lengths seconds. Clocks stand still once the incident is resolved or closed,
but for the ones that begin there.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from warroom.clock import duration
from warroom.incident import least_path
from warroom.incident.least_path import MINUTE
from warroom.incident.place import kind
from warroom.incident.state import Incident
from warroom.protocol.model import Phase, Protocol, Severity

SET_BACK_SECONDS = 600.0
"""Past this a clock that stands before what was written was set back. It is more than an evidence's longest age, past
which there is NO DATA: a machine whose clock is so far ahead of the others' finds none that would let it advance."""

TOLD_SECONDS = 5.0
"""Clocks that somebody keeps differ by less; past this the board says so."""


class Countdown(Struct, frozen=True):
    """One limit of the SLA. The document's limits are "less than", so that reaching `limit` breaks it.

    `elapsed` counts from detection to `met_at`, or to now. `least` is the least time that what remains to be done can
    take; `projected_breach` says that less than that is left. `unshown`: it was stopped by a person's decision while
    users were not measured to be better, so that nobody may call it kept.
    """

    limit: float
    elapsed: float
    left: float
    breached: bool
    met_at: float | None = None
    projected_breach: bool = False
    least: float = 0.0
    unshown: bool = False


class Escalation(Struct, frozen=True):
    """The level that holds, and the one after it.

    `capped` says that a higher level exists which the severity does not reach by itself. `seconds_to_next` is 0 when
    the next level is due and waits to be called by hand.
    """

    level: int
    title: str = ""
    roles: tuple[str, ...] = ()
    next_level: int | None = None
    seconds_to_next: float | None = None
    next_by_hand: bool = False
    capped: bool = False


class Budget(Struct, frozen=True):
    """A phase's time: `used`, the least and most it should take, and by how much it is `over` (0 when it is not).

    `projected_end` is when it ends if all from here on takes the least time; when it ended, if it has; None if it was
    passed by.
    """

    used: float
    least: float
    most: float
    over: float
    projected_end: float | None


def moment(incident: Incident, now: float) -> float:
    """The moment that everything told of an incident holds for: board, status, projector and report alike.

    That is what the clock says, also where it was set back. Where an emulator's hours are over in minutes, it is not
    before the newest event, as this machine's clock may not be the incident's.
    """
    return now if kind(incident.declared) == "production" else max(now, incident.newest_at)


def behind(incident: Incident, now: float) -> float:
    """By how much the clock stands before the newest event; 0 where it does not, and where nothing runs any more."""
    ahead = incident.newest_at - now
    return ahead if ahead > TOLD_SECONDS and not over(incident) else 0.0


def age(at: float, now: float) -> float:
    """The time since `at`; never below 0, whatever a clock was set back by."""
    return max(0.0, now - at)


def stopped(incident: Incident, now: float) -> float:
    """`now`, or the moment at which the incident's clocks stopped."""
    end = incident.resolved_at if incident.resolved_at is not None else incident.closed_at
    return now if end is None else end


def since_detection(incident: Incident, now: float) -> float:
    """Time since the incident was detected."""
    return max(0.0, stopped(incident, now) - incident.detected_at)


def severity(incident: Incident, protocol: Protocol) -> Severity | None:
    """What the protocol says of the incident's severity; None where it says nothing."""
    return next((known for known in protocol.severities if known.id == incident.severity), None)


def sla(incident: Incident, protocol: Protocol, now: float) -> tuple[Countdown, Countdown] | None:
    """The countdowns to the fix and to the resolution; None for a severity without an SLA."""
    rated = severity(incident, protocol)
    if rated is None or rated.fix_minutes is None or rated.resolve_minutes is None:
        return None
    fix = _countdown(
        incident, now, rated.fix_minutes, _fixed_at(incident, protocol), least_path.to_fix(incident, protocol, now)
    )
    resolve = _countdown(
        incident, now, rated.resolve_minutes, incident.resolved_at, least_path.to_resolve(incident, protocol, now)
    )
    return fix, resolve


def escalation(incident: Incident, protocol: Protocol, now: float) -> Escalation:
    """The level by time since detection, half-open at its upper end, no higher than the cap.

    Levels that are called by hand are never reached by time alone. A resolved incident escalates no further.
    """
    elapsed = since_detection(incident, now)
    rated = severity(incident, protocol)
    cap = max(rated.level_cap if rated else 0, incident.steering.cap or 0)
    levels = sorted(protocol.escalation, key=lambda level: level.level)
    reached = [one for one in levels if one.level <= cap and not one.by_hand and one.from_minutes * MINUTE <= elapsed]
    holding = reached[-1] if reached else None
    number = holding.level if holding else 0
    title, roles = (holding.title, holding.roles) if holding else ("", ())
    following = next((one for one in levels if one.level > number), None)
    capped = following is not None and following.level > cap
    if following is None or capped or over(incident):
        return Escalation(number, title, roles, capped=capped)
    wait = max(0.0, following.from_minutes * MINUTE - elapsed)
    return Escalation(number, title, roles, following.level, wait, following.by_hand)


def update_due(incident: Incident, protocol: Protocol, now: float) -> float:
    """Time until the next update is owed to stakeholders, from the last one or the declaration; negative: overdue."""
    last = incident.declared_at if incident.last_update_at is None else incident.last_update_at
    due = max(last + protocol.update_minutes(incident.severity) * MINUTE, incident.outward.snoozed_until or 0.0)
    return due - stopped(incident, now)


def phase_budget(incident: Incident, protocol: Protocol, phase_id: str, now: float) -> Budget:
    """One phase's budget. Raises KeyError for a phase that the protocol does not know."""
    phase = protocol.phase(phase_id)
    used = least_path.used(incident, phase, now)
    most = (phase.most_minutes + phase.on_top_minutes) * MINUTE
    least = (phase.least_minutes + phase.on_top_minutes) * MINUTE
    return Budget(used, least, most, max(0.0, used - most), least_path.projected_end(incident, protocol, phase, now))


def post_mortem_due(incident: Incident, protocol: Protocol) -> float | None:
    """When the post-mortem is due: calendar or business days (UTC, Monday to Friday) after the resolution.

    None before that, and for a severity that asks for none.
    """
    rated = severity(incident, protocol)
    if rated is None or not rated.post_mortem_days or incident.resolved_at is None:
        return None
    due = datetime.fromtimestamp(incident.resolved_at, UTC)
    days = rated.post_mortem_days
    while days:
        due += timedelta(days=1)
        if not rated.post_mortem_business_days or due.weekday() < 5:
            days -= 1
    return due.timestamp()


def gdpr_left(incident: Incident, protocol: Protocol, now: float) -> float | None:
    """Time left to notify of a personal-data breach, counted from awareness; negative: late.

    It does not stop with the incident, only when the duty is ticked. None where no personal data is at stake.
    """
    duty = next((one for one in protocol.compliance if one.when == "personal-data" and one.hours is not None), None)
    aware_at = incident.aware_at
    if aware_at is None or duty is None or duty.hours is None or duty.id in incident.ticks:
        return None
    return duty.hours * 3600.0 - age(aware_at, now)


def running_duty(incident: Incident, protocol: Protocol, now: float) -> str:
    """Which authority's clock still runs, and what is left of it; "" where none does. An incident's end stops none."""
    left = gdpr_left(incident, protocol, now)
    if left is None:
        return ""
    how_long = f"{duration(left)} left" if left > 0 else f"late by {duration(-left)}"
    return f"the authority is not notified of the personal-data breach yet: {how_long}"


def _countdown(incident: Incident, now: float, limit_minutes: float, met_at: float | None, least: float) -> Countdown:
    limit = limit_minutes * MINUTE
    end = stopped(incident, now) if met_at is None else met_at
    elapsed = max(0.0, end - incident.detected_at)
    left = limit - elapsed
    least = 0.0 if met_at is not None or over(incident) else least
    breached = left <= 0
    by_decision = incident.relief is not None and incident.mitigated_at is None and met_at == incident.resolved_at
    unshown = met_at is not None and by_decision
    return Countdown(limit, elapsed, left, breached, met_at, not breached and left < least, least, unshown)


def over(incident: Incident) -> bool:
    """Whether nobody need hurry any more."""
    return incident.resolved_at is not None or incident.closed_at is not None


def _fixed_at(incident: Incident, protocol: Protocol) -> float | None:
    """The moment that counts as the fix. Where it was passed by, e.g. by a rollback, the next one that came counts.

    A hotfix that was taken back was none, however early it was there: then it is when users were measured to be better.
    """
    ladders = [lane.ladder for lane in incident.lanes.values() if lane.ladder is not None]
    if ladders and all(one.taken_back for one in ladders):
        return incident.mitigated_at
    moments = {
        "ready": _left_at(incident, protocol, protocol.ready),
        "first_traffic": incident.first_traffic_at,
        "full_traffic": incident.full_traffic_at,
        "mitigated": incident.mitigated_at,
    }
    names = list(moments)
    later = names[names.index(protocol.sla.fix_means) :]
    found = (moments[name] for name in later)
    return next((moment for moment in found if moment is not None), incident.resolved_at)


def _left_at(incident: Incident, protocol: Protocol, wanted: Phase | None) -> float | None:
    """When a phase was left, or passed by for a later one; where there is no such phase, when it was declared.

    Verification begins without a hotfix where users are better already, which may turn out to be untrue: it left none.
    """
    if wanted is None:
        return incident.declared_at
    times = incident.phases.get(wanted.id)
    if times is not None:
        return times.ended_at
    verified = min((phase.number for phase in protocol.of_kind("verification")), default=wanted.number)
    between = [phase for phase in protocol.phases if wanted.number < phase.number < verified]
    later = [phase.id for phase in between if phase.id in incident.phases]
    return min((incident.phases[name].started_at for name in later), default=None)
