"""The embedded cloud alone in a terminal, for anyone's client."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from warroom.clock import Clock, ScaledClock, clock_text
from warroom.drill.scenario.directory import Cast
from warroom.drill.scenario.model import Scenario
from warroom.drill.systems.anyone.sdks import Sdk, sdks
from warroom.drill.wire import discovery
from warroom.drill.wire.addresses import Addresses
from warroom.drill.wire.discovery import TOKEN_VARIABLE, VARIABLE

if TYPE_CHECKING:
    from warroom.drill.server.emulator import Emulator

_DOORS = {
    "public": "",
    "private": "  # wants an identity token, as GCE_METADATA_HOST gives it",
    "internal": "  # internal: answers nobody here",
}


class Served(Struct):
    """A service, where it is looked at, and whether it is for everybody."""

    name: str
    project: str
    region: str
    health: str
    access: str = "public"


class Told(Struct):
    """What an emulator says when it listens: variables for warroom itself, services, and how clients are built."""

    scenario: str
    environment: dict[str, str]
    services: tuple[Served, ...]
    clients: tuple[Sdk, ...]
    trouble: str = ""


async def serve(
    scenario: Scenario,
    clock: Clock,
    ports: tuple[int, int, int],
    say: Callable[[str], None],
    cast: Cast | None = None,
    folder: Path | None = None,
    *,
    as_json: bool = False,
    logging_port: int = 0,
) -> None:
    """Serve `scenario` on `ports` (Cloud Run, Monitoring, HTTP) and Logging's, until SIGINT or SIGTERM.

    A port of 0 is any free one.

    `cast` is who and what its other systems know; its token goes into a file of `folder`, where one is given. Tells
    with `say` what to export, where the health URLs are, and how other people's clients are built; `as_json` in one
    object on one line. Raises OSError when a port is taken, ImportError without the extra `drill`.
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
        told = Told(
            scenario=scenario.title,
            environment=_environment(addresses, clock, scenario.failing_steps),
            services=tuple(_served(emulator, addresses)),
            clients=sdks(addresses, cast),
        )
        try:
            if folder is not None:
                told.environment[TOKEN_VARIABLE] = str(discovery.keep_token(folder, addresses))
        except OSError as error:
            what = "warroom inject, sent and the other systems of warroom itself can't be used"
            told.trouble = f"{what}: its token can't be kept in {folder}: {error.strerror}"
        for line in [msgspec.json.encode(told).decode()] if as_json else _lines(told):
            say(line)
        await ended.wait()
    finally:
        if addresses is not None and folder is not None:
            discovery.forget(folder, addresses)
        await emulator.stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _served(emulator: "Emulator", addresses: Addresses) -> Iterator[Served]:
    """Each service with its health URL, staging's too."""
    plans = {ref: plan for plan in emulator.world.scenario.services for ref in (plan.ref, plan.staging_ref)}
    for ref, service in sorted(emulator.state.services.items()):
        plan = plans[ref]
        health = f"http://{addresses.http}{service.url_path()}{plan.pages[0]}"
        yield Served(ref.name, ref.project, ref.region, health, plan.access)


def _environment(addresses: Addresses, clock: Clock, failing: Sequence[str]) -> dict[str, str]:
    """What warroom itself is to have in its environment; `failing` are the steps whose programs fail."""
    found = addresses.environment()
    if failing:
        found["WARROOM_FAILING_STEPS"] = ",".join(failing)
    if isinstance(clock, ScaledClock) and clock.speed != 1:
        found["WARROOM_CLOCK"] = clock_text(clock)
    return {**found, VARIABLE: addresses.http}


def _lines(told: Told) -> Iterator[str]:
    """The same for a shell: what is no variable is a comment, so that all of it can be pasted."""
    yield f"# EMULATOR: {told.scenario}"
    own = {name: value for name, value in told.environment.items() if name in (VARIABLE, TOKEN_VARIABLE)}
    yield from (_export(name, value) for name, value in told.environment.items() if name not in own)
    for one in told.services:
        yield f"# {one.name} in {one.project}, {one.region}: {one.health}{_DOORS[one.access]}"
    for name, value in own.items():
        yield _export(name, value) + ("  # for warroom inject and sent" if name == VARIABLE else "")
    if told.trouble:
        yield f"# {told.trouble}"
    exported = set(told.environment)
    for sdk in told.clients:
        yield f"# {sdk.system}: {sdk.package} ({sdk.language})"
        for name, value in sdk.environment.items():
            if name not in exported:
                yield _export(name, value)
        exported |= set(sdk.environment)
        for line in sdk.code.splitlines():
            yield f"#   {line}"


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"
