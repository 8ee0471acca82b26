"""The smoke test: a service's requests, one after the other, to one address; one GET of its health path by default."""

from warroom.incident.validation.facts import RequestResult
from warroom.protocol.services import ServiceConfig
from warroom.services.ports import Prober
from warroom.services.smoke import address, judged


async def ask(prober: Prober, base: str, own: ServiceConfig) -> tuple[RequestResult, ...]:
    """Each request's outcome against the URL `base` of a service or tag. Raises nothing for what is answered."""
    if own.smoke:
        results = []
        for one in own.smoke:
            came = await prober.fetch(one.method, address(base, one.path), one.within_ms / 1000)
            results.append(judged(one, came))
        return tuple(results)
    result = await prober.probe(address(base, own.health_path))
    got = result.detail if result.reached else f"no answer: {result.detail}"
    return (RequestResult(f"GET {own.health_path}", result.ok, "2xx", got, result.seconds),)
