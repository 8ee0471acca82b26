"""An outside that does what a test says: Cloud Run, Monitoring, health URLs, and a journal that can fail or hang."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from tests.patience import PATIENCE_SECONDS
from warroom.clock import Clock
from warroom.incident.events import AnyFact, Event
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout import split
from warroom.rollout.evidence import Freshness, Sample
from warroom.rollout.traffic import Revision, Service, ServiceRef, Share, Split
from warroom.services.errors import Conflict, ServiceError
from warroom.services.ports import Deployment, Fetched, Operation, ProbeResult, Readings

PAY = ServiceRef("payments-api", "europe-west1", "shop-prod")
OLD, OLDER = "payments-api-00041-kol", "payments-api-00040-wex"
IMAGE = "example.test/payments@sha256:4525d45b"


class FakeCloudRun:
    """Cloud Run in memory, with etags that count up.

    `fails` holds errors by method, each raised once, in order. `gates` holds events by method that a call waits for.
    `on_call` is called with the method's name before anything happens. `sent` keeps the splits that were asked for,
    `validated` those that a dry run asked about.
    """

    def __init__(self, *refs: ServiceRef) -> None:
        self.looks = {ref.name: _first_look(ref) for ref in refs or (PAY,)}
        self.ready = {OLD: True, OLDER: True}
        self.fails: dict[str, list[ServiceError]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.on_call: Callable[[str], None] = lambda method: None
        self.calls: list[str] = []
        self.sent: list[Split] = []
        self.validated: list[Split] = []
        self.etags: list[str] = []
        self.closed = False
        self._number = 0

    async def service(self, ref: ServiceRef) -> Service:
        """One look."""
        await self._enter("service")
        return self.looks[ref.name]

    async def revisions(self, ref: ServiceRef) -> tuple[Revision, ...]:
        """Those of the service, by name."""
        await self._enter("revisions")
        return tuple(Revision(name, ready) for name, ready in self.ready.items() if name.startswith(ref.name))

    async def shift(self, ref: ServiceRef, split: Split, etag: str, *, dry_run: bool = False) -> Operation:
        """Asks for a split, which `finish` applies."""
        if dry_run:
            return await self._validated(ref, split, etag)
        self.sent.append(split)
        self.etags.append(etag)
        await self._enter("shift")
        return self._take(ref, split, etag)

    async def deploy(self, ref: ServiceRef, deployment: Deployment, etag: str, *, dry_run: bool = False) -> Operation:
        """A new revision, ready when `finish` ends."""
        if dry_run:
            return await self._validated(ref, deployment.split, etag)
        self.sent.append(deployment.split)
        await self._enter("deploy")
        operation = self._take(ref, deployment.split, etag)
        self.ready[deployment.revision] = True
        self.looks[ref.name] = replace(
            self.looks[ref.name], latest_ready=deployment.revision, latest_created=deployment.revision
        )
        return operation

    async def finish(self, operation: Operation, on_progress: Callable[[str], None] | None = None) -> Service:
        """Settles the service on what was asked last."""
        if on_progress:
            on_progress("Routing traffic")
        await self._enter("finish")
        return self.settle(operation.service)

    async def missing_permissions(self, ref: ServiceRef) -> tuple[str, ...]:
        """None are missing."""
        return ()

    async def close(self) -> None:
        """Remember it."""
        self.closed = True

    def meddle(self, spec: Split, by: str = "ci@shop-prod", ref: ServiceRef = PAY) -> None:
        """Somebody else changes the service, at once."""
        self._number += 1
        look = replace(self.looks[ref.name], spec=spec, etag=f"e{self._number}", last_modifier=by)
        self.looks[ref.name] = replace(look, serving=tuple(_served(share, look) for share in spec))

    def settle(self, ref: ServiceRef = PAY) -> Service:
        """What was asked is served."""
        look = self.looks[ref.name]
        serving = tuple(_served(share, look) for share in look.spec)
        self.looks[ref.name] = replace(look, serving=serving, settled=True)
        return self.looks[ref.name]

    def percent(self, revision: str, ref: ServiceRef = PAY) -> int:
        """What a revision was asked to serve."""
        look = self.looks[ref.name]
        return split.percents(look.spec, look.latest_ready).get(revision, 0)

    async def _validated(self, ref: ServiceRef, split: Split, etag: str) -> Operation:
        await self._enter("validate")
        if etag != self.looks[ref.name].etag:
            raise Conflict(f"Service {ref.name} was changed since it was read", "Read it again")
        self.validated.append(split)
        return Operation("", ref)

    def _take(self, ref: ServiceRef, split: Split, etag: str) -> Operation:
        look = self.looks[ref.name]
        if etag != look.etag:
            raise Conflict(f"Service {ref.name} was changed since it was read", "Read it again")
        self._number += 1
        self.looks[ref.name] = replace(look, spec=split, etag=f"e{self._number}", settled=False)
        return Operation(f"operations/{self._number}", ref)

    async def _enter(self, method: str) -> None:
        self.calls.append(method)
        self.on_call(method)
        if gate := self.gates.get(method):
            await gate.wait()
        if errors := self.fails.get(method):
            raise errors.pop(0)


class FakeMonitoring:
    """Answers with `samples` of the first service; raises `error` while there is one."""

    def __init__(self) -> None:
        self.samples: dict[str, tuple[Sample, ...]] = {}
        self.hours: dict[str, tuple[Sample, ...]] = {}
        self.error: ServiceError | None = None
        self.pace = Freshness()
        self.asked: list[tuple[tuple[str, ...], float, float]] = []

    async def freshness(self, project: str) -> Freshness:
        """As Google's metrics have it, or as the test does."""
        if self.error:
            raise self.error
        return self.pace

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """All samples that were put in."""
        self.asked.append((tuple(ref.name for ref in services), start, end))
        if self.error:
            raise self.error
        return Readings(self.samples)

    async def past(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """The hours that were put in."""
        if self.error:
            raise self.error
        return Readings(self.hours)

    async def close(self) -> None:
        """Nothing to close."""


class FakeProber:
    """Answers well, but for URLs that contain a key of `bad`, whose value says what comes instead ("" for nothing).

    Those that contain one of `refusing` turn whoever asks away.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bad: dict[str, str] = {}
        self.pages: dict[str, Fetched] = {}
        self.asked: list[str] = []
        self.audiences: list[str] = []
        self.refusing: tuple[str, ...] = ()
        self.cause: tuple[str, str] | None = None

    async def probe(self, url: str, audience: str = "") -> ProbeResult:
        """One answer; with a `cause` nothing is asked."""
        if self.cause is not None:
            return ProbeResult(self.clock.now(), reached=False, ok=False, detail=self.cause[0], cause=self.cause)
        self.asked.append(url)
        self.audiences.append(audience)
        detail = next((detail for part, detail in self.bad.items() if part in url), None)
        refused = any(part in url for part in self.refusing)
        if refused:
            detail = "HTTP 403 Forbidden"
        return ProbeResult(
            self.clock.now(), reached=detail != "", ok=detail is None, detail=detail or "", refused=refused
        )

    async def fetch(self, method: str, url: str, seconds: float, audience: str = "") -> Fetched:
        """One answer: `pages` by a part of the URL, else 200 and nothing."""
        self.asked.append(f"{method} {url}")
        self.audiences.append(audience)
        if any(part in url for part in self.refusing):
            return Fetched(403, refused=True)
        return next((page for part, page in self.pages.items() if part in url), Fetched(200))

    async def close(self) -> None:
        """Nothing to close."""


class ShakyJournal(SqliteStore):
    """A journal that fails when told to, and waits for `gate` (a thread's event) before it writes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.broken = False
        self.unreadable = False
        self.fails: Callable[[], bool] = lambda: self.broken
        self.gate: threading.Event | None = None

    def append(
        self,
        incident_id: str,
        facts: Sequence[AnyFact],
        actor: str,
        at: float,
        after_seq: int,
        *,
        once: bool = False,
    ) -> list[Event]:
        """As the journal, unless it fails."""
        if self.gate is not None:
            self.gate.wait(PATIENCE_SECONDS)
        if self.fails():
            raise JournalError("The journal's disk is full", "Make room.")
        return super().append(incident_id, facts, actor, at, after_seq, once=once)

    def read(self, incident_id: str, after: int = 0, most: int = -1) -> list[Event]:
        """As the journal, unless it is unreadable."""
        if self.broken or self.unreadable:
            raise JournalError("The journal's disk is full", "Make room.")
        return super().read(incident_id, after, most)


def _first_look(ref: ServiceRef) -> Service:
    live = f"{ref.name}-00041-kol"
    return Service(
        ref=ref,
        etag="e0",
        spec=(Share("", 100),),
        serving=(Share("", 100, "live", f"https://live---{ref.name}.test"),),
        latest_ready=live,
        latest_created=live,
        settled=True,
        url=f"https://{ref.name}.test",
        last_modifier="deployer@shop-prod",
    )


def _served(share: Share, look: Service) -> Share:
    url = f"https://{share.tag}---{look.ref.name}.test" if share.tag else ""
    return Share(share.revision or look.latest_ready, share.percent, share.tag, url)
