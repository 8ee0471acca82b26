"""Mounts the other systems on the cloud's HTTP server: guard, faults, ledger, and JSON in and out for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from msgspec import Struct
from multidict import MultiMapping

from warroom.clock import Clock
from warroom.drill.scenario.directory import Cast, secrets
from warroom.drill.scenario.faults import Faults
from warroom.drill.scenario.model import Responders
from warroom.drill.systems.ledger import Ledger
from warroom.drill.systems.responders import People
from warroom.drill.wire.discovery import SENT_PATH
from warroom.drill.wire.guard import guarded, only_with


class Call(Struct, frozen=True):
    """One request as a system sees it.

    `match` are the path's {names}, `body` its JSON (None where it has none; of a form its texts, see `Frame`).
    """

    method: str
    path: str
    match: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None

    def every(self, key: str) -> list[str]:
        """All values of a query's key, which may stand there more than once."""
        return list(self.query.getall(key, [])) if isinstance(self.query, MultiMapping) else []


def phrase(code: int, failing: str) -> str:
    """What an injected answer says where nothing else was asked for: HTTP's own words, `failing` from 500 on."""
    known = code < HTTPStatus.INTERNAL_SERVER_ERROR and code in {one.value for one in HTTPStatus}
    return HTTPStatus(code).phrase if known else failing


class Reply(Struct, frozen=True):
    """What a system answers. `summary` is for the ledger: what was sent, in a line; `refused` why it was not taken.

    What only `reads` does not stand there, nor does any GET.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = {}
    summary: str = ""
    refused: str = ""
    reads: bool = False


class Refusal(Exception):
    """Raised by a handler: the request is answered with `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.refused)
        self.reply = reply


Route = tuple[str, str, Callable[[Call], Awaitable[Reply]]]
"""HTTP method, whole path with {names}, and who answers."""


class System(Protocol):
    """One system: `name` as in integrations.toml with a hyphen, `prefixes` of all its paths."""

    name: str
    prefixes: Sequence[str]

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        ...

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """What it says when it fails with HTTP `code`, `error` being a word of its own ("": its usual one)."""
        ...


class Stage:
    """What all the systems of one cloud share.

    `clock` is the drill's, and rate limits go by it as well: a drill that runs fast is limited as any other.
    `token` is the cloud's own, and `secrets` what the systems take. `http` is where the cloud listens, HOST:PORT, once
    it does.
    """

    def __init__(
        self, clock: Clock, faults: Faults, cast: Cast, token: str, responders: Responders | None = None
    ) -> None:
        self.secrets = secrets(token)
        self.clock = clock
        self.faults = faults
        self.cast = cast
        self.people = People(cast, responders or Responders(), clock)
        self.ledger = Ledger()
        self.http = ""


FORM = "application/x-www-form-urlencoded"


class Frame:
    """The systems on one HTTP server. `token` opens the ledger.

    A system whose `takes_forms` is true is told the fields of an HTML form as its body, as texts.
    """

    def __init__(self, stage: Stage, systems: Sequence[System], token: str) -> None:
        self.stage = stage
        self._token = token
        self.systems = systems

    def add_to(self, application: web.Application) -> None:
        """Serve them all, and the ledger. A path below their prefixes that none answers is a 404."""
        application.router.add_get(SENT_PATH, only_with(self._token, self._sent))
        for system in self.systems:
            for method, path, handler in system.routes():
                application.router.add_route(method, path, guarded(self._answering(system, handler)))
            for prefix in system.prefixes:
                tail = prefix + "/{tail:.*}"
                application.router.add_route("*", tail, guarded(self._answering(system, self._unknown)))

    def _answering(self, system: System, handler: Callable[[Call], Awaitable[Reply]]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            tail = _tail(request.path, system.prefixes)
            name = f"{request.method} {tail}"
            reply = await self._befallen(system, name)
            taken = reply is None
            if reply is None:
                reply = await self._handled(system, request, raw, handler)
            # Some systems take a write by GET, too; what was written has a summary.
            if not reply.reads and (request.method not in ("GET", "HEAD") or reply.summary):
                body = raw.decode(errors="replace")
                summary, refused = reply.summary or name, reply.refused
                if reply.status >= 400 and not refused:
                    refused = f"HTTP {reply.status}"
                self.stage.ledger.add(
                    self.stage.clock.now(), system.name, request.method, tail, summary, body, reply.status, refused
                )
            if taken and self.stage.faults.take("lost-answer", name, system=system.name):
                if request.transport is not None:
                    request.transport.close()
                raise asyncio.CancelledError
            return _response(reply)

        return answer

    async def _handled(
        self, system: System, request: web.Request, raw: bytes, handler: Callable[[Call], Awaitable[Reply]]
    ) -> Reply:
        try:
            body: Any
            if request.content_type == FORM and getattr(system, "takes_forms", False):
                body = dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
            else:
                body = msgspec.json.decode(raw) if raw.strip() else None
        except msgspec.DecodeError:
            return system.failure(400, "invalid_json", 0.0)
        call = Call(request.method, request.path, dict(request.match_info), request.query, request.headers, body)
        try:
            return await handler(call)
        except Refusal as refusal:
            return refusal.reply

    async def _befallen(self, system: System, name: str) -> Reply | None:
        """What befalls a call before it is looked at; None for nothing."""
        faults = self.stage.faults
        if slow := faults.take("delay", name, system=system.name):
            await self.stage.clock.sleep(slow.seconds or 0.0)
        if faults.take("hang", name, system=system.name):
            await asyncio.Event().wait()  # ends when the caller gives up
        if failed := faults.take("http", name, system=system.name):
            reply = system.failure(failed.code or 500, failed.error, failed.seconds or 0.0)
            return msgspec.structs.replace(reply, refused=reply.refused or "injected")
        return None

    async def _sent(self, request: web.Request) -> web.StreamResponse:
        """What was sent, of one ?system= or of all."""
        found = self.stage.ledger.all(request.query.get("system", ""))
        return web.json_response({"sent": msgspec.to_builtins(found)})

    async def _unknown(self, call: Call) -> Reply:
        return Reply({"error": f"there is no {call.method} {call.path}"}, 404, refused="no such method")


def _tail(path: str, prefixes: Sequence[str]) -> str:
    return next((path[len(prefix) :] for prefix in prefixes if path.startswith(prefix + "/")), path).lstrip("/")


def _response(reply: Reply) -> web.Response:
    if reply.body is None:
        return web.Response(status=reply.status, headers=dict(reply.headers))
    return web.json_response(reply.body, status=reply.status, headers=dict(reply.headers))
