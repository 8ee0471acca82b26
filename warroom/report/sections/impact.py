"""What users felt, counted from the samples."""

from msgspec import Struct

from warroom.incident.clocks import stopped
from warroom.protocol.model import Protocol
from warroom.report.history import History
from warroom.rollout.evidence import Sample
from warroom.rollout.signals import ERRORS, Judged, clause_of


class Harm(Struct, frozen=True):
    """One service's errors while the incident lasted.

    `covered_seconds` is the time that samples speak of, `over_seconds` that in which more than `limit` (share 0–1) of
    all requests failed. `start` and `end` (Unix seconds) are those of the samples.
    """

    service: str
    requests: int
    failed: int
    covered_seconds: float
    over_seconds: float
    limit: float
    start: float
    end: float


def harm(history: History, protocol: Protocol, now: float) -> list[Harm]:
    """For every service with samples between detection and resolution (or now)."""
    until = stopped(history.incident, now)
    found = []
    for service, samples in history.samples.items():
        during = [one for one in samples if one.end > history.incident.detected_at and one.start < until]
        counted = [one for one in during if one.requests is not None]
        if counted:
            found.append(_harm(service, counted, limit_of(ERRORS, history, protocol, service) or 0.0))
    return found


def limit_of(signal: Judged, history: History, protocol: Protocol, service: str) -> float | None:
    """Where the limit lies that the service was judged against: the last verdict's, else the protocol's."""
    for turn in reversed(history.turns):
        clause = clause_of(turn.verdict.clauses, signal.id) if turn.service == service else None
        if clause is not None and (limit := signal.line(clause, protocol.gate)):
            return limit
    return signal.line(None, protocol.gate)


def _harm(service: str, samples: list[Sample], limit: float) -> Harm:
    """All revisions together: users don't choose which one answers them."""
    periods: dict[float, list[Sample]] = {}
    for sample in samples:
        periods.setdefault(sample.end, []).append(sample)
    covered = over = 0.0
    for period in periods.values():
        seconds = max(sample.end - sample.start for sample in period)
        requests = sum(sample.requests or 0 for sample in period)
        failed = sum(sample.errors or 0 for sample in period)
        covered += seconds
        over += seconds if requests and failed / requests > limit else 0.0
    return Harm(
        service=service,
        requests=sum(sample.requests or 0 for sample in samples),
        failed=sum(sample.errors or 0 for sample in samples),
        covered_seconds=covered,
        over_seconds=over,
        limit=limit,
        start=min(sample.start for sample in samples),
        end=max(sample.end for sample in samples),
    )
