"""Who may speak to the HTTP side of an embedded cloud: this machine's own programs."""

import ipaddress
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


def guarded(answer: Answer) -> Answer:
    """Only this machine's own programs: not another host, and not a web page in this machine's browser."""

    async def only_from_here(request: web.Request) -> web.StreamResponse:
        host = request.host.rpartition(":")[0].strip("[]")
        local = _loopback(request.remote or "") and (host == "localhost" or _loopback(host))
        if not local or "Origin" in request.headers:
            return web.json_response({"error": "only from this machine"}, status=403)
        return await answer(request)

    return only_from_here


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
