"""A gRPC channel without a network: Google's client on one side, the embedded cloud's handlers on the other.

Messages are serialised as on the wire. Each call takes some turns of the loop before it arrives and after it was done,
so that whoever called can be gone by then; deadlines are the clock's.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any

import grpc
import grpc.aio
from grpc.aio import AioRpcError, Metadata

from tests.invariants.stepping import SteppingClock

Handlers = Sequence[grpc.GenericRpcHandler]
_OK_TURNS = 3


class LocalChannel(grpc.aio.Channel):  # type: ignore[misc]
    """Calls go to `handlers`; `restart` ends those under way as a dropped connection does."""

    def __init__(self, handlers: Handlers, clock: SteppingClock) -> None:
        self.handlers = handlers
        self.clock = clock
        self.calls = 0
        self._under_way: set[asyncio.Task[bytes]] = set()
        self._unary_unary_interceptors: list[object] = []

    def restart(self) -> None:
        """Drop every call; what it was to do is done or not, as it happens."""
        for task in tuple(self._under_way):
            task.cancel()

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
        _registered_method: bool | None = None,
    ) -> grpc.aio.UnaryUnaryMultiCallable:
        """The method, as a client calls it."""
        return _Method(self, method, request_serializer or bytes, response_deserializer or bytes)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Always there."""
        return grpc.ChannelConnectivity.READY

    async def close(self, grace: float | None = None) -> None:
        """Nothing to close but what is under way."""
        self.restart()

    async def call(self, method: str, request: bytes, seconds: float) -> bytes:
        """One call, from sending to the answer. Raises AioRpcError."""
        self.calls += 1
        await asyncio.sleep(0)
        work = asyncio.ensure_future(self._answer(method, request))
        self._under_way.add(work)
        work.add_done_callback(self._under_way.discard)
        try:
            for _ in range(_OK_TURNS):
                if work.done():
                    break
                await asyncio.sleep(0)
            if not work.done():
                await self._until_deadline(work, seconds)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not work.done():
            work.cancel()
            raise _error(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
        if work.cancelled():
            raise _error(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        return work.result()

    async def _until_deadline(self, work: "asyncio.Task[bytes]", seconds: float) -> None:
        late = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            with self.clock.resting():
                await asyncio.wait({work, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            late.cancel()

    async def _answer(self, method: str, request: bytes) -> bytes:
        found = next(filter(None, (handler.service(_Details(method)) for handler in self.handlers)), None)
        if found is None:
            raise _error(grpc.StatusCode.UNIMPLEMENTED, method)
        answer = await found.unary_unary(found.request_deserializer(request), _Context())
        return bytes(found.response_serializer(answer))

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Not used."""
        raise NotImplementedError

    stream_unary = stream_stream = unary_stream

    async def __aenter__(self) -> "LocalChannel":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """It never does."""
        await asyncio.Event().wait()

    async def channel_ready(self) -> None:
        """It always is."""


class _Details:
    """What a server is told before the request itself."""

    invocation_metadata = ()

    def __init__(self, method: str) -> None:
        self.method = method


class _Context:
    """The server's end of a call."""

    async def abort(self, code: grpc.StatusCode, details: str = "", trailing_metadata: object = ()) -> None:
        """End it with a status."""
        raise _error(code, details)


class _Method(grpc.aio.UnaryUnaryMultiCallable):  # type: ignore[misc]
    def __init__(
        self, channel: LocalChannel, method: str, write: Callable[[Any], bytes], read: Callable[[bytes], Any]
    ) -> None:
        self._channel = channel
        self._method = method
        self._write = write
        self._read = read

    def __call__(self, request: Any, *, timeout: float | None = None, **more: Any) -> "_Call":
        return _Call(self._ask(self._write(request), timeout or 60.0))

    async def _ask(self, request: bytes, seconds: float) -> Any:
        return self._read(await self._channel.call(self._method, request, seconds))


class _Call:
    """What a call is to a client: something to wait for."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, None, Any]:
        return self._work.__await__()


def _error(code: grpc.StatusCode, details: str) -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(), details)
