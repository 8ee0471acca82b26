"""What came later than the written protocol wants, and who was never called: nobody has to type that. Pure."""

from collections.abc import Iterator, Sequence

from warroom.clock import duration
from warroom.incident import clocks, escalation, least_path
from warroom.incident.events import Event, UpdateSent
from warroom.incident.fold import apply
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from warroom.report.deviations import Deviation

TOLERATED_SECONDS = 1.0
"""What is over by less is shown as in time everywhere else."""


def late(log: Sequence[Event], incident: Incident, protocol: Protocol) -> tuple[Deviation, ...]:
    """All that was late until the incident was over, else until its newest event. `log` is not empty."""
    end = clocks.stopped(incident, incident.newest_at)
    return (
        *_limits(incident, protocol, end),
        *_phases(incident, protocol, end),
        *_updates(log, protocol, end),
        *_never_called(incident, protocol, end),
    )


def _limits(incident: Incident, protocol: Protocol, end: float) -> Iterator[Deviation]:
    both = clocks.sla(incident, protocol, end)
    for what, limit in zip(("the fix", "the resolution"), both or (), strict=False):
        if limit.breached:
            came = "came" if limit.met_at is not None else "has not come"
            words = f"{what} {came} {duration(limit.elapsed)} after detection; {incident.severity} allows"
            yield Deviation("late", f"{words} {duration(limit.limit)}")


def _phases(incident: Incident, protocol: Protocol, end: float) -> Iterator[Deviation]:
    for phase in protocol.phases:
        most = (phase.most_minutes + phase.on_top_minutes) * least_path.MINUTE
        used = least_path.used(incident, phase, end)
        if used > most + TOLERATED_SECONDS:
            yield Deviation("late", f"phase {phase.title} took {duration(used)}, at most {duration(most)} is planned")


def _updates(log: Sequence[Event], protocol: Protocol, end: float) -> Iterator[Deviation]:
    """One line for all of them: how many came late, and the worst. One that was put off is late after that moment."""
    before: Incident | None = None
    over: list[float] = []
    for event in log:
        if before is not None and isinstance(event.fact, UpdateSent) and not clocks.over(before):
            over.append(-clocks.update_due(before, protocol, event.at))
        before = apply(before, event)
    assert before is not None
    over.append(-clocks.update_due(before, protocol, end))
    late_ones = [one for one in over if one > TOLERATED_SECONDS]
    if late_ones:
        every = duration(protocol.update_minutes(before.severity) * least_path.MINUTE)
        count = "1 update was" if len(late_ones) == 1 else f"{len(late_ones)} updates were"
        yield Deviation("late", f"{count} late, by up to {duration(max(late_ones))}; one is owed every {every}")


def _never_called(incident: Incident, protocol: Protocol, end: float) -> Iterator[Deviation]:
    levels = incident.steering.levels
    for one in escalation.reached(incident, protocol, end):
        if one.level not in levels or levels[one.level].called_at is None:
            yield Deviation(
                "never called", f"level {one.level} ({one.title}), reached after {one.from_minutes:g} minutes"
            )
    for role in protocol.roles:
        held = incident.roles.get(role.id)
        if role.kind == "core" and held is None:
            yield Deviation("never called", f"nobody was {role.title}")
        elif role.kind == "core" and held is not None and held.acknowledged_at is None and held.joined_at is None:
            paged = held.paged_at is not None
            yield Deviation(
                "no answer" if paged else "never called",
                f"{role.title}: {held.person} {'never answered' if paged else 'was named, and not paged'}",
            )
