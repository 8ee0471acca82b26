"""What went to other systems, in words."""

from warroom.clock import clock_time
from warroom.incident.sends.sends import Send, SendDone, SendFailed, SendIntended, Sends
from warroom.protocol.integrations import called

OUTCOMES = {"": "under way", "done": "done", "failed": "failed", "unknown": "may have arrived"}


def intended(fact: SendIntended) -> tuple[str, str]:
    """It is on its way."""
    return f"asking {_what(fact)}", "dim"


def done(fact: SendDone, intent: SendIntended | None) -> tuple[str, str]:
    """The other system took it."""
    link = f" {fact.link}" if fact.link else ""
    if fact.merged:
        return f"{_what(intent)} changed nothing: it was there already, and is not this journal's{link}", "watch"
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
    return f"{called(intent.system)}: {intent.action}{to}"


def log_lines(sends: Sends) -> list[str]:
    """Every send in a line, oldest first: when, where, what came of it, and where a person can look at it."""
    return [_logged(one) for one in sends.values()]


def _logged(one: Send) -> str:
    to = f" to {one.to}" if one.to else ""
    why = f": {one.title}" if one.title and one.outcome != "done" else ""
    link = f"  {one.link}" if one.link else ""
    outcome = OUTCOMES.get(one.outcome, one.outcome)
    return f"{clock_time(one.at)}  {called(one.system)}: {one.action}{to}, {outcome}{why}{link}"
