"""Requests and answers of Google's JSON APIs: errors with status words, field masks, numbers in queries."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import grpc
import msgspec
from aiohttp import web

from warroom.drill.scenario.faults import Faults
from warroom.drill.wire.grpc import Refused, before_answer, subject
from warroom.drill.wire.guard import guarded
from warroom.drill.wire.proto import Message

Handler = Callable[[web.Request], Awaitable[dict[str, Any]]]

_HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
"""As google/rpc/code.proto maps them."""

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def route(handler: Handler) -> Callable[[web.Request], Any]:
    """The handler for this machine's own programs, its refusals as Google words them."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await handler(request))
        except Refused as refused:
            status = _HTTP.get(refused.code, 500)
            error = {"code": status, "message": refused.message, "status": refused.code.name}
            return web.json_response({"error": error}, status=status)

    return guarded(answer)


async def called(
    faults: Faults, name: str, handler: Callable[[Message], Awaitable[Message]], request: Message, about: str = ""
) -> Message:
    """What a method answers, with all that befalls the same method over gRPC. Raises Refused."""
    about = about or subject(request)
    await before_answer(faults, name, about)
    answered = await handler(request)
    if lost := faults.take("lost-answer", name, about):
        raise Refused(grpc.StatusCode[lost.status], "Injected: done, and the answer was lost.")
    return answered


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent; an empty one for nothing. Raises Refused."""
    raw = await request.read()
    try:
        body = msgspec.json.decode(raw) if raw.strip() else {}
    except msgspec.DecodeError as error:
        invalid(f"Invalid JSON payload received. {error}")
    if not isinstance(body, dict):
        invalid("Invalid JSON payload received. Root element must be a message.")
    return body


def number(request: web.Request, key: str) -> int:
    """A number of the query, 0 where it is not there. Raises Refused."""
    told = request.query.get(key, "")
    if told and not (told.isascii() and told.isdigit()):
        invalid(f"Invalid value at '{key}' (TYPE_INT32), \"{told}\"")
    return int(told or 0)


def paths(mask: str) -> list[str]:
    """The fields that a mask of a query names, as protobuf writes them."""
    return [_CAPITAL.sub(r"_\1", path.strip()).lower() for path in mask.split(",") if path.strip()]


def invalid(message: str) -> NoReturn:
    """400 with these words."""
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def missing(kind: str, name: str) -> NoReturn:
    """404 for a resource."""
    raise Refused(grpc.StatusCode.NOT_FOUND, f"Resource '{name}' of kind '{kind}' does not exist.")


async def not_here(request: web.Request) -> dict[str, Any]:
    """What these APIs may have elsewhere."""
    said = f"The embedded cloud has no {request.method} {request.path}."
    raise Refused(grpc.StatusCode.UNIMPLEMENTED, said)
