"""gRPC without generated servicers: handlers by method name, with Google's message types and status codes.

Every call of the embedded cloud passes through `service_handler`, and there asks the book of faults what befalls it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

import grpc
import grpc.aio
from msgspec import Struct

from warroom.drill.scenario.faults import Faults
from warroom.drill.wire.proto import Message

Item = TypeVar("Item")
Handler = Callable[[Message], Awaitable[Message]]


class Refused(Exception):
    """The call is answered with a gRPC status instead of a message."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Method(Struct, frozen=True):
    """One unary method: the raw protobuf classes of its request and response, and what answers it.

    `about` says which resource a request concerns, where its own fields don't.
    """

    request: Message
    response: Message
    handler: Handler
    about: Callable[[Message], str] | None = None


class StreamMethod(Struct, frozen=True):
    """One method whose requests and responses are streams, as `Method` has it."""

    request: Message
    response: Message
    handler: Callable[[AsyncIterator[Message]], AsyncIterator[Message]]


def service_handler(
    service: str, methods: Mapping[str, Method | StreamMethod], faults: Faults
) -> grpc.GenericRpcHandler:
    """All methods of one gRPC service, by their names."""
    handlers = {}
    for name, method in methods.items():
        ways = {
            "request_deserializer": method.request.FromString,
            "response_serializer": method.response.SerializeToString,
        }
        if isinstance(method, StreamMethod):
            answering = _streaming(f"{service}/{name}", method, faults)
            handlers[name] = grpc.stream_stream_rpc_method_handler(answering, **ways)
        else:
            handlers[name] = grpc.unary_unary_rpc_method_handler(
                _answering(f"{service}/{name}", method, faults), **ways
            )
    return grpc.method_handlers_generic_handler(service, handlers)


def _answering(
    name: str, method: Method, faults: Faults
) -> Callable[[Message, grpc.aio.ServicerContext], Awaitable[Message]]:
    async def answer(request: Message, context: grpc.aio.ServicerContext) -> Message:
        try:
            about = (method.about or subject)(request)
            await before_answer(faults, name, about)
            answered = await method.handler(request)
            if lost := faults.take("lost-answer", name, about):
                raise Refused(grpc.StatusCode[lost.status], "Injected: done, and the answer was lost.")
            return answered
        except Refused as refused:
            return await context.abort(refused.code, refused.message)

    return answer


def _streaming(
    name: str, method: StreamMethod, faults: Faults
) -> Callable[[AsyncIterator[Message], grpc.aio.ServicerContext], AsyncIterator[Message]]:
    async def answer(requests: AsyncIterator[Message], context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        first = await anext(requests, None)

        async def from_the_first() -> AsyncIterator[Message]:
            if first is not None:
                yield first
            async for later in requests:
                yield later

        try:
            await before_answer(faults, name, "" if first is None else subject(first))
            async for response in method.handler(from_the_first()):
                yield response
        except Refused as refused:
            await context.abort(refused.code, refused.message)

    return answer


async def before_answer(faults: Faults, name: str, about: str) -> None:
    """What befalls a call of `name` (package.Service/Method) before it is looked at. Raises Refused."""
    if slow := faults.take("delay", name, about):
        await faults.clock.sleep(slow.seconds or 0.0)
    if faults.take("hang", name, about):
        await asyncio.Event().wait()  # ends when the caller gives up
    if refused := faults.take("status", name, about):
        raise Refused(grpc.StatusCode[refused.status], "Injected: nothing was done.")


def subject(request: Message) -> str:
    """What a request names: a resource, a parent, or a filter."""
    named = [str(getattr(request, key)) for key in ("name", "parent", "resource", "filter") if hasattr(request, key)]
    if hasattr(request, "service"):
        named.append(str(request.service.name))
    return "/ ".join(named)


def page(items: list[Item], page_size: int, page_token: str, largest: int = 1000) -> tuple[list[Item], str]:
    """One page of `items` and the token of the next, "" after the last. Raises Refused for a token that is none."""
    if page_size < 0:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "page_size must not be negative.")
    if page_token and not (page_token.isascii() and page_token.isdigit()):
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "The page_token is invalid.")
    begin = int(page_token or 0)
    end = begin + min(page_size or largest, largest)
    return items[begin:end], str(end) if end < len(items) else ""
