"""A gRPC server on loopback that answers every call as a test wrote down: a message, a status, or never."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.rpc import code_pb2, status_pb2
from msgspec import Struct


class Status(Struct):
    """An answer that is an error: a gRPC status name, its message, and google.rpc details."""

    code: str
    message: str = ""
    details: tuple[Any, ...] = ()


HANG = Status("HANG")
"""No answer before the client's deadline."""

Script = dict[str, Any]
"""What each method answers, by its bare name: a Status or a raw message; a list is answered one after the other, the
last one for ever; a function is called with the raw request."""


class Scripted(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Answers from the script and keeps what was asked, as (method, raw bytes)."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, bytes]] = []
        self.address = ""

    def service(self, handler_call_details: Any) -> Any:
        """The handler of any method at all."""
        method = handler_call_details.method.rsplit("/", 1)[-1]

        async def answer(request: bytes, context: Any) -> bytes:
            self.asked.append((method, request))
            given = self._next(method)
            if callable(given):
                given = given(request)
            if given is HANG:
                await asyncio.Event().wait()
            if isinstance(given, Status):
                await context.abort(
                    getattr(grpc.StatusCode, given.code), given.message, trailing_metadata=_trailers(given)
                )
            return bytes(given.SerializeToString())

        return grpc.unary_unary_rpc_method_handler(answer)

    def requests(self, method: str, kind: Callable[[], Any]) -> list[Any]:
        """What was asked of `method`, parsed as the raw message class `kind`."""
        found = []
        for name, raw in self.asked:
            if name == method:
                message = kind()
                message.ParseFromString(raw)
                found.append(message)
        return found

    def _next(self, method: str) -> Any:
        given = self.script.get(method, Status("UNIMPLEMENTED", method))
        if isinstance(given, list):
            return given.pop(0) if len(given) > 1 else given[0]
        return given


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """A running server; its `address` is host:port."""
    server, handler = grpc.aio.server(), Scripted(script)
    server.add_generic_rpc_handlers((handler,))
    handler.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield handler
    finally:
        await server.stop(None)


def _trailers(status: Status) -> tuple[tuple[str, bytes], ...]:
    """google.rpc.Status as Google sends it beside the plain status."""
    if not status.details:
        return ()
    rich = status_pb2.Status(code=code_pb2.Code.Value(status.code), message=status.message)
    for detail in status.details:
        rich.details.add().Pack(detail)
    return (("grpc-status-details-bin", rich.SerializeToString()),)
