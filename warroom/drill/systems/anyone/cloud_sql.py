"""The database for anyone's client: instances and operations in lists, by pages, and backups that can be deleted."""

from collections.abc import Callable, Sequence
from typing import Any

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.scenario.model import Database as Plan
from warroom.drill.systems.cloud_sql import CloudSql, Work
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage

_REGION = "europe-west1"


class Database(CloudSql):
    """The instance that warroom uses, with what other clients ask of the Admin API."""

    def __init__(self, stage: Stage, plan: Plan, restored: Callable[[float], None] = lambda at: None) -> None:
        super().__init__(stage, plan, restored)
        self._deleted: set[str] = set()

    def routes(self) -> Sequence[Route]:
        """More of the API, before what the base has."""
        project = PREFIXES["cloud-sql"] + "/v1/projects/{project}"
        return (
            ("GET", project + "/instances", self._instances),
            ("GET", project + "/operations", self._operations),
            ("GET", project + "/instances/{instance}/backupRuns", self._list),
            ("DELETE", project + "/instances/{instance}/backupRuns/{backup}", self._delete),
            *super().routes(),
            ("*", PREFIXES["cloud-sql"] + "/{rest:.*}", self._nothing),
        )

    @property
    def _name(self) -> str:
        return self._instance or "shop-db"

    def _link(self, tail: str) -> str:
        return f"http://{self._stage.http}{PREFIXES['cloud-sql']}/v1/projects/{self._project or 'shop-prod'}/{tail}"

    async def _nothing(self, call: Call) -> Reply:
        raise _refused(404, "Not Found", "notFound")

    async def _show(self, call: Call) -> Reply:
        await super()._show(call)
        return Reply(self._told(call.match["project"], call.match["instance"]))

    async def _instances(self, call: Call) -> Reply:
        self._admit(call)
        return Reply({"kind": "sql#instancesList", "items": [self._told(call.match["project"], self._name)]})

    def _told(self, project: str, instance: str) -> dict[str, Any]:
        backups = {"kind": "sql#backupConfiguration", "enabled": True, "pointInTimeRecoveryEnabled": True}
        return {
            "kind": "sql#instance",
            "name": instance,
            "project": project,
            "state": "RUNNABLE",
            "databaseVersion": "POSTGRES_16",
            "backendType": "SECOND_GEN",
            "instanceType": "CLOUD_SQL_INSTANCE",
            "region": _REGION,
            "connectionName": f"{project}:{_REGION}:{instance}",
            "selfLink": self._link(f"instances/{instance}"),
            "settings": {"kind": "sql#settings", "tier": "db-custom-2-7680", "backupConfiguration": backups},
        }

    async def _operations(self, call: Call) -> Reply:
        self._admit(call)
        if self._instance not in ("", call.query.get("instance", self._instance)):
            raise _refused(404, "The Cloud SQL instance does not exist.", "instanceDoesNotExist")
        rows = [self._operation(one) for one in reversed(self.works)]
        return Reply({"kind": "sql#operationsList", **_page(call, rows)})

    async def _list(self, call: Call) -> Reply:
        self._admit(call)
        rows = [self._backup(one) for one in reversed(self._backups()) if one.backup not in self._deleted]
        return Reply({"kind": "sql#backupRunsList", **_page(call, rows)})

    async def _delete(self, call: Call) -> Reply:
        self._admit(call)
        work = self._find(call.match["backup"])
        if self._status(work) not in ("SUCCESSFUL", "FAILED"):
            raise _refused(409, "Operation failed because another operation was already in progress.", "inProgress")
        told = {**self._operation(work), "operationType": "DELETE_BACKUP", "status": "DONE"}
        self._deleted.add(work.backup)
        return Reply(told, summary=f"deletes backup {work.backup}")

    def _find(self, backup: str) -> Work:
        found = super()._find(backup)
        if found.backup in self._deleted:
            raise _refused(404, "The requested backup run does not exist.", "backupRunDoesNotExist")
        return found

    def _backup(self, work: Work) -> dict[str, Any]:
        told = super()._backup(work)
        about = {"instance": self._name, "location": "eu", "backupKind": "SNAPSHOT", "databaseVersion": "POSTGRES_16"}
        about["selfLink"] = self._link(f"instances/{self._name}/backupRuns/{work.backup}")
        return {**told, **about, **self._times(work)}

    def _operation(self, work: Work) -> dict[str, Any]:
        told = super()._operation(work)
        if errors := told.get("error"):
            told["error"] = {"kind": "sql#operationErrors", **errors}
        about = {"targetId": self._name, "targetProject": self._project or "shop-prod", "user": "drill@example.com"}
        about["selfLink"] = self._link(f"operations/{work.operation}")
        about["targetLink"] = self._link(f"instances/{self._name}")
        return {**told, **about, **self._times(work)}

    def _times(self, work: Work) -> dict[str, str]:
        progress, backup = self._progress(work), work.kind == "BACKUP_VOLUME"
        lasts = self._plan.backup_seconds if backup else self._plan.restore_seconds
        told = {"startTime": rfc3339(work.at + self._plan.queued_seconds)} if progress != "PENDING" else {}
        return told | ({"endTime": rfc3339(work.at + lasts)} if progress == "DONE" else {})


def _page(call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Some of the rows, and the token of the next ones. Raises Refusal for a token or a number that is none."""
    told, token = call.query.get("maxResults", "100"), call.query.get("pageToken", "") or "0"
    if not all(one.isascii() and one.isdigit() for one in (told, token)):
        raise _refused(400, "Invalid value for maxResults or pageToken.", "invalid")
    start, most = int(token), int(told) or 100
    more = {"nextPageToken": str(start + most)} if start + most < len(rows) else {}
    return {"items": rows[start : start + most], **more}


def _refused(status: int, message: str, reason: str) -> Refusal:
    error = {"code": status, "message": message, "errors": [{"message": message, "domain": "global", "reason": reason}]}
    return Refusal(Reply({"error": error}, status, refused=message))
