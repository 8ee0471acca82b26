"""The days before a drill, as far as anyone asks: who served then, and how many requests an hour brought."""

from random import Random

from warroom.drill.scenario.model import ServicePlan
from warroom.drill.world.sampling import binomial, poisson
from warroom.drill.world.world import World
from warroom.rollout.traffic import ServiceRef

HOUR_SECONDS = 3600.0


def revisions(world: World, ref: ServiceRef) -> list[str]:
    """Those that ever served, before the drill and in it."""
    before = [name for name, _, _ in _served(world.places[ref].plan, world.origin)]
    return list(dict.fromkeys((*before, *world.served(ref))))


def requests(world: World, ref: ServiceRef, revision: str, since: float, until: float, now: float) -> dict[int, int]:
    """How many requests got which response code in (since, until], as far as Monitoring shows them at `now`."""
    begun = world.origin - world.scenario.history_minutes * 60
    found = _long_ago(world, ref, revision, since, min(until, begun))
    for period in world.visible(max(since, begun), until, now) if until > begun else ():
        for outcome in world.outcomes(ref, revision, period):
            found[outcome.code] = found.get(outcome.code, 0) + outcome.count
    return found


def _long_ago(world: World, ref: ServiceRef, revision: str, since: float, until: float) -> dict[int, int]:
    """All was well then: each revision served from its making to the next one's."""
    place = world.places[ref]
    span = next((found for found in _served(place.plan, world.origin) if found[0] == revision), None)
    if span is None or place.staging or (seconds := min(until, span[2]) - max(since, span[1])) <= 0:
        return {}
    random, normal = Random(f"{world.scenario.seed}:{ref.path}:{revision}:hour:{since - world.origin:.0f}"), place.plan
    count = poisson(random, normal.normal.requests_per_second * seconds)
    errors = binomial(random, count, normal.normal.error_share)
    refused = binomial(random, count - errors, normal.normal.client_error_share)
    codes = ((200, count - errors - refused), (404, refused), (500, errors))
    return {code: n for code, n in codes if n}


def _served(plan: ServicePlan, origin: float) -> list[tuple[str, float, float]]:
    """Before the drill: revision, from when and until when."""
    made = sorted(
        [*((one.hours_ago, one.revision) for one in plan.previous), (plan.stable.hours_ago, plan.stable.revision)]
    )
    ends = [origin, *(origin - hours * HOUR_SECONDS for hours, _ in made)]
    return [(name, origin - hours * HOUR_SECONDS, until) for (hours, name), until in zip(made, ends, strict=False)]
