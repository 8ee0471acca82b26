"""A retreat that does not hold: remembered until it is answered. Pure.

Answered it is by another retreat, by what is served all the same, or by what is done instead: a change that was sent
in the knowledge of it and applied (its guard said `missed`, and asked for a reason), somebody else's change adopted,
the incident resolved.
"""

from msgspec.structs import replace

from warroom.clock import clock_time
from warroom.incident import events
from warroom.incident.change import BACK, Action, Outcome
from warroom.incident.events import Event
from warroom.incident.state import Change, Lane, Missed
from warroom.marks import key
from warroom.rollout.split import percents
from warroom.rollout.traffic import Split

NAMES = {"abort": "abort", "roll-back": "rollback"}
"""What a retreat is called."""


def again(action: str) -> str:
    """That a retreat may be sent once more at any time: there is nothing in it that could be done twice."""
    return f"{key(action, options='--yes', then=' y' if action == 'abort' else '')} again works at once"


def missed(lane: Lane) -> str:
    """That a retreat does not hold, in a sentence for a guard; "" where none is missed."""
    if lane.missed is None:
        return ""
    change = lane.missed.change
    what = NAMES[change.action]
    how = "does not hold" if change.outcome == Outcome.SUPERSEDED else "did not happen"
    return f"the {what} of {clock_time(change.intended_at)} by {change.actor or 'somebody'} {how}"


def sent(lane: Lane, change: Change) -> Lane:
    """A change is about to be sent."""
    return replace(lane, missed=None) if change.action in BACK else lane


def seen(lane: Lane, fact: events.Observed) -> Lane:
    """A look at the service: where it serves what was wanted, nothing is missed."""
    if lane.missed is None or not fact.settled:
        return lane
    there = all(_shows(one, lane.missed.change, fact.latest_ready) for one in (fact.spec, fact.serving))
    return replace(lane, missed=None) if there else lane


def failed(lane: Lane, change: Change, event: Event) -> Lane:
    """A change has ended and does not hold. Of retreats the newest counts, and only where traffic is elsewhere."""
    if change.action not in BACK or _shows(change.serving or lane.serving, change, lane.latest_ready):
        return lane
    waiting = (*((lane.in_flight,) if lane.in_flight else ()), *lane.superseded)
    newer = any(other.action in BACK and other.order > change.order for other in waiting)
    missed_already = lane.missed is not None and lane.missed.change.order > change.order
    if newer or missed_already or _done_instead(lane.last_change, change):
        return lane
    return replace(lane, missed=Missed(change, event.at, event.seq))


def applied(lane: Lane, change: Change, event: Event, *, newer: bool) -> Lane:
    """A change holds; `newer` where it came to Cloud Run after all that was applied before."""
    missed, last = lane.missed, lane.last_change
    if missed is not None and (change.action in BACK or change.seq > missed.seq):
        missed = None
    back = last is not None and last.action in BACK and last.outcome == Outcome.APPLIED
    if newer and change.action == Action.ADVANCE and last is not None and back:
        missed = _overtaken(last, change, event)
    return replace(lane, missed=missed)


def late(lane: Lane, change: Change, event: Event) -> Lane:
    """A change was applied, and what the lane shows already came to Cloud Run after it."""
    last = lane.last_change
    if change.action not in BACK or last is None or last.action in BACK or last.outcome != Outcome.APPLIED:
        return lane
    return replace(lane, missed=_overtaken(change, last, event))


def _done_instead(last: Change | None, change: Change) -> bool:
    """Whether the last change holds in place of a retreat: another retreat, or what was sent knowing of its trouble."""
    if last is None or last.outcome != Outcome.APPLIED:
        return False
    if last.action in BACK:
        return last.order > change.order or (last.ended_at or 0.0) >= change.intended_at
    return last.seq > change.unknown_seq > 0


def _overtaken(retreat: Change, by: Change, event: Event) -> Missed:
    to = f" to {by.candidate_percent} %" if by.action == Action.ADVANCE else ""
    why = f"the {by.action}{to} by {by.actor or 'somebody'} came after it"
    return Missed(replace(retreat, outcome=Outcome.SUPERSEDED, title=why), event.at, event.seq)


def _shows(seen: Split, change: Change, latest_ready: str) -> bool:
    """Whether a split gives every revision what the change asked for; tags are not what counts."""
    return bool(seen) and percents(seen, latest_ready) == percents(change.split, latest_ready)
