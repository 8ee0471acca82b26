"""Cloud Run Admin API v1, which `gcloud run services` speaks: look, list, replace, wait.

gcloud puts the region before the host of its endpoint, as in europe-west1-run.googleapis.com; with an endpoint override
of http://run.localhost:PORT/ it asks europe-west1-run.localhost.
"""

import re
from collections.abc import Iterable
from typing import Any

import grpc
from aiohttp import web
from google.cloud import run_v2
from google.protobuf import json_format

from warroom.clock import Clock
from warroom.drill.cloud_run.api import RunApi
from warroom.drill.cloud_run.messages import revision_message, service_message
from warroom.drill.cloud_run.operations import OperationsApi
from warroom.drill.cloud_run.rest import knative
from warroom.drill.cloud_run.rest.answers import body_of, called, invalid, missing, not_here, number, route
from warroom.drill.cloud_run.rest.v2 import told, waited
from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.wire.grpc import Refused, before_answer, page
from warroom.drill.wire.proto import Message

_SERVICES = "google.cloud.run.v2.Services"
_HOST = re.compile(r"(?P<region>[a-z]+-[a-z]+\d+)-.")
_SELECTOR = re.compile(r"\s*(?P<key>[\w./-]+)\s*(?:==?\s*(?P<value>[\w.-]+)|in\s*\((?P<values>[^)]*)\))\s*(?:,|$)")


class RestV1:
    """Answers at /apis/serving.knative.dev/v1 and /v1 as Google's regional and global endpoints do."""

    def __init__(self, state: CloudState, run: RunApi, operations: OperationsApi, clock: Clock) -> None:
        self._state = state
        self._run = run
        self._operations = operations
        self._clock = clock

    def add_to(self, application: web.Application) -> None:
        """Serve both; what is not there is told as such."""
        parent, project = "/v1/{parent:projects/[^/]+/locations/[^/]+}", "/v1/projects/{project}/locations"
        for base in (f"/apis/{knative.API}/namespaces/{{project}}", "/v1/projects/{project}/locations/{region}"):
            routes = (
                ("GET", base + "/services", self._list),
                ("GET", base + "/services/{service:[^/:]+}", self._get),
                ("PUT", base + "/services/{service:[^/:]+}", self._replace),
                ("GET", base + "/revisions", self._list_revisions),
                ("GET", base + "/revisions/{revision:[^/:]+}", self._get_revision),
            )
            for method, path, handler in routes:
                application.router.add_route(method, path, route(handler))
        application.router.add_get(project, route(self._locations))
        application.router.add_get(parent + "/operations/{operation:[^/:]+}", route(self._get_operation))
        application.router.add_post(parent + "/operations/{operation:[^/:]+}:wait", route(self._wait))
        for path in ("/apis/{rest:.*}", "/v1/{rest:projects/.*}"):
            application.router.add_route("*", path, route(not_here))

    def _services(self, request: web.Request) -> list[RunService]:
        """The services that the request's project and region have; a region may stand in the host, or nowhere."""
        self._state.settle(self._clock.now())
        host = _HOST.match(request.host)
        region = request.match_info.get("region") or (host["region"] if host else "-")
        project = request.match_info["project"]
        return [
            one
            for ref, one in sorted(self._state.services.items())
            if project in (ref.project, knative.project_number(ref.project)) and region in ("-", ref.region)
        ]

    def _service(self, request: web.Request) -> RunService:
        name = request.match_info["service"]
        found = [one for one in self._services(request) if one.ref.name == name]
        if not found:
            missing("SERVICE", name)
        if len(found) > 1:
            said = f"Service '{name}' is in several regions: ask the endpoint of one, as in REGION-run.localhost."
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, said)
        return found[0]

    async def _get(self, request: web.Request) -> dict[str, Any]:
        found = self._service(request)
        await before_answer(self._state.faults, f"{_SERVICES}/GetService", found.ref.path)
        return self._shown(found)

    async def _list(self, request: web.Request) -> dict[str, Any]:
        found = self._services(request)
        await before_answer(self._state.faults, f"{_SERVICES}/ListServices", request.path)
        return self._listed(request, "ServiceList", [self._shown(one) for one in found])

    async def _replace(self, request: web.Request) -> dict[str, Any]:
        found, body = self._service(request), await body_of(request)
        name = (body.get("metadata") or {}).get("name", found.ref.name)
        if name != found.ref.name:
            invalid(f"metadata.name: '{name}' is not the service that is replaced.")
        asked = run_v2.UpdateServiceRequest.pb()()
        asked.service.CopyFrom(found.spec)
        knative.fill(asked.service, body)
        asked.update_mask.paths.extend(("template", "traffic", "labels", "client", "client_version"))
        asked.validate_only = request.query.get("dryRun", "") == "all"
        operation = await called(self._state.faults, f"{_SERVICES}/UpdateService", self._run.update_service, asked)
        if asked.validate_only:
            message = run_v2.Service.pb()()
            operation.response.Unpack(message)
            return knative.service(found, _whole(message, found, self._message(found)), "")
        return self._shown(found, operation.name.rpartition("/")[2])

    async def _list_revisions(self, request: web.Request) -> dict[str, Any]:
        found = self._services(request)
        await before_answer(self._state.faults, "google.cloud.run.v2.Revisions/ListRevisions", request.path)
        rows = [row for service in found for row in self._revisions(service)]
        rows.sort(key=lambda row: str(row["metadata"]["creationTimestamp"]), reverse=True)
        return self._listed(request, "RevisionList", rows)

    async def _get_revision(self, request: web.Request) -> dict[str, Any]:
        name = request.match_info["revision"]
        found = next((one for one in self._services(request) if name in one.revisions), None)
        if found is None:
            missing("REVISION", name)
        return next(row for row in self._revisions(found) if row["metadata"]["name"] == name)

    def _revisions(self, service: RunService) -> Iterable[dict[str, Any]]:
        now, split = self._clock.now(), service.split()
        for one in reversed(service.revisions.values()):
            yield knative.revision(service, revision_message(service, one, now), bool(split.get(one.name)))

    async def _locations(self, request: web.Request) -> dict[str, Any]:
        project = request.match_info["project"]
        regions = sorted({one.ref.region for one in self._services(request)})
        names = [(f"projects/{project}/locations/{region}", region) for region in regions]
        return {"locations": [{"name": name, "locationId": region, "displayName": region} for name, region in names]}

    async def _get_operation(self, request: web.Request) -> dict[str, Any]:
        name = f"{request.match_info['parent']}/operations/{request.match_info['operation']}"
        self._state.settle(self._clock.now())
        self._state.operation(name)
        return self._done(name, await self._operations.get(_Named(name)))

    async def _wait(self, request: web.Request) -> dict[str, Any]:
        name = f"{request.match_info['parent']}/operations/{request.match_info['operation']}"
        return self._done(name, await waited(request, self._state, self._operations))

    def _done(self, name: str, message: Message) -> dict[str, Any]:
        """An operation, its response being the service as this version has it."""
        found = told(message)
        found.pop("metadata", None)
        if "response" in found:
            service = self._shown(self._state.operation(name).service)
            found["response"] = {"@type": "type.googleapis.com/google.cloud.run.v1.Service", **service}
        return found

    def _message(self, found: RunService) -> Message:
        return service_message(found, self._state.base_url, self._clock.now())

    def _shown(self, found: RunService, operation: str = "") -> dict[str, Any]:
        newest = self._state.operations(found.ref.path.partition("/services/")[0])
        last = next((one.name.rpartition("/")[2] for one in newest if one.service is found), "")
        return knative.service(found, self._message(found), operation or last)

    def _listed(self, request: web.Request, kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = _selected(request.query.get("labelSelector", ""))
        rows = [row for row in rows if all(row["metadata"]["labels"].get(key) in some for key, some in wanted.items())]
        shown, token = page(rows, number(request, "limit"), request.query.get("continue", ""))
        metadata = {"selfLink": request.path, **({"continue": token} if token else {})}
        return {"apiVersion": knative.API, "kind": kind, "metadata": metadata, "items": shown, "unreachable": []}


class _Named:
    """A request that has a name alone."""

    def __init__(self, name: str) -> None:
        self.name = name


def _whole(asked: Message, found: RunService, now: Message) -> Message:
    """What a dry run would ask for, with the status of now."""
    whole = type(now)()
    whole.CopyFrom(now)
    mask = json_format.MessageToDict(asked)
    for field in ("template", "traffic", "labels"):
        whole.ClearField(field)
    kept = {key: mask[key] for key in ("template", "traffic", "labels") if key in mask}
    json_format.ParseDict(kept, whole)
    return whole


def _selected(text: str) -> dict[str, set[str]]:
    """The labels that a selector asks for, and their values. Raises Refused for what is not understood."""
    wanted: dict[str, set[str]] = {}
    position = 0
    while position < len(text.rstrip()):
        term = _SELECTOR.match(text, position)
        if term is None:
            invalid(f"labelSelector: could not parse '{text[position:]}'.")
        values = [term["value"]] if term["value"] else [one.strip() for one in term["values"].split(",")]
        wanted[term["key"]] = set(values)
        position = term.end()
    return wanted
