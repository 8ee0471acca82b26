"""Who makes the identity tokens for private services: Google, or the embedded cloud that is asked in its place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from warroom.clock import Clock
from warroom.drill.wire.addresses import OTHERS_VARIABLE
from warroom.services.google.endpoints import Endpoint

if TYPE_CHECKING:
    from warroom.services.google.identity import IdentityTokens


def outside(run: Endpoint, environ: Mapping[str, str], clock: Clock) -> "IdentityTokens | None":
    """Of Google's credentials for Google's Cloud Run; of the embedded cloud beside an emulated one, None without it.

    An emulator's services are no place for a token that Google takes.
    """
    from warroom.services.google.identity import IdentityTokens, by_google

    if not run.plaintext:
        return IdentityTokens(clock, by_google())
    beside = environ.get(OTHERS_VARIABLE, "").strip()
    return inside(beside, clock) if beside else None


def inside(http: str, clock: Clock) -> "IdentityTokens":
    """Of the embedded cloud whose HTTP side is at `http` (HOST:PORT)."""
    from warroom.services.google.identity import IdentityTokens, by_metadata

    return IdentityTokens(clock, by_metadata(http))
