"""Which escalation levels were reached and wait for somebody to call their people. Pure; moments are Unix seconds."""

from warroom.incident import clocks
from warroom.incident.least_path import MINUTE
from warroom.incident.state import Incident
from warroom.incident.triage.triage import LevelReached
from warroom.protocol.model import EscalationLevel, Protocol


def cap(incident: Incident, protocol: Protocol) -> int:
    """The highest level that this incident may reach: its severity's, or what the Incident Commander allowed."""
    rated = clocks.severity(incident, protocol)
    return max(rated.level_cap if rated else 0, incident.steering.cap or 0)


def reached(incident: Incident, protocol: Protocol, now: float) -> tuple[EscalationLevel, ...]:
    """The levels whose boundary the clock has passed, by hand ones and the first left out: nothing was crossed there.

    A level holds from its boundary on, so that 15:00 is level 2.
    """
    elapsed, highest = clocks.since_detection(incident, now), cap(incident, protocol)
    levels = sorted(protocol.escalation, key=lambda one: one.level)
    return tuple(
        one for one in levels if not one.by_hand and one.level <= highest and 0 < one.from_minutes * MINUTE <= elapsed
    )


def unwritten(incident: Incident, protocol: Protocol, now: float) -> list[LevelReached]:
    """The boundaries that were passed and do not stand in the journal yet; none once the incident is over."""
    if clocks.over(incident):
        return []
    known = incident.steering.levels
    crossed = reached(incident, protocol, now)
    return [LevelReached(one.level) for one in crossed if one.level not in known or known[one.level].reached_at is None]


def unanswered(incident: Incident, protocol: Protocol, now: float) -> tuple[EscalationLevel, ...]:
    """The levels that were reached and whose people nobody has called, lowest first."""
    if clocks.over(incident):
        return ()
    levels = incident.steering.levels
    return tuple(
        one
        for one in reached(incident, protocol, now)
        if one.level not in levels or levels[one.level].called_at is None
    )


def open_to_hand(incident: Incident, protocol: Protocol) -> tuple[EscalationLevel, ...]:
    """All levels within the cap whose people were not called yet: what a person may call at any time."""
    levels, highest = incident.steering.levels, cap(incident, protocol)
    every = sorted(protocol.escalation, key=lambda one: one.level)
    return tuple(
        one
        for one in every
        if one.level <= highest and (one.level not in levels or levels[one.level].called_at is None)
    )


def since(incident: Incident, level: EscalationLevel, now: float) -> float:
    """How long a level has held, in seconds since its boundary."""
    return max(0.0, clocks.since_detection(incident, now) - level.from_minutes * MINUTE)
