"""A request of the smoke test: what counts as answered well, and which words tell what came instead."""

import httpx
import pytest

from tests.clocks import ManualClock
from tests.services.test_probe import body
from warroom.protocol.services import SmokeRequest
from warroom.services.asking import address
from warroom.services.ports import Fetched
from warroom.services.probe import HttpProber
from warroom.services.smoke import judged

JSON = SmokeRequest("/health", json={"status": "ok", "db.up": True, "nodes.0": 3})
CASES = {
    "2xx": (SmokeRequest("/"), Fetched(204), True, "2xx", "HTTP 204"),
    "other status": (SmokeRequest("/"), Fetched(503, "down"), False, "2xx", "HTTP 503 down"),
    "one of several": (SmokeRequest("/", status=(401, 403)), Fetched(403), True, "401 or 403", "HTTP 403"),
    "none of several": (SmokeRequest("/", status=(401, 403)), Fetched(200), False, "401 or 403", "HTTP 200"),
    "text": (SmokeRequest("/", contains="sign in"), Fetched(200, "please sign in"), True, "sign in", "HTTP 200"),
    "no text": (SmokeRequest("/", contains="sign in"), Fetched(200, "hello"), False, "sign in", "without it"),
    "packed": (SmokeRequest("/", contains="x"), Fetched(200, unreadable="is packed (gzip)"), False, "x", "is packed"),
    "json": (JSON, Fetched(200, '{"status":"ok","db":{"up":true},"nodes":[3]}'), True, "status = “ok”", "HTTP 200"),
    "json value": (JSON, Fetched(200, '{"status":"bad"}'), False, "status = “ok”", "status = “bad”"),
    "json type": (JSON, Fetched(200, '{"status":"ok","db":{"up":1}}'), False, "db.up = true", "db.up = 1"),
    "json missing": (JSON, Fetched(200, '{"status":"ok"}'), False, "db.up = true", "no db.up in it"),
    "no json": (JSON, Fetched(200, "<html>"), False, "JSON", "no JSON: <html>"),
    "in time": (SmokeRequest("/", within_ms=500), Fetched(200, seconds=0.4), True, "within 500 ms", "400 ms"),
    "too slow": (SmokeRequest("/", within_ms=500), Fetched(200, seconds=0.8), False, "within 500 ms", "800 ms"),
    "nothing": (SmokeRequest("/"), Fetched(trouble="no answer in 2 s"), False, "2xx", "no answer in 2 s"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_expectation(name: str) -> None:
    """The first thing that is otherwise is told, with what was expected and what came."""
    request, came, ok, expected, got = CASES[name]
    result = judged(request, came)
    assert (result.request, result.ok) == (f"GET {request.path}", ok)
    assert expected in result.expected
    assert got in result.got


def test_the_address_is_the_path_below_the_url() -> None:
    """One slash between them, and the query as it was written."""
    assert address("https://t---s.run.app/", "/health?deep=1") == "https://t---s.run.app/health?deep=1"
    assert address("http://127.0.0.1:1/p/r/s", "/") == "http://127.0.0.1:1/p/r/s/"


async def test_a_request_goes_out_as_it_is_written() -> None:
    """Method, path and query arrive; the answer is asked for unpacked; nothing unsafe is ever sent."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=body("fine"))

    prober = HttpProber(ManualClock(), transport=httpx.MockTransport(answer))
    came = await prober.fetch("GET", "https://s.test/health?deep=1", 1.0)
    assert (came.status, came.text, came.trouble) == (200, "fine", "")
    assert [(one.method, str(one.url)) for one in asked] == [("GET", "https://s.test/health?deep=1")]
    assert asked[0].headers["accept-encoding"] == "identity"
    with pytest.raises(ValueError, match="not safe"):
        await prober.fetch("POST", "https://s.test/orders", 1.0)
    await prober.close()


async def test_what_never_comes_is_told() -> None:
    """No exception, and words for it."""

    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    prober = HttpProber(ManualClock(), transport=httpx.MockTransport(fails))
    came = await prober.fetch("HEAD", "https://s.test/", 1.0)
    assert (came.status, came.trouble) == (0, "ConnectError: refused")
    await prober.close()
