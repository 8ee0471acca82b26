"""What has made an armed plan wrong since it was made: another change, a stranger, a hold, a worse verdict."""

from collections.abc import Callable

from warroom.clock import clock_time
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import plans
from warroom.conductor.traffic.control import TrafficControl
from warroom.conductor.traffic.plans import Plan
from warroom.incident.change import Outcome
from warroom.incident.state import Change, Lane

DONE = {"abort": "aborted", "roll-back": "rolled back", "deploy": "deployed", "un-pin": "un-pinned"}


def since(control: TrafficControl, plan: Plan) -> Callable[[], str]:
    """What to ask for the reason why `plan` must not be fired as it stands, from now on; "" while it may be.

    Of a retreat it says what was done meanwhile, which hinders nobody. It asks nothing outside.
    """
    began = control.incident.last_seq

    def why() -> str:
        later = _later(control.lane(plan.service.name), began)
        if plan.retreat:
            return f"{later}; y goes back all the same" if later else ""
        if later:
            return f"no longer so: {later}"
        look = control.looks.get(plan.service.name)
        if look is not None and not plans.unchanged(plan.basis, look):
            return f"no longer so: {plan.service.name} was changed since this was planned"
        try:
            control.still_right(plan)
        except Refused as refused:
            return f"no longer so: {refused.title[:1].lower()}{refused.title[1:]}"
        return ""

    return why


def _later(lane: Lane, began: int) -> str:
    """The newest change that was begun or took hold after the event `began`, in words; "" where there is none."""
    if lane.in_flight is not None and lane.in_flight.seq > began:
        return f"{lane.in_flight.actor} began to {_verb(lane.in_flight)} at {_at(lane.in_flight.intended_at)}"
    last = lane.last_change
    if last is None or last.ended_seq <= began or last.outcome != Outcome.APPLIED:
        return ""
    return f"{last.actor} {DONE.get(last.action, f'{_verb(last)}d')} at {_at(last.ended_at or last.intended_at)}"


def _verb(change: Change) -> str:
    return change.action.replace("-", " ")


def _at(moment: float) -> str:
    return clock_time(moment)[:5]
