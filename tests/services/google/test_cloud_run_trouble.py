"""The Cloud Run client against a server that answers badly, late or never."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2

from tests.clocks import ManualClock
from tests.services.scripted import HANG, Script, Scripted, Status, scripted
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.google.cloud_run import Deadlines, GoogleCloudRun
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.operations import PATIENCE_SECONDS
from warroom.services.ports import Operation

OK = run_v2.Condition.State.CONDITION_SUCCEEDED
SHORT = Deadlines(read=0.05, write=0.05, poll=0.05)
FAILED = run_v2.Condition.State.CONDITION_FAILED


def service(state: int = OK, *, reconciling: bool = False, serving: str = "payments-1", message: str = "") -> Any:
    """A raw Service whose spec puts everything on payments-1."""
    made = run_v2.Service.pb()(generation=2, observed_generation=2, reconciling=reconciling, etag="e")
    made.latest_created_revision = "projects/p/locations/r/services/payments/revisions/payments-2"
    made.terminal_condition.type_, made.terminal_condition.state = "Ready", state
    made.terminal_condition.message = message
    made.traffic.add(type_=2, revision="payments-1", percent=100)
    made.traffic_statuses.add(type_=2, revision=serving, percent=100)
    return made


def operation(*, done: bool = False, error: int = 0, words: str = "") -> Any:
    """A raw operation, with a Service as its metadata when there are words."""
    made = operations_pb2.Operation(name="projects/p/locations/r/operations/o", done=done)
    if error:
        made.error.code, made.error.message = error, "went wrong"
    if words:
        made.metadata.Pack(service(run_v2.Condition.State.CONDITION_RECONCILING, message=words))
    return made


@asynccontextmanager
async def against(
    script: Script,
    deadlines: Deadlines = Deadlines(),  # noqa: B008 - a frozen value
) -> AsyncIterator[tuple[GoogleCloudRun, Scripted, ManualClock]]:
    """A client of a scripted server."""
    clock = ManualClock()
    async with scripted(script) as server:
        client = GoogleCloudRun(Endpoint(server.address), clock, deadlines=deadlines)
        try:
            yield client, server, clock
        finally:
            await client.close()


@pytest.mark.parametrize(
    ("code", "kind", "effect"),
    [
        ("UNAVAILABLE", Unreachable, Effect.UNKNOWN),
        ("DEADLINE_EXCEEDED", Unreachable, Effect.UNKNOWN),
        ("UNAUTHENTICATED", Denied, Effect.NOTHING),
        ("PERMISSION_DENIED", Denied, Effect.NOTHING),
        ("NOT_FOUND", NotFound, Effect.NOTHING),
        ("ABORTED", Conflict, Effect.NOTHING),
        ("INVALID_ARGUMENT", ServiceError, Effect.NOTHING),
        ("ALREADY_EXISTS", ServiceError, Effect.NOTHING),
        ("FAILED_PRECONDITION", ServiceError, Effect.NOTHING),
        ("RESOURCE_EXHAUSTED", ServiceError, Effect.NOTHING),
        ("INTERNAL", ServiceError, Effect.UNKNOWN),
    ],
)
async def test_each_status_over_the_wire(
    code: str, kind: type[ServiceError], effect: Effect, ref: ServiceRef, hostile: str
) -> None:
    """A write's error has its type and effect, is asked once only, and says the server's words in the detail."""
    answer = Status(code, hostile)
    async with against({"UpdateService": answer, "GetService": answer}) as (client, server, _):
        with pytest.raises(ServiceError) as write:
            await client.shift(ref, (Share("payments-1", 100),), "e")
        with pytest.raises(ServiceError) as read:
            await client.service(ref)
        assert [method for method, _ in server.asked] == ["UpdateService", "GetService"]
    assert type(write.value) is type(read.value) is kind
    assert (write.value.effect, read.value.effect) == (effect, Effect.NOTHING)
    assert "payload" in write.value.detail
    assert "\x1b" not in write.value.detail


async def test_a_shift_is_one_request_with_mask_and_etag(ref: ServiceRef) -> None:
    """Nothing is asked before it; it holds name, etag and traffic and nothing else."""
    async with against({"UpdateService": operation()}) as (client, server, _):
        accepted = await client.shift(ref, (Share("payments-1", 100), Share("", 0, "next")), "etag-7")
        assert [method for method, _ in server.asked] == ["UpdateService"]
        (sent,) = server.requests("UpdateService", run_v2.UpdateServiceRequest.pb())
    assert accepted == Operation("projects/p/locations/r/operations/o", ref)
    assert list(sent.update_mask.paths) == ["traffic"]
    assert {field.name for field, _ in sent.service.ListFields()} == {"name", "etag", "traffic"}
    assert (sent.service.name, sent.service.etag) == (ref.path, "etag-7")
    assert [(target.type_, target.revision, target.percent, target.tag) for target in sent.service.traffic] == [
        (2, "payments-1", 100, ""),
        (1, "", 0, "next"),
    ]
    assert not sent.validate_only


async def test_an_empty_split_is_sent_as_such(ref: ServiceRef) -> None:
    """No entries under the mask `traffic` mean LATEST 100 %."""
    async with against({"UpdateService": operation()}) as (client, server, _):
        await client.shift(ref, (), "e")
        (sent,) = server.requests("UpdateService", run_v2.UpdateServiceRequest.pb())
    assert not sent.service.traffic


async def test_nobody_listens(ref: ServiceRef) -> None:
    """A refused connection is Unreachable before any deadline, and a write has certainly not been sent."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = GoogleCloudRun(Endpoint(f"127.0.0.1:{unused.getsockname()[1]}"), ManualClock())
        with pytest.raises(Unreachable) as write:
            await client.shift(ref, (Share("payments-1", 100),), "e")
        with pytest.raises(Unreachable) as read:
            await client.service(ref)
        assert "refused" in write.value.detail and "refused" in read.value.detail
        assert not await client.warm(0.05)
        await client.close()
    assert write.value.effect is Effect.NOTHING


async def test_a_server_that_never_answers(ref: ServiceRef) -> None:
    """The deadline ends it: a read is Unreachable, a write UNKNOWN."""
    async with against({"UpdateService": HANG, "TestIamPermissions": HANG}, SHORT) as (client, _, _):
        with pytest.raises(Unreachable) as write:
            await client.shift(ref, (Share("payments-1", 100),), "e")
        with pytest.raises(Unreachable) as read:
            await client.missing_permissions(ref)
    assert write.value.effect is Effect.UNKNOWN
    assert read.value.effect is Effect.NOTHING


async def test_polls_that_fail_are_borne(ref: ServiceRef) -> None:
    """UNAVAILABLE and DEADLINE_EXCEEDED in between lose nothing; words come once each; polls are 0.5 s apart."""
    script: Script = {
        "GetOperation": [
            operation(words="Routing"),
            Status("UNAVAILABLE"),
            Status("DEADLINE_EXCEEDED"),
            operation(words="Routing"),
            operation(words="Checking"),
            operation(done=True),
        ],
        "GetService": [Status("UNAVAILABLE"), service(reconciling=True), service(serving="payments-0"), service()],
    }
    words: list[str] = []
    async with against(script) as (client, _, clock):
        began = clock.now()
        finished = await client.finish(Operation("o", ref), words.append)
        took = clock.now() - began
    assert finished.percent("payments-1") == 100
    assert words == ["Ready: Routing", "Ready: Checking"]
    assert took == pytest.approx(8 * 0.5)


async def test_silence_ends_after_the_patience(ref: ServiceRef) -> None:
    """Five minutes without any answer: the outcome is unknown, and the error says what to do."""
    async with against({"GetOperation": Status("UNAVAILABLE")}) as (client, _, clock):
        began = clock.now()
        with pytest.raises(Unreachable, match="Lost sight") as caught:
            await client.finish(Operation("o", ref))
        assert clock.now() - began == pytest.approx(PATIENCE_SECONDS)
    assert caught.value.effect is Effect.UNKNOWN


@pytest.mark.parametrize(("status", "kind"), [(Status("NOT_FOUND"), NotFound), (Status("PERMISSION_DENIED"), Denied)])
async def test_an_operation_that_cannot_be_read(status: Status, kind: type[ServiceError], ref: ServiceRef) -> None:
    """The change was accepted, so not being able to watch it means unknown, at once."""
    async with against({"GetOperation": status}) as (client, _, clock):
        began = clock.now()
        with pytest.raises(kind) as caught:
            await client.finish(Operation("o", ref))
        assert clock.now() == began
    assert caught.value.effect is Effect.UNKNOWN


@pytest.mark.parametrize("code", [9, 13, 10, 99])
async def test_an_operation_that_failed(code: int, ref: ServiceRef) -> None:
    """FAILED whatever the code, with the link of the revision that is not ready; without it if it can't be read."""
    revision = run_v2.Revision.pb()(name="projects/p/revisions/payments-2", log_uri="https://logs/payments-2")
    async with against({"GetOperation": operation(done=True, error=code, words="x"), "GetRevision": revision}) as (
        client,
        _,
        _,
    ):
        with pytest.raises(ServiceError) as caught:
            await client.finish(Operation("o", ref))
    assert (caught.value.effect, caught.value.link) == (Effect.FAILED, "https://logs/payments-2")
    assert caught.value.detail == "went wrong"
    async with against({"GetOperation": operation(done=True, error=code)}) as (client, _, _):
        with pytest.raises(ServiceError) as bare:
            await client.finish(Operation("o", ref))
    assert (bare.value.effect, bare.value.link) == (Effect.FAILED, "")


async def test_done_but_never_shown(ref: ServiceRef) -> None:
    """An operation that ended well while traffic_statuses stay as they were is unknown, not success."""
    async with against({"GetOperation": operation(done=True), "GetService": service(serving="payments-0")}) as (
        client,
        _,
        _,
    ):
        with pytest.raises(ServiceError, match="does not show it") as caught:
            await client.finish(Operation("o", ref))
    assert caught.value.effect is Effect.UNKNOWN


async def test_a_service_at_rest_in_failure(ref: ServiceRef) -> None:
    """Traffic as asked is success although the service isn't ready for another reason; traffic not as asked FAILED."""
    shown = {"GetOperation": operation(done=True), "GetService": service(FAILED)}
    async with against({**shown}) as (client, _, _):
        finished = await client.finish(Operation("o", ref))
    assert finished.percent("payments-1") == 100
    assert not finished.settled
    broken: Script = {
        "GetOperation": operation(done=True),
        "GetService": service(FAILED, serving="payments-0", message="no route"),
    }
    async with against(broken) as (client, _, _):
        with pytest.raises(ServiceError) as caught:
            await client.finish(Operation("o", ref))
    assert (caught.value.effect, caught.value.detail) == (Effect.FAILED, "no route")


async def test_a_dry_run_that_ends_in_an_error(ref: ServiceRef) -> None:
    """validate_only may answer with an operation that holds the error; it was not a write."""
    async with against({"UpdateService": operation(done=True, error=3)}) as (client, _, _):
        with pytest.raises(ServiceError, match="rejected") as caught:
            await client.shift(ref, (), "e", dry_run=True)
    assert caught.value.effect is Effect.NOTHING


async def test_missing_permissions(ref: ServiceRef) -> None:
    """What is not granted is named."""
    granted = iam_policy_pb2.TestIamPermissionsResponse(permissions=["run.services.get"])
    async with against({"TestIamPermissions": granted}) as (client, _, _):
        assert await client.missing_permissions(ref) == ("run.services.update",)


async def test_revisions_of_several_pages(ref: ServiceRef) -> None:
    """All pages are read, and the newest comes first whatever the order."""
    pages = []
    for number, token in ((1, "more"), (3, "more"), (2, "")):
        page = run_v2.ListRevisionsResponse.pb()(next_page_token=token)
        page.revisions.add(name=f"projects/p/revisions/r{number}").create_time.seconds = number
        pages.append(page)
    async with against({"ListRevisions": list(pages)}) as (client, _, _):
        assert [revision.name for revision in await client.revisions(ref)] == ["r3", "r2", "r1"]


async def test_a_closed_client_says_so(ref: ServiceRef) -> None:
    """Asking after closing is a typed error too."""
    async with against({}) as (client, _, _):
        await client.close()
        with pytest.raises(ServiceError):
            await client.service(ref)


async def test_google_is_reached_over_tls_with_the_credentials_given() -> None:
    """Google's own endpoint opens with credentials, which are not asked before there is something to send."""

    class Unasked(AnonymousCredentials):
        def refresh(self, request: object) -> None:
            raise AssertionError

    unasked: Any = Unasked
    client = GoogleCloudRun(Endpoint(), ManualClock(), unasked())
    await client.close()


async def test_google_without_credentials_is_refused_here() -> None:
    """The library must never go and look for credentials by itself."""
    with pytest.raises(Denied, match="No Google credentials"):
        GoogleCloudRun(Endpoint(), ManualClock())
