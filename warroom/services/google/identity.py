"""Identity tokens for private services, by google-auth: made in a worker thread, renewed in time, kept nowhere."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from warroom import redaction
from warroom.clock import Clock
from warroom.services.errors import Denied, ServiceError
from warroom.services.failures import Call, from_exception
from warroom.services.google.loading import default_credentials

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

RENEWED_SECONDS = 300.0
"""So long before its end a token is renewed: it must hold until the other side has looked at it, by its own clock."""

AGAIN_SECONDS = 30.0
"""After a failure nobody is asked for so long: probes come every two seconds, and a login takes a person."""

UNREADABLE_SECONDS = 600.0
"""How long a token is used that does not say when it ends; Google's hold for an hour."""

Mint = Callable[[str], Awaitable[str]]
"""Makes a token for an audience. Raises ServiceError."""

IMPERSONATE = "gcloud auth application-default login --impersonate-service-account=ACCOUNT"


class _Claims(Struct):
    exp: float = 0.0


class _Held(Struct):
    """What is known of one audience: its token and when that ends, or why there is none (Unix seconds)."""

    token: str = ""
    until: float = 0.0
    failed: ServiceError | None = None
    failed_at: float = 0.0


class IdentityTokens:
    """services.probe.Identity: a token for each audience, made by `mint` when it is asked for or about to end."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._held: dict[str, _Held] = {}
        self._one: dict[str, asyncio.Lock] = {}

    async def __call__(self, audience: str) -> str:
        """A token that holds for minutes to come. Raises ServiceError."""
        async with self._one.setdefault(audience, asyncio.Lock()):
            held, now = self._held.get(audience, _Held()), self._clock.now()
            if now < held.until - RENEWED_SECONDS:
                return held.token
            if held.failed is not None and 0 <= now - held.failed_at < AGAIN_SECONDS:
                return self._still(held, now, held.failed)
            try:
                token = await self._mint(audience)
            except ServiceError as error:
                self._held[audience] = _Held(held.token, held.until, error, now)
                return self._still(held, now, error)
            redaction.hold(token)
            if held.token and held.token != token:
                redaction.let_go(held.token)
            self._held[audience] = _Held(token, _ends(token) or now + RENEWED_SECONDS + UNREADABLE_SECONDS)
            return token

    def _still(self, held: _Held, now: float, error: ServiceError) -> str:
        """The token of before, as long as it holds: whoever can't renew it just now need not go without."""
        if now < held.until:
            return held.token
        raise error


def by_google(find: "Callable[[], Awaitable[Credentials]]" = default_credentials) -> Mint:
    """Tokens by this machine's Google credentials, which are looked for once."""
    known: list[Credentials] = []

    async def mint(audience: str) -> str:
        if not known:
            known.append(await find())
        return await asyncio.to_thread(_minted, known[0], audience)

    return mint


def _minted(credentials: "Credentials", audience: str) -> str:
    """Ask Google for a token. Blocks. Raises ServiceError."""
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        request = Request()
        made = _id_credentials(credentials, audience, request)
        made.refresh(request)  # type: ignore[no-untyped-call]
    except (GoogleAuthError, OSError, ValueError) as error:
        raise from_exception(error, Call("Google")) from error
    return str(made.token)


def _id_credentials(credentials: "Credentials", audience: str, request: object) -> "Credentials":
    """What makes identity tokens out of these credentials. Raises Denied for those of a person, which make none."""
    from google.auth import compute_engine, impersonated_credentials
    from google.oauth2 import service_account

    made: Credentials
    if isinstance(credentials, service_account.Credentials):
        made = service_account.IDTokenCredentials(  # type: ignore[no-untyped-call]
            credentials.signer,
            credentials.service_account_email,
            credentials._token_uri,  # as google-auth's own from_service_account_info has it
            audience,
        )
    elif isinstance(credentials, impersonated_credentials.Credentials):
        made = impersonated_credentials.IDTokenCredentials(  # type: ignore[no-untyped-call]
            credentials, target_audience=audience, include_email=True
        )
    elif isinstance(credentials, compute_engine.Credentials):
        made = compute_engine.IDTokenCredentials(  # type: ignore[no-untyped-call]
            request, audience, use_metadata_identity_endpoint=True
        )
    else:
        raise Denied(
            "these Google credentials make none: they are a person's, or of another kind", f"Run: {IMPERSONATE}"
        )
    return made


def by_metadata(address: str) -> Mint:
    """Tokens by the metadata server of an embedded cloud at `address` (HOST:PORT)."""

    async def mint(audience: str) -> str:
        return await asyncio.to_thread(_asked, address, audience)

    return mint


def _asked(address: str, audience: str) -> str:
    """Ask the embedded cloud for a token. Blocks. Raises ServiceError."""
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import quote

    path = f"/computeMetadata/v1/instance/service-accounts/default/identity?audience={quote(audience, safe='')}"
    connection = HTTPConnection(address, timeout=5.0)
    try:
        connection.request("GET", path, headers={"Metadata-Flavor": "Google"})
        answer = connection.getresponse()
        text = answer.read(16_384).decode("ascii", "replace")
    except (OSError, HTTPException) as error:
        raise ServiceError(f"no metadata server answers at {address}", "Start the cloud again") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise ServiceError(f"the metadata server at {address} answers {answer.status}", "Start the cloud again")
    return text


def _ends(token: str) -> float:
    """When a token ends, by its own claims (Unix seconds); 0 where it does not say."""
    part = token.partition(".")[2].partition(".")[0]
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=_Claims).exp
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return 0.0
