"""The pages that a drill's cloud answers a smoke test with, made from what services.toml expects of each service."""

from typing import Any

import msgspec

from warroom.drill.scenario.directory import Page
from warroom.protocol.model import Config
from warroom.protocol.services import SmokeRequest


def pages(config: Config) -> dict[str, tuple[Page, ...]]:
    """Those of every service that has a smoke test of its own, by its name."""
    return {one.name: tuple(map(_page, one.smoke)) for one in config.services.services if one.smoke}


def _page(request: SmokeRequest) -> Page:
    status = request.status[0] if request.status else 200
    if not request.json:
        return Page(request.method, request.path, status, request.contains)
    whole: dict[str, Any] = {}
    for path, value in request.json.items():
        *above, last = path.split(".")
        here = whole
        for name in above:
            inner = here.setdefault(name, {})
            here = inner if isinstance(inner, dict) else {}
        here[last] = value
    body = msgspec.json.encode(whole).decode()
    # White space around JSON is JSON still, but no other text is: what must stand there as well is a value of it.
    if request.contains and request.contains not in body:
        body = msgspec.json.encode({**whole, "text": request.contains}).decode()
    return Page(request.method, request.path, status, body)
