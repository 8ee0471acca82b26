"""The examination: asks what there is to ask, of all services at once, and tells each finding as soon as it is known.

It only reads: the one call of Cloud Run's that it makes beside gets asks for permissions.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from warroom.clock import Clock, ScaledClock
from warroom.conductor.evidence.judging import limits_for
from warroom.doctor import alerts, here, metrics, others, projects, service
from warroom.doctor.finding import Finding
from warroom.incident.journal.errors import JournalError
from warroom.incident.place import Place
from warroom.incident.state import Lane
from warroom.protocol.checks.doubts import reserved_path
from warroom.protocol.checks.problem import Problem
from warroom.protocol.model import Config, Protocol, ServiceConfig
from warroom.rollout.evidence import Freshness
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services import asking
from warroom.services.clients import Clients
from warroom.services.errors import Denied, ServiceError, Unreachable
from warroom.services.google.endpoints import Endpoint
from warroom.services.ports import ProbeResult, Readings
from warroom.services.systems.ports import Others

AT_ONCE = 8
"""So many services are asked about at the same time."""

Say = Callable[[Finding], None]


class Around(Struct, frozen=True):
    """What the examination is made in: this machine, and the way to the cloud.

    `clock` is what metrics are judged by, in a drill its own; `wall` is this machine's, for what others say of time.
    `exercises` answers in Unix seconds by the kind's id, and raises JournalError. `endpoints` are where
    `connect` leads, Cloud Run's and Monitoring's; both raise ServiceError. `others` makes the clients of the systems
    beside them, which are looked at where Google cannot be reached, too. `journal` looks at production's own, `owed` at
    what its incidents that are over still owe.
    `place` is where all of it leads.
    """

    clock: Clock
    find: here.Find
    environ: Mapping[str, str]
    exercises: Callable[[], Mapping[str, float]]
    endpoints: Callable[[], tuple[Endpoint, Endpoint]]
    connect: Callable[[], Awaitable[Clients]]
    wall: Clock = ScaledClock()
    place: Place | None = None
    others: Callable[[], Others] | None = None
    journal: Callable[[], Finding | None] = lambda: None
    owed: Callable[[Protocol], Iterable[Finding]] = lambda protocol: ()


async def examine(
    config: Config | None, problems: Sequence[Problem], directory: str, names: Sequence[str], around: Around
) -> AsyncIterator[Finding]:
    """All findings, each as soon as it is known; of the services called `names`, or of all where none is named.

    `config` is as far as it could be read: services of which name, region or project are unfilled are left out, as
    `problems` tell of them.
    """
    if around.place is not None:
        yield here.place(around.place)
    for finding in here.configuration(problems, directory):
        yield finding
    if config is None:
        return
    if config.distrust is not None:
        yield Finding("commands", "failure", config.distrust.what, config.distrust.remedy)
    beside, trouble = _beside(around)
    for finding in _here(config.protocol, around, beside.missing if beside is not None else ()):
        yield finding
    if trouble is not None:
        yield trouble
    if beside is not None:
        async for finding in others.examine(config.integrations, beside):
            yield finding
    wanted = [one for one in config.services.services if one.name in names or (not names and _filled(one))]
    if not wanted:
        return
    try:
        credentials = _credentials(*around.endpoints())
        clients = await around.connect()
    except ServiceError as error:
        yield _failed("credentials" if isinstance(error, Denied) else "connection", error)
        return
    try:
        yield credentials
        async for finding in _Rounds(config.protocol, clients, around).all(wanted):
            yield finding
        of = dict.fromkeys(own.project for own in wanted)
        async for finding in alerts.examine(clients, of):
            yield finding
        async for finding in projects.examine(of, clients, config.protocol.ladder):
            yield finding
    finally:
        await clients.close()


def _beside(around: Around) -> tuple[Others | None, Finding | None]:
    """The clients of the other systems, or why there are none: without the way to Google's nobody knows which."""
    try:
        return (around.others() if around.others is not None else None), None
    except ServiceError as error:
        return None, _failed("others", error)


def _here(protocol: Protocol, around: Around, missing: Collection[str]) -> Iterable[Finding]:
    now = around.clock.now()
    yield from here.review(protocol.review, datetime.fromtimestamp(now, UTC).date())
    try:
        yield from here.drills(protocol.drills, around.exercises(), now)
    except JournalError as error:
        yield Finding("drills", "warning", f"not known: {error.title}", error.remedy)
    if journal := around.journal():
        yield journal
    yield from around.owed(protocol)
    yield from here.programs(protocol, around.find, missing)
    yield from here.variables(protocol, around.environ)


def _filled(own: ServiceConfig) -> bool:
    return all(part and "[" not in part for part in (own.name, own.region, own.project))


def _credentials(run: Endpoint, monitoring: Endpoint) -> Finding:
    places = {"Cloud Run": run, "Monitoring": monitoring}
    words = ", ".join(f"{name} at {place.address}" for name, place in places.items() if place.plaintext)
    if run.plaintext and monitoring.plaintext:
        return Finding("credentials", "ok", f"none needed: {words}")
    if words:
        remedy = "Set both of CLOUD_RUN_EMULATOR_HOST and CLOUD_MONITORING_EMULATOR_HOST, or none"
        return Finding("credentials", "warning", f"{words}, but the other is Google's own", remedy)
    return Finding("credentials", "ok", "Google credentials found")


def _failed(check: str, error: ServiceError, ref: ServiceRef | None = None) -> Finding:
    what = f"{error.title} ({error.detail})" if error.detail else error.title
    # Its own remedy speaks of a board that goes on asking; nobody does here.
    remedy = "Check network, VPN and proxy, then ask again" if isinstance(error, Unreachable) else error.remedy
    return Finding(check, "failure", what, remedy, ref)


class _Rounds:
    """Goes round the services. A source that is lost is told once, however many services miss it."""

    def __init__(self, protocol: Protocol, clients: Clients, around: Around) -> None:
        self._protocol = protocol
        self._clients = clients
        self._clock = around.clock
        self._wall = around.wall
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._told: set[tuple[str, str]] = set()
        self._pace: dict[str, Freshness] = {}  # of a project's metrics, until that was told
        self._lost: set[str] = set()
        self._clocked = False
        self._logs_asked: set[str] = set()

    async def all(self, wanted: Sequence[ServiceConfig]) -> AsyncIterator[Finding]:
        """The findings of every service, one service after the other, while all are asked."""
        reads = {place: asyncio.ensure_future(self._read(refs)) for place, refs in _places(wanted).items()}
        queues: list[asyncio.Queue[Finding | None]] = [asyncio.Queue() for _ in wanted]
        tasks = [
            asyncio.ensure_future(self._one(own, reads[own.project, own.region], queue))
            for own, queue in zip(wanted, queues, strict=True)
        ]
        try:
            for queue, task in zip(queues, tasks, strict=True):
                while (finding := await queue.get()) is not None:
                    yield finding
                await task
            if not self._clocked:
                what = "not compared: no health address has said what time it is there"
                yield Finding("clock", "warning", what, "Compare this machine's clock by hand")
        finally:
            for left in (*tasks, *reads.values()):
                left.cancel()
            await asyncio.gather(*tasks, *reads.values(), return_exceptions=True)

    async def _one(
        self,
        own: ServiceConfig,
        read: "asyncio.Future[Readings | ServiceError]",
        queue: "asyncio.Queue[Finding | None]",
    ) -> None:
        ref = ServiceRef(own.name, own.region, own.project)
        try:
            async with self._slots:
                look = await self._look(ref, queue.put_nowait)
                if look is not None:
                    await self._revisions(look, queue.put_nowait)
                    await self._permissions(ref, queue.put_nowait)
                    await self._logs(ref, queue.put_nowait)
                    await self._staging(own, queue.put_nowait)
                    await self._health(own, look, queue.put_nowait)
            self._metrics(own, look, await read, queue.put_nowait)
        finally:
            queue.put_nowait(None)

    async def _look(self, ref: ServiceRef, say: Say) -> Service | None:
        if "cloud-run" in self._lost:
            return None
        try:
            look = await self._clients.run.service(ref)
        except ServiceError as error:
            self._miss("cloud-run", error, ref, say)
            return None
        for finding in service.look(look):
            say(finding)
        return look

    async def _revisions(self, look: Service, say: Say) -> None:
        try:
            known = await self._clients.run.revisions(look.ref)
        except ServiceError as error:
            self._miss("revisions", error, look.ref, say)
            return
        say(service.revisions(look, known))

    async def _permissions(self, ref: ServiceRef, say: Say) -> None:
        try:
            missing = await self._clients.run.missing_permissions(ref)
        except ServiceError as error:
            self._miss("permissions", error, ref, say)
            return
        for finding in service.permissions(ref, missing):
            say(finding)

    async def _logs(self, ref: ServiceRef, say: Say) -> None:
        """Whether the error logs can be read: nobody can be asked for that permission, so one query is made."""
        if self._clients.logs is None or ref.project in self._logs_asked:
            return
        self._logs_asked.add(ref.project)
        now = self._clock.now()
        try:
            found = await self._clients.logs.errors_since(ref, (), now - metrics.LOGS_SECONDS, now)
        except ServiceError as error:
            say(metrics.logs_unread(ref, error.title, error.detail, error.remedy))
            return
        say(metrics.logs(ref, found.count, found.more))

    async def _staging(self, own: ServiceConfig, say: Say) -> None:
        if not own.staging_project:
            return
        ref = ServiceRef(own.name, own.region, own.staging_project)
        try:
            say(service.traffic(await self._clients.run.service(ref), "staging"))
        except ServiceError as error:
            self._miss("staging", error, ref, say)
            return
        await self._permissions(ref, say)

    async def _health(self, own: ServiceConfig, look: Service, say: Say) -> None:
        if not look.url:
            return
        if reserved := reserved_path(own.health_path):
            say(service.reserved(look.ref, own.health_path, reserved))
        sent_at = self._wall.now()
        result = await self._probed(own, look, say)
        if result is not None and not self._clocked:
            for finding in service.clock(result, sent_at):
                self._clocked = True
                say(finding)

    async def _probed(self, own: ServiceConfig, look: Service, say: Say) -> ProbeResult | None:
        """The answer to the probe as it is configured; where it is turned away, another setting is tried as well."""
        to, other = asking.ask(own, look), asking.otherwise(own, look)
        if to is None:
            say(service.unprobed(look.ref))
            return None
        result = asking.seen_through(await self._clients.prober.probe(to.url, to.audience), look)
        works = ""
        if result.refused or result.cause is not None:
            again = await self._clients.prober.probe(other.to.url, other.to.audience)
            works = other.probe if again.ok else ""
        say(service.health(look, own.probe, result, works))
        return result

    async def _read(self, refs: Sequence[ServiceRef]) -> Readings | ServiceError:
        """The last hour of one project and region: one query per metric, whatever the number of services."""
        now = self._clock.now()
        try:
            self._pace[refs[0].project] = await self._clients.monitoring.freshness(refs[0].project)
            return await self._clients.monitoring.read(refs, now - metrics.HOUR, now)
        except ServiceError as error:
            return error

    def _metrics(self, own: ServiceConfig, look: Service | None, found: Readings | ServiceError, say: Say) -> None:
        ref = ServiceRef(own.name, own.region, own.project)
        if isinstance(found, ServiceError):
            self._miss("monitoring", found, None, say)
            return
        gate, ladder = self._protocol.gate, self._protocol.ladder
        if (pace := self._pace.pop(ref.project, None)) is not None:
            for finding in metrics.judging(ref.project, pace, gate):
                say(finding)
        samples = found.samples.get(ref.name, ())
        stable = service.stable(look) if look is not None else ""
        for finding in metrics.visible(ref, samples, stable, gate.stale_seconds, self._clock.now()):
            say(finding)
        of_stable = [sample for sample in samples if stable and sample.revision == stable]
        # As if something were detected just after this hour, all of which counts as normal.
        detected_at = self._clock.now() + gate.normal_gap_minutes * 60
        held = limits_for(Lane(ref, samples=tuple(of_stable)), gate, own, detected_at)
        for finding in metrics.limits(ref, of_stable, held, gate, ladder):
            say(finding)

    def _miss(self, source: str, error: ServiceError, ref: ServiceRef | None, say: Say) -> None:
        whole = isinstance(error, Unreachable)
        if whole:
            self._lost.add(source)
        if (source, error.title) not in self._told:
            self._told.add((source, error.title))
            say(_failed(source, error, None if whole else ref))


def _places(wanted: Sequence[ServiceConfig]) -> dict[tuple[str, str], list[ServiceRef]]:
    """The services by project and region, each of which takes one query."""
    places: dict[tuple[str, str], list[ServiceRef]] = {}
    for own in wanted:
        places.setdefault((own.project, own.region), []).append(ServiceRef(own.name, own.region, own.project))
    return places
