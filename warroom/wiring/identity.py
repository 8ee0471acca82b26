"""What Google's own services ask for beside Cloud Run: identity tokens, and who may do what in a project.

Of Google itself, or of the embedded cloud that is asked in its place.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from warroom.clock import Clock
from warroom.drill.wire.addresses import OTHERS_VARIABLE
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import Endpoint

if TYPE_CHECKING:
    from warroom.services.google.identity import IdentityTokens
    from warroom.services.permissions import ProjectPermissions


def outside(run: Endpoint, environ: Mapping[str, str], clock: Clock) -> "IdentityTokens | None":
    """Of Google's credentials for Google's Cloud Run; of the embedded cloud beside an emulated one, None without it.

    An emulator's services are no place for a token that Google takes.
    """
    from warroom.services.google.identity import IdentityTokens, by_google

    if not run.plaintext:
        return IdentityTokens(clock, by_google())
    beside = _beside(environ)
    return inside(beside, clock) if beside else None


def inside(http: str, clock: Clock) -> "IdentityTokens":
    """Of the embedded cloud whose HTTP side is at `http` (HOST:PORT)."""
    from warroom.services.google.identity import IdentityTokens, by_metadata

    return IdentityTokens(clock, by_metadata(http))


def permissions(run: Endpoint, environ: Mapping[str, str]) -> "ProjectPermissions | None":
    """Who answers what may be done in a project; None beside an emulator of which no HTTP side is known."""
    from warroom.services.permissions import ProjectPermissions, by_google

    if not run.plaintext:
        return ProjectPermissions(by_google())
    beside = _beside(environ)
    return permissions_inside(beside) if beside else None


def permissions_inside(http: str) -> "ProjectPermissions":
    """Of the embedded cloud whose HTTP side is at `http` (HOST:PORT)."""
    from warroom.services.permissions import ProjectPermissions, none

    return ProjectPermissions(none, f"http://{http}")


def _beside(environ: Mapping[str, str]) -> str:
    """The HTTP side of the embedded cloud that the environment names, on this machine; "" for none."""
    told = environ.get(OTHERS_VARIABLE, "").strip()
    try:
        return Endpoint(told).address if told else ""
    except ServiceError:  # the clients of the other systems say so
        return ""
