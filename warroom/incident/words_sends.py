"""What went to other systems, in words."""

from warroom.incident.sends import SendDone, SendFailed, SendIntended

SYSTEMS = {
    "slack": "Slack",
    "pagerduty": "PagerDuty",
    "statuspage": "Statuspage",
    "github": "GitHub",
    "cloud-sql": "Cloud SQL",
    "launchdarkly": "LaunchDarkly",
}


def intended(fact: SendIntended) -> tuple[str, str]:
    """It is on its way."""
    return f"asking {_what(fact)}", "dim"


def done(fact: SendDone, intent: SendIntended | None) -> tuple[str, str]:
    """The other system took it."""
    link = f" {fact.link}" if fact.link else ""
    return f"{_what(intent)} done{link}", "plain"


def failed(fact: SendFailed, intent: SendIntended | None) -> tuple[str, str]:
    """It did not, or nobody knows."""
    if fact.unknown:
        return f"{_what(intent)} may have arrived, no answer says so: {fact.title}", "watch"
    detail = f" ({fact.detail})" if fact.detail else ""
    return f"{_what(intent)} failed: {fact.title}{detail}", "bad"


def _what(intent: SendIntended | None) -> str:
    if intent is None:
        return "something sent before"
    to = f" to {intent.to}" if intent.to else ""
    return f"{SYSTEMS.get(intent.system, intent.system)}: {intent.action}{to}"
