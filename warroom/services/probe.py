"""The health probe: one small GET over httpx, whose answer is a fact and never an exception."""

import asyncio
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from warroom.clock import Clock
from warroom.services.opening import Opened
from warroom.services.ports import Fetched, ProbeResult
from warroom.services.systems.web import NO_PROXY
from warroom.text import plain

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 2.0
"""For the whole probe, in real seconds: a health page that takes longer is not healthy."""

MOST_BYTES = 16_384
MOST_FETCHED_BYTES = 1024 * 1024
"""Of an answer in which something is looked for."""

SAFE = ("GET", "HEAD")
_AGENT = {"User-Agent": "warroom-probe"}
_DETAIL = 120


class HttpProber:
    """ports.Prober over httpx.

    `transport` takes the place of the network in tests. Nothing is retried and no redirect is followed: what the
    health path itself answers is the evidence.
    """

    def __init__(
        self,
        clock: Clock,
        health_path: str = "/",
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self._clock = clock
        self._path = "/" + health_path.lstrip("/")
        self._timeout = timeout_seconds
        self._transport = transport
        self._opened = Opened(self._open)

    async def probe(self, url: str) -> ProbeResult:
        """One GET of the URL's health path. `ok` for 2xx only; `reached` once a status line has come."""
        at, began = self._clock.now(), time.perf_counter()
        try:
            client = await self._opened.get()
        except (ValueError, OSError, ImportError) as error:
            return self._result(at, began, False, False, f"cannot probe from here: {error}")
        import httpx

        status, server_at = 0, None
        try:
            async with (
                asyncio.timeout(self._timeout),
                client.stream("GET", url.rstrip("/") + self._path, headers=_AGENT) as answer,
            ):
                status, server_at = answer.status_code, _date(answer.headers.get("date", ""))
                body = await _some(answer)
            detail = f"HTTP {status}" if answer.is_success else f"HTTP {status} {body}"
        except TimeoutError:
            detail = f"HTTP {status}, then no end of it" if status else f"no answer in {self._timeout:g} s"
            return self._result(at, began, bool(status), False, detail)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return self._result(at, began, bool(status), False, f"{type(error).__name__}: {error}")
        return replace(self._result(at, began, True, 200 <= status < 300, detail), server_at=server_at)

    async def fetch(self, method: str, url: str, seconds: float) -> Fetched:
        """One GET or HEAD of `url` itself, waited for at most `seconds`; at least as long as a probe is.

        No other method is sent: a smoke test may run against production.
        """
        if method not in SAFE:
            raise ValueError(f"{method} is not safe to be asked again and again")
        began = time.perf_counter()
        limit = max(self._timeout, seconds)
        try:
            client = await self._opened.get()
        except (ValueError, OSError, ImportError) as error:
            return _fetched(began, 0, f"cannot ask from here: {error}")
        import httpx

        # Unpacked it could become anything: it is asked for as it is.
        headers = {**_AGENT, "Accept-Encoding": "identity"}
        status = 0
        try:
            async with (
                asyncio.timeout(limit),
                client.stream(method, url, headers=headers, timeout=limit) as answer,
            ):
                status, packed = answer.status_code, answer.headers.get("content-encoding", "identity")
                text = await _some(answer, MOST_FETCHED_BYTES)
        except TimeoutError:
            return _fetched(began, status, f"no end of it in {limit:g} s" if status else f"no answer in {limit:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return _fetched(began, status, f"{type(error).__name__}: {error}")
        unreadable = "" if packed == "identity" else f"is packed ({plain(packed, 20)})"
        return Fetched(status, "" if unreadable else text, time.perf_counter() - began, unreadable=unreadable)

    async def close(self) -> None:
        """Close the connections."""
        client = await self._opened.if_any()
        if client is not None:
            await client.aclose()

    def _result(self, at: float, began: float, reached: bool, ok: bool, detail: str) -> ProbeResult:
        """The result, with the other side's words made plain and the real seconds it took."""
        return ProbeResult(at, reached, ok, plain(detail, _DETAIL), time.perf_counter() - began)

    def _open(self) -> "httpx.AsyncClient":
        """Make the client, with the first probe: httpx and the CAs take a while."""
        import httpx

        return httpx.AsyncClient(
            transport=self._transport,
            mounts={} if self._transport else dict.fromkeys(NO_PROXY),
            timeout=self._timeout,
            follow_redirects=False,
        )


def _date(header: str) -> float | None:
    """A Date header as Unix seconds, None where it is none."""
    try:
        # It is always in GMT, said or not.
        return parsedate_to_datetime(header).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _fetched(began: float, status: int, trouble: str) -> Fetched:
    """What came of a request that did not come to its end."""
    return Fetched(status, "", time.perf_counter() - began, trouble=plain(trouble, _DETAIL))


async def _some(answer: "httpx.Response", most: int = MOST_BYTES) -> str:
    """The answer's first bytes as text. Read raw: a compressed answer could unpack to anything."""
    read = bytearray()
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most]).decode("utf-8", errors="replace")
