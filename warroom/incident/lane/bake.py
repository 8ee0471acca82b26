"""The ladder's clock: time in step, without the time on hold."""

from warroom.incident.state import Ladder, Lane
from warroom.rollout import ladder
from warroom.rollout.evidence import Grade


def bake(climbing: Ladder, now: float) -> tuple[float, float]:
    """Seconds baked at the current rung and seconds left, the held time taken out."""
    if climbing.applied_at is None:
        return 0.0, climbing.bake_seconds
    held = climbing.held_seconds
    if climbing.held_since is not None:
        held += now - max(climbing.held_since, climbing.applied_at)
    return ladder.bake(climbing.applied_at, climbing.bake_seconds, held, now)


def until_verdict(lane: Lane, now: float) -> float:
    """Seconds until the first verdict on this step can be there, as Monitoring is late; 0 once it could be."""
    verdict = lane.step_verdict
    if verdict is None or verdict.grade is not Grade.NO_DATA or not verdict.percent:
        return 0.0
    return max(0.0, verdict.opens_at - now)
