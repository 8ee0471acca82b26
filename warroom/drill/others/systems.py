"""All the other systems of a drill, in one list."""

from warroom.drill.others.frame import Stage, System


def systems(stage: Stage) -> tuple[System, ...]:
    """One of each."""
    del stage
    return ()
