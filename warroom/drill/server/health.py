"""The HTTP side: what answers behind the URLs of services and tags, at the paths of their pages and nowhere else."""

from collections.abc import Mapping
from random import Random

from aiohttp import web

from warroom.clock import Clock
from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.scenario.directory import Page
from warroom.drill.scenario.model import ServicePlan
from warroom.drill.server.identity import Tokens
from warroom.drill.wire.grpc import Refused, before_answer


class HealthPages:
    """Answers the requests to a service's own pages as the revision behind the URL would, and no others.

    Those are the scenario's, and `pages` by the service's name, which say what is answered while it is well. Its routes
    are strict: /health/ is not /health. A private service turns away at its door who brings no token that `tokens` made
    for it, and an internal one everybody.
    """

    def __init__(
        self, state: CloudState, clock: Clock, tokens: Tokens, pages: Mapping[str, tuple[Page, ...]] | None = None
    ) -> None:
        self._state = state
        self._clock = clock
        self._tokens = tokens
        self._pages = pages or {}

    def add_to(self, application: web.Application) -> None:
        """Serve everything below /PROJECT/REGION/SERVICE and /PROJECT/REGION/TAG---SERVICE."""
        application.router.add_get("/{project}/{region}/{host}{path:(?:/.*)?}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        self._state.settle(now)
        service, revision = self._find(request.match_info, now)
        if service is None or revision is None:
            return web.json_response({"status": "not found"}, status=404)
        turned_away = self._door(request, service)
        if turned_away is not None:
            return turned_away
        try:
            await before_answer(self._state.faults, "Health/GET", service.ref.path)
        except Refused as refused:
            return web.json_response({"status": refused.code.name}, status=503)
        page = self._page(service, request)
        if page is None and request.match_info["path"] not in self._plain(service):
            return web.json_response({"status": f"no such page: {request.match_info['path'] or '/'}"}, status=404)
        health = self._state.world.health(service.ref, revision, now)
        await self._clock.sleep(health.seconds)
        if health.ok and page is not None:
            return web.Response(text=page.body, status=page.status)
        body = {
            "status": "ok" if health.ok else "failing",
            "service": service.ref.name,
            "revision": revision,
            "image": service.revisions[revision].image if revision in service.revisions else "",
        }
        return web.json_response(body, status=200 if health.ok else 503)

    def _door(self, request: web.Request, service: RunService) -> web.Response | None:
        """What Cloud Run itself answers to who may not come in; None for who may.

        Its documentation of troubleshooting has 403 for who brings nothing, 401 for a token that is not right, and 404
        for who comes from outside to an internal service.
        """
        access = self._plan(service).access
        if access == "internal":
            return _own_page(404, "Page not found", "The requested URL was not found on this server.")
        if access == "public":
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return _own_page(403, "Forbidden", "Your client does not have permission to get this URL from this server.")
        # The audience is the service: a token that is made out to one of its tags opens nothing.
        if self._tokens.audience(token) != self._state.base_url + service.url_path():
            return _own_page(401, "Unauthorized", "Your client does not have permission to the requested URL.")
        return None

    def _plain(self, service: RunService) -> set[str]:
        return {page.partition("?")[0] for page in self._plan(service).pages}

    def _plan(self, service: RunService) -> ServicePlan:
        plans = self._state.world.scenario.services
        return next(plan for plan in plans if service.ref in (plan.ref, plan.staging_ref))

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


def _own_page(status: int, title: str, words: str) -> web.Response:
    """A page of Cloud Run's own, in place of the service's."""
    text = f"<html><title>{status} {title}</title><h1>Error: {title}</h1><h2>{words}</h2></html>"
    return web.Response(status=status, text=text, content_type="text/html")


def _any_serving(service: RunService, now: float) -> str | None:
    """One of the serving revisions, by their shares."""
    split = service.split()
    if not split:
        return None
    return Random(f"{service.ref.path}:{now:.3f}").choices(list(split), weights=list(split.values()))[0]
