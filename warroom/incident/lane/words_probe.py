"""What a health URL answers, in words."""

from warroom.incident.events import ProbeChanged


def changed(fact: ProbeChanged) -> tuple[str, str]:
    """That it began to answer well, badly or slowly, or to turn the probe away; and how good that is."""
    if fact.ok and fact.slow_seconds:
        return f"health of {fact.revision} answers slowly, in {fact.slow_seconds:.1f} s", "watch"
    detail = f": {fact.detail}" if fact.detail else ""
    if fact.refused:
        return f"health of {fact.revision} turns the probe away{detail}", "watch"
    said = "answers well" if fact.ok else "does not answer well"
    return f"health of {fact.revision} {said}{detail}", "good" if fact.ok else "bad"
