"""Drift, somebody else's change, and what it means for a lane: the open question, and what resolves it. Pure."""

from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.change import Ended, Outcome
from warroom.incident.events import Event
from warroom.incident.state import Change, Drift, Ladder, Lane
from warroom.rollout.split import apportioned, percents
from warroom.rollout.traffic import Split

SETTLES = ("abort", "roll-back", "restore")
"""Actions that settle an open question when they are applied."""


def seen(lane: Lane, event: Event, fact: events.DriftSeen) -> Lane:
    """Somebody else changed the service. Auto-advance ends: whoever settles it switches it on again."""
    if not fact.asks:
        return replace(lane, known=(lane.known | {*fact.created}) - {*fact.deleted})
    drift = Drift(
        seen_at=event.at,
        what=fact.what,
        by=fact.by,
        changed_at=fact.changed_at or event.at,
        before=fact.before,
        after=fact.after,
        created=fact.created,
        deleted=fact.deleted,
    )
    ladder = lane.ladder
    return replace(lane, drift=drift, ladder=replace(ladder, auto=False) if ladder else None)


def answered(lane: Lane, event: Event, fact: events.DriftAnswered) -> Lane:
    """Go on from what is there: the ladder stands where the candidate really is, since that was so."""
    open_question = lane.drift
    if open_question is None:
        return lane
    lane = without_question(replace(lane, ours=fact.split, missed=None if fact.answer == "adopt" else lane.missed))
    ladder = lane.ladder
    if ladder is None:
        return lane
    gone = {*open_question.deleted}
    left = {name: percent for name, percent in ladder.target.items() if name not in gone}
    target = apportioned(left, 100) if left else {}
    since = fact.since or event.at
    return replace(lane, ladder=_standing(replace(ladder, target=target), fact.percent, since, open_question, lane))


def without_question(lane: Lane) -> Lane:
    """No question is open any more; the revisions that it named are taken note of."""
    drift = lane.drift
    if drift is None:
        return lane
    return replace(lane, drift=None, known=(lane.known | {*drift.created}) - {*drift.deleted})


def after_change(lane: Lane, change: Change, spec: Split, *, newer: bool = False) -> Lane:
    """A change of ours was applied, after which the service asks for `spec`: that is ours now.

    One that comes to its end late, after a newer one was applied, says nothing of what holds, unless Cloud Run says
    that it is the `newer` one.
    """
    last = lane.last_change
    if last is not None and last.outcome == Outcome.APPLIED and last.order > change.order and not newer:
        return lane
    as_asked = bool(spec) and percents(spec, lane.latest_ready) == percents(change.split, lane.latest_ready)
    lane = replace(lane, ours=spec if as_asked else change.split)
    return without_question(lane) if change.action in SETTLES else lane


def _standing(ladder: Ladder, percent: int, since: float, asked: Drift, lane: Lane) -> Ladder:
    """The ladder at `percent`. Its step begins anew where the candidate's share was another one meanwhile."""
    if ladder.taken_back:
        return ladder
    meanwhile = percents(asked.after, lane.latest_ready).get(ladder.candidate, 0)
    if ladder.percent == percent == meanwhile:
        return ladder
    return replace(
        ladder,
        percent=percent,
        applied_at=since if percent else None,
        held_since=None,
        held_reason="",
        held_seconds=0.0,
        ended=Ended.COMPLETE if percent >= 100 else Ended.NOT,
    )
