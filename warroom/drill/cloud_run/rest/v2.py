"""Cloud Run Admin API v2 in JSON: services, revisions and operations of the embedded cloud."""

from typing import Any

from aiohttp import web
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import json_format

from warroom.drill.cloud_run.api import RunApi
from warroom.drill.cloud_run.operations import OperationsApi
from warroom.drill.cloud_run.rest.answers import body_of, called, invalid, not_here, number, paths, route
from warroom.drill.cloud_run.state import CloudState
from warroom.drill.wire.proto import Message, set_seconds

_SERVICES, _REVISIONS = "google.cloud.run.v2.Services", "google.cloud.run.v2.Revisions"
_OPERATIONS = "google.longrunning.Operations"
_WAIT_SECONDS = 30.0


class RestV2:
    """Answers at /v2/projects/… what the gRPC side answers."""

    def __init__(self, state: CloudState, run: RunApi, operations: OperationsApi) -> None:
        self._state = state
        self._run = run
        self._operations = operations

    def add_to(self, application: web.Application) -> None:
        """Serve below /v2; what is not there is told as such."""
        parent = "/v2/{parent:projects/[^/]+/locations/[^/]+}"
        service, one = parent + "/services/{service:[^/:]+}", parent + "/operations/{operation:[^/:]+}"
        routes = (
            ("GET", parent + "/services", self._list),
            ("GET", service, self._get),
            ("PATCH", service, self._patch),
            ("POST", service + ":testIamPermissions", self._test),
            ("GET", service + "/revisions", self._list_revisions),
            ("GET", service + "/revisions/{revision:[^/:]+}", self._get_revision),
            ("GET", parent + "/operations", self._list_operations),
            ("GET", one, self._get_operation),
            ("POST", one + ":wait", self._wait),
            ("*", "/v2/{rest:projects/.*}", not_here),
        )
        for method, path, handler in routes:
            application.router.add_route(method, path, route(handler))

    async def _list(self, request: web.Request) -> dict[str, Any]:
        asked = run_v2.ListServicesRequest.pb()(parent=request.match_info["parent"], **_page(request))
        return await self._answer(f"{_SERVICES}/ListServices", self._run.list_services, asked)

    async def _get(self, request: web.Request) -> dict[str, Any]:
        asked = run_v2.GetServiceRequest.pb()(name=_service(request))
        return await self._answer(f"{_SERVICES}/GetService", self._run.get_service, asked)

    async def _patch(self, request: web.Request) -> dict[str, Any]:
        asked = run_v2.UpdateServiceRequest.pb()()
        try:
            json_format.ParseDict({**await body_of(request), "name": _service(request)}, asked.service)
        except json_format.ParseError as error:
            invalid(f"Invalid JSON payload received. {error}")
        asked.update_mask.paths.extend(paths(request.query.get("updateMask", "")))
        asked.validate_only = request.query.get("validateOnly", "") == "true"
        asked.allow_missing = request.query.get("allowMissing", "") == "true"
        return await self._answer(f"{_SERVICES}/UpdateService", self._run.update_service, asked)

    async def _test(self, request: web.Request) -> dict[str, Any]:
        permissions = (await body_of(request)).get("permissions") or []
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=_service(request))
        asked.permissions.extend(str(one) for one in permissions)
        return await self._answer(f"{_SERVICES}/TestIamPermissions", self._run.test_iam_permissions, asked)

    async def _list_revisions(self, request: web.Request) -> dict[str, Any]:
        asked = run_v2.ListRevisionsRequest.pb()(parent=_service(request), **_page(request))
        return await self._answer(f"{_REVISIONS}/ListRevisions", self._run.list_revisions, asked)

    async def _get_revision(self, request: web.Request) -> dict[str, Any]:
        name = f"{_service(request)}/revisions/{request.match_info['revision']}"
        asked = run_v2.GetRevisionRequest.pb()(name=name)
        return await self._answer(f"{_REVISIONS}/GetRevision", self._run.get_revision, asked)

    async def _list_operations(self, request: web.Request) -> dict[str, Any]:
        asked = operations_pb2.ListOperationsRequest(name=request.match_info["parent"], **_page(request))
        return await self._answer(f"{_OPERATIONS}/ListOperations", self._operations.list_operations, asked)

    async def _get_operation(self, request: web.Request) -> dict[str, Any]:
        asked = operations_pb2.GetOperationRequest(name=_operation(request))
        about = self._state.operation(asked.name).service.ref.path
        return await self._answer(f"{_OPERATIONS}/GetOperation", self._operations.get, asked, about)

    async def _wait(self, request: web.Request) -> dict[str, Any]:
        return told(await waited(request, self._state, self._operations))

    async def _answer(self, name: str, handler: Any, request: Message, about: str = "") -> dict[str, Any]:  # noqa: ANN401
        return told(await called(self._state.faults, name, handler, request, about))


async def waited(request: web.Request, state: CloudState, operations: OperationsApi) -> Message:
    """An operation when it is done, or as it is after the time that the request's body tells. Raises Refused."""
    asked = operations_pb2.WaitOperationRequest(name=_operation(request))
    timeout = str((await body_of(request)).get("timeout") or f"{_WAIT_SECONDS:g}s").removesuffix("s")
    if not timeout.replace(".", "", 1).isdigit():
        invalid("Invalid value at 'timeout' (type.googleapis.com/google.protobuf.Duration)")
    set_seconds(asked.timeout, float(timeout))
    about = state.operation(asked.name).service.ref.path
    return await called(state.faults, f"{_OPERATIONS}/WaitOperation", operations.wait, asked, about)


def told(message: Message) -> dict[str, Any]:
    """A message as JSON."""
    found: dict[str, Any] = json_format.MessageToDict(message)
    return found


def _service(request: web.Request) -> str:
    return f"{request.match_info['parent']}/services/{request.match_info['service']}"


def _operation(request: web.Request) -> str:
    return f"{request.match_info['parent']}/operations/{request.match_info['operation']}"


def _page(request: web.Request) -> dict[str, Any]:
    return {"page_size": number(request, "pageSize"), "page_token": request.query.get("pageToken", "")}
