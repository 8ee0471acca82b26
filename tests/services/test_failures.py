"""Every outside error becomes one typed error with a title, a remedy and what became of the write."""

from typing import Any

import grpc
import pytest
from google.api_core import exceptions as api_exceptions
from google.auth import exceptions as auth_exceptions
from google.rpc import error_details_pb2

from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.failures import Call, Translated, from_exception, from_operation, from_status

# Their classes have no types.
api: Any = api_exceptions
auth: Any = auth_exceptions

READ = Call("Cloud Run", "service payments", permission="run.services.get")
WRITE = Call("Cloud Run", "service payments", write=True, permission="run.services.update")

TABLE = [
    ("UNAVAILABLE", "Connection reset by peer", Unreachable, Effect.UNKNOWN),
    ("UNAVAILABLE", "failed to connect to all addresses; last error: refused", Unreachable, Effect.NOTHING),
    ("UNAVAILABLE", "Getting metadata from plugin failed with error: invalid_grant", Denied, Effect.NOTHING),
    ("UNAVAILABLE", "Getting metadata from plugin: HTTPSConnectionPool Max retries", Unreachable, Effect.NOTHING),
    ("DEADLINE_EXCEEDED", "Deadline Exceeded", Unreachable, Effect.UNKNOWN),
    ("UNAUTHENTICATED", "bad token", Denied, Effect.NOTHING),
    ("PERMISSION_DENIED", "no", Denied, Effect.NOTHING),
    ("NOT_FOUND", "no", NotFound, Effect.NOTHING),
    ("ABORTED", "version 1 was specified but current version is 2", Conflict, Effect.NOTHING),
    ("INVALID_ARGUMENT", "percents", ServiceError, Effect.NOTHING),
    ("OUT_OF_RANGE", "percents", ServiceError, Effect.NOTHING),
    ("FAILED_PRECONDITION", "not now", ServiceError, Effect.NOTHING),
    ("ALREADY_EXISTS", "Revision named x", ServiceError, Effect.NOTHING),
    ("RESOURCE_EXHAUSTED", "quota", ServiceError, Effect.NOTHING),
    ("RESOURCE_EXHAUSTED", "received metadata size exceeds soft limit", ServiceError, Effect.UNKNOWN),
    ("RESOURCE_EXHAUSTED", "CLIENT: Received message larger than max", ServiceError, Effect.UNKNOWN),
    ("UNIMPLEMENTED", "", ServiceError, Effect.NOTHING),
    ("INTERNAL", "oops", ServiceError, Effect.UNKNOWN),
    ("UNKNOWN", "oops", ServiceError, Effect.UNKNOWN),
    ("CANCELLED", "oops", ServiceError, Effect.UNKNOWN),
    ("DATA_LOSS", "oops", ServiceError, Effect.UNKNOWN),
]


@pytest.mark.parametrize(("code", "message", "kind", "effect"), TABLE)
def test_each_status_of_a_write(code: str, message: str, kind: type[ServiceError], effect: Effect) -> None:
    """The kind of error, and UNKNOWN exactly where the write may have been applied."""
    error = from_status(code, message, WRITE)
    assert type(error) is kind
    assert error.effect is effect
    assert error.title
    assert error.remedy
    assert "{" not in error.title + error.remedy


@pytest.mark.parametrize(("code", "message", "kind", "effect"), TABLE)
def test_each_status_of_a_read(code: str, message: str, kind: type[ServiceError], effect: Effect) -> None:
    """The same kinds; a read never changed anything."""
    error = from_status(code, message, READ)
    assert type(error) is kind
    assert error.effect is Effect.NOTHING
    assert "{" not in error.title + error.remedy


def test_what_the_operator_reads() -> None:
    """The sentences of the paper's table, with the service's name and the permission in them."""
    assert from_status("NOT_FOUND", "", READ).title == "Cloud Run knows no service payments"
    assert from_status("ABORTED", "", WRITE).title == "Service payments was changed since it was read"
    assert from_status("PERMISSION_DENIED", "", WRITE).title == "You may not run.services.update on service payments"
    assert "Unknown whether" in from_status("DEADLINE_EXCEEDED", "", WRITE).title
    assert from_status("RESOURCE_EXHAUSTED", "", READ, wait_seconds=17.2).remedy == "Wait 17 s, then try again"
    off = from_status("PERMISSION_DENIED", "", READ, reason="SERVICE_DISABLED")
    assert "API is off" in off.title
    assert "quota-project" in off.remedy


def test_hostile_text_stays_in_the_detail_and_is_plain(hostile: str) -> None:
    """The other side's words never reach title or remedy, and their escapes are gone."""
    for error in (
        from_status("INVALID_ARGUMENT", hostile, WRITE, violations=[f"traffic: {hostile}"]),
        from_operation("INTERNAL", hostile, WRITE),
        from_exception(auth.RefreshError(hostile), WRITE),
    ):
        assert "payload" in error.detail
        assert "payload" not in error.title + error.remedy
        assert len(error.detail) <= 300
        assert not {"\x1b", "\n", "\u202e"} & set(error.detail)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (auth.DefaultCredentialsError("none"), Denied, "No Google credentials"),
        (auth.RefreshError("invalid_grant"), Denied, "Login expired"),
        (auth.ReauthFailError("again"), Denied, "Login expired"),
        (auth.TransportError("no route"), Unreachable, "login server is unreachable"),
        (api.RetryError("timeout", api.ServiceUnavailable("reset")), Unreachable, "Cloud Run unreachable"),
        (api.Aborted("stale"), Conflict, "changed since"),
        (api.ServerError("odd"), ServiceError, "failed on its side"),
        (grpc.aio.UsageError("Channel is closed."), Unreachable, "is closed"),
    ],
)
def test_exceptions_of_the_libraries(error: Exception, kind: type[ServiceError], words: str) -> None:
    """google-auth's, google-api-core's and grpc's own exceptions; a RetryError is what it was caused by."""
    typed = from_exception(error, READ)
    assert type(typed) is kind
    assert words in typed.title


def test_details_are_read() -> None:
    """RetryInfo gives the wait, BadRequest the fields, ErrorInfo the reason."""
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.seconds = 30
    assert "30 s" in from_exception(api.ResourceExhausted("quota", details=[retry]), READ).remedy
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="traffic[0].percent", description="must be 100 in total")
    assert "traffic[0].percent: must be 100" in from_exception(api.InvalidArgument("bad", details=[bad]), READ).detail
    info = error_details_pb2.ErrorInfo(reason="SERVICE_DISABLED")
    assert "API is off" in from_exception(api.PermissionDenied("off", error_info=info), READ).title


def test_an_operation_that_failed_was_accepted() -> None:
    """Codes 9 and 13 are a revision that did not start, with the link; any other code keeps its words. All FAILED."""
    for code in ("FAILED_PRECONDITION", "INTERNAL"):
        error = from_operation(code, "container failed to listen", WRITE, "https://logs")
        assert (error.title, error.link) == ("Revision failed to start", "https://logs")
        assert error.effect is Effect.FAILED
    other = from_operation("ABORTED", "superseded", WRITE)
    assert isinstance(other, Conflict)
    assert other.effect is Effect.FAILED
    assert from_operation("UNAVAILABLE", "later", WRITE).effect is Effect.FAILED


def test_an_image_that_is_not_there_is_named() -> None:
    """Cloud Run has only words for it, at the call or after it: the remedy is about the image, not the service."""
    said = "Image 'europe-docker.pkg.dev/shop/pay@sha256:00' not found."
    at_once = from_status("NOT_FOUND", said, WRITE)
    later = from_operation("FAILED_PRECONDITION", f"Revision 'pay-1' is not ready. {said}", WRITE, "https://logs")
    for error in (at_once, later):
        assert error.title == "The image does not exist, or Cloud Run may not read it"
        assert "name and digest" in error.remedy
        assert said in error.detail
    assert (at_once.effect, later.effect, later.link) == (Effect.NOTHING, Effect.FAILED, "https://logs")
    assert "image" not in from_status("NOT_FOUND", "Service pay not found", WRITE).title


def test_only_outside_errors_are_translated() -> None:
    """A fault of our own, and an error that is typed already, pass through as they are."""
    with pytest.raises(ZeroDivisionError), Translated(READ):
        _ = 1 / 0
    mine = NotFound("t", "r")
    with pytest.raises(NotFound) as caught, Translated(READ):
        raise mine
    assert caught.value is mine
    with pytest.raises(Unreachable) as caught_unreachable, Translated(READ):
        raise api.ServiceUnavailable("down")
    assert isinstance(caught_unreachable.value.__cause__, api.ServiceUnavailable)
