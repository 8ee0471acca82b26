"""Cloud Monitoring's alerts as its REST API v3 lists them: those of the simulated world, and the facilitator's."""

from collections.abc import Sequence
from typing import Any

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase
from warroom.drill.world.alerts import open_alerts
from warroom.drill.world.world import World

_FILTERS = ("", 'state="OPEN"', 'state = "OPEN"')


class MonitoringAlerts:
    """The alerts of every project of the world. Closed ones are not kept."""

    name = "cloud-monitoring"
    prefixes: Sequence[str] = (PREFIXES["cloud-monitoring"],)

    def __init__(self, stage: Stage, world: World) -> None:
        self._stage = stage
        self._world = world

    def routes(self) -> Sequence[Route]:
        """The list alone."""
        return (("GET", PREFIXES["cloud-monitoring"] + "/v3/projects/{project}/alerts", self._list),)

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error as Google's APIs word it."""
        headers = {"Retry-After": f"{retry_after_seconds:g}"} if code == 429 else {}
        return Reply(_error(code, error or phrase(code, "Internal error.")), code, headers)

    async def _list(self, call: Call) -> Reply:
        if call.headers.get("Authorization") != f"Bearer {self._stage.secrets[self.name]}":
            raise _refused(401, "Request had invalid authentication credentials.")
        project = call.match["project"]
        if not any(ref.project == project for ref in self._world.places):
            raise _refused(404, f"Resource 'projects/{project}' does not exist.")
        if call.query.get("filter", "") not in _FILTERS:
            raise _refused(400, "The embedded cloud filters by state alone.")
        most, start = call.query.get("pageSize", "50"), call.query.get("pageToken", "0")
        if not (most.isdecimal() and start.isdecimal()):
            raise _refused(400, "pageSize and pageToken must be what this API gave.")
        found = self._all(project)
        page = found[int(start) : int(start) + int(most)]
        after = int(start) + len(page)
        more = {"nextPageToken": str(after)} if after < len(found) else {}
        return Reply({"alerts": page, "totalSize": len(found), **more})

    def _all(self, project: str) -> list[dict[str, Any]]:
        now = self._stage.clock.now()
        told = [
            _alert(project, f"w{number}", one.name, one.opened_at, one.ref.name, one.ref.region)
            for number, one in enumerate(open_alerts(self._world, now))
            if one.ref.project == project
        ]
        for active in self._stage.faults.active():
            fault = active.fault
            if fault.kind == "open-alert":
                name = fault.error or "an alert of the facilitator's"
                told.append(_alert(project, f"f{active.number}", name, active.since, fault.service, ""))
        return sorted(told, key=lambda one: str(one["openTime"]), reverse=True)


def _alert(project: str, number: str, name: str, opened_at: float, service: str, region: str) -> dict[str, Any]:
    labels = {"project_id": project} | ({"service_name": service} if service else {})
    labels |= {"location": region} if region else {}
    return {
        "name": f"projects/{project}/alerts/0.{number}",
        "state": "OPEN",
        "openTime": rfc3339(opened_at),
        "resource": {"type": "cloud_run_revision" if service else "global", "labels": labels},
        "policy": {"name": f"projects/{project}/alertPolicies/{number}", "displayName": name, "severity": "CRITICAL"},
    }


def _error(code: int, message: str) -> dict[str, Any]:
    words = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    return {"error": {"code": code, "message": message, "status": words.get(code, "INVALID_ARGUMENT")}}


def _refused(code: int, message: str) -> Refusal:
    return Refusal(Reply(_error(code, message), code, refused=message))
