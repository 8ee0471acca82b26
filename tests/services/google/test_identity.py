"""Identity tokens: made by google-auth over the wire, renewed in time by a clock that the test moves, told nobody."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from google.auth import compute_engine, impersonated_credentials
from google.auth.credentials import AnonymousCredentials

from tests.clocks import START, ManualClock
from tests.drill.clients import SCENARIOS
from warroom import redaction
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.services.errors import Denied, ServiceError, Unreachable
from warroom.services.google import identity
from warroom.services.google.identity import AGAIN_SECONDS, RENEWED_SECONDS, IdentityTokens

AUDIENCE = "https://payments.run.app"


def token(ends: float, of: str = AUDIENCE) -> str:
    """A token that says when it ends, signed by nobody."""
    claims = base64.urlsafe_b64encode(json.dumps({"aud": of, "exp": ends, "n": 1}).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl"


class Minting:
    """Makes tokens that last an hour of the test's clock, and counts them; raises `error` while there is one."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.asked: list[str] = []
        self.error: ServiceError | None = None

    async def __call__(self, audience: str) -> str:
        """The next token."""
        self.asked.append(audience)
        if self.error is not None:
            raise self.error
        return token(self.clock.now() + 3600, audience)


async def test_a_token_is_kept_until_it_is_about_to_end() -> None:
    """One for each audience; a new one is asked for minutes before the end, not at it."""
    clock = ManualClock()
    mint = Minting(clock)
    tokens = IdentityTokens(clock, mint)
    first = await tokens(AUDIENCE)
    clock.advance(3600 - RENEWED_SECONDS - 1)
    assert await tokens(AUDIENCE) == first
    assert mint.asked == [AUDIENCE]
    clock.advance(1)
    second = await tokens(AUDIENCE)
    assert second != first
    await tokens("https://search.run.app")
    assert mint.asked == [AUDIENCE, AUDIENCE, "https://search.run.app"]


async def test_a_failure_while_the_token_still_holds_harms_nobody() -> None:
    """The old one goes on being used to its end; then the failure is told, and nobody is asked over and over."""
    clock = ManualClock()
    mint = Minting(clock)
    tokens = IdentityTokens(clock, mint)
    first = await tokens(AUDIENCE)
    mint.error = Unreachable("Google unreachable", "Wait")
    clock.advance(3600 - RENEWED_SECONDS)
    assert [await tokens(AUDIENCE) for _ in range(3)] == [first] * 3
    assert len(mint.asked) == 2
    clock.advance(RENEWED_SECONDS)
    for _ in range(3):
        with pytest.raises(Unreachable):
            await tokens(AUDIENCE)
    assert len(mint.asked) == 3
    mint.error = None
    clock.advance(AGAIN_SECONDS)
    assert await tokens(AUDIENCE) != first


async def test_what_holds_is_redacted_and_what_is_over_is_forgotten() -> None:
    """No token is shown, and the list of what is looked for does not grow with the hours."""
    clock = ManualClock()
    tokens = IdentityTokens(clock, Minting(clock))
    first = await tokens(AUDIENCE)
    assert redaction.clean(f"Bearer {first}") == f"Bearer {redaction.REDACTED}"
    clock.advance(3600)
    second = await tokens(AUDIENCE)
    assert redaction.clean(second) == redaction.REDACTED
    assert redaction.clean(first) == first
    redaction.let_go(second)


async def test_a_token_that_does_not_say_when_it_ends_is_renewed_soon() -> None:
    """It is used for minutes, not for ever."""
    clock = ManualClock()
    asked: list[str] = []

    async def opaque(audience: str) -> str:
        asked.append(audience)
        return f"opaque-{len(asked)}"

    tokens = IdentityTokens(clock, opaque)
    assert [await tokens(AUDIENCE), await tokens(AUDIENCE)] == ["opaque-1"] * 2
    clock.advance(identity.UNREADABLE_SECONDS)
    assert await tokens(AUDIENCE) == "opaque-2"


class Google:
    """The endpoints of Google's that hand out identity tokens, on loopback."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, Any]] = []

    async def by_key(self, request: web.Request) -> web.Response:
        """A service account's signed assertion for a token."""
        form = dict(await request.post())
        part = str(form["assertion"]).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        self.asked.append(("key", claims["target_audience"]))
        return web.json_response({"id_token": token(START + 3600, claims["target_audience"])})

    async def account(self, request: web.Request) -> web.Response:
        """What a metadata server says of the machine's account."""
        told = {"email": "vm@acme.example", "aliases": ["default"], "scopes": []}
        return web.json_response(told, headers={"Metadata-Flavor": "Google"})

    async def by_metadata(self, request: web.Request) -> web.Response:
        """A metadata server's token."""
        self.asked.append(("metadata", request.query["audience"]))
        return web.Response(text=token(START + 3600, request.query["audience"]), headers={"Metadata-Flavor": "Google"})

    async def by_impersonation(self, request: web.Request) -> web.Response:
        """The IAM API's token for an account that the caller may act as."""
        body = await request.json()
        self.asked.append(("impersonation", body["audience"]))
        return web.json_response({"token": token(START + 3600, body["audience"])})


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    """It, listening."""
    site = Google()
    application = web.Application()
    account = "/computeMetadata/v1/instance/service-accounts/{account}"
    application.router.add_post("/token", site.by_key)
    application.router.add_get(f"{account}/", site.account)
    application.router.add_get(f"{account}/identity", site.by_metadata)
    application.router.add_post("/v1/projects/-/serviceAccounts/{account}:generateIdToken", site.by_impersonation)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


async def minted(credentials: Any) -> str:
    """The token that google-auth makes of these."""

    async def find() -> Any:
        return credentials

    return await identity.by_google(find)(AUDIENCE)


async def test_a_service_accounts_key_makes_a_token(google: Google, tmp_path: Path) -> None:
    """From the file that GOOGLE_APPLICATION_CREDENTIALS names, at the token address that stands in it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.oauth2 import service_account

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "key.json"
    fields = {"client_email": "ci@acme.example", "token_uri": f"{google.url}/token", "private_key": key.decode()}
    file.write_text(json.dumps({"type": "service_account", **fields}))
    credentials = service_account.Credentials.from_service_account_file(str(file))  # type: ignore[no-untyped-call]
    assert await minted(credentials) == token(START + 3600)
    assert google.asked == [("key", AUDIENCE)]


async def test_a_metadata_server_makes_a_token(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Google's machines, for the audience that is asked for."""
    from google.auth.compute_engine import _metadata

    monkeypatch.setattr(_metadata, "_METADATA_ROOT", f"{google.url}/computeMetadata/v1/", raising=False)
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", google.url.removeprefix("http://"), raising=False)
    monkeypatch.setenv("GCE_METADATA_HOST", google.url.removeprefix("http://"))
    assert await minted(compute_engine.Credentials()) == token(START + 3600)  # type: ignore[no-untyped-call]
    assert google.asked == [("metadata", AUDIENCE)]


async def test_impersonation_makes_a_token(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """As gcloud's --impersonate-service-account leaves it behind."""
    from google.auth import iam

    where = f"{google.url}/v1/projects/-/serviceAccounts/{{}}:generateIdToken"
    monkeypatch.setattr(iam, "_IAM_IDTOKEN_ENDPOINT", where)
    caller = AnonymousCredentials()  # type: ignore[no-untyped-call]
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    credentials = impersonated_credentials.Credentials(caller, "ci@acme.example", scopes)  # type: ignore[no-untyped-call]
    assert await minted(credentials) == token(START + 3600)
    assert google.asked == [("impersonation", AUDIENCE)]


async def test_a_persons_login_makes_none() -> None:
    """It is told with the way to have one, and it is no fault of the service."""
    with pytest.raises(Denied) as told:
        await minted(AnonymousCredentials())  # type: ignore[no-untyped-call]
    assert "a person's" in told.value.title
    assert "--impersonate-service-account" in told.value.remedy


async def test_a_drills_tokens_are_its_own_clouds() -> None:
    """The embedded cloud's metadata server is asked, and nothing of Google's."""
    clock = ManualClock()
    emulator = Emulator(load_scenario("good-hotfix", SCENARIOS), clock)
    addresses = await emulator.start()
    try:
        tokens = IdentityTokens(clock, identity.by_metadata(addresses.http))
        made = await tokens(AUDIENCE)
        clock.advance(3600 - RENEWED_SECONDS)
        assert await tokens(AUDIENCE) != made
    finally:
        await emulator.stop()
    clock.advance(3600)
    with pytest.raises(ServiceError):
        await tokens(AUDIENCE)
