"""Declaring: the services told apart, and the roster's primaries in the core roles."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.protocol.model import Config
from warroom.rollout.traffic import ServiceRef


def primaries(config: Config, actor: str) -> Iterator[events.AnyFact]:
    """Each primary takes their core role; who declares, as `actor`, has answered by that."""
    core = [role.id for role in config.protocol.roles if role.kind == "core"]
    for duty in config.roster.duties:
        if duty.role in core:
            yield events.RoleAssigned(duty.role, duty.primary.handle)
            if duty.primary.handle == actor:
                yield events.RoleAcknowledged(duty.role)


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


def _place(ref: ServiceRef) -> str:
    return f"{ref.region}, {ref.project}"
