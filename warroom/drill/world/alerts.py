"""The alerts of the simulated world: a policy for each production service's errors and one for its response time.

Each opens a while after its service began to burn, and closes as long after it ceased to. Pure.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from warroom.drill.scenario.model import Behaviour
from warroom.drill.world.world import Place, World
from warroom.rollout.traffic import ServiceRef

WINDOW_SECONDS = 60.0
"""So long something must be so before its policy notices."""

ERROR_SHARE = 0.05
SLOW_FACTOR = 3.0


class WorldAlert(Struct, frozen=True):
    """An alert that is open since `opened_at` (Unix seconds)."""

    ref: ServiceRef
    name: str
    opened_at: float


def open_alerts(world: World, now: float) -> list[WorldAlert]:
    """Those that are open at `now`, the newest first."""
    found = [
        WorldAlert(ref, f"{ref.name}: {name}", since + WINDOW_SECONDS)
        for ref, place in world.places.items()
        if not place.staging
        for name, burns in _POLICIES.items()
        if (since := _burning_since(place, now - WINDOW_SECONDS, burns)) is not None
    ]
    return sorted(found, key=lambda one: (-one.opened_at, one.name))


def _burning_since(place: Place, at: float, burns: Callable[[Place, float], bool]) -> float | None:
    """Since when it has been burning without a break at `at`; None where it does not."""
    moments = {place.incident_at, *place.routes.moments(), *place.healed.moments()}
    since: float | None = None
    for moment in sorted(one for one in moments if one <= at):
        since = (moment if since is None else since) if burns(place, moment) else None
    return since


def _mix(place: Place, at: float) -> Iterator[tuple[float, Behaviour]]:
    """The revisions that serve, by their shares."""
    for revision, percent in place.routes.at(at).items():
        if percent:
            yield percent / 100, place.behaviour(revision, percent, at)


def _fails(place: Place, at: float) -> bool:
    return sum(share * how.error_share for share, how in _mix(place, at)) > ERROR_SHARE


def _slow(place: Place, at: float) -> bool:
    return sum(share * how.latency_factor for share, how in _mix(place, at)) > SLOW_FACTOR


_POLICIES = {"5xx above 5 %": _fails, "response time above 3 × normal": _slow}
