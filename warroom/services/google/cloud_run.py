"""Cloud Run over Google's async clients, all on one channel. Import after `loading.load_google`."""

from collections.abc import Callable
from contextlib import suppress

import grpc.aio
from google.auth.credentials import Credentials
from google.cloud import run_v2
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcAsyncIOTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcAsyncIOTransport
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2
from google.rpc import code_pb2
from msgspec import Struct

from warroom.clock import LEAST_REAL_SECONDS, Clock, Stopwatch, enough, real_seconds, rfc3339
from warroom.rollout.traffic import Revision, Service, ServiceRef, Split
from warroom.services.errors import Conflict, ServiceError
from warroom.services.failures import Call, Translated, from_operation, from_status
from warroom.services.google import run_types
from warroom.services.google.channel import connected, open_channel
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.operations import PATIENCE_SECONDS, TELL_SECONDS, ask_until
from warroom.services.google.raw import Raw
from warroom.services.ports import Deployment, Operation
from warroom.text import plain

SETTLE_SECONDS = 120.0
"""How long after an operation's end the service may take to show it, in seconds of the clock."""

PERMISSIONS = ("run.services.get", "run.services.update")
"""What the preflight asks for."""

LEAST_READ_SECONDS, LEAST_WRITE_SECONDS = 1.0, 5.0
"""So long a call may take, in real seconds, even when the time of all is over: a retreat is sent all the same."""

_SYSTEM = "Cloud Run"


class Deadlines(Struct, frozen=True):
    """How long one call may take, in real seconds. The write's is the one that Google's own client uses.

    `patience` is how long no answer is borne while a change is watched, in seconds of the clock; `total` how long after
    the client was made a change is watched at all, and a read waited for, where it serves one command.
    """

    read: float = 10.0
    write: float = 15.0
    poll: float = 5.0
    patience: float = PATIENCE_SECONDS
    total: float = float("inf")

    @staticmethod
    def of(seconds: float) -> "Deadlines":
        """Those of a client that serves one command, which has so long for all of it."""
        return Deadlines(patience=seconds, total=seconds)


_DEADLINES = Deadlines()
_AT_WORK = "Cloud Run is at work"


class GoogleCloudRun:
    """ports.CloudRun over the real API.

    Create it on the event loop, with `credentials` unless `endpoint` is an emulator, or with the caller's own `channel`
    in place of both. No call is ever retried here: who asks decides, and a write is never sent twice.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        credentials: Credentials | None = None,
        deadlines: Deadlines = _DEADLINES,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._clock = clock
        self._deadlines = deadlines
        self._total = enough(clock, deadlines.total)
        self._lived = Stopwatch(clock)
        self._channel = channel or open_channel(endpoint, ServicesGrpcAsyncIOTransport.create_channel, credentials)
        self._services = run_v2.ServicesAsyncClient(transport=ServicesGrpcAsyncIOTransport(channel=self._channel))
        self._revisions = run_v2.RevisionsAsyncClient(transport=RevisionsGrpcAsyncIOTransport(channel=self._channel))
        # The first UpdateService of an abort must find everything made: the operations client is built on first use.
        _ = self._services.transport.operations_client

    async def warm(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until the channel is connected, so that the first write goes out at once; False if it is not by then."""
        return await connected(self._channel, self._within(timeout_seconds, LEAST_READ_SECONDS))

    async def service(self, ref: ServiceRef) -> Service:
        """One look at the service."""
        return run_types.to_service(ref, await self._get(ref, self._deadlines.read))

    async def definition(self, ref: ServiceRef) -> str:
        """The whole service as Cloud Run has it, as JSON."""
        from google.protobuf.json_format import MessageToJson

        return str(MessageToJson(await self._get(ref, self._deadlines.read)))

    async def revisions(self, ref: ServiceRef) -> tuple[Revision, ...]:
        """All revisions, newest first."""
        found: list[Revision] = []
        with Translated(_call(ref, "run.revisions.list")):
            request = run_v2.ListRevisionsRequest(parent=ref.path)
            most = self._within(self._deadlines.read, LEAST_READ_SECONDS)
            pager = await self._revisions.list_revisions(request, retry=None, timeout=most)
            async for page in pager.pages:
                found += [run_types.to_revision(pb) for pb in type(page).pb(page).revisions]
        return tuple(sorted(found, key=lambda revision: revision.created_at, reverse=True))

    async def shift(self, ref: ServiceRef, split: Split, etag: str, *, dry_run: bool = False) -> Operation:
        """Ask for a traffic split (mask `traffic`). Nothing is awaited before the request goes out."""
        wanted = run_v2.Service(name=ref.path, etag=etag, traffic=run_types.to_traffic(split))
        return await self._update(ref, wanted, ["traffic"], dry_run)

    async def deploy(self, ref: ServiceRef, deployment: Deployment, etag: str, *, dry_run: bool = False) -> Operation:
        """Ask for a new revision without traffic (mask `template,traffic`), made from the template as it is now.

        Raises Conflict where the service is not the one of `etag` any more.
        """
        now = await self._get(ref, self._deadlines.read)
        if now.etag != etag:
            by = f"last changed by {now.last_modifier} at {rfc3339(now.update_time.seconds)}"
            raise Conflict(
                f"Service {ref.name} was changed since it was read",
                "Read it again, look at the difference, then decide",
                detail=plain(by),
            )
        wanted = run_v2.Service(
            name=ref.path,
            etag=etag,
            template=run_types.renewed(now.template, deployment),
            traffic=run_types.to_traffic(deployment.split),
        )
        return await self._update(ref, wanted, ["template", "traffic"], dry_run)

    async def finish(self, operation: Operation, on_progress: Callable[[str], None] | None = None) -> Service:
        """Poll until the operation has ended and `traffic_statuses` show the split; return the service as it then is.

        It is not `settled` only where an older revision's failure keeps Cloud Run from calling the service ready
        although traffic is as asked. `on_progress` gets Cloud Run's own words as one plain line, when they change; and
        now and then for how long, where the time is bounded.
        Cancelling only stops the watching. Raises ServiceError: effect FAILED, with a link to the logs, when the
        operation ended in an error; UNKNOWN when it was lost sight of, or time was up (see `operations.ask_until`).
        """
        ref = operation.service
        said, taken, untold = "", Stopwatch(self._clock), Stopwatch(self._clock)
        bounded = self._deadlines.total < float("inf")

        def tell(words: str) -> None:
            nonlocal said, untold
            again = bounded and untold.seconds >= TELL_SECONDS
            if on_progress is not None and words and (words != said or again):
                on_progress(f"{words.rstrip('.')}, for {taken.seconds:.0f} s" if words == said else words)
                untold = Stopwatch(self._clock)
            said = words

        def ended(raw: Raw) -> bool:
            tell(run_types.progress(_metadata(raw)) or (_AT_WORK if bounded and not raw.done else ""))
            return bool(raw.done)

        def arrived(pb: Raw) -> bool:
            service = run_types.to_service(ref, pb)
            return run_types.failed(pb) or (service.settled and run_types.shows_spec(service))

        def silent(words: str) -> None:
            nonlocal said
            said = ""
            if on_progress is not None:
                on_progress(words)

        raw = await ask_until(
            lambda: self._operation(operation),
            ended,
            self._clock,
            patience_seconds=self._deadlines.patience,
            on_silence=silent,
            left=self._left,
            doing=lambda: said.removeprefix(_AT_WORK).rstrip("."),
        )
        if raw.error.code:
            raise await self._failure(operation, raw.error.code, raw.error.message, _metadata(raw))
        pb = await ask_until(
            lambda: self._get(ref, self._deadlines.poll),
            arrived,
            self._clock,
            at_most_seconds=SETTLE_SECONDS,
            patience_seconds=self._deadlines.patience,
            on_silence=silent,
            left=self._left,
            doing=lambda: "it has ended, and the service does not show it yet",
        )
        service = run_types.to_service(ref, pb)
        if not run_types.shows_spec(service):
            raise await self._failure(operation, code_pb2.INTERNAL, service.condition, pb)
        return service

    async def missing_permissions(self, ref: ServiceRef) -> tuple[str, ...]:
        """Which of `PERMISSIONS` are not granted on the service."""
        with Translated(_call(ref, "")):
            request = iam_policy_pb2.TestIamPermissionsRequest(resource=ref.path, permissions=PERMISSIONS)
            answer = await self._services.test_iam_permissions(request, retry=None, timeout=self._deadlines.read)
        return tuple(permission for permission in PERMISSIONS if permission not in answer.permissions)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    def _left(self) -> float:
        """How long a change is watched yet, in seconds of the clock."""
        return self._total - self._lived.seconds

    def _within(self, seconds: float, least: float) -> float:
        """How long one call may take, in real seconds: `seconds`, or what is left of the time for all of it."""
        most, past = real_seconds(self._clock, self._total), real_seconds(self._clock, self._lived.seconds)
        return min(seconds, max(least, max(most, LEAST_REAL_SECONDS) - past))

    async def _get(self, ref: ServiceRef, timeout_seconds: float) -> Raw:
        """The raw Service."""
        with Translated(_call(ref, "run.services.get")):
            request = run_v2.GetServiceRequest(name=ref.path)
            most = self._within(timeout_seconds, LEAST_READ_SECONDS)
            answer = await self._services.get_service(request, retry=None, timeout=most)
        return run_v2.Service.pb(answer)

    async def _update(self, ref: ServiceRef, wanted: run_v2.Service, mask: list[str], dry_run: bool) -> Operation:
        """Send one UpdateService. The caller's etag is in `wanted`, and must be."""
        if not wanted.etag:
            raise ValueError("an update without an etag could undo somebody else's change")
        call = _call(ref, "run.services.update", write=not dry_run)
        request = run_v2.UpdateServiceRequest(
            service=wanted, update_mask=field_mask_pb2.FieldMask(paths=mask), validate_only=dry_run
        )
        with Translated(call):
            most = self._within(self._deadlines.write, LEAST_WRITE_SECONDS)
            accepted = await self._services.update_service(request, retry=None, timeout=most)
        raw = accepted.operation
        if dry_run and raw.error.code:
            raise from_status(_code_name(raw.error.code), raw.error.message, call)
        return Operation(raw.name, ref, "template" in mask)

    async def _operation(self, operation: Operation) -> Raw:
        """The raw long-running operation."""
        with Translated(Call(_SYSTEM, "such operation", permission="run.operations.get")):
            request = operations_pb2.GetOperationRequest(name=operation.name)
            most = self._within(self._deadlines.poll, LEAST_READ_SECONDS)
            return await self._services.get_operation(request, retry=None, timeout=most)

    async def _failure(self, operation: Operation, code: int, message: str, pb: Raw) -> ServiceError:
        """What an accepted change failed of, with the link to the logs of the revision that it made, if one is found.

        `pb` is the raw Service as it was last seen.
        """
        ref, link = operation.service, ""
        reasons: tuple[str, ...] = ()
        newest = run_types.short(pb.latest_created_revision)
        # The link is a courtesy: the failure is told with or without it.
        with suppress(ServiceError):
            with Translated(_call(ref, "run.revisions.get")):
                request = run_v2.GetRevisionRequest(name=f"{ref.path}/revisions/{newest}")
                answer = await self._revisions.get_revision(request, retry=None, timeout=self._deadlines.poll)
            revision = run_types.to_revision(run_v2.Revision.pb(answer))
            if not revision.ready:
                link, reasons = revision.log_url, revision.reasons
        call = _call(ref, "run.services.update")
        return from_operation(_code_name(code), message, call, link, deploys=operation.deploys, reasons=reasons)


def _call(ref: ServiceRef, permission: str, *, write: bool = False) -> Call:
    """A call about one service, for the words of its errors."""
    return Call(_SYSTEM, f"service {ref.name}", write, permission)


def _code_name(code: int) -> str:
    """The name of a google.rpc code."""
    return str(code_pb2.Code.Name(code)) if code in code_pb2.Code.values() else "UNKNOWN"


def _metadata(raw: Raw) -> Raw:
    """The raw Service that an operation carries to show its progress; an empty one where it carries none."""
    service = run_v2.Service.pb()()
    raw.metadata.Unpack(service)
    return service
