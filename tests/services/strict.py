"""A server with strict routes, to probe over the wire: it answers what it was told to, and 404 elsewhere."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Strict:
    """`pages` go by the raw request target; each is a status, the answer's headers, and whether a token is wanted."""

    url: str
    pages: dict[str, tuple[int, dict[str, str]]]
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(pages: Mapping[str, tuple[int, dict[str, str]]]) -> AsyncIterator[Strict]:
    """Serve them on a free port of loopback for as long as the block lasts."""

    async def answer(request: web.Request) -> web.Response:
        site.asked.append(request.raw_path)
        site.tokens.append(request.headers.get("Authorization", ""))
        status, headers = site.pages.get(request.raw_path, (404, {}))
        return web.Response(status=status, headers=headers)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    socket = web.TCPSite(runner, "127.0.0.1", 0)
    await socket.start()
    site = Strict(f"http://127.0.0.1:{runner.addresses[0][1]}", dict(pages))
    try:
        yield site
    finally:
        await runner.cleanup()
