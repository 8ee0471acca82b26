"""The HTTP side: what answers behind the URLs of services and tags, whatever the path below them."""

from collections.abc import Mapping
from random import Random

from aiohttp import web

from warroom.clock import Clock
from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.scenario.directory import Page
from warroom.drill.wire.grpc import Refused, before_answer


class HealthPages:
    """Answers health requests as the revision behind the URL would, and those of `pages` as they say while it is well.

    `pages` go by the service's name.
    """

    def __init__(self, state: CloudState, clock: Clock, pages: Mapping[str, tuple[Page, ...]]) -> None:
        self._state = state
        self._clock = clock
        self._pages = pages

    def add_to(self, application: web.Application) -> None:
        """Serve everything below /PROJECT/REGION/SERVICE and /PROJECT/REGION/TAG---SERVICE."""
        application.router.add_get("/{project}/{region}/{host}{path:(?:/.*)?}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        self._state.settle(now)
        service, revision = self._find(request.match_info, now)
        if service is None or revision is None:
            return web.json_response({"status": "not found"}, status=404)
        try:
            await before_answer(self._state.faults, "Health/GET", service.ref.path)
        except Refused as refused:
            return web.json_response({"status": refused.code.name}, status=503)
        health = self._state.world.health(service.ref, revision, now)
        await self._clock.sleep(health.seconds)
        if health.ok and (page := self._page(service, request)) is not None:
            return web.Response(text=page.body, status=page.status)
        body = {
            "status": "ok" if health.ok else "failing",
            "service": service.ref.name,
            "revision": revision,
            "image": service.revisions[revision].image if revision in service.revisions else "",
        }
        return web.json_response(body, status=200 if health.ok else 503)

    def _page(self, service: RunService, request: web.Request) -> Page | None:
        """The page that the service has for just that request."""
        asked = request.match_info["path"] + (f"?{request.query_string}" if request.query_string else "")
        wanted = (request.method, asked)
        return next((one for one in self._pages.get(service.ref.name, ()) if (one.method, one.path) == wanted), None)

    def _find(self, match: web.UrlMappingMatchInfo, now: float) -> tuple[RunService | None, str | None]:
        tag, _, name = match["host"].rpartition("---")
        for ref, service in self._state.services.items():
            if (ref.project, ref.region, ref.name) == (match["project"], match["region"], name):
                return service, service.tagged(tag) if tag else _any_serving(service, now)
        return None, None


def _any_serving(service: RunService, now: float) -> str | None:
    """One of the serving revisions, by their shares."""
    split = service.split()
    if not split:
        return None
    return Random(f"{service.ref.path}:{now:.3f}").choices(list(split), weights=list(split.values()))[0]
