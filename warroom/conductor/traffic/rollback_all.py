"""Roll back all: every service that this incident touched, newest first, each verified on its own."""

from msgspec import Struct

from warroom.conductor import reach
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.control import TrafficControl
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident import events
from warroom.incident.lane.guards import touched
from warroom.services.errors import ServiceError


class Returned(Struct, frozen=True):
    """What became of one service: back where its ladder began (`back`), or why not (`words`)."""

    service: str
    back: bool
    words: str


def plans_for_all(control: TrafficControl) -> list[Plan]:
    """The plans, in the order in which they would go out. Raises Refused when there is nothing to take back."""
    names = touched(control.incident)
    reach.check_back(control, names)
    control.check("roll-back-all")
    return [control.plan("abort", name) for name in names]


async def roll_back_all(control: TrafficControl, typed: str, second: str) -> list[Returned]:
    """Take every touched service back, one after the other; a failing one does not stop the others.

    `typed` must be the incident's number and `second` names a second person who agrees. Raises Refused otherwise.
    """
    if typed.strip() != control.incident.id:
        raise Refused(f"Not confirmed: {control.incident.id} was not typed", "Type the incident's number.")
    if not second.strip() or second.strip() == control.recorder.actor:
        raise Refused("This needs a second person", "Type the handle of somebody else who agrees.")
    plans = plans_for_all(control)
    control.recorder.submit(events.Noted(f"roll back all, agreed by {second.strip()}"))
    results = []
    for plan in plans:
        name = plan.service.name
        try:
            service = await control.carry_out(plan, Consent(reason=f"roll back all, agreed by {second.strip()}"))
        except (Refused, ServiceError) as error:
            results.append(Returned(name, False, error.title))
            continue
        places = ", ".join(f"{revision} {service.percent(revision)} %" for revision in plan.target)
        results.append(Returned(name, True, places))
    told = "; ".join(f"{one.service} {'back on' if one.back else 'NOT BACK:'} {one.words}" for one in results)
    await control.record(events.Noted(f"roll back all: {told}"))
    return results
