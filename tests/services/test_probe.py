"""The health probe reports whatever happens and raises nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.clocks import START, ManualClock
from tests.patience import PATIENCE_SECONDS
from warroom.services.ports import ProbeResult
from warroom.services.probe import MOST_BYTES, HttpProber

URL = "https://t---s.run.app/health?deep=1"


async def probed(answer: Callable[[httpx.Request], httpx.Response], url: str = URL) -> ProbeResult:
    """What one probe says of a server that answers so."""
    prober = HttpProber(ManualClock(), transport=httpx.MockTransport(answer))
    try:
        return await prober.probe(url)
    finally:
        await prober.close()


async def body(text: str) -> AsyncIterator[bytes]:
    """A body that comes over the network, as it were."""
    yield text.encode()


@asynccontextmanager
async def listening(*parts: bytes) -> AsyncIterator[str]:
    """The URL of a server that sends these bytes to whoever comes, and then nothing more."""
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("status", "ok"),
    [(200, True), (204, True), (301, False), (401, False), (403, False), (404, False), (500, False), (503, False)],
)
async def test_statuses(status: int, ok: bool) -> None:
    """2xx only is ok; a redirect to another host is not followed; all of them are answers."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"location": "https://login.example"}, content=body("why"))

    result = await probed(answer)
    assert (result.reached, result.ok, result.at, result.status) == (True, ok, START, status)
    assert f"HTTP {status}" in result.detail
    assert result.refused == (status in (301, 401, 403))
    assert asked == [URL], "just as it is configured: nothing put to its end, the query kept"


async def test_the_answers_words_are_plain_and_short(hostile: str) -> None:
    """One line of at most 120 characters, whatever is in the body."""
    result = await probed(lambda request: httpx.Response(503, content=body(hostile)))
    assert "payload" in result.detail
    assert len(result.detail) <= 120
    assert not {"\x1b", "\n", "\u202e"} & set(result.detail)


async def test_an_endless_body_is_not_read() -> None:
    """A little of it is enough."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024
            yield b"x" * 1024

    result = await probed(lambda request: httpx.Response(200, content=endless()))
    assert result.ok
    assert sent <= MOST_BYTES + 1024


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("what?"),
        OSError("no buffer"),
        ValueError("odd"),
    ],
)
async def test_no_answer(error: Exception) -> None:
    """Whatever keeps an answer from coming is a result too: not reached, and why."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    result = await probed(answer)
    assert (result.reached, result.ok) == (False, False)
    assert str(error) in result.detail


@pytest.mark.parametrize("url", ["", "ftp://x", "http://[", "http://\x1b", "x" * 70_000, "http://" + "x" * 70])
async def test_a_url_that_is_none(url: str) -> None:
    """Not reached, and no exception."""
    prober = HttpProber(ManualClock(), timeout_seconds=0.2)
    result = await prober.probe(url)
    await prober.close()
    assert (result.reached, result.ok) == (False, False)
    assert result.detail
    assert "\x1b" not in result.detail


async def test_a_silent_server_times_out() -> None:
    """It is not reached; the real time it took is told."""
    async with listening() as url:
        prober = HttpProber(ManualClock(), timeout_seconds=0.1)
        result = await prober.probe(url)
        await prober.close()
    assert (result.reached, result.ok, result.detail) == (False, False, "no answer in 0.1 s")
    assert result.seconds >= 0.1


async def test_a_body_that_never_ends_is_not_ok() -> None:
    """A status line alone is no healthy answer."""

    async def half() -> AsyncIterator[bytes]:
        yield b"hal"
        await asyncio.Event().wait()

    # Not over the network, where the status itself could be late on a busy machine.
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=half()))
    prober = HttpProber(ManualClock(), timeout_seconds=0.1, transport=transport)
    result = await prober.probe("http://127.0.0.1:1")
    await prober.close()
    assert (result.reached, result.ok, result.detail) == (True, False, "HTTP 200, then no end of it")


async def test_loopback_goes_round_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not asked for a revision on this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as url:
        prober = HttpProber(ManualClock(), timeout_seconds=PATIENCE_SECONDS)
        result = await prober.probe(url)
        await prober.close()
    assert result.ok


async def test_a_bad_proxy_setting_is_told_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong on this side is a result as well, each time, and closing works."""
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy")
    prober = HttpProber(ManualClock())
    for _ in range(2):
        result = await prober.probe("http://127.0.0.1:1")
        assert not result.reached
        assert "cannot probe from here" in result.detail
    await prober.close()


async def test_closing_one_that_never_probed() -> None:
    """Nothing was opened, nothing is to close."""
    await HttpProber(ManualClock()).close()
