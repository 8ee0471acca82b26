"""Who was first: whose change stands in the way of one of ours, by the journal, else as Cloud Run says."""

from warroom.conductor.recorder import Recorder
from warroom.incident.change import Action, Outcome
from warroom.incident.lane.fold import open_changes
from warroom.incident.state import Change, Lane
from warroom.rollout.split import percents
from warroom.rollout.traffic import Service

SOMEBODY = "somebody"
FOLLOWS, FOLLOW_SECONDS = 5, 0.1
"""So often the journal is asked for the other one's intent, so far apart: a retreat goes out before it is on the disk.
Only a change that was beaten waits for it, for the sake of what it is told."""


async def find(recorder: Recorder, look: Service | None, service: str, mine: str) -> Change | None:
    """As `other`, once the journal has caught up with what a look shows."""
    for _ in range(FOLLOWS):
        await recorder.follow()
        found = other(recorder.now.lanes[service], look, mine)
        if found is not None or look is None:
            return found
        await recorder.clock.sleep(FOLLOW_SECONDS)
    return None


def other(lane: Lane, look: Service | None, mine: str) -> Change | None:
    """The change of this incident that a look shows, other than the one called `mine`; None where it shows none.

    What was applied before that one was intended is what it set out from, and was nobody's rival.
    """
    if look is None:
        return None
    last = lane.last_change
    began = next((one.seq for one in (*open_changes(lane), *((last,) if last else ())) if one.id == mine), 0)
    lately = last is not None and last.outcome == Outcome.APPLIED and last.ended_seq > began
    known = (*((last,) if last is not None and lately else ()), *open_changes(lane))
    found = [one for one in known if one.id != mine and _shows(look, one)]
    # Two may have asked for the same: one that is known to hold, else the last one.
    return next((one for one in found if one.outcome), found[0] if found else None)


def who(found: Change | None, look: Service | None) -> str:
    """Whoever made what a look shows. Cloud Run may name an account that many share: the journal goes before."""
    if found is not None and found.actor:
        return found.actor
    return (look.last_modifier if look is not None else "") or SOMEBODY


def _shows(look: Service, change: Change) -> bool:
    if change.action == Action.DEPLOY and not any(share.tag == change.tag for share in look.spec):
        return False
    return percents(look.spec, look.latest_ready) == percents(change.split, look.latest_ready)
