"""The embedded cloud's Resource Manager: which of the asked permissions a caller has in a project."""

import msgspec
from aiohttp import web
from msgspec import Struct

from warroom.drill.wire.guard import guarded

PATH = "/v3/projects/{project}:testIamPermissions"


class _Question(Struct):
    permissions: list[str]


class Permissions:
    """Grants whatever is asked, but for what is `denied`."""

    def __init__(self) -> None:
        self.denied: set[str] = set()

    def add_to(self, application: web.Application) -> None:
        """Serve it, to this machine's programs."""
        application.router.add_post(PATH, guarded(self._test))

    async def _test(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=_Question).permissions
        except msgspec.MsgspecError as error:
            fault = {"code": 400, "message": str(error), "status": "INVALID_ARGUMENT"}
            return web.json_response({"error": fault}, status=400)
        granted = [one for one in asked if one not in self.denied]
        return web.json_response({"permissions": granted} if granted else {})
