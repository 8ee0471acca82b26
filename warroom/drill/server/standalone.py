"""The embedded cloud alone in a terminal, for anyone's client."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

from warroom.clock import Clock, ScaledClock, clock_text
from warroom.drill.scenario.directory import Cast
from warroom.drill.scenario.model import Scenario
from warroom.drill.wire import discovery
from warroom.drill.wire.discovery import TOKEN_VARIABLE, VARIABLE


async def serve(
    scenario: Scenario,
    clock: Clock,
    ports: tuple[int, int, int],
    say: Callable[[str], None],
    cast: Cast | None = None,
    folder: Path | None = None,
    logging_port: int = 0,
) -> None:
    """Serve `scenario` on `ports` (Cloud Run, Monitoring, HTTP) and Logging's, until SIGINT or SIGTERM.

    A port of 0 is any free one.

    `cast` is who and what its other systems know; its token goes into a file of `folder`, where one is given. Tells
    with `say` what to export and where the health URLs are. Raises OSError when a port is taken, ImportError without
    the extra `drill`.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read at import; what matters comes back as an exception
    # Heavy, and needed by this command only.
    from warroom.drill.server.emulator import Emulator

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    emulator = Emulator(scenario, clock, cast=cast)
    addresses = None
    try:
        addresses = await emulator.start(ports, logging_port)
        say(f"# EMULATOR: {scenario.title}")
        for name, value in addresses.environment().items():
            say(f"export {name}={value}")
        if isinstance(clock, ScaledClock) and clock.speed != 1:
            say(f"export WARROOM_CLOCK={clock_text(clock)}")
        for ref, service in sorted(emulator.state.services.items()):
            say(f"# {ref.name} in {ref.project}, {ref.region}: http://{addresses.http}{service.url_path()}/health")
        say(f"export {VARIABLE}={addresses.http}  # for warroom inject and sent")
        try:
            if folder is not None:
                say(f"export {TOKEN_VARIABLE}={shlex.quote(str(discovery.keep_token(folder, addresses)))}")
        except OSError as error:
            what = "# warroom inject, sent and the other systems can't be used"
            say(f"{what}: its token can't be kept in {folder}: {error.strerror}")
        await ended.wait()
    finally:
        if addresses is not None and folder is not None:
            discovery.forget(folder, addresses)
        await emulator.stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
