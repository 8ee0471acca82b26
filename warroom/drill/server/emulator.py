"""The embedded cloud: Cloud Run, Monitoring, Logging, health URLs and other systems, on loopback ports of its own."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from secrets import token_urlsafe

import grpc
import grpc.aio
from aiohttp import web

from warroom.clock import Clock
from warroom.drill.cloud_run.api import RunApi
from warroom.drill.cloud_run.operations import OperationsApi
from warroom.drill.cloud_run.rest.v1 import RestV1
from warroom.drill.cloud_run.rest.v2 import RestV2
from warroom.drill.cloud_run.state import CloudState
from warroom.drill.logging.api import LoggingApi
from warroom.drill.monitoring.api import MonitoringApi
from warroom.drill.scenario.directory import Cast
from warroom.drill.scenario.faults import Faults
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.control import Control
from warroom.drill.server.health import HealthPages
from warroom.drill.server.identity import Tokens
from warroom.drill.server.permissions import Permissions
from warroom.drill.systems.mount import Frame, Stage
from warroom.drill.systems.registry import systems
from warroom.drill.wire.addresses import Addresses
from warroom.drill.world.world import World

LOOPBACK = "127.0.0.1"

_OPTIONS = (("grpc.so_reuseport", 0),)
"""Without it two clouds could share a port, each taking half of the calls."""


class Emulator:
    """The cloud of `scenario`. Time comes from `clock` alone; the drill began at `origin` (Unix seconds), else now.

    `cast` is who and what the other systems know. Faults, the ledger and those systems are for who has
    `token`, made anew for each cloud. `world`, `state`, `run`, `permissions` and `stage` are for tests to look at, and
    to change things behind the operator's back.
    """

    def __init__(self, scenario: Scenario, clock: Clock, origin: float | None = None, cast: Cast | None = None) -> None:
        self._clock = clock
        self.world = World(scenario, clock.now() if origin is None else origin)
        self.faults = Faults(clock, scenario.seed)
        self.state = CloudState(self.world, self.faults)
        self.run = RunApi(self.state, clock)
        self.token = token_urlsafe(32)
        self.stage = Stage(clock, self.faults, cast or Cast(), self.token, scenario.responders)
        self.others = Frame(self.stage, systems(self.stage, self.world), self.token)
        self.control = Control(self.state, self.run, clock, self.restart, self.stage.people, self.token)
        self.permissions = Permissions()
        self._ports = (0, 0, 0)
        self._servers: list[grpc.aio.Server] = []
        self._runner: web.AppRunner | None = None

    async def start(self, ports: tuple[int, int, int] = (0, 0, 0), logging_port: int = 0) -> Addresses:
        """Listen on `ports` (Cloud Run, Monitoring, HTTP) and Logging's; 0 for any free one.

        Raises OSError for a port in use.
        """
        run_port, monitoring_port, http_port = ports
        try:
            http = await self._start_http(http_port)
            self.state.base_url = f"http://{http}"
            self.stage.http = http
            run, monitoring, logging = await self._start_apis(run_port, monitoring_port, logging_port)
        except BaseException:
            await self.stop()
            raise
        self._ports = _port(run), _port(monitoring), _port(logging)
        return Addresses(run=run, monitoring=monitoring, http=http, token=self.token, logging=logging)

    async def restart(self, seconds: float) -> None:
        """Drop every gRPC call and listen on the same ports again after `seconds` of the clock; nothing is forgotten.

        What is served goes on, and with it the health URLs.
        """
        await self._stop_apis()
        await self._clock.sleep(seconds)
        await self._start_apis(*self._ports)

    async def stop(self) -> None:
        """Stop listening, at once."""
        await self.control.stop()
        await self._stop_apis()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _stop_apis(self) -> None:
        for server in self._servers:
            await server.stop(None)
        self._servers.clear()

    async def _start_apis(self, run_port: int, monitoring_port: int, logging_port: int) -> tuple[str, str, str]:
        run_handlers = (*self.run.handlers(), *OperationsApi(self.state, self._clock).handlers())
        return (
            await self._start_grpc(run_handlers, run_port),
            await self._start_grpc(MonitoringApi(self.state, self._clock).handlers(), monitoring_port),
            await self._start_grpc(LoggingApi(self.state, self._clock).handlers(), logging_port),
        )

    async def _start_grpc(self, handlers: Sequence[grpc.GenericRpcHandler], port: int) -> str:
        server = grpc.aio.server(options=_OPTIONS)
        server.add_generic_rpc_handlers(handlers)
        try:
            bound = server.add_insecure_port(f"{LOOPBACK}:{port}")
        except RuntimeError as error:
            raise OSError(f"Port {port} of {LOOPBACK} cannot be listened on.") from error
        self._servers.append(server)
        await server.start()
        return f"{LOOPBACK}:{bound}"

    async def _start_http(self, port: int) -> str:
        listener = socket.create_server((LOOPBACK, port))
        application = web.Application()
        self.others.add_to(application)
        self.control.add_to(application)
        operations = OperationsApi(self.state, self._clock)
        RestV2(self.state, self.run, operations).add_to(application)
        RestV1(self.state, self.run, operations, self._clock).add_to(application)
        self.permissions.add_to(application)
        tokens = Tokens(self._clock, self.token)
        tokens.add_to(application)
        HealthPages(self.state, self._clock, tokens, self.stage.cast.pages).add_to(application)
        # A call that hangs on purpose ends when its caller does.
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return f"{LOOPBACK}:{listener.getsockname()[1]}"


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


@asynccontextmanager
async def running(scenario: Scenario, clock: Clock) -> AsyncIterator[Addresses]:
    """An embedded cloud on free ports for as long as the block lasts."""
    emulator = Emulator(scenario, clock)
    addresses = await emulator.start()
    try:
        yield addresses
    finally:
        await emulator.stop()
