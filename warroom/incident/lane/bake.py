"""The ladder's clock: time in step, without the time on hold."""

from warroom.incident.state import Ladder
from warroom.rollout import ladder


def bake(climbing: Ladder, now: float) -> tuple[float, float]:
    """Seconds baked at the current rung and seconds left, the held time taken out."""
    if climbing.applied_at is None:
        return 0.0, climbing.bake_seconds
    held = climbing.held_seconds
    if climbing.held_since is not None:
        held += now - max(climbing.held_since, climbing.applied_at)
    return ladder.bake(climbing.applied_at, climbing.bake_seconds, held, now)
