"""A database instance as Cloud SQL's Admin API answers: backups and restores that take their time on the clock."""

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.scenario.model import Database
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase

_FIRST_BACKUP = 1_700_000_000_000


class Work(Struct):
    """A backup or a restore, begun at `at` (Unix seconds): its operation and the backup that it is about."""

    kind: Literal["BACKUP_VOLUME", "RESTORE_VOLUME"]
    operation: str
    backup: str
    at: float
    description: str = ""


class CloudSql:
    """One instance. `works` are its operations, oldest first, for tests and the facilitator to look at.

    `restored` is told of each restore that will succeed, and when that will be.
    """

    name = "cloud-sql"
    prefixes: Sequence[str] = (PREFIXES["cloud-sql"],)

    def __init__(self, stage: Stage, plan: Database, restored: Callable[[float], None] = lambda at: None) -> None:
        self._stage = stage
        self._restored = restored
        self._plan = plan
        self._project = stage.cast.ids.get("cloud_sql.project", "")
        self._instance = stage.cast.ids.get("cloud_sql.instance", "")
        self.names_backups = True
        """Whether an operation tells its backup's id; the API promises that to nobody."""
        self.works: list[Work] = []

    def routes(self) -> Sequence[Route]:
        """The instance, its backups, and the operations on it."""
        project = PREFIXES["cloud-sql"] + "/v1/projects/{project}"
        instance = project + "/instances/{instance}"
        return (
            ("GET", instance, self._show),
            ("GET", instance + "/backupRuns/{backup}", self._run),
            ("POST", instance + "/backupRuns", self._back_up),
            ("POST", instance + "/restoreBackup", self._restore),
            ("GET", project + "/operations/{operation}", self._look),
        )

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error as Google's APIs word it."""
        headers = {"Retry-After": f"{retry_after_seconds:g}"} if code == 429 else {}
        return Reply(_error(code, error or phrase(code, "Internal error."), "internalError"), code, headers)

    async def _show(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(
            {
                "kind": "sql#instance",
                "name": call.match["instance"],
                "project": call.match["project"],
                "state": "RUNNABLE",
                "databaseVersion": "POSTGRES_16",
            }
        )

    async def _run(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(self._backup(self._find(call.match["backup"])))

    async def _back_up(self, call: Call) -> Reply:
        self._admit(call)
        self._free()
        body = call.body if isinstance(call.body, dict) else {}
        work = self._begin("BACKUP_VOLUME", str(_FIRST_BACKUP + len(self._backups()) + 1))
        work.description = str(body.get("description", ""))
        return Reply(self._operation(work), summary=f"backup {work.backup}: {work.description}")

    async def _restore(self, call: Call) -> Reply:
        self._admit(call)
        context = call.body.get("restoreBackupContext") if isinstance(call.body, dict) else None
        if not isinstance(context, dict) or not str(context.get("backupRunId", "")).isdigit():
            raise _refused(400, "restoreBackupContext.backupRunId is required.", "required")
        backup = self._find(str(context["backupRunId"]))
        if self._status(backup) != "SUCCESSFUL":
            raise _refused(400, "The backup run is not successful.", "backupRunNotSuccessful")
        self._free()
        work = self._begin("RESTORE_VOLUME", backup.backup)
        if not self._plan.restore_fails:
            self._restored(work.at + self._plan.restore_seconds)
        return Reply(self._operation(work), summary=f"{call.match['instance']} overwritten with backup {work.backup}")

    async def _look(self, call: Call) -> Reply:
        self._admit(call)
        for work in self.works:
            if work.operation == call.match["operation"]:
                return Reply(self._operation(work))
        raise _refused(404, "The requested operation does not exist.", "operationDoesNotExist")

    def _admit(self, call: Call) -> None:
        if call.headers.get("Authorization") != f"Bearer {self._stage.secrets['cloud-sql']}":
            raise _refused(401, "Request had invalid authentication credentials.", "authError")
        if self._project not in ("", call.match["project"]):
            raise _refused(403, "The client is not authorized to make this request.", "notAuthorized")
        if self._instance not in ("", call.match.get("instance", self._instance)):
            raise _refused(404, "The Cloud SQL instance does not exist.", "instanceDoesNotExist")

    def _free(self) -> None:
        """One operation at a time. Raises Refusal."""
        if any(self._progress(work) != "DONE" for work in self.works):
            raise _refused(409, "Operation failed because another operation was already in progress.", "inProgress")

    def _begin(self, kind: Literal["BACKUP_VOLUME", "RESTORE_VOLUME"], backup: str) -> Work:
        name = str(uuid5(NAMESPACE_URL, f"{kind}:{len(self.works)}"))
        self.works.append(Work(kind, name, backup, self._stage.clock.now()))
        return self.works[-1]

    def _backups(self) -> list[Work]:
        return [work for work in self.works if work.kind == "BACKUP_VOLUME"]

    def _find(self, backup: str) -> Work:
        for work in self._backups():
            if work.backup == backup:
                return work
        raise _refused(404, "The requested backup run does not exist.", "backupRunDoesNotExist")

    def _progress(self, work: Work) -> Literal["PENDING", "RUNNING", "DONE"]:
        backup = work.kind == "BACKUP_VOLUME"
        passed = self._stage.clock.now() - work.at
        if passed >= (self._plan.backup_seconds if backup else self._plan.restore_seconds):
            return "DONE"
        return "RUNNING" if passed >= self._plan.queued_seconds else "PENDING"

    def _status(self, work: Work) -> str:
        ended = "FAILED" if self._plan.backup_fails else "SUCCESSFUL"
        return {"PENDING": "ENQUEUED", "RUNNING": "RUNNING", "DONE": ended}[self._progress(work)]

    def _fails(self, work: Work) -> bool:
        plan = self._plan
        return plan.backup_fails if work.kind == "BACKUP_VOLUME" else plan.restore_fails

    def _backup(self, work: Work) -> dict[str, Any]:
        return {
            "kind": "sql#backupRun",
            "id": work.backup,
            "status": self._status(work),
            "description": work.description,
            "type": "ON_DEMAND",
            "enqueuedTime": rfc3339(work.at),
        }

    def _operation(self, work: Work) -> dict[str, Any]:
        progress = self._progress(work)
        told: dict[str, Any] = {
            "kind": "sql#operation",
            "name": work.operation,
            "operationType": work.kind,
            "status": progress,
            "insertTime": rfc3339(work.at),
        }
        if self.names_backups and work.kind == "BACKUP_VOLUME":
            told["backupContext"] = {"kind": "sql#backupContext", "backupId": work.backup}
        if progress == "DONE" and self._fails(work):
            told["error"] = {"errors": [{"code": "INTERNAL_ERROR", "message": "An internal error occurred."}]}
        return told


def _error(code: int, message: str, reason: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "errors": [{"message": message, "reason": reason}]}}


def _refused(status: int, message: str, reason: str) -> Refusal:
    return Refusal(Reply(_error(status, message, reason), status, refused=message))
