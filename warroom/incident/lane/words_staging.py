"""The events about staging in words."""

from typing import Any

from warroom.incident import events


def asked(fact: events.StagingAsked) -> tuple[str, str]:
    """An image is on its way to staging."""
    return f"staging: deploying {fact.image} to {fact.project}", "dim"


def deployed(fact: events.StagingDeployed) -> tuple[str, str]:
    """Staging shows it."""
    if not fact.percent:
        return f"staging is pinned: {fact.revision} takes 0 % there, a test would meet the old code", "watch"
    return f"staging: {fact.revision} takes {fact.percent} %, reconciled in {fact.seconds:.1f} s", "plain"


def failed(fact: events.StagingFailed) -> tuple[str, str]:
    """Staging did not take it."""
    detail = f": {fact.detail}" if fact.detail else ""
    return f"staging: {fact.title}{detail}", "bad"


def tested(fact: events.StagingTested) -> tuple[str, str]:
    """The smoke test is over."""
    outcome = "can't tell" if fact.untold else "passed" if fact.ok else "failed"
    tone = "watch" if fact.untold else "plain" if fact.ok else "bad"
    return f"staging: smoke test of {fact.revision} {outcome}: {fact.detail}", tone


def validated(fact: events.StagingValidated) -> tuple[str, str]:
    """Production may have it."""
    return f"staging validated {fact.image}", "good"


SAY: dict[type, Any] = {
    events.StagingAsked: lambda fact, known: asked(fact),
    events.StagingDeployed: lambda fact, known: deployed(fact),
    events.StagingFailed: lambda fact, known: failed(fact),
    events.StagingTested: lambda fact, known: tested(fact),
    events.StagingValidated: lambda fact, known: validated(fact),
}
