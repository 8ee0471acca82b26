"""What Cloud Run knows: services with their revisions, changes under way, and operations.

Nothing runs by itself here. A change has a moment at which it is due, and whoever looks first calls `settle(now)`,
which does everything that became due by then; so a clock that a test moves by hand works like a real one.
"""

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field

import grpc
from google.cloud import run_v2

from warroom.drill.cloud_run.initial import first_revisions, first_spec
from warroom.drill.cloud_run.revisions import BuiltRevision
from warroom.drill.scenario.faults import Faults
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import LATEST, Message, etag, timestamp
from warroom.drill.world.world import Place, World
from warroom.rollout.traffic import ServiceRef

OPERATOR = "operator@warroom.example"
"""Who changes things over the wire: an embedded cloud asks nobody for credentials."""

KEPT_OPERATIONS = 1000
KEPT_REVISIONS = 1000
"""Cloud Run's own limit per service; the oldest that serves nothing is dropped."""

_TargetMessage = run_v2.TrafficTarget.pb()
_NOT_READY = int(grpc.StatusCode.FAILED_PRECONDITION.value[0])


@dataclass
class Operation:
    """One accepted change: done when the service has seen `generation`, or earlier with `error` (code, message)."""

    name: str
    service: "RunService"
    generation: int
    error: tuple[int, str] | None = None

    @property
    def done(self) -> bool:
        """True when nothing more will come of it."""
        return self.error is not None or self.service.observed_generation >= self.generation


@dataclass(frozen=True)
class _Change:
    due: float
    generation: int
    revision: str
    operation: Operation
    failure: tuple[int, str] | None = None


@dataclass
class RunService:
    """One Cloud Run service. `spec` is the Service message as it was last asked for; the rest is what became of it."""

    ref: ServiceRef
    place: Place
    spec: Message
    revisions: dict[str, BuiltRevision]
    serving: tuple[Message, ...]
    latest_ready: str
    latest_created: str
    observed_generation: int
    transition_at: float
    failure: str = ""
    changes: list[_Change] = field(default_factory=list)

    @property
    def reconciling(self) -> bool:
        """True while the last change is not done."""
        return self.observed_generation < int(self.spec.generation)

    def url_path(self, tag: str = "") -> str:
        """The path of the service's URL, or of one of its tags'; the cloud's HTTP address goes before it."""
        host = f"{tag}---{self.ref.name}" if tag else self.ref.name
        return f"/{self.ref.project}/{self.ref.region}/{host}"

    def log_url(self, revision: str) -> str:
        """Where the logs of a revision would be."""
        query = f"project={self.ref.project}&resource=cloud_run_revision/revision_name/{revision}"
        return f"https://console.cloud.google.com/logs/viewer?{query}"

    def name_of(self, target: Message) -> str:
        """The revision that a traffic entry means now."""
        return self.latest_ready if target.type_ == LATEST else str(target.revision)

    def tagged(self, tag: str) -> str | None:
        """The revision behind a tag's URL, or None where the tag leads nowhere."""
        name = next((self.name_of(target) for target in self.serving if target.tag == tag), None)
        return None if name is None or self.revisions[name].failure else name

    def settle(self, now: float) -> None:
        """Do everything that is due by `now`."""
        while self.changes and self.changes[0].due <= now:
            self._finish(self.changes.pop(0))

    def _finish(self, change: _Change) -> None:
        """The revision is there or has failed; the traffic moves, unless a newer change has replaced this one."""
        built = self.revisions.get(change.revision)
        code, failure = change.failure or (_NOT_READY, built.failure if built else "")
        if built and not failure and built.name == self.latest_created:
            self.latest_ready = built.name
        newest = change.generation == int(self.spec.generation)
        if newest:
            failure = failure or self._unroutable()
            self.observed_generation = change.generation
            self.transition_at = change.due
            self.failure = failure
            if not failure:
                self.serving = tuple(self.spec.traffic) or (_TargetMessage(type_=LATEST, percent=100),)
        if failure:
            change.operation.error = (code, failure)
        if self.split() != self.place.routes.at(change.due):
            self.place.routes.set(change.due, self.split())

    def _unroutable(self) -> str:
        failed = {name for name, revision in self.revisions.items() if revision.failure}
        for target in self.spec.traffic:
            if target.percent and self.name_of(target) in failed:
                return f"Revision '{self.name_of(target)}' is not ready and cannot serve traffic."
        return ""

    def split(self) -> dict[str, int]:
        """What each revision serves, in percent."""
        split: dict[str, int] = {}
        for target in self.serving:
            if target.percent:
                name = self.name_of(target)
                split[name] = split.get(name, 0) + int(target.percent)
        return split


class CloudState:
    """All services and operations of one embedded cloud."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.services: dict[ServiceRef, RunService] = {}
        self.base_url = ""
        """Of the HTTP side, once it listens."""
        self._operations: OrderedDict[str, Operation] = OrderedDict()
        self._accepted = 0
        for ref, place in world.places.items():
            self.services[ref] = _beginning(ref, place, world)

    def settle(self, now: float) -> None:
        """Do everything that is due by `now`, in all services."""
        for service in self.services.values():
            service.settle(now)

    def find(self, path: str) -> RunService:
        """The service with the resource name `path`. Raises Refused."""
        for ref, service in self.services.items():
            if ref.path == path:
                return service
        raise Refused(grpc.StatusCode.NOT_FOUND, f"Resource '{path}' of kind 'SERVICE' does not exist.")

    def operation(self, name: str) -> Operation:
        """The operation called `name`. Raises Refused."""
        found = self._operations.get(name)
        if found is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Operation '{name}' does not exist.")
        return found

    def operations(self, parent: str) -> list[Operation]:
        """The operations of a project and region, newest first."""
        return [found for name, found in reversed(self._operations.items()) if name.startswith(f"{parent}/operations/")]

    def accept(
        self,
        service: RunService,
        spec: Message,
        revision: BuiltRevision | None,
        now: float,
        modifier: str,
        *,
        longer_seconds: float = 0.0,
        failure: tuple[int, str] | None = None,
    ) -> Operation:
        """Take a checked change: `spec` holds from now on and is applied when the operation is due.

        That is `longer_seconds` later than usual; with a `failure` (code, message) it fails then.
        """
        generation = int(service.spec.generation) + 1
        spec.generation = generation
        spec.etag = etag(spec.uid, generation)
        spec.update_time.CopyFrom(timestamp(now))
        spec.last_modifier = modifier
        service.spec = spec
        service.transition_at = now
        service.failure = ""
        if revision is not None:
            self._add_revision(service, revision)
        operation = Operation(name=self.operation_name(service.ref), service=service, generation=generation)
        self._accepted += 1
        self._operations[operation.name] = operation
        if len(self._operations) > KEPT_OPERATIONS:
            self._operations.popitem(last=False)
        due = now + self.world.scenario.operation_seconds + longer_seconds
        service.changes.append(_Change(due, generation, revision.name if revision else "", operation, failure))
        service.changes.sort(key=lambda change: change.due)
        service.settle(now)
        return operation

    def _add_revision(self, service: RunService, revision: BuiltRevision) -> None:
        service.revisions[revision.name] = revision
        service.place.introduce(revision.name, revision.image)
        service.latest_created = revision.name
        if len(service.revisions) > KEPT_REVISIONS:
            used = {service.name_of(target) for target in (*service.serving, *service.spec.traffic)}
            used |= {service.latest_ready, service.latest_created}
            spare = next(name for name in service.revisions if name not in used)
            del service.revisions[spare]
            service.place.forget(spare)

    def operation_name(self, ref: ServiceRef) -> str:
        """What the next operation is called."""
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.world.scenario.seed}:{ref.path}:{self._accepted}")
        return f"projects/{ref.project}/locations/{ref.region}/operations/{unique}"


def _beginning(ref: ServiceRef, place: Place, world: World) -> RunService:
    spec = first_spec(ref, place.plan, world.origin, world.scenario.seed)
    stable = place.plan.stable.revision
    return RunService(
        ref=ref,
        place=place,
        spec=spec,
        revisions=first_revisions(place.plan, world.origin),
        serving=tuple(spec.traffic),
        latest_ready=stable,
        latest_created=stable,
        observed_generation=int(spec.generation),
        transition_at=world.origin - place.plan.stable.hours_ago * 3600,
    )
