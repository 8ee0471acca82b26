"""The probe on servers with strict routes, redirects and locked doors."""

from collections.abc import Callable

import pytest

from tests.clocks import ManualClock
from tests.patience import PATIENCE_SECONDS
from tests.services.strict import serving
from warroom import redaction
from warroom.protocol.services import ServiceConfig
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services import asking
from warroom.services.errors import Denied
from warroom.services.ports import ProbeResult
from warroom.services.probe import MOST_REDIRECTS, HttpProber

OWN = ServiceConfig("payments", "europe-west1", "acme")
OK: tuple[int, dict[str, str]] = (200, {})
TOKEN = "header.claims.signature"


async def token(audience: str) -> str:
    """An identity that knows only the service."""
    assert audience == "https://payments.run.app"
    return TOKEN


async def probed(url: str, audience: str = "", identity: object = None) -> ProbeResult:
    """One probe of exactly this URL."""
    prober = HttpProber(ManualClock(), identity, timeout_seconds=PATIENCE_SECONDS)  # type: ignore[arg-type]
    try:
        return await prober.probe(url, audience)
    finally:
        await prober.close()


@pytest.mark.parametrize("path", ["/health", "/health/", "/", "/a/b?deep=1&x=%2F", "/health%20now"])
@pytest.mark.parametrize("base", ["", "/"])
async def test_what_is_configured_is_what_is_asked(path: str, base: str) -> None:
    """A strict server is asked for the path as it stands, trailing slash and query and all, and for no other."""
    async with serving({path: OK}) as site:
        result = await probed(asking.address(site.url + base, path))
        assert (result.ok, site.asked) == (True, [path])


async def test_a_trailing_slash_is_another_page() -> None:
    """What a strict server does not know is its 404, and no refusal."""
    async with serving({"/health": OK}) as site:
        result = await probed(asking.address(site.url, "/health/"))
        assert (result.ok, result.status, result.refused) == (False, 404, False)


async def test_a_redirect_within_the_host_is_followed() -> None:
    """/health may lead to /health/ and to /status: what comes in the end counts."""
    pages = {"/health": (308, {"Location": "/health/"}), "/health/": (302, {"Location": "status?x=1"})}
    async with serving({**pages, "/health/status?x=1": OK}) as site:
        result = await probed(f"{site.url}/health")
        assert (result.ok, result.detail) == (True, "HTTP 200")
        assert site.asked == ["/health", "/health/", "/health/status?x=1"]


async def test_a_redirect_to_another_host_is_told_and_not_followed() -> None:
    """Not even to another port: a login page that is well says nothing of the service."""
    async with (
        serving({"/login": OK}) as other,
        serving({"/health": (302, {"Location": f"{other.url}/login"})}) as site,
    ):
        result = await probed(f"{site.url}/health")
        assert (result.reached, result.ok, result.refused) == (True, False, True)
        assert result.detail == "HTTP 302 to 127.0.0.1, another host: not followed"
        assert other.asked == []


@pytest.mark.parametrize(
    ("next_page", "words", "asked"),
    [(lambda n: "/0", "in a circle", 1), (lambda n: f"/{n + 1}", "more than 5 times", MOST_REDIRECTS + 1)],
)
async def test_redirects_without_end(next_page: Callable[[int], str], words: str, asked: int) -> None:
    """A circle is noticed at its second turn, and a long way ends: each is an answer, and a bad one."""
    async with serving({f"/{n}": (302, {"Location": next_page(n)}) for n in range(20)}) as site:
        result = await probed(f"{site.url}/0")
        assert (result.reached, result.ok, result.refused) == (True, False, False)
        assert words in result.detail
        assert len(site.asked) == asked


async def test_an_identity_token_goes_to_the_service_and_along_a_redirect_of_its_own() -> None:
    """It is sent where it is for, and nowhere else."""
    async with serving({"/health": (307, {"Location": "/up"}), "/up": OK}) as site:
        result = await probed(f"{site.url}/health", "https://payments.run.app", token)
        assert result.ok
        assert site.tokens == [f"Bearer {TOKEN}"] * 2
    async with serving({}) as other, serving({"/health": (302, {"Location": f"{other.url}/"})}) as site:
        await probed(f"{site.url}/health", "https://payments.run.app", token)
        assert other.tokens == []


async def test_an_anonymous_probe_brings_nothing() -> None:
    """Without an audience nobody is asked for a token."""
    async with serving({"/health": OK}) as site:
        assert (await probed(f"{site.url}/health", identity=token)).ok
        assert site.tokens == [""]


async def test_a_token_never_travels_in_the_clear() -> None:
    """Over plain http it goes to this machine alone; nothing is asked."""
    result = await probed("http://payments.example/health", "https://payments.run.app", token)
    assert (result.reached, result.ok) == (False, False)
    assert "https only" in result.detail


async def test_without_a_token_nothing_is_asked_and_the_cause_is_told() -> None:
    """It says nothing of the service: not reached, with a title and a remedy."""

    async def none(audience: str) -> str:
        raise Denied("these credentials make none", "Run: gcloud auth …")

    async with serving({"/health": OK}) as site:
        result = await probed(f"{site.url}/health", "https://payments.run.app", none)
        assert (result.reached, result.refused, site.asked) == (False, False, [])
        assert result.cause == ("no identity token: these credentials make none", "Run: gcloud auth …")
        assert (await probed(f"{site.url}/health", "https://payments.run.app")).cause is not None


async def test_a_server_that_sends_the_token_back_does_not_show_it() -> None:
    """What is told of an answer is without it."""
    redaction.hold(TOKEN)
    try:
        async with serving({"/health": (302, {"Location": f"http://{TOKEN}.example/"})}) as site:
            result = await probed(f"{site.url}/health", "https://payments.run.app", token)
            assert TOKEN not in result.detail
            assert redaction.REDACTED in result.detail
    finally:
        redaction.let_go(TOKEN)


def look(**changes: object) -> Service:
    """A look at the service."""
    ref = ServiceRef("payments", "europe-west1", "acme")
    url = "https://payments.run.app"
    return Service(ref, "e", (), (), "r", "r", settled=True, url=url, **changes)  # type: ignore[arg-type]


def test_what_is_asked_goes_by_services_toml() -> None:
    """The token of a tag's URL is for the service, a probe that is off asks nothing, another path is another page."""
    identity = ServiceConfig("payments", "europe-west1", "acme", health_path="/up?x=1", probe="identity")
    off = ServiceConfig("payments", "europe-west1", "acme", probe="off")
    assert asking.ask(OWN, look()) == asking.Ask("https://payments.run.app/health")
    tagged = asking.ask(identity, look(), "https://tag---payments.run.app")
    assert tagged == asking.Ask("https://tag---payments.run.app/up?x=1", "https://payments.run.app")
    assert asking.ask(OWN, look(), path="/pay") == asking.Ask("https://payments.run.app/pay")
    assert asking.ask(off, look()) is None


def test_a_404_of_an_internal_service_is_cloud_runs_own() -> None:
    """From outside of its network nobody reaches it: that is a refusal. A public service's 404 is its own."""
    missing = ProbeResult(1.0, reached=True, ok=False, detail="HTTP 404", status=404)
    assert asking.seen_through(missing, look(internal=True)).refused
    assert not asking.seen_through(missing, look()).refused
    assert not asking.seen_through(ProbeResult(1.0, True, False, "HTTP 503", status=503), look(internal=True)).refused
