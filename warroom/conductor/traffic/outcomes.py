"""What became of a change that nobody saw the end of, told from what the service shows. Pure."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from warroom.conductor.process import abandoned
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import first
from warroom.incident.change import BACK, Action, Outcome
from warroom.incident.events import AnyFact, ChangeApplied, LadderStarted
from warroom.incident.lane.fold import open_changes
from warroom.incident.state import Change, Incident, Lane
from warroom.marks import LOOK, key
from warroom.rollout import split
from warroom.rollout.traffic import Service, Split

ARRIVES_SECONDS = 60.0
"""So long after it was sent a change may still arrive. Google's own deadline for a write is 15 s; then the etag that
it carries must still be the newest."""


class Found(Struct, frozen=True):
    """`outcome` is "" while it can't be told, else applied, failed, not applied or superseded; `words` say why."""

    outcome: Outcome = Outcome.OPEN
    words: str = ""
    remedy: str = ""


def found(change: Change, look: Service, now: float) -> Found:
    """Compare a change with a look at the service at `now` (Unix seconds).

    While Cloud Run works on the service nothing can be told. What was sent with an etag that is no longer the newest
    can't land any more: where neither that change nor what was there before it shows, something else holds.
    """
    if not (look.settled or look.failed):
        return Found()
    asked = holds(change.split, look, retreat=change.action in BACK)
    if asked and _same(look.serving, change.split, look.latest_ready, retreat=change.action in BACK):
        return Found(Outcome.APPLIED)
    if change.action == Action.DEPLOY and look.settled and _serves_tag(change, look):
        return Found(Outcome.APPLIED)
    if asked and look.failed:
        return Found(Outcome.FAILED, look.condition or "Cloud Run could not apply it", "Read its logs, then try again.")
    if asked:
        return Found()
    if look.etag == change.etag or split.same(look.spec, change.before, look.latest_ready):
        if now - change.intended_at < ARRIVES_SECONDS:
            return Found()
        return Found(Outcome.NOT_APPLIED, "Cloud Run never took it", "Do it again if it is still right.")
    by = look.last_modifier or "somebody"
    words = f"what holds now is a later change by {by}"
    return Found(Outcome.SUPERSEDED, words, f"{LOOK}, then decide.")


def forsaken(lane: Lane, now: float) -> Change | None:
    """The newest open change whose hand waits for it no longer, where a look may close it.

    Not beside a later one whose hand still waits: that will tell. Nor beside one that asked for the same: whose it is
    that shows, only that hand can tell.
    """
    given_up = [one for one in open_changes(lane) if one.unknown or abandoned(one, now)]
    if not given_up or (lane.in_flight is not None and given_up[0] is not lane.in_flight):
        return None
    change = given_up[0]
    waiting = (one for one in open_changes(lane) if one not in given_up)
    alike = any(split.same(one.split, change.split, lane.latest_ready) for one in waiting)
    return None if alike else change


def become(lane: Lane, change: Change, look: Service, now: float) -> Found:
    """As `found`, with what the journal knows of others: of two that carried one etag only one has landed."""
    told, rival = found(change, look, now), first.other(lane, look, change.id)
    if told.outcome == Outcome.SUPERSEDED:
        words = f"what holds now is a later change by {first.who(rival, look)}"
        return replace(told, words=words)
    landed = rival is not None and rival.outcome == Outcome.APPLIED and rival.etag == change.etag and bool(change.etag)
    if rival is not None and landed and told.outcome == Outcome.APPLIED and rival.action not in BACK:
        return Found(Outcome.NOT_APPLIED, f"not done: {rival.actor or first.SOMEBODY} was first", "Look, then decide.")
    return told


def holds(change: Split, look: Service, *, retreat: bool) -> bool:
    """Whether a service at rest asks for what a change asked for; of a retreat the percents are what counts."""
    return _same(look.spec, change, look.latest_ready, retreat=retreat)


def _same(seen: Split, wanted: Split, latest_ready: str, *, retreat: bool) -> bool:
    """A retreat is sent over whatever is there: tags of others that it finds, and that it did not know of, stay."""
    if retreat:
        return split.percents(seen, latest_ready) == split.percents(wanted, latest_ready)
    return split.same(seen, wanted, latest_ready)


def unsaid(incident: Incident, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Of what follows from a change that is applied, what another hand has not written by now."""
    found: list[AnyFact] = []
    for fact in facts:
        match fact:
            case ChangeApplied():
                if not any(one.id == fact.change for lane in incident.lanes.values() for one in open_changes(lane)):
                    return []
            case LadderStarted():
                ladder = incident.lanes[fact.service.name].ladder
                if ladder is not None and ladder.candidate == fact.candidate:
                    continue
        found.append(fact)
    return found


def check(lane: Lane, look: Service) -> None:
    """Raise Refused where a forward change would go out beside one that is still open.

    Over one whose outcome is unknown it may, while the service is at rest as that one found it: both then carry the
    same etag, and only one of them can land. Over a retreat it may not.
    """
    change = lane.in_flight
    if change is None:
        return
    if not change.unknown:
        raise Refused(
            f"Still under way: {change.action} by {change.actor}",
            f"Wait for it, or {key('abort', verb='press')} to abort.",
        )
    if change.action in BACK:  # somebody wanted out: nothing goes forward over that before it is known
        raise Refused(
            f"{change.actor} sent {change.action}, and what became of it is not known yet",
            f"Wait for the next look at the service, or {key('abort', verb='press')} to abort.",
        )
    if look.etag != change.etag or not (look.settled or look.failed):
        raise Refused(
            f"What became of {change.action} is not known yet",
            f"Wait for the next look at the service, or {key('abort', verb='press')} to abort.",
        )


def _serves_tag(change: Change, look: Service) -> bool:
    """Whether the deployed revision is there, though somebody has moved traffic since."""
    return any(share.tag == change.tag and share.revision == change.revision for share in look.serving)
