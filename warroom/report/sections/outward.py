"""The report's parts about the outside: what went to other systems, and what is left to do afterwards. Markdown."""

import re
from datetime import UTC, datetime

from warroom.clock import rfc3339
from warroom.incident import clocks
from warroom.incident.change import BACK, Outcome
from warroom.incident.comms.comms import PERMANENT_FIX, Action
from warroom.incident.lane import pinned
from warroom.incident.sends.words import OUTCOMES
from warroom.incident.state import Incident
from warroom.protocol.integrations import called
from warroom.protocol.model import Protocol
from warroom.report.history import History
from warroom.report.safe import SHORT, inline, table

NOBODY, NO_DATE = "_nobody yet_", "_no date yet_"
_SAFE_LINK = re.compile(r"https://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9./_~%=&?#:+-]*)?")


def link(url: str) -> str:
    """An address that can be followed where it is plainly one; else the text as it came."""
    return f"[link]({url})" if _SAFE_LINK.fullmatch(url) else inline(url, SHORT)


def sends_table(history: History) -> str:
    """Everything that went to other systems, with where it stands there."""
    rows = [
        (
            rfc3339(one.at),
            inline(one.actor, SHORT),
            inline(called(one.system), SHORT),
            inline(f"{one.action} to {one.to}" if one.to else one.action, SHORT),
            inline(OUTCOMES.get(one.outcome, one.outcome) + (f": {one.title}" if one.title else ""), SHORT),
            link(one.link) if one.link else "",
        )
        for one in history.incident.sends.values()
    ]
    heads = ("Time (UTC)", "Who", "System", "What", "Outcome", "Link")
    return table(heads, rows) if rows else "Nothing was sent to other systems by warroom."


def actions_table(history: History, protocol: Protocol, now: float) -> str:
    """What people wrote down, then what the facts leave to do; and whether the post-mortem may be closed."""
    incident = history.incident
    written = [_row(one) for one in incident.outward.actions.values()]
    lines = table(("Action", "Owner", "Due"), [*written, *_left(history, protocol, now)])
    return f"{lines}\n\n{verdict(incident, protocol)}"


def verdict(incident: Incident, protocol: Protocol) -> str:
    """Whether every action that was written down has an owner and a date, and by when the post-mortem is due."""
    actions = incident.outward.actions.values()
    open_ones = [one.id for one in actions if not one.settled]
    if not actions:
        state = "The post-mortem is open: no action was written down yet."
    elif open_ones:
        state = f"The post-mortem is open: {', '.join(open_ones)} without an owner or a date."
    else:
        state = "Every action that was written down has an owner and a date."
    return f"{state} {deadline(incident, protocol)}"


def deadline(incident: Incident, protocol: Protocol) -> str:
    """By when the protocol wants the post-mortem, in its own kind of days."""
    rated, due = clocks.severity(incident, protocol), clocks.post_mortem_due(incident, protocol)
    if rated is None or due is None:
        return "Its deadline counts from the resolution." if rated and rated.post_mortem_days else ""
    kind = "business" if rated.post_mortem_business_days else "calendar"
    day = datetime.fromtimestamp(due, UTC).strftime("%A")
    set_for = incident.outward.post_mortem_at
    told = "" if set_for is None else f" It is set for {rfc3339(set_for)}{', too late' if set_for > due else ''}."
    return f"It is due by {rfc3339(due)}, a {day}: {rated.post_mortem_days} {kind} days after the resolution.{told}"


def _row(one: Action) -> tuple[str, str, str]:
    done = f" (done {rfc3339(one.done_at)})" if one.done_at is not None else ""
    return (
        inline(f"{one.id} {one.text}", 2 * SHORT) + done,
        inline(one.owner, SHORT) or NOBODY,
        inline(one.due, SHORT) or NO_DATE,
    )


def _left(history: History, protocol: Protocol, now: float) -> list[tuple[str, str, str]]:
    """What the facts leave to do. Owners are people's to give."""
    incident = history.incident
    due = clocks.post_mortem_due(incident, protocol)
    by = NO_DATE if due is None else rfc3339(due)
    rows = [("Write the root cause analysis and hold the post-mortem", NOBODY, by)]
    went_back = any(one.change.action in BACK and one.change.outcome == Outcome.APPLIED for one in history.made)
    if went_back and PERMANENT_FIX not in incident.outward.actions:
        rows.append(("Permanent fix planned: what was rolled back still needs its fix", NOBODY, NO_DATE))
    for name, lane in {**incident.lanes, **incident.taken_off}.items():
        if not lane.changes or lane.un_pinned_at is not None:
            continue
        todo = f"Un-pin traffic of {name} and remove the hotfix tag: ordinary deploys get 0 % until then"
        if why := pinned.why_stays(lane):
            todo = f"Ordinary deploys of {name} get 0 %. {why}. {pinned.next_release(lane.ref)}"
        rows.append((inline(todo, 3 * SHORT), NOBODY, NO_DATE))
    left = clocks.gdpr_left(incident, protocol, now)
    if left is not None:
        rows.append(("Notify the authority of the personal-data breach", NOBODY, rfc3339(now + left)))
    return rows
