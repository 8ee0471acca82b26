"""The composition root's hands: builds rooms on Google Cloud or on the embedded cloud."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from warroom.clock import Clock, ScaledClock, clock_of, clock_text
from warroom.conductor.refusal import Refused
from warroom.incident.events import Declared
from warroom.incident.journal import open_store
from warroom.incident.journal.errors import way_back
from warroom.incident.journal.exercises import exercises
from warroom.incident.place import Place
from warroom.protocol.integrations import Integrations, secret_names
from warroom.protocol.load import load
from warroom.protocol.model import Config, Endpoints
from warroom.resources import find_config, state_directory, state_path
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import (
    CLOUD_LOGGING_VARIABLE,
    CLOUD_MONITORING_VARIABLE,
    CLOUD_RUN_VARIABLE,
    Endpoint,
    resolve,
    same_world,
)
from warroom.services.systems.ports import Others
from warroom.steps.runner import Runner, Simulated
from warroom.text import not_text
from warroom.wiring import drilled
from warroom.workspace import Exercise, Room

if TYPE_CHECKING:
    from warroom.drill.scenario.model import Scenario
    from warroom.services.google.cloud_run import GoogleCloudRun
    from warroom.services.google.identity import IdentityTokens

DEFINITIONS = "definitions"
LOGS = "logs"
"""Folders beside the journal."""

OPERATOR_VARIABLE = "WARROOM_OPERATOR"
CLOCK_VARIABLE = "WARROOM_CLOCK"
FAILING_VARIABLE = "WARROOM_FAILING_STEPS"
"""Ids of the steps whose programs fail in the drill or emulator that the environment leads to, by commas."""

"""Another terminal of a drill that runs faster than time takes its clock from here."""


def production(
    config_directory: Path | None,
    journal: Path | None,
    actor: str,
    clock: Clock | None = None,
    patience_seconds: float | None = None,
    *,
    only_read: bool = False,
) -> Room:
    """A room on Google Cloud, or on what the emulator variables name. Raises ConfigError, JournalError.

    `patience_seconds` is how long no answer is borne while a change is watched, None for the board's five minutes.
    With `only_read` the journal takes nothing.
    """
    config = load(find_config(config_directory))
    clock = clock or own_clock(config)
    path = journal or state_directory() / "journal.db"
    of_drill = journal is not None and journal == state_path() / "drills" / "journal.db"
    return Room(
        config=config,
        clock=clock,
        actor=actor or _operator(),
        runner=_simulated(clock, _failing()) if emulated(config) else _programs(config, path.parent / LOGS),
        place=here(config.services.endpoints),
        connect=connection(
            config.services.endpoints, clock, config.integrations, patience_seconds, logs=config.services.evidence.logs
        ),
        reports=Path.cwd(),
        definitions=path.parent / DEFINITIONS,
        drills=lambda: exercises(state_path() / "drills" / "journal.db"),
        # Last: what is opened here is closed by the room, which must then be there.
        journal=open_store(
            path, way_back=str if of_drill else lambda: way_back(config.services.services), only_read=only_read
        ),
    )


def drill(scenario: "Scenario", config_directory: Path | None, journal: Path | None, actor: str, speed: float) -> Room:
    """A room on an embedded cloud of its own, which starts when it connects. Raises ConfigError, JournalError."""
    config = load(find_config(config_directory))
    config = replace(config, services=replace(config.services, services=drilled.services(scenario, config)))
    scenario = drilled.with_pages(scenario, config)
    clock = ScaledClock(speed=speed)
    state = state_directory() / "drills"
    path = journal or state / "journal.db"
    duty = config.roster.duty(config.protocol.people.operates)
    return Room(
        config=config,
        clock=clock,
        actor=actor or (duty.primary.handle if duty else _login()),
        connect=_connect_drill(scenario, clock, state, config),
        reports=path.parent,
        definitions=path.parent / DEFINITIONS,
        runner=_simulated(clock, scenario.failing_steps),
        place=Place("drill"),
        exercise=exercise(scenario, config, clock),
        journal=open_store(path),
    )


def _programs(config: Config, logs: Path) -> Callable[[], Runner]:
    """Real programs, which write into the folder `logs`; warroom's own tokens are kept from them."""

    def make() -> Runner:
        if config.distrust is not None:
            raise Refused(config.distrust.what, config.distrust.remedy)
        from warroom.steps.programs import Programs

        secrets = secret_names(config.integrations)
        return Programs(logs, secrets, os.environ, directory=Path(config.directory))

    return make


def _simulated(clock: Clock, failing: tuple[str, ...] = ()) -> Callable[[], Runner]:
    """Nothing real is run where nothing real is reached: neither in a drill nor beside an emulator."""
    return lambda: Simulated(clock, failing)


def _failing() -> tuple[str, ...]:
    """Which steps' programs fail where the environment leads to: a script is to be told what the board is told."""
    return tuple(one for one in os.environ.get(FAILING_VARIABLE, "").split(",") if one)


def exercise(scenario: "Scenario", config: Config, clock: Clock) -> Exercise:
    """What a scenario lays ready for the operator."""
    trigger = next((one for one in config.protocol.triggers if one.id == scenario.trigger), None)
    # A protocol may call its severities and triggers otherwise than the scenario does.
    own = next((one.id for one in config.protocol.severities if one.id == scenario.severity), "")
    declared = Declared(
        title=scenario.title,
        severity=own or (trigger.severity if trigger else config.protocol.severities[0].id),
        trigger=trigger.id if trigger else "",
        services=tuple(service.ref for service in scenario.services),
        detected_at=clock.now() - 60.0,
        drill=True,
        impact=scenario.impact,
        personal_data=bool(trigger and trigger.personal_data),
        private=bool(trigger and trigger.security),
        protocol_version=config.protocol.review.version,
        protocol_hash=config.protocol_hash,
        place="drill",
    )
    images = {plan.name: plan.hotfix_image for plan in scenario.services}
    return Exercise(title=scenario.id, declared=declared, images=images)


def here(own: Endpoints) -> Place:
    """Where this process leads: to production, or to the emulator that the environment or the settings `own` name.

    It goes by Cloud Run, which is what is acted on. Of an address that is no emulator's, connecting says why not.
    """
    told, set_there = os.environ.get(CLOUD_RUN_VARIABLE, "").strip(), own.cloud_run.strip()
    if told:
        return Place("emulator", told, CLOUD_RUN_VARIABLE)
    return Place("emulator", set_there, "cloud_run in services.toml") if set_there else Place()


def emulated(config: Config) -> bool:
    """Whether Cloud Run is an emulator on this machine."""
    return here(config.services.endpoints).kind == "emulator"


def own_clock(config: Config) -> Clock:
    """The wall clock; beside an emulator the one that it runs on, where $WARROOM_CLOCK tells of one."""
    told = os.environ.get(CLOCK_VARIABLE, "")
    if not told or not emulated(config):
        return ScaledClock()
    try:
        return clock_of(told)
    except ValueError:
        raise Refused(f"{CLOCK_VARIABLE} is no clock", "Take what the drill or emulator says, or unset it.") from None


def _operator() -> str:
    """Who the environment says is here, else the user. Raises Refused where that is no text."""
    named = os.environ.get(OPERATOR_VARIABLE, "")
    if trouble := not_text(named):
        raise Refused(f"{OPERATOR_VARIABLE}: {trouble.rstrip('.')}", "Set it anew, or use --as.")
    return named or _login()


def _login() -> str:
    """The user's handle. A container's user may have no name, or one that is no text."""
    try:
        name = getuser()
    except (KeyError, OSError):
        name = ""
    return f"@{name}" if name and not not_text(name) else f"@uid-{os.getuid()}"


def connection(
    own: Endpoints,
    clock: Clock,
    others: Integrations | None = None,
    patience_seconds: float | None = None,
    *,
    logs: bool = True,
) -> Callable[[], Awaitable[Clients]]:
    """How to reach Google Cloud, or what the emulator variables or the settings `own` name; and `others` beside it.

    Without `logs` Cloud Logging is not asked.
    """

    async def connect() -> Clients:
        from warroom.wiring import identity

        run, monitoring = endpoints(own)
        logging = same_world(run, resolve(CLOUD_LOGGING_VARIABLE, os.environ, setting=own.logging)) if logs else None
        tokens = partial(identity.outside, run, os.environ, clock)
        clients = await _clients(run, monitoring, clock, tokens, patience_seconds, logging)
        try:
            from warroom.wiring import alerts

            told = alerts.beside_emulator(os.environ) if run.plaintext else (alerts.of_google(os.environ), "")
            granted = identity.permissions(run, os.environ)
            found = beside(run, others, clock)
            return replace(clients, others=found, alerts=told[0], no_alerts=told[1], permissions=granted)
        except BaseException:
            await clients.close()
            raise

    return connect


def beside(run: Endpoint, integrations: Integrations | None, clock: Clock) -> Others:
    """The clients of the other systems, those of a Cloud Run at `run`; what is not there says why."""
    from warroom.wiring import systems

    build = systems.beside_emulator if run.plaintext else systems.production
    return build(integrations or Integrations(), os.environ, clock)


def endpoints(own: Endpoints) -> tuple[Endpoint, Endpoint]:
    """Where Cloud Run and Monitoring are, by the environment, the settings `own`, or Google. Raises ServiceError."""
    return (
        resolve(CLOUD_RUN_VARIABLE, os.environ, setting=own.cloud_run),
        resolve(CLOUD_MONITORING_VARIABLE, os.environ, setting=own.monitoring),
    )


def _connect_drill(
    scenario: "Scenario", clock: ScaledClock, state: Path, config: Config
) -> Callable[[], Awaitable[Clients]]:
    async def connect() -> Clients:
        from warroom.drill.server.child import EmbeddedCloudFailed, start_child
        from warroom.drill.wire import discovery
        from warroom.wiring import alerts, identity, systems

        async with AsyncExitStack() as opened:  # who leaves while it connects leaves no cloud behind
            try:
                child = await start_child(scenario, clock.epoch, clock.speed, systems.cast(config))
                opened.push_async_callback(child.stop)
                addresses = await child.addresses()
            except EmbeddedCloudFailed as error:
                raise ServiceError(error.title, error.remedy, detail=error.detail) from error
            # Nothing of the environment is asked: a drill reaches its own cloud and nothing else.
            tokens = partial(identity.inside, addresses.http, clock)
            logging = Endpoint(addresses.logging) if config.services.evidence.logs else None
            run, monitoring = Endpoint(addresses.run), Endpoint(addresses.monitoring)
            clients = await _clients(run, monitoring, clock, tokens, logging=logging)
            opened.push_async_callback(clients.close)
            kept = await asyncio.to_thread(discovery.tell, state, addresses, scenario.id)

            async def stop() -> None:
                discovery.forget(state, addresses)
                await child.stop()

            told = {**addresses.environment(), CLOCK_VARIABLE: clock_text(clock)}
            if scenario.failing_steps:
                told[FAILING_VARIABLE] = ",".join(scenario.failing_steps)
            if kept is not None:
                told[discovery.TOKEN_VARIABLE] = str(kept)
            others = systems.drill(config.integrations, addresses.http, addresses.token, clock)
            ringing = alerts.of_drill(addresses.http, addresses.token)
            opened.pop_all()
            return replace(clients, others=others, alerts=ringing, stop=stop, environment=told)

    return connect


async def _clients(
    run: Endpoint,
    monitoring: Endpoint,
    clock: Clock,
    tokens: "Callable[[], IdentityTokens | None]",
    patience_seconds: float | None = None,
    logging: Endpoint | None = None,
) -> Clients:
    from warroom.services.google.loading import connect

    google = await connect(run, monitoring, clock, patience_seconds, logging)
    from warroom.services.probe import HttpProber

    prober = HttpProber(clock, tokens())
    clients = Clients(google.run, google.monitoring, prober, definition=google.run.definition, logs=google.logs)
    try:
        await google.run.warm()
    except BaseException:
        await clients.close()
        raise
    return clients


async def cloud_run(clock: Clock, patience_seconds: float) -> tuple["GoogleCloudRun", Place]:
    """Cloud Run alone, from the environment alone: what a rollback needs where everything else is missing; and where.

    `patience_seconds` is how long the command has for all of it. Raises ServiceError.
    """
    from warroom.services.google.loading import default_credentials, load_google

    endpoint = resolve(CLOUD_RUN_VARIABLE, os.environ)
    await load_google()
    credentials = None if endpoint.plaintext else await default_credentials()
    from warroom.services.google.cloud_run import Deadlines, GoogleCloudRun

    run = GoogleCloudRun(endpoint, clock, credentials, Deadlines.of(patience_seconds))
    return run, here(Endpoints())
