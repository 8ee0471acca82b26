"""Outside errors made typed: what to say, what to do, and what became of the write. Cheap to import."""

import re
from collections.abc import Sequence
from types import TracebackType

from msgspec import Struct, structs

from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.refusals import cause
from warroom.text import plain

LOG_IN = "Run `gcloud auth application-default login`"


class Call(Struct, frozen=True):
    """What was being asked: of which `system`, about which `subject`, whether it was a write, and by what right.

    `roles` says who has that right, for the one who lacks it.
    """

    system: str
    subject: str = ""
    write: bool = False
    permission: str = ""
    roles: str = "roles/run.developer, and roles/iam.serviceAccountUser on its runtime account"

    @property
    def about(self) -> str:
        """The subject as it stands in a sentence, or the system's name."""
        return self.subject or self.system


class _Saying(Struct, frozen=True):
    """One row of the table.

    `open` says that a write which got this answer may still have been applied, `passing` that asking again is right.
    `title` and `remedy` are filled from the Call, never from the other side's text.
    """

    kind: type[ServiceError]
    title: str
    remedy: str
    open: bool = False
    passing: bool = False


_SAYINGS = {
    "UNAVAILABLE": _Saying(Unreachable, "{0.system} unreachable", "Reads are retried; writes wait for you", open=True),
    "DEADLINE_EXCEEDED": _Saying(
        Unreachable, "{0.system} did not answer in time", "Reads are retried; writes wait for you", open=True
    ),
    "UNAUTHENTICATED": _Saying(Denied, "Token rejected by {0.system}", LOG_IN + " and check this machine's clock"),
    "PERMISSION_DENIED": _Saying(
        Denied,
        "You may not {0.permission} on {0.about}",
        "Ask for {0.roles}",
    ),
    "NOT_FOUND": _Saying(NotFound, "{0.system} knows no {0.about}", "Check project, region and names"),
    "ABORTED": _Saying(
        Conflict, "{0.about} was changed since it was read", "Read it again, look at the difference, then decide"
    ),
    "INVALID_ARGUMENT": _Saying(ServiceError, "{0.system} rejected the request", "Fix the plan as the detail says"),
    "OUT_OF_RANGE": _Saying(ServiceError, "{0.system} rejected the request", "Fix the plan as the detail says"),
    "FAILED_PRECONDITION": _Saying(
        ServiceError, "{0.system} refuses this in the present state", "Read the service again, then decide"
    ),
    "ALREADY_EXISTS": _Saying(
        ServiceError,
        "{0.system} has that revision name already",
        "Deploy again: that takes another name. Whoever sends the template as it stands leaves template.revision out",
    ),
    "RESOURCE_EXHAUSTED": _Saying(
        ServiceError, "Quota of {0.system} used up", "Wait {1}, then try again", passing=True
    ),
    "UNIMPLEMENTED": _Saying(ServiceError, "{0.system} does not know this call", "Check the endpoint that is set"),
}
_OTHERWISE = _Saying(ServiceError, "{0.system} failed on its side", "Try again; then see status.cloud.google.com", True)

# Words of gRPC and of google-auth, which have no code of their own for "this never left the machine".
_PLUGIN = "etting metadata from plugin"
_TOKEN_SERVER = ("connectionpool", "max retries", "transporterror", "timed out", "connection refused")
_UNREADABLE = ("metadata size exceeds", "received message larger")
_IMAGE = re.compile(r"\bimage\b.{0,300}?\b(not found|not exist|denied|pull)", re.IGNORECASE | re.DOTALL)
_NO_IMAGE = (
    "The image does not exist, or Cloud Run may not read it",
    "Check its name and digest, and that the service's project may pull it, then deploy again",
)
_NO_CONNECTION = ("failed to connect to all addresses", "dns resolution failed", "name resolution", "no address")


def from_status(
    code: str,
    message: str,
    call: Call,
    *,
    reason: str = "",
    wait_seconds: float = 60.0,
    violations: Sequence[str] = (),
) -> ServiceError:
    """The typed error for a gRPC status `code` (its name, e.g. "ABORTED"). The table is google-cloud.md's.

    `reason` is ErrorInfo's, `wait_seconds` RetryInfo's, `violations` BadRequest's fields. What the other side wrote
    stands in `detail` only, as one plain line.
    """
    detail = plain("; ".join([message, *violations]) if violations else message)
    if code == "UNAVAILABLE":
        local = _never_sent(message, call, detail)
        if local:
            return local
    if code == "RESOURCE_EXHAUSTED" and any(sign in message.lower() for sign in _UNREADABLE):
        # gRPC's own: an answer came, too big to take, so nobody knows what it said.
        code = "INTERNAL"
    if code == "PERMISSION_DENIED" and reason in ("SERVICE_DISABLED", "USER_PROJECT_DENIED", "CONSUMER_INVALID"):
        return Denied(
            f"{call.system}'s API is off, or there is no quota project",
            "Enable the API, or run `gcloud auth application-default set-quota-project PROJECT`",
            detail=detail,
        )
    known = cause(code, message)
    if known is not None:
        return known.kind(known.title, known.remedy, detail=detail)
    if _of_an_image(code, message):
        return NotFound(*_NO_IMAGE, detail=detail)
    saying = _SAYINGS.get(code, _OTHERWISE)
    if call.write and saying.open:
        return saying.kind(
            f"Unknown whether the change of {call.about} was applied",
            "Re-reading it now; do not send it again before that",
            detail=detail,
            effect=Effect.UNKNOWN,
        )
    if code == "PERMISSION_DENIED" and not call.permission:
        return Denied(f"Permission denied on {call.about}", saying.remedy.format(call), detail=detail)
    title = saying.title.format(call)
    wait = f"{max(1, round(wait_seconds))} s"
    remedy = saying.remedy.format(call, wait)
    return saying.kind(title[0].upper() + title[1:], remedy, detail=detail, passing=saying.passing)


def from_operation(
    code: str, message: str, call: Call, link: str = "", *, deploys: bool = True, reasons: tuple[str, ...] = ()
) -> ServiceError:
    """The typed error for a long-running operation that was accepted and then ended in an error.

    `reasons` are those that the conditions of the revision name, if it was read. What only moves traffic makes no
    revision (`deploys`), and deploying again is no way to mend it.
    """
    if not deploys and code in ("FAILED_PRECONDITION", "INTERNAL", "NOT_FOUND", "INVALID_ARGUMENT"):
        return ServiceError(
            "Cloud Run did not move the traffic",
            "Look at what is served, then send it again",
            detail=plain(message),
            link=link,
            effect=Effect.FAILED,
        )
    known = cause(code, message, reasons)
    if known is not None:
        return known.kind(known.title, known.remedy, detail=plain(message), link=link, effect=Effect.FAILED)
    if _of_an_image(code, message):
        return NotFound(*_NO_IMAGE, detail=plain(message), link=link, effect=Effect.FAILED)
    if code in ("FAILED_PRECONDITION", "INTERNAL"):
        return ServiceError(
            "Revision failed to start",
            "Open its logs, then deploy again: that makes a new revision",
            detail=plain(message),
            link=link,
            effect=Effect.FAILED,
        )
    error = from_status(code, message, structs.replace(call, write=False))
    return type(error)(error.title, error.remedy, detail=error.detail, link=link, effect=Effect.FAILED)


def from_exception(error: BaseException, call: Call) -> ServiceError:
    """The typed error for an exception of google-api-core, google-auth or grpc. Imports them, so load them first."""
    import grpc
    from google.api_core import exceptions as api
    from google.auth import exceptions as auth

    if isinstance(error, api.RetryError) and error.cause is not None:
        error = error.cause
    if isinstance(error, api.GoogleAPICallError):
        status = error.grpc_status_code
        wait, violations = _details(error.details)
        return from_status(
            status.name if status else "UNKNOWN",
            str(error.message),
            call,
            reason=error.reason or "",
            wait_seconds=wait,
            violations=violations,
        )
    if isinstance(error, grpc.RpcError) and hasattr(error, "code"):
        return from_status(error.code().name, str(error.details()), call)
    detail = plain(str(error))
    if isinstance(error, auth.DefaultCredentialsError):
        return Denied("No Google credentials", LOG_IN, detail=detail)
    if isinstance(error, auth.RefreshError):
        return Denied("Login expired, nothing was sent", LOG_IN, detail=detail)
    if isinstance(error, auth.GoogleAuthError):
        return _token_server(detail)
    if isinstance(error, grpc.aio.UsageError):
        return Unreachable(f"The connection to {call.system} is closed", "Open the board again", detail=detail)
    effect = Effect.UNKNOWN if call.write else Effect.NOTHING
    return ServiceError(f"{call.system} could not be asked", "See the detail", detail=detail, effect=effect)


class Translated:
    """A block in which every exception of the Google libraries comes out as a ServiceError; all else passes."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise the typed error in place of an outside one."""
        if error is None or isinstance(error, ServiceError):
            return
        import grpc
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError

        if isinstance(error, GoogleAPIError | GoogleAuthError | grpc.RpcError | grpc.aio.UsageError):
            raise from_exception(error, self._call) from error


def _of_an_image(code: str, message: str) -> bool:
    """Whether Cloud Run could not get at the image. It has no status of its own for that, only words."""
    return code in ("NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION") and bool(_IMAGE.search(message))


def _never_sent(message: str, call: Call, detail: str) -> ServiceError | None:
    """The error for an UNAVAILABLE that gRPC raised by itself before anything went out, else None."""
    words = message.lower()
    if _PLUGIN in words:
        if any(sign in words for sign in _TOKEN_SERVER):
            return _token_server(detail)
        return Denied("Login expired, nothing was sent", LOG_IN, detail=detail)
    if any(sign in words for sign in _NO_CONNECTION):
        saying = _SAYINGS["UNAVAILABLE"]
        return Unreachable(saying.title.format(call), saying.remedy, detail=detail)
    return None


def _token_server(detail: str) -> ServiceError:
    """The error for a login that cannot be renewed because its server does not answer."""
    return Unreachable("Google's login server is unreachable, nothing was sent", "Check the network", detail=detail)


def _details(details: Sequence[object]) -> tuple[float, list[str]]:
    """RetryInfo's delay in seconds (60 without one) and BadRequest's violations as "field: why"."""
    from google.rpc import error_details_pb2

    wait, violations = 60.0, []
    for detail in details:
        if isinstance(detail, error_details_pb2.RetryInfo):
            wait = detail.retry_delay.seconds + detail.retry_delay.nanos / 1e9
        elif isinstance(detail, error_details_pb2.BadRequest):
            violations += [f"{found.field}: {found.description}" for found in detail.field_violations]
    return wait, violations
