"""What Cloud Run takes as names of tags and revisions, and names of ours that fit. Pure.

A tag's own address is one DNS label, TAG---SERVICE-HASH-REGION, so tag and service may have together its 63 characters
less the three dashes and the 14 that Cloud Run ends it with.
"""

from datetime import UTC, datetime

LABEL_MOST = 63
"""Characters of a DNS label, which a revision's name and a tag's address both are."""

TAG_AND_SERVICE_MOST = 46
"""Characters of a tag and its service's name together; Cloud Run refuses the deployment beyond that."""

TAG_LEAST = 3
"""Characters of a tag; Cloud Run refuses a shorter one."""

SERVICE_MOST = 49
"""Characters of a service's name (run.v2: serviceId "must contain fewer than 50 characters")."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SHORT_STAMP = 6
"""Digits of a moment in whole Unix seconds to the base of 36, until the year 2038."""


def tag(service: str, prefix: str, moment: float) -> str:
    """The tag of a hotfix of `moment` (Unix seconds), as short as `service` needs it; "" where none fits at all."""
    room = TAG_AND_SERVICE_MOST - len(service)
    return _fitted(prefix, moment, room) if room >= TAG_LEAST else ""


def revision(service: str, prefix: str, moment: float, lot: str = "") -> str:
    """A name for a new revision of `service`; `lot` ends it. It is too long only where the service's own name is."""
    ending = f"-{lot}" if lot else ""
    return f"{service}-{_fitted(prefix, moment, LABEL_MOST - len(service) - 1 - len(ending))}{ending}"


def why_not_service(name: str) -> str:
    """Why no Cloud Run service is called `name`, by its length; "" where it may be."""
    return f"has {len(name)} characters, and a service {SERVICE_MOST} at most" if len(name) > SERVICE_MOST else ""


def _fitted(prefix: str, moment: float, room: int) -> str:
    """`prefix` with the moment, in full where that has `room`; else both cut, what changes fastest kept the longest."""
    whole = f"{prefix}{datetime.fromtimestamp(moment, UTC):%m%d-%H%M%S}"
    if len(whole) <= room:
        return whole
    head = prefix[: max(1, room - _SHORT_STAMP)]
    return f"{head}{_base36(int(moment))[-(room - len(head)) :]}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(_SHORT_STAMP, "0")
