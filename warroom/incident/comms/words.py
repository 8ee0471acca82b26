"""What the outside was told, in words."""

from typing import Any

from warroom.clock import clock_time, rfc3339
from warroom.incident.comms import comms


def snoozed(fact: comms.UpdateSnoozed) -> tuple[str, str]:
    """The next update may come later."""
    why = f": {fact.reason}" if fact.reason else ""
    return f"next update not before {clock_time(fact.until)}{why}", "watch"


def headline_failed(fact: comms.HeadlineFailed) -> tuple[str, str]:
    """The channel's headline says something old."""
    remedy = f". {fact.remedy}" if fact.remedy else ""
    return f"the channel's headline is not current: {fact.title}{remedy}", "watch"


def post_mortem(fact: comms.PostMortemSet) -> tuple[str, str]:
    """It has a date."""
    return f"post-mortem set for {rfc3339(fact.starts_at)}", "plain"


def action_added(fact: comms.ActionAdded) -> tuple[str, str]:
    """Something is to be done."""
    return f"action {fact.action}: {fact.text}{_whose(fact.owner, fact.due)}", "plain"


def action_changed(fact: comms.ActionChanged) -> tuple[str, str]:
    """Who, and by when."""
    return f"action {fact.action}{_whose(fact.owner, fact.due)}", "plain"


def action_done(fact: comms.ActionDone) -> tuple[str, str]:
    """It is done."""
    return f"action {fact.action} is done", "good"


def _whose(owner: str, due: str) -> str:
    said = [f"by {owner}" if owner else "", f"until {due}" if due else ""]
    return "".join(f", {part}" for part in said if part)


SAY: dict[type, Any] = {
    comms.UpdateSnoozed: lambda fact, known: snoozed(fact),
    comms.HeadlineFailed: lambda fact, known: headline_failed(fact),
    comms.PostMortemSet: lambda fact, known: post_mortem(fact),
    comms.ActionAdded: lambda fact, known: action_added(fact),
    comms.ActionChanged: lambda fact, known: action_changed(fact),
    comms.ActionDone: lambda fact, known: action_done(fact),
}
"""What `words` looks up. A headline that was kept says nothing: it comes whenever its words change."""
