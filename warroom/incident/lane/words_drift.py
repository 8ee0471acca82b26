"""Drift in words: what somebody else did to a service, and how a change of ours that did not hold ended, in words."""

from warroom.clock import clock_time
from warroom.incident import events
from warroom.incident.state import Drift
from warroom.rollout.split import percents
from warroom.rollout.traffic import Split


def seen(fact: events.DriftSeen) -> tuple[str, str]:
    """For the timeline."""
    when = f" at {clock_time(fact.changed_at)}" if fact.changed_at else ""
    return f"{fact.by or 'somebody'} {fact.what}{when}", "bad" if fact.asks else "watch"


def answered(fact: events.DriftAnswered) -> tuple[str, str]:
    """For the timeline."""
    if fact.answer == "gone":
        return "what somebody else changed is as it was again", "good"
    return f"going on from what somebody else changed: the candidate takes {fact.percent} %", "accent"


def question(drift: Drift) -> str:
    """One sentence of who did what when."""
    return f"{drift.by or 'Somebody'} {drift.what} at {clock_time(drift.changed_at)}"


def unmoved(fact: events.ChangeFailed) -> str:
    """What is served after a change that did not hold, as it was re-read; "" when it could not be."""
    return traffic_now(fact.serving, fact.moved)


def traffic_now(serving: Split, moved: bool, service: str = "") -> str:
    """`serving`, as re-read after a failure, in words; "" for what could not be re-read."""
    shares = [
        f"{(name or 'LATEST').removeprefix(f'{service}-')} {percent} %"
        for name, percent in (percents(serving, "") if serving else {}).items()
    ]
    if not shares:
        return ""
    return f"traffic is {'now' if moved else 'unchanged:'} {', '.join(shares)}"
