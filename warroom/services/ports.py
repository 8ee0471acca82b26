"""The ports: what the conductor asks of the outside, and nothing else."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from warroom.rollout.evidence import Freshness, Sample
from warroom.rollout.traffic import Revision, Service, ServiceRef, Split


class Deployment(Struct, frozen=True):
    """A new revision to create.

    Short name `SERVICE-…`, image, tag, and the split that goes with it in the same call.
    """

    revision: str
    image: str
    tag: str
    split: Split


class Operation(Struct, frozen=True):
    """A long-running change that Cloud Run accepted; `name` is the API's operation name.

    `deploys`: it makes a revision, besides what it does to the traffic.
    """

    name: str
    service: ServiceRef
    deploys: bool = False


class Readings(Struct, frozen=True):
    """One answer from Monitoring: samples per revision and period, oldest first, by service name."""

    samples: dict[str, tuple[Sample, ...]]


class CloudRun(Protocol):
    """Cloud Run, as far as warroom needs it. Every method raises `services.errors.ServiceError`."""

    async def service(self, ref: ServiceRef) -> Service:
        """One look at the service."""
        ...

    async def revisions(self, ref: ServiceRef) -> tuple[Revision, ...]:
        """All revisions, newest first."""
        ...

    async def shift(self, ref: ServiceRef, split: Split, etag: str, *, dry_run: bool = False) -> Operation:
        """Ask for a traffic split (mask `traffic`)."""
        ...

    async def deploy(self, ref: ServiceRef, deployment: Deployment, etag: str, *, dry_run: bool = False) -> Operation:
        """Ask for a new revision without traffic (mask `template,traffic`)."""
        ...

    async def finish(self, operation: Operation, on_progress: Callable[[str], None] | None = None) -> Service:
        """Poll until the operation has ended and the service has settled; return the service as it then is."""
        ...

    async def missing_permissions(self, ref: ServiceRef) -> tuple[str, ...]:
        """Which of the permissions that a rollout needs are not granted."""
        ...

    async def close(self) -> None:
        """Close the channel."""
        ...


class Monitoring(Protocol):
    """Cloud Monitoring, as far as warroom needs it. Every method raises `services.errors.ServiceError`."""

    async def freshness(self, project: str) -> Freshness:
        """Sample period and ingest delay of the judged metrics (the slowest of each)."""
        ...

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Samples with start < end time <= end, for services of one project and region, one query per metric."""
        ...

    async def past(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """The same of requests and errors alone, added up hour by hour: for days."""
        ...

    async def close(self) -> None:
        """Close the channel."""
        ...


class Ringing(Struct, frozen=True):
    """An alert that is open since `opened_at` (Unix seconds); `service` is the Cloud Run service it names, "" none."""

    name: str
    opened_at: float
    service: str = ""
    link: str = ""


class Alerts(Protocol):
    """Cloud Monitoring's alerts, which its gRPC clients do not have. Raises `services.errors.ServiceError`."""

    async def open_alerts(self, project: str) -> tuple[Ringing, ...]:
        """Those that are open now in the metrics scope of a project, the newest first."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class ProbeResult(Struct, frozen=True):
    """One request to a health URL at `at` (Unix seconds). `reached` is False when no answer came at all.

    `server_at` is the other side's clock in whole Unix seconds, by its Date header; None where it did not say.
    `status` is HTTP's, 0 without one. `refused`: whoever asked was turned away (401, 403, a redirect to another host),
    which says nothing of a service that would turn away anybody. `cause` is why nothing could be asked,
    and what to do.
    """

    at: float
    reached: bool
    ok: bool
    detail: str
    seconds: float = 0.0
    server_at: float | None = None
    status: int = 0
    refused: bool = False
    cause: tuple[str, str] | None = None


class Fetched(Struct, frozen=True):
    """What came of one request. `status` is 0 where no answer came, of which `trouble` says why.

    `text` is the body as far as it was read, "" for HEAD; `unreadable` says why a body is not there as text. `refused`:
    whoever asked was turned away, or had no token to bring.
    """

    status: int = 0
    text: str = ""
    seconds: float = 0.0
    trouble: str = ""
    unreadable: str = ""
    refused: bool = False


class Prober(Protocol):
    """Asks health URLs. Never raises for what the other side does."""

    async def fetch(self, method: str, url: str, seconds: float, audience: str = "") -> Fetched:
        """One GET or HEAD of `url` itself, waited for at most `seconds` of real time; `audience` as for a probe."""
        ...

    async def probe(self, url: str, audience: str = "") -> ProbeResult:
        """One GET of exactly this URL; with an identity token for `audience`, unless that is ""."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Permission(Struct, frozen=True):
    """One permission: what is not there without it, the smallest usual role that has it, and how bad that is."""

    name: str
    without: str
    role: str
    state: Literal["warning", "failure"] = "failure"


class Permissions(Protocol):
    """Who may do what in a project. Every method raises `services.errors.ServiceError`."""

    async def missing(self, project: str) -> tuple[Permission, ...]:
        """Those that warroom needs there and whoever asks does not have."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
