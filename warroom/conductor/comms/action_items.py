"""What is left to do afterwards: action items with owner and date, and the post-mortem's own."""

import re
from datetime import UTC, date, datetime

from warroom.clock import rfc3339
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import clocks
from warroom.incident.comms.comms import PERMANENT_FIX, ActionAdded, ActionChanged, ActionDone, PostMortemSet
from warroom.incident.state import Incident


async def add(session: Session, text: str, owner: str = "", due: str = "") -> str:
    """One more; returns its id. Raises Refused."""
    if not text.strip():
        raise Refused("An action that says nothing", "Say what is to be done.")
    name, by = "", day(due)

    def added(incident: Incident) -> list[ActionAdded]:
        """Under the next free number, which somebody else may have taken a moment ago."""
        nonlocal name
        numbers = [int(known[1:]) for known in incident.outward.actions if re.fullmatch(r"a\d+", known)]
        name = f"a{max(numbers, default=0) + 1}"
        return [ActionAdded(name, text.strip(), owner.strip(), by)]

    await session.recorder.record_found(added)
    await session.record()
    return name


async def change(session: Session, action: str, owner: str = "", due: str = "") -> None:
    """Give one an owner, a date, or both; "" leaves what is there. Raises Refused.

    The permanent fix need not have been written down before: to give it an owner is to plan it.
    """
    absent = action == PERMANENT_FIX and action not in session.incident.outward.actions
    if not absent:
        _known(session, action)
    if not owner.strip() and not due.strip():
        raise Refused("Neither owner nor date given", "Give at least one of them.")
    changed = ActionChanged(action, owner.strip(), day(due))
    added = [ActionAdded(PERMANENT_FIX, "Plan and ship the permanent fix")] if absent else []
    await session.record(*added, changed)


async def done(session: Session, action: str) -> None:
    """One is done. Raises Refused."""
    _known(session, action)
    await session.record(ActionDone(action))


async def set_post_mortem(session: Session, typed: str) -> float:
    """When it is held, from "YYYY-MM-DD HH:MM" in UTC; returns Unix seconds. Raises Refused."""
    text = typed.strip().rstrip("Z").replace("T", " ")
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused(f"“{typed}” is no date and time", "Give it as YYYY-MM-DD HH:MM, in UTC.") from None
    if at < session.incident.detected_at:
        raise Refused("That is before the incident", "Give a time that is to come.")
    await session.record(PostMortemSet(at))
    return at


def post_mortem_hint(session: Session) -> str:
    """By when the protocol wants it."""
    due = clocks.post_mortem_due(session.incident, session.config.protocol)
    return f"by {rfc3339(due)[:16].replace('T', ' ')}" if due is not None else ""


def number(typed: str) -> float:
    """A number that was typed. Raises Refused."""
    try:
        return float(typed)
    except ValueError:
        raise Refused(f"“{typed}” is no number", "Give a number of minutes.") from None


def _known(session: Session, action: str) -> None:
    known = session.incident.outward.actions
    if action not in known:
        listed = ", ".join(known) or "none yet"
        raise Refused(f"There is no action {action}", f"There are: {listed}.")


def day(typed: str) -> str:
    """A date that was typed, "" for none. Raises Refused."""
    if not typed.strip():
        return ""
    try:
        return date.fromisoformat(typed.strip()).isoformat()
    except ValueError:
        raise Refused(f"“{typed}” is no date", "Give it as YYYY-MM-DD.") from None
