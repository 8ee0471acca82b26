"""What each refusal of another system means: by its HTTP status, in words that name what to do. Cheap to import.

The table is that of docs/outside.md. Where a system's own description gives a status a meaning of its own, it stands in
`OF_SYSTEM`; what a client knows better still of the task at hand it says itself (see `answers.retold`). Of the other
side's text only the detail is made: what it says, with the fields that it names, as one plain line.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from warroom.services.errors import Conflict, Denied, Effect, Invalid, NotFound, ServiceError, Unreachable
from warroom.text import plain

_DETAIL = 300
_MOST_SAID = 6
RATE_LIMITED = 429


class Row(Struct, frozen=True):
    """What to say of one status: `{0}` is the system, `{1}` when to try again. `passing`: in a while it may go."""

    kind: type[ServiceError]
    title: str
    remedy: str
    passing: bool = False


_MOVED = Row(ServiceError, "{0} says that this is elsewhere now", "Put its new name or address into integrations.toml.")

GENERAL: dict[int, Row] = {
    301: _MOVED,
    302: _MOVED,
    307: _MOVED,
    308: _MOVED,
    400: Row(ServiceError, "{0} does not take it as it is", "Mend what it names; else do it by hand."),
    401: Row(Denied, "{0} refuses the token", "Check its variable and its age."),
    402: Row(Denied, "{0}'s plan does not include that", "Do it by hand, or ask who has the account."),
    403: Row(Denied, "{0} does not let the token do that", "Give it the permissions that docs/outside.md lists."),
    404: Row(NotFound, "{0} knows nothing of that", "Check the ids in integrations.toml."),
    405: Row(ServiceError, "{0} does not allow that as things stand", "See what it says; then do it by hand."),
    409: Row(Conflict, "{0} says that it is there already, or being changed", "Look there."),
    410: Row(NotFound, "{0} says that this is gone", "Look there; else do it by hand."),
    413: Row(Invalid, "{0} says that it is too long", "Shorten it, then send it again."),
    422: Row(Invalid, "{0} does not take it as it is", "Mend what it names; else do it by hand."),
    RATE_LIMITED: Row(ServiceError, "{0} takes no more for now", "Its rate limit is reached.{1}", passing=True),
}

OF_SYSTEM: dict[str, dict[int, Row]] = {
    "GitHub": {
        301: Row(
            ServiceError,
            "The repository was renamed or moved",
            "Put its new OWNER/NAME into github.repository in integrations.toml.",
        ),
        307: Row(
            ServiceError,
            "The repository was renamed or moved",
            "Put its new OWNER/NAME into github.repository in integrations.toml.",
        ),
        401: Row(Denied, "GitHub refuses the token", "Check its variable and its age."),
        403: Row(
            Denied,
            "GitHub refuses the token what it asked for",
            "Give it contents, pull requests and issues: write, and authorise it for the organisation's SSO.",
        ),
        409: Row(Conflict, "GitHub says that the repository is empty, or being changed", "Look there, then try again."),
        410: Row(NotFound, "GitHub says that issues are off here, or this one was deleted", "Comment by hand."),
    },
    "LaunchDarkly": {
        401: Row(Denied, "LaunchDarkly refuses the token", "Check what launchdarkly.token_variable names."),
        403: Row(Denied, "LaunchDarkly does not let the token change flags", "Give it the role writer there."),
        405: Row(
            Denied,
            "LaunchDarkly wants an approval for changes of this environment",
            "Turn the flag off there, by a request that somebody approves, or by whoever may bypass approvals.",
        ),
        409: Row(Conflict, "Somebody else is changing this flag", "Look there, then try again."),
    },
    "Statuspage": {
        401: Row(Denied, "Statuspage refuses the token", "Check the variable that statuspage.token_variable names."),
        403: Row(Denied, "Statuspage does not let the token do that", "Take the key of somebody who manages the page."),
        400: Row(
            Invalid,
            "Statuspage does not take it as it is",
            "Mend what it names: an id in statuspage.components may not be one of this page.",
        ),
        422: Row(
            Invalid,
            "Statuspage does not take it as it is",
            "Mend what it names: an id in statuspage.components may not be one of this page.",
        ),
    },
    "PagerDuty": {
        400: Row(Invalid, "PagerDuty does not take it as it is", "Mend what it names; else call by hand."),
        402: Row(
            Denied,
            "PagerDuty's plan of this account does not include that",
            "Ask people by phone: responder requests need a plan that has them.",
        ),
        403: Row(Denied, "PagerDuty does not let the token do that", "Take a REST key with write access."),
    },
    "Cloud SQL": {
        403: Row(Denied, "You may not do that in Cloud SQL", "Ask for roles/cloudsql.editor; its API must be on."),
        409: Row(Conflict, "Another operation is under way on the instance", "Wait until it is done, then try again."),
    },
}


def refusal(system: str, status: int, headers: Mapping[str, str], body: bytes, method: str) -> ServiceError:
    """The typed error that an answer which is no success stands for."""
    detail = told(body)
    if rate_limited(status, headers, detail):
        status = RATE_LIMITED
    row = row_of(system, status)
    if row is not None:
        wait = plain(headers.get("retry-after", ""), 20)
        again = f" Try again in {wait} s." if wait.isdecimal() else " Try again in a minute."
        title, remedy = row.title.format(system), row.remedy.format(system, again)
        return row.kind(title, remedy, detail=detail, passing=row.passing)
    if status >= 500:
        effect = Effect.NOTHING if method == "GET" or status == 503 else Effect.UNKNOWN
        title = f"{system} fails with HTTP {status}"
        return Unreachable(title, "Try again, or do it by hand.", detail=detail, effect=effect)
    title = f"{system} refused it with HTTP {status}"
    return ServiceError(title, "See what it says; then do it by hand.", detail=detail)


def row_of(system: str, status: int) -> Row | None:
    """What is said of a status of a system; None where nothing more is known than that it is one."""
    return OF_SYSTEM.get(system, {}).get(status) or GENERAL.get(status)


def rate_limited(status: int, headers: Mapping[str, str], detail: str) -> bool:
    """Whether it is a rate limit: 420, 429, or a 403 that says so by a header, or (GitHub's secondary one) by words."""
    if status in (420, RATE_LIMITED):
        return True
    spent = headers.get("x-ratelimit-remaining") == "0" or bool(headers.get("retry-after"))
    return status == 403 and (spent or "secondary rate limit" in detail.lower())


def told(body: bytes) -> str:
    """What an error's body says, as one plain line: its messages with the fields they are about; else as it came."""
    text = body.decode("utf-8", "replace")
    try:
        said = list(dict.fromkeys(_said(msgspec.json.decode(body))))
    except msgspec.DecodeError:
        said = []
    return plain("; ".join(said[:_MOST_SAID]) or text, _DETAIL)


def _said(body: Any, field: str = "") -> Iterator[str]:  # noqa: ANN401
    """The messages within, those of fields as "field: what is wrong"."""
    if isinstance(body, str):
        yield f"{field}: {body}" if field else body
    elif isinstance(body, list):
        for one in body:
            yield from _said(one, field)
    elif isinstance(body, dict):
        yield from _of_object(body, field)


_NAMES = ("message", "description", "error_message", "reason")
_WITHIN = ("error", "errors", "details", "fieldViolations", "detail")


def _of_object(body: dict[str, Any], field: str) -> Iterator[str]:
    about = body.get("field") or body.get("property") or field
    about = about if isinstance(about, str) else field
    message = next((body[name] for name in _NAMES if isinstance(body.get(name), str) and body[name]), "")
    code = body.get("code")
    if not message and about and isinstance(code, str):
        message = code.replace("_", " ")
    if message:
        yield f"{about}: {message}" if about else message
    for name in _WITHIN:
        if name in body:
            yield from _said(body[name], about)
    if not message and not any(name in body for name in _WITHIN):
        # Forms: {"field": ["what is wrong"]}.
        for name, value in body.items():
            if isinstance(value, list) and all(isinstance(one, str) for one in value):
                yield from _said(value, str(name))
