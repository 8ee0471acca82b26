"""Who may speak to the HTTP side of an embedded cloud: this machine's programs; to some of it, the drill's alone."""

import hmac
import ipaddress
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from warroom.drill.wire.discovery import TOKEN_VARIABLE

Answer = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


def guarded(answer: Answer) -> Answer:
    """Only this machine's own programs: not another host, and not a web page in this machine's browser."""

    async def only_from_here(request: web.Request) -> web.StreamResponse:
        host = request.host.rpartition(":")[0].strip("[]")
        named = host == "localhost" or host.endswith(".localhost")  # names that RFC 6761 keeps for this machine
        local = _loopback(request.remote or "") and (named or _loopback(host))
        if not local or "Origin" in request.headers:
            return web.json_response({"error": "only from this machine"}, status=403)
        return await answer(request)

    return only_from_here


def only_with(token: str, answer: Answer) -> Answer:
    """Only for a program of this machine that has the cloud's token: a port of loopback is open to all its users."""
    wanted = f"Bearer {token}".encode()

    async def with_token(request: web.Request) -> web.StreamResponse:
        told = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not token or not hmac.compare_digest(told, wanted):
            words = f"the cloud wants its token, which only who started it can read; {TOKEN_VARIABLE} names its file"
            return web.json_response({"error": words}, status=401)
        return await answer(request)

    return guarded(with_token)


def _loopback(address: str) -> bool:
    """Of 127.0.0.0/8, or ::1. What an IPv6 address maps to is asked nowhere: Python does so itself from 3.13 on."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback and (ip.version == 4 or ip == ipaddress.IPv6Address("::1"))
