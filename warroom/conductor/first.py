"""Who was first: whose change stands in the way of one of ours, by the journal, else as Cloud Run says. Pure."""

from warroom.incident.lanes import open_changes
from warroom.incident.state import Change, Lane
from warroom.rollout.split import percents
from warroom.rollout.traffic import Service

SOMEBODY = "somebody"


def other(lane: Lane, look: Service | None, mine: str, since: float) -> Change | None:
    """The change of this incident that a look shows, other than the one called `mine`; None where it shows none.

    One that was applied before `since` (Unix seconds) is what all set out from, and was nobody's rival.

    Cloud Run may name an account that several people share: the journal's word on who it was goes before.
    """
    if look is None:
        return None
    last = lane.last_change
    lately = last is not None and last.outcome == "applied" and (last.ended_at or 0.0) >= since
    known = (*((last,) if last is not None and lately else ()), *open_changes(lane))
    found = [one for one in known if one.id != mine and _shows(look, one)]
    # Two may have asked for the same: one that is known to hold, else the last one.
    return next((one for one in found if one.outcome), found[0] if found else None)


def who(lane: Lane, look: Service | None, mine: str, since: float) -> str:
    """Whoever made what a look shows, by the same rule."""
    found = other(lane, look, mine, since)
    if found is not None and found.actor:
        return found.actor
    return (look.last_modifier if look is not None else "") or SOMEBODY


def _shows(look: Service, change: Change) -> bool:
    if change.action == "deploy" and not any(share.tag == change.tag for share in look.spec):
        return False
    return percents(look.spec, look.latest_ready) == percents(change.split, look.latest_ready)
