"""What holds of an incident of several services."""

from collections.abc import Sequence
from itertools import combinations

from warroom.conductor.refusal import Refused
from warroom.incident.events import AnyFact, Mitigated
from warroom.incident.lane.retreats import BACK
from warroom.incident.state import Incident
from warroom.rollout.traffic import ServiceRef

ENDS = ("complete", *BACK.values())


def told_apart(services: Sequence[ServiceRef]) -> None:
    """Raise Refused unless there is a service, and every one has a name of its own.

    Lanes, revisions and keys are known by the service's name, on the board as in the journal.
    """
    if not services:
        raise Refused("No service is chosen", "Choose at least one.")
    for one, other in combinations(services, 2):
        if one.name == other.name and one != other:
            raise Refused(
                f"Two services of one incident are called {one.name} ({_place(one)} and {_place(other)})",
                "Declare an incident for each place.",
            )
        if one == other:
            raise Refused(f"{one.name} in {_place(one)} is named twice", "Name it once.")


def others_climb(incident: Incident, service: str) -> bool:
    """Whether the hotfix of another service is still on its way: what one reached does not mitigate the incident."""
    ladders = [lane.ladder for name, lane in incident.lanes.items() if name != service]
    return any(ladder is not None and not ladder.ended for ladder in ladders)


def mitigated(incident: Incident) -> list[AnyFact]:
    """That the last of several hotfixes has come to its end, where the changes themselves could not tell.

    Two that end at the same moment each see the other one climb.
    """
    ladders = [lane.ladder for lane in incident.lanes.values() if lane.ladder is not None]
    if len(ladders) < 2 or incident.mitigated_at is not None or not all(one.ended in ENDS for one in ladders):
        return []
    return [Mitigated("full-traffic" if any(one.ended == "complete" for one in ladders) else "roll-back")]


def _place(ref: ServiceRef) -> str:
    return f"{ref.region}, {ref.project}"
