"""What became of a change that nobody saw the end of, told from what the service shows. Pure."""

from msgspec import Struct

from warroom.conductor.refusal import Refused
from warroom.incident.state import Change, Lane
from warroom.rollout import split
from warroom.rollout.traffic import Service

ARRIVES_SECONDS = 60.0
"""So long after it was sent a change may still arrive. Google's own deadline for a write is 15 s; then the etag that
it carries must still be the newest."""


class Found(Struct, frozen=True):
    """`outcome` is "" while it can't be told, else applied, failed, not applied or superseded; `words` say why."""

    outcome: str = ""
    words: str = ""
    remedy: str = ""


def found(change: Change, look: Service, now: float) -> Found:
    """Compare a change with a look at the service at `now` (Unix seconds).

    While Cloud Run works on the service nothing can be told. What was sent with an etag that is no longer the newest
    can't land any more: where neither that change nor what was there before it shows, something else holds.
    """
    if not (look.settled or look.failed):
        return Found()
    asked = split.same(look.spec, change.split, look.latest_ready)
    if asked and split.same(look.serving, change.split, look.latest_ready):
        return Found("applied")
    if change.action == "deploy" and look.settled and _serves_tag(change, look):
        return Found("applied")
    if asked and look.failed:
        return Found("failed", look.condition or "Cloud Run could not apply it", "Read its logs, then try again.")
    if asked:
        return Found()
    if look.etag == change.etag or split.same(look.spec, change.before, look.latest_ready):
        if now - change.intended_at < ARRIVES_SECONDS:
            return Found()
        return Found("not applied", "Cloud Run never took it", "Do it again if it is still right.")
    by = look.last_modifier or "somebody"
    return Found("superseded", f"what holds now is a later change by {by}", "Look at the traffic pane, then decide.")


def check(lane: Lane, look: Service) -> None:
    """Raise Refused where a forward change would go out beside one that is still open.

    Over one whose outcome is unknown it may, while the service is at rest as that one found it: both then carry the
    same etag, and only one of them can land.
    """
    change = lane.in_flight
    if change is None:
        return
    if not change.unknown:
        raise Refused(f"Still under way: {change.action} by {change.actor}", "Wait for it, or press x to abort.")
    if look.etag != change.etag or not (look.settled or look.failed):
        raise Refused(
            f"What became of {change.action} is not known yet",
            "Wait for the next look at the service, or press x to abort.",
        )


def _serves_tag(change: Change, look: Service) -> bool:
    """Whether the deployed revision is there, though somebody has moved traffic since."""
    return any(share.tag == change.tag and share.revision == change.revision for share in look.serving)
