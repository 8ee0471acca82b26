"""The health probe: one small GET over httpx, whose answer is a fact and never an exception."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from warroom.clock import Clock
from warroom.redaction import clean
from warroom.services.errors import ServiceError
from warroom.services.opening import Opened
from warroom.services.ports import Fetched, ProbeResult
from warroom.services.systems.wire.web import NO_PROXY
from warroom.text import plain

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 2.0
"""For the whole probe, in real seconds: a health page that takes longer is not healthy."""

MOST_BYTES = 16_384
MOST_REDIRECTS = 5
"""So many are followed: a service that sends one round and round is not healthy."""

MOST_FETCHED_BYTES = 1024 * 1024
"""Of an answer in which something is looked for."""

SAFE = ("GET", "HEAD")
_AGENT = {"User-Agent": "warroom-probe"}
_DETAIL = 120
_CAUSE = 300
_TURNED_AWAY = (401, 403)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Identity(Protocol):
    """What gives the identity token that a private service wants."""

    async def __call__(self, audience: str) -> str:
        """A token for the service at `audience`, valid for minutes to come. Raises ServiceError."""
        ...


class HttpProber:
    """ports.Prober over httpx.

    `transport` takes the place of the network in tests. Nothing is retried. A redirect is followed within the
    host; anywhere else nobody has said that the service is. `identity` is asked where a probe says for whom.
    """

    def __init__(
        self,
        clock: Clock,
        identity: Identity | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self._clock = clock
        self._identity = identity
        self._timeout = timeout_seconds
        self._transport = transport
        self._opened = Opened(self._open)

    async def probe(self, url: str, audience: str = "") -> ProbeResult:
        """One GET of exactly this URL. `ok` for 2xx only; `reached` once a status line has come."""
        headers = dict(_AGENT)
        at, began = self._clock.now(), time.perf_counter()
        try:
            client = await self._opened.get()
            if audience:
                headers["Authorization"] = f"Bearer {await self._token(url, audience)}"
        except (ValueError, OSError, ImportError) as error:
            return self._result(at, began, _Answer(f"cannot probe from here: {error}"))
        except ServiceError as error:
            title = f"no identity token: {error.title}"
            return replace(self._result(at, began, _Answer(title)), cause=(plain(title, _CAUSE), error.remedy))
        import httpx

        began, answer = time.perf_counter(), _Answer()
        try:
            async with asyncio.timeout(self._timeout):
                await self._follow(client, url, headers, answer)
        except TimeoutError:
            late = f"HTTP {answer.status}, then no end of it" if answer.status else f"no answer in {self._timeout:g} s"
            return self._result(at, began, _Answer(late, answer.status))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return self._result(at, began, _Answer(f"{type(error).__name__}: {error}", answer.status))
        return self._result(at, began, answer, ok=200 <= answer.status < 300)

    async def _token(self, url: str, audience: str) -> str:
        """The token for `audience`. Raises ValueError where it would travel in the clear, ServiceError for none."""
        import httpx

        if self._identity is None:
            raise ServiceError("none can be made here", 'Set probe = "anonymous" or "off" in services.toml')
        try:
            asked = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from error
        if asked.scheme != "https" and asked.host not in _LOOPBACK:
            raise ValueError("an identity token goes over https only")
        return await self._identity(audience)

    async def _follow(self, client: "httpx.AsyncClient", url: str, headers: dict[str, str], answer: "_Answer") -> None:
        """Ask, and go where a redirect leads within the host; what came in the end is put into `answer`."""
        seen: list[str] = []
        while True:
            seen.append(url)
            async with client.stream("GET", url, headers=headers) as got:
                answer.status, answer.server_at = got.status_code, _date(got.headers.get("date", ""))
                body = await _some(got)
            answer.detail = f"HTTP {got.status_code}" if got.is_success else f"HTTP {got.status_code} {body}"
            answer.refused = got.status_code in _TURNED_AWAY
            if not got.has_redirect_location:
                return
            there = got.url.join(got.headers["location"])
            if not _same_host(got.url, there):
                # As a login page of a proxy in front of it does: that page is well says nothing of the service.
                answer.detail = f"HTTP {got.status_code} to {there.host or 'nowhere'}, another host: not followed"
                answer.refused = True
                return
            url = str(there)
            if url in seen or len(seen) > MOST_REDIRECTS:
                turns = "in a circle" if url in seen else f"more than {MOST_REDIRECTS} times"
                answer.detail = f"HTTP {got.status_code}: redirected {turns}"
                return

    async def fetch(self, method: str, url: str, seconds: float, audience: str = "") -> Fetched:
        """One GET or HEAD of `url` itself, waited for at most `seconds`; at least as long as a probe is.

        No other method is sent: a smoke test may run against production.
        """
        if method not in SAFE:
            raise ValueError(f"{method} is not safe to be asked again and again")
        began = time.perf_counter()
        limit = max(self._timeout, seconds)
        # Unpacked it could become anything: it is asked for as it is.
        headers = {**_AGENT, "Accept-Encoding": "identity"}
        try:
            client = await self._opened.get()
            if audience:
                headers["Authorization"] = f"Bearer {await self._token(url, audience)}"
        except (ValueError, OSError, ImportError) as error:
            return _fetched(began, 0, f"cannot ask from here: {error}")
        except ServiceError as error:
            return replace(_fetched(began, 0, f"no identity token: {error.title}"), refused=True)
        import httpx

        began, status = time.perf_counter(), 0
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
        text, refused = "" if unreadable else clean(text), status in _TURNED_AWAY
        return Fetched(status, text, time.perf_counter() - began, unreadable=unreadable, refused=refused)

    async def close(self) -> None:
        """Close the connections."""
        client = await self._opened.if_any()
        if client is not None:
            await client.aclose()

    def _result(self, at: float, began: float, answer: "_Answer", *, ok: bool = False) -> ProbeResult:
        """The result, with the other side's words made plain, without what we sent, and the real seconds it took."""
        return ProbeResult(
            at,
            reached=bool(answer.status),
            ok=ok,
            detail=plain(clean(answer.detail), _DETAIL),
            seconds=time.perf_counter() - began,
            server_at=answer.server_at,
            status=answer.status,
            refused=answer.refused and not ok,
        )

    def _open(self) -> "httpx.AsyncClient":
        """Make the client, with the first probe: httpx and the CAs take a while."""
        import httpx

        return httpx.AsyncClient(
            transport=self._transport,
            mounts={} if self._transport else dict.fromkeys(NO_PROXY),
            timeout=self._timeout,
            follow_redirects=False,
        )


@dataclass
class _Answer:
    """What has come so far; status 0 while nothing has."""

    detail: str = ""
    status: int = 0
    server_at: float | None = None
    refused: bool = False


def _same_host(one: "httpx.URL", other: "httpx.URL") -> bool:
    """Whether a redirect stays where it was sent from, or goes from http to https there; never back."""
    upgraded = (one.scheme, other.scheme) == ("http", "https") and one.port is None and other.port is None
    alike = (one.scheme, one.port) == (other.scheme, other.port)
    return one.host == other.host and (alike or upgraded)


def _date(header: str) -> float | None:
    """A Date header as Unix seconds, None where it is none."""
    try:
        # It is always in GMT, said or not.
        return parsedate_to_datetime(header).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _fetched(began: float, status: int, trouble: str) -> Fetched:
    """What came of a request that did not come to its end."""
    return Fetched(status, "", time.perf_counter() - began, trouble=plain(clean(trouble), _DETAIL))


async def _some(answer: "httpx.Response", most: int = MOST_BYTES) -> str:
    """The answer's first bytes as text. Read raw: a compressed answer could unpack to anything."""
    read = bytearray()
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most]).decode("utf-8", errors="replace")
