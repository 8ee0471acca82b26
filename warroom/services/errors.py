"""The typed errors of the outside: each has a title to say, a remedy, and what it means for a write."""

from enum import StrEnum
from typing import Any

from warroom.redaction import clean


class Effect(StrEnum):
    """What an error says about a write that was under way."""

    NOTHING = "nothing was changed"
    UNKNOWN = "unknown whether it was applied"
    FAILED = "accepted, then failed"


class ServiceError(Exception):
    """An outside system did not do what was asked.

    `title` says what happened, `remedy` what to do, `detail` is the other side's own text (untrusted), `link` leads to
    logs where there are any, `effect` says what became of a write. `passing`: asking again in a while is right.
    `lines` and `data` are what a command without a board says beside it, e.g. what is served at the end. Tokens are
    redacted in all of it.
    """

    def __init__(
        self,
        title: str,
        remedy: str,
        *,
        detail: str = "",
        link: str = "",
        effect: Effect = Effect.NOTHING,
        passing: bool = False,
    ) -> None:
        title, remedy = clean(title), clean(remedy)
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy
        self.detail = clean(detail)
        self.link = clean(link)
        self.effect = effect
        self.passing = passing or isinstance(self, Unreachable)
        self.lines: tuple[str, ...] = ()
        self.data: dict[str, Any] = {}


class Conflict(ServiceError):
    """Somebody else changed the service since it was read."""


class Unreachable(ServiceError):
    """The other side did not answer; retrying a read is right."""


class NotFound(ServiceError):
    """No such service or revision."""


class Denied(ServiceError):
    """Credentials missing, expired, or without the permission."""


class Invalid(ServiceError):
    """The other side understood the request and does not take what it says (HTTP 422)."""
