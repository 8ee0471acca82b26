"""The smoke test: a service's requests, one after the other, to one address; one GET of its health path by default."""

from msgspec.structs import replace

from warroom.incident.validation.facts import RequestResult
from warroom.protocol.services import ServiceConfig
from warroom.rollout.traffic import Service
from warroom.services.asking import address, seen_through
from warroom.services.ports import Prober
from warroom.services.smoke import judged


async def ask(prober: Prober, base: str, own: ServiceConfig, look: Service | None = None) -> tuple[RequestResult, ...]:
    """Each request's outcome against the URL `base` of a service or tag. Raises nothing for what is answered.

    A token, where services.toml wants one, is for the service that was `look`ed at.
    """
    audience = (look.url if look else base) if own.probe == "identity" else ""
    internal = look is not None and look.internal
    if own.smoke:
        results = []
        for one in own.smoke:
            came = await prober.fetch(one.method, address(base, one.path), one.within_ms / 1000, audience)
            found = judged(one, came)
            at_the_door = came.refused or (internal and came.status == 404)
            results.append(replace(found, untold=not found.ok and at_the_door))
        return tuple(results)
    result = await prober.probe(address(base, own.health_path), audience)
    result = seen_through(result, look) if look else result
    got = result.detail if result.reached else f"no answer: {result.detail}"
    untold = result.refused or result.cause is not None
    return (RequestResult(f"GET {own.health_path}", result.ok, "2xx", got, result.seconds, untold),)
