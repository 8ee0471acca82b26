"""JSON over HTTP, as all the other systems speak it: tried again where that is safe, with typed errors."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.opening import Opened
from warroom.services.systems.wire.refused import refusal
from warroom.text import plain

if TYPE_CHECKING:
    import httpx
    from httpx_retries import Retry

TIMEOUT_SECONDS = 10.0
"""For one try, in real seconds."""

RETRIES = 4
MOST_WAIT_SECONDS = 30.0
"""Nobody in an emergency waits longer for a rate limit: then it is told, and people go on by hand."""

_DETAIL = 300
NO_PROXY = ("all://127.0.0.1", "all://localhost", "all://[::1]")
"""A proxy from the environment leads outside; a drill's systems and revisions are on this machine."""


Query = dict[str, str | Sequence[str]]
"""What is asked behind the path; a name with several values stands there once for each."""


class Web:
    """One system's HTTP API below `url`. `system` is its name in sentences, `headers` go with every request.

    What may be done twice (GET, PUT, and what is asked with `again`) is tried anew after any failure of the way; the
    rest only after 420, 429 and 503, when nothing was done, and as late as Retry-After says.
    """

    def __init__(self, system: str, url: str, headers: Mapping[str, str]) -> None:
        self._system = system
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._opened = Opened(_open)
        self.scopes: frozenset[str] | None = None
        """What the newest answer says that the token may do; None where the system does not say."""

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> Any:  # noqa: ANN401
        """One request; the answer's JSON, None where it has none. Raises ServiceError."""
        client = await self._opened.get()
        import httpx

        retry = _retry(anything=again or method in ("GET", "PUT"))
        content = None if body is None else msgspec.json.encode(body)
        typed = {"Content-Type": "application/json"} if content is not None else {}
        try:
            answer = await client.request(
                method,
                self._url + path,
                content=content,
                params={name: one if isinstance(one, str) else list(one) for name, one in query.items()}
                if query
                else None,
                headers={**self._headers, **typed, **(headers or {})},
                extensions={"retry": retry},
            )
        except httpx.ConnectError as error:
            raise self._unreachable(error, Effect.NOTHING) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._unreachable(error, Effect.NOTHING if method == "GET" else Effect.UNKNOWN) from error
        return self._checked(answer, method)

    async def close(self) -> None:
        """Close the connections."""
        client = await self._opened.if_any()
        if client is not None:
            await client.aclose()

    def _checked(self, answer: "httpx.Response", method: str) -> Any:  # noqa: ANN401
        detail = plain(answer.text, _DETAIL)
        if "x-oauth-scopes" in answer.headers:
            self.scopes = frozenset(re.split(r"[\s,]+", answer.headers["x-oauth-scopes"].strip())) - {""}
        if answer.is_success:
            try:
                return msgspec.json.decode(answer.content) if answer.content.strip() else None
            except msgspec.DecodeError as error:
                unknown = Effect.NOTHING if method == "GET" else Effect.UNKNOWN
                raise ServiceError(
                    f"{self._system} answered with something that is no JSON",
                    "Check the url in integrations.toml.",
                    detail=detail,
                    effect=unknown,
                ) from error
        raise refusal(self._system, answer.status_code, answer.headers, answer.content, method)

    def _unreachable(self, error: Exception, effect: Effect) -> Unreachable:
        detail = plain(f"{type(error).__name__}: {error}", _DETAIL)
        return Unreachable(
            f"{self._system} does not answer", "Check the way there, or do it by hand.", detail=detail, effect=effect
        )


def _open() -> "httpx.AsyncClient":
    """A client that tries again as a request's extension "retry" says. httpx and the CAs take a while."""
    import httpx
    from httpx_retries import RetryTransport

    way = httpx.AsyncClient(mounts=dict.fromkeys(NO_PROXY), timeout=TIMEOUT_SECONDS, follow_redirects=False)

    class Way(httpx.AsyncBaseTransport):
        """Through a client of its own, which knows the environment's proxies; a bare transport would not."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await way.send(request, stream=True)

        async def aclose(self) -> None:
            await way.aclose()

    return httpx.AsyncClient(
        transport=RetryTransport(transport=Way()), timeout=TIMEOUT_SECONDS, headers={"User-Agent": "warroom"}
    )


def _retry(*, anything: bool) -> "Retry":
    """After what, and how often, a request is tried again: after `anything`, or only when nothing was done yet."""
    from httpx_retries import Retry

    nothing_done = [420, 429, 503]
    return Retry(
        total=RETRIES,
        allowed_methods=[*Retry.RETRYABLE_METHODS, "POST", "PATCH"],
        status_forcelist=[*nothing_done, 500, 502, 504] if anything else nothing_done,
        retry_on_exceptions=None if anything else [],
        backoff_factor=0.25,
        max_backoff_wait=MOST_WAIT_SECONDS,
        total_timeout=2 * MOST_WAIT_SECONDS,
    )
