"""JSON over HTTP against a real server: what is tried again, what is not, and what each failure says."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.systems.wire.refused import refusal, told
from warroom.services.systems.wire.web import Web


class Server:
    """Answers with `plan`, one status after the other, then 200; keeps what was asked."""

    def __init__(self) -> None:
        self.plan: list[tuple[int, dict[str, str], str]] = []
        self.asked: list[tuple[str, str, str, str]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """One answer, as planned."""
        body = await request.text()
        self.asked.append((request.method, request.path_qs, request.headers.get("Authorization", ""), body))
        status, headers, text = self.plan.pop(0) if self.plan else (200, {}, '{"ok": true}')
        return web.Response(status=status, headers=headers, text=text)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server on a free port of loopback."""
    server = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    yield server
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Web]:
    """A client of it."""
    client = Web("Pager", server.url, {"Authorization": "Token t"})
    yield client
    await client.close()


async def test_a_question_and_its_answer(server: Server, client: Web) -> None:
    """Path, query, token and body arrive as given; the answer is its JSON."""
    assert await client.ask("POST", "/incidents", {"a": 1}, query={"x": "1 2"}) == {"ok": True}
    assert server.asked == [("POST", "/v1/incidents?x=1+2", "Token t", '{"a":1}')]


async def test_a_rate_limit_is_waited_for(server: Server, client: Web) -> None:
    """Also for what may not be done twice: nothing was done yet."""
    server.plan = [(429, {"Retry-After": "0"}, ""), (503, {}, ""), (420, {}, "")]
    assert await client.ask("POST", "/messages", {}) == {"ok": True}
    assert len(server.asked) == 4


async def test_a_failure_after_which_nobody_knows(server: Server, client: Web) -> None:
    """A POST is not sent a second time after a 500 or a lost answer, unless that does no harm; a GET is."""
    server.plan = [(500, {}, "oops")]
    with pytest.raises(Unreachable) as caught:
        await client.ask("POST", "/messages", {})
    assert (caught.value.effect, len(server.asked), caught.value.detail) == (Effect.UNKNOWN, 1, "oops")
    server.plan = [(500, {}, ""), (502, {}, "")]
    await client.ask("POST", "/enqueue", {}, again=True)
    server.plan = [(500, {}, "")]
    await client.ask("GET", "/oncalls")
    assert len(server.asked) == 1 + 3 + 2


SAID = [
    (b'{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"head","code":"invalid"}]}',
     "Validation Failed; head: invalid"),
    (b'{"error":{"message":"Invalid Input Provided","code":2001,"errors":["Title cannot be empty."]}}',
     "Invalid Input Provided; Title cannot be empty."),
    (b'{"status":"invalid event","message":"Event object is invalid","errors":["\'routing_key\' is missing"]}',
     "Event object is invalid; 'routing_key' is missing"),
    (b'{"error":["Component id is not on this page"]}', "Component id is not on this page"),
    (b'{"name":["is too long","is reserved"]}', "name: is too long; name: is reserved"),
    (b'{"error":{"code":400,"message":"bad","details":[{"fieldViolations":[{"field":"a.b","description":"no"}]}]}}',
     "bad; a.b: no"),
    (b"[]", "[]"),
    (b"<html>", "<html>"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "words"), SAID)
def test_what_an_error_s_body_says(body: bytes, words: str) -> None:
    """Its messages, with the field that each is about, in every form that these systems have; else as it came."""
    assert told(body) == words


@pytest.mark.parametrize(
    ("status", "headers", "limited"),
    [
        (403, {"retry-after": "60"}, True),
        (403, {"x-ratelimit-remaining": "0"}, True),
        (403, {}, False),
        (429, {}, True),
        (420, {}, True),
    ],
)
def test_a_rate_limit_is_no_want_of_permission(status: int, headers: dict[str, str], limited: bool) -> None:
    """A secondary limit comes as 403 with Retry-After, or in words: it passes, and no token is to be changed."""
    error = refusal("GitHub", status, headers, b"", "POST")
    assert error.passing is limited
    assert ("takes no more for now" in error.title) is limited
    worded = refusal("GitHub", 403, {}, b'{"message":"You have exceeded a secondary rate limit."}', "POST")
    assert worded.passing


async def test_the_token_s_scopes_are_kept(server: Server, client: Web) -> None:
    """As the newest answer that names them has them; a system that names none says nothing."""
    await client.ask("GET", "/x")
    assert client.scopes is None
    server.plan = [(200, {"X-OAuth-Scopes": "repo, read:org"}, "{}")]
    await client.ask("GET", "/x")
    assert client.scopes == {"repo", "read:org"}


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (401, Denied, "Pager refuses the token"),
        (403, Denied, "Pager does not let the token do that"),
        (404, NotFound, "Pager knows nothing of that"),
        (409, Conflict, "there already"),
        (400, ServiceError, "Pager does not take it as it is"),
    ],
)
async def test_refusals(server: Server, client: Web, status: int, kind: type[ServiceError], says: str) -> None:
    """Each has its sentence; the other side's words are a plain detail; nothing was changed."""
    server.plan = [(status, {}, "\x1b[31mno[/red]")]
    with pytest.raises(kind, match=says) as caught:
        await client.ask("POST", "/x", {})
    assert caught.value.effect is Effect.NOTHING
    assert "\x1b" not in caught.value.detail and "no[/red]" in caught.value.detail


async def test_a_limit_that_stays(server: Server, client: Web) -> None:
    """After some tries it is told, with the time that the other side names."""
    server.plan = [(429, {"Retry-After": "0"}, "")] * 9
    with pytest.raises(ServiceError, match=r"takes no more for now.*Try again in 0 s"):
        await client.ask("POST", "/messages", {})


async def test_nobody_there() -> None:
    """No answer at all to a connection means that nothing was done."""
    client = Web("Pager", "http://127.0.0.1:9", {})
    with pytest.raises(Unreachable, match="Pager does not answer") as caught:
        await client.ask("POST", "/messages", {})
    assert caught.value.effect is Effect.NOTHING
    await client.close()


async def test_no_json(server: Server, client: Web) -> None:
    """A page of a proxy is no answer."""
    server.plan = [(200, {}, "<html>")]
    with pytest.raises(ServiceError, match="no JSON"):
        await client.ask("GET", "/x")
