"""Statuspage over its REST API: incidents on the public page, at most one request a second."""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from warroom.clock import Clock
from warroom.services.errors import Effect, NotFound, ServiceError
from warroom.services.systems.ports import Posted
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web

URL = "https://api.statuspage.io/v1"
SYSTEM = "Statuspage"
LONGEST_NAME = 255
LONGEST_BODY = 25_000

APART_SECONDS = 1.0
"""Between two requests of one token; past that it answers 420 or 429."""


class _Incident(Struct):
    id: str
    shortlink: str = ""


class _Page(Struct):
    name: str = ""


class StatuspageApi:
    """The page `page`; `components` has the component's id by service name. Time comes from `clock`."""

    def __init__(self, page: str, token: str, components: Mapping[str, str], clock: Clock, url: str = "") -> None:
        self._web = Web(SYSTEM, url or URL, {"Authorization": f"OAuth {token}"})
        self._page = page
        self._components = dict(components)
        self._clock = clock
        self._one = asyncio.Lock()
        self._free_at = 0.0

    async def create(
        self,
        name: str,
        status: str,
        body: str,
        *,
        impact: str = "",
        components: Mapping[str, str] | None = None,
        notify: bool = False,
    ) -> Posted:
        """Publish an incident. A name that is too long is cut with “…”; services that the page does not list are not
        shown. Raises ServiceError, before anything is sent when the body is longer than the page takes.
        """  # noqa: D205
        short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
        told = {"name": short, **self._told(status, body, components, notify)}
        if impact:
            told["impact_override"] = impact
        with retold(NotFound, f"Statuspage knows no page {self._page}", "Check statuspage.page in integrations.toml."):
            answer = await self._ask("POST", f"{self._path}/incidents", {"incident": told})
        return self._posted(answer)

    async def update(
        self,
        incident: str,
        status: str,
        body: str,
        *,
        components: Mapping[str, str] | None = None,
        notify: bool = False,
    ) -> Posted:
        """Say more about an incident of the page; "resolved" ends it."""
        told = self._told(status, body, components, notify)
        with retold(
            NotFound, f"Statuspage has no incident {incident} on this page", "Look there, or publish a new one."
        ):
            answer = await self._ask("PATCH", f"{self._path}/incidents/{segment(incident)}", {"incident": told})
        return self._posted(answer)

    async def check(self) -> str:
        """The page that the token may read, in words. Changes nothing; raises ServiceError."""
        with retold(NotFound, f"Statuspage knows no page {self._page}", "Check statuspage.page in integrations.toml."):
            page = shaped(SYSTEM, await self._ask("GET", self._path), _Page)
        return f"page {page.name or self._page}"

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    @property
    def _path(self) -> str:
        return f"/pages/{segment(self._page)}"

    def _told(self, status: str, body: str, components: Mapping[str, str] | None, notify: bool) -> dict[str, Any]:
        if len(body) > LONGEST_BODY:
            raise ServiceError(
                f"The text has {len(body)} characters, and Statuspage takes {LONGEST_BODY}", "Shorten it, then send it."
            )
        told: dict[str, Any] = {"status": status, "body": body, "deliver_notifications": notify}
        known = {self._components[name]: how for name, how in (components or {}).items() if name in self._components}
        if known:
            told |= {"components": known, "component_ids": list(known)}
        return told

    def _posted(self, answer: Any) -> Posted:  # noqa: ANN401
        made = shaped(SYSTEM, answer, _Incident, Effect.UNKNOWN)
        return Posted(made.id, made.shortlink)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401
        """One request after the other, each a second after the last was answered."""
        async with self._one:
            wait = min(self._free_at - self._clock.now(), APART_SECONDS)  # whatever the clock was set back by
            if wait > 0:
                await self._clock.sleep(wait)
            try:
                return await self._web.ask(method, path, body)
            finally:
                self._free_at = self._clock.now() + APART_SECONDS
