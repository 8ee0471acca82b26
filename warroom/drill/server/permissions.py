"""The embedded cloud's Resource Manager: which of the asked permissions a caller has in a project."""

from collections.abc import Iterable

import msgspec
from aiohttp import web
from msgspec import Struct

from warroom.drill.wire.guard import guarded

PATH = "/v3/projects/{project}:testIamPermissions"


class _Question(Struct):
    permissions: list[str]


class Permissions:
    """Grants whatever is asked in one of its `projects`, but for what is `denied`; of others it says nothing."""

    def __init__(self, projects: Iterable[str]) -> None:
        self.denied: set[str] = set()
        self._projects = frozenset(projects)

    def add_to(self, application: web.Application) -> None:
        """Serve it, to this machine's programs."""
        application.router.add_post(PATH, guarded(self._test))

    async def _test(self, request: web.Request) -> web.Response:
        project = request.match_info["project"]
        if project not in self._projects:  # Google does not tell one that is not there from one that is not yours
            return _fault(403, "The caller does not have permission", "PERMISSION_DENIED")
        try:
            asked = msgspec.json.decode(await request.read(), type=_Question).permissions
        except msgspec.MsgspecError as error:
            return _fault(400, str(error), "INVALID_ARGUMENT")
        granted = [one for one in asked if one not in self.denied]
        return web.json_response({"permissions": granted} if granted else {})


def _fault(code: int, message: str, status: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message, "status": status}}, status=code)
