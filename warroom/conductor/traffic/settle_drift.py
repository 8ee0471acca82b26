"""Resolving drift: go on from what somebody else changed, put ours back, or retreat. Nothing goes forward before.

And going forward over a retreat that did not happen: only by whoever was told that, and says why.
"""

from msgspec.structs import replace

from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Plan
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.lane import retreats
from warroom.incident.state import Lane
from warroom.marks import LOOK, THEN_AGAIN, key
from warroom.rollout import gcloud, split
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Service


def over_missed(lane: Lane, plan: Plan) -> Plan:
    """The same plan; of one that goes forward over a retreat that does not hold the guard says so, and asks why.

    Whoever sends it then has read that: so it is an answer (see `incident.retreats`). A retreat answers it at once.
    """
    missed = retreats.missed(lane)
    if not missed or plan.retreat:
        return plan
    others = (plan.why,) if plan.need is not Need.NONE else ()
    return replace(plan, need=Need.REASON, why="; ".join((missed, *others)))


def knows_missed(lane: Lane, plan: Plan) -> None:
    """Raise Refused where it was found, since a forward plan was shown, that a retreat does not hold.

    A reason that was typed before that was not given for it.
    """
    missed = retreats.missed(lane)
    if missed and missed not in plan.why and not plan.retreat:
        raise Refused(f"Meanwhile it was found: {missed}", f"Decide whether traffic should go back; else {THEN_AGAIN}.")


def restore(lane: Lane, look: Service) -> Plan:
    """The split that we last applied, put back; tags that were added since stay. Raises Refused, ValueError.

    Where that gives the candidate more than it takes now it is an advance, against somebody who took it down: it
    needs a reason.
    """
    assert lane.drift is not None  # see incident.lane.guards
    missing = sorted({*split.percents(lane.ours, look.latest_ready)} & {*lane.drift.deleted})
    if missing:
        raise Refused(
            f"{', '.join(missing)} is deleted: our split can't be put back",
            f"Adopt, or {key('roll-back', verb='press')}.",
        )
    ladder = lane.ladder
    candidate = ladder.candidate if ladder else ""
    wanted = split.put_back(look.spec, lane.ours)
    percents = split.percents(wanted, look.latest_ready)
    rises = percents.get(candidate, 0) > split.percents(look.spec, look.latest_ready).get(candidate, 0)
    places = ", ".join(f"{name} {percent} %" for name, percent in percents.items())
    judged = lane.verdict
    return Plan(
        action=Action.RESTORE,
        service=look.ref,
        words=f"Put our split back: {places}",
        split=wanted,
        gcloud=gcloud.restore_command(look.ref, percents),
        basis=look,
        candidate_percent=percents.get(candidate, 0),
        need=Need.REASON if rises else Need.NONE,
        why="it gives the hotfix more traffic than somebody left it" if rises else "",
        grade=judged.grade if judged else "",
        evidence=judged.words if judged else "",
        revision=candidate,
        tag=ladder.tag if ladder else "",
    )


def adopt(lane: Lane, look: Service) -> events.DriftAnswered:
    """Go on from what is there. Raises Refused while that is not certain, or leads nowhere."""
    stranger, ladder = lane.drift, lane.ladder
    assert stranger is not None  # see incident.lane.guards
    if ladder is None:
        raise Refused("There is no ladder to go on with", "Restore ours, or abort.")
    if not (look.settled or look.failed):
        raise Refused("Cloud Run is still at work on it", f"Wait a moment, then {key('settle', verb='press')} again.")
    if not split.same(look.spec, stranger.after, look.latest_ready):
        raise Refused("It has changed once more", f"{LOOK}, then {key('settle', verb='press')} again.")
    if ladder.candidate in stranger.deleted:
        raise Refused(f"{ladder.candidate} is deleted: there is nothing to go on with", "Abort, then deploy again.")
    percent = look.percent(ladder.candidate)
    return events.DriftAnswered(look.ref, "adopt", look.spec, percent, stranger.changed_at)
