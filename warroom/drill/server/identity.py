"""Identity tokens of the embedded cloud, as a metadata server on Google's machines hands them out."""

import base64
import binascii
import hmac
from typing import Any

import msgspec
from aiohttp import web

from warroom.clock import Clock
from warroom.drill.wire.guard import guarded

ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"
"""Where a metadata server tells of the machine's service account; `identity` below it makes a token."""

EMAIL = "warroom@warroom.example"
LASTS_SECONDS = 3600.0
_FLAVOR = {"Metadata-Flavor": "Google"}


class Tokens:
    """Makes identity tokens for an audience, and knows its own again. They last an hour of the drill's clock."""

    def __init__(self, clock: Clock, key: str) -> None:
        self._clock = clock
        self._key = key.encode()

    def add_to(self, application: web.Application) -> None:
        """Serve them where clients of a metadata server look, to this machine's programs."""
        application.router.add_get(ACCOUNT, guarded(self._account))
        application.router.add_get(f"{ACCOUNT}identity", guarded(self._identity))

    def make(self, audience: str) -> str:
        """A token for the service at `audience`."""
        now = int(self._clock.now())
        claims = {"aud": audience, "email": EMAIL, "iat": now, "exp": now + int(LASTS_SECONDS)}
        signed = f"{_coded({'alg': 'HS256', 'typ': 'JWT'})}.{_coded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def audience(self, token: str) -> str:
        """For whom a token of this cloud is; "" for a foreign one, and for one whose time is over."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(signed).encode()):
            return ""
        try:
            claims = msgspec.json.decode(_decoded(signed.partition(".")[2]))
        except (msgspec.DecodeError, binascii.Error, ValueError):
            return ""
        return str(claims["aud"]) if claims["exp"] > self._clock.now() else ""

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self._key, signed.encode("utf-8", "replace"), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    async def _account(self, request: web.Request) -> web.Response:
        told = {"aliases": ["default"], "email": EMAIL, "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}
        return _flavored(request) or web.json_response(told, headers=_FLAVOR)

    async def _identity(self, request: web.Request) -> web.Response:
        audience = request.query.get("audience", "")
        if not audience:
            return web.Response(status=400, text="non-empty audience parameter required", headers=_FLAVOR)
        return _flavored(request) or web.Response(text=self.make(audience), headers=_FLAVOR)


def _flavored(request: web.Request) -> web.Response | None:
    """What is answered to who does not say that he knows whom he asks; None for who does."""
    if request.headers.get("Metadata-Flavor") == "Google":
        return None
    return web.Response(status=403, text="Missing required header: Metadata-Flavor", headers=_FLAVOR)


def _coded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
