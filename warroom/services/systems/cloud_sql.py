"""Cloud SQL over its Admin API: backups on demand, and a database overwritten with one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError
from warroom.services.google.loading import default_credentials
from warroom.services.systems.ports import Posted
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web
from warroom.text import plain

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

URL = "https://sqladmin.googleapis.com"
SYSTEM = "Cloud SQL"

Token = Callable[[], Awaitable[str]]
"""The access token that holds now. Raises ServiceError."""


def fixed(token: str) -> Token:
    """A token that never changes: a drill's."""

    async def told() -> str:
        return token

    return told


class _Fault(Struct):
    code: str = ""
    message: str = ""


class _Faults(Struct):
    errors: list[_Fault] = field(default_factory=list)


class _Context(Struct, rename="camel"):
    backup_id: str | int = ""


class _Operation(Struct, rename="camel"):
    name: str
    status: str = "PENDING"
    backup_context: _Context | None = None
    error: _Faults | None = None


class _Run(Struct):
    id: str | int
    status: str = ""
    description: str = ""


class _Runs(Struct):
    items: list[_Run] = field(default_factory=list)


class _Instance(Struct, rename="camel"):
    name: str
    state: str = ""
    database_version: str = ""


class GoogleToken:
    """Google's access token of this machine's credentials, looked for and renewed in worker threads."""

    def __init__(self, find: "Callable[[], Awaitable[Credentials]]" = default_credentials) -> None:
        self._find = find
        self._credentials: Credentials | None = None
        self._one = asyncio.Lock()

    @property
    def quota_project(self) -> str:
        """The project whose quota a user's own credentials count against; "" where they name none."""
        return str(getattr(self._credentials, "quota_project_id", "") or "")

    async def __call__(self) -> str:
        """The token, valid for minutes to come. Raises ServiceError."""
        async with self._one:
            if self._credentials is None:
                self._credentials = await self._find()
            if not self._credentials.valid:
                await asyncio.to_thread(_refresh, self._credentials)
            return str(self._credentials.token)


class CloudSqlApi:
    """One instance. Its backups are begun and looked at here; whoever begins one asks for its status."""

    def __init__(self, project: str, instance: str, token: Token, url: str = "") -> None:
        self._web = Web(SYSTEM, url or URL, {})
        self._token = token
        self._project = project
        self._instance = instance
        self._path = f"/v1/projects/{segment(project)}"
        console = f"https://console.cloud.google.com/sql/instances/{segment(instance)}/backups"
        self._console = "" if url else f"{console}?project={segment(project)}"

    async def back_up(self, description: str) -> Posted:
        """Begin a backup; `ref` is the id that a restore needs."""
        answer = await self._ask("POST", f"{self._of}/backupRuns", {"description": description})
        operation = shaped(SYSTEM, answer, _Operation, Effect.UNKNOWN)
        _raise_failed(operation, "The backup failed as it began")
        if operation.backup_context and operation.backup_context.backup_id:
            return Posted(str(operation.backup_context.backup_id), self._console)
        try:
            return Posted(await self._begun(description), self._console)
        except ServiceError as error:
            # It runs: sent a second time, it would be two.
            raise type(error)(
                error.title, error.remedy, detail=error.detail, link=self._console, effect=Effect.UNKNOWN
            ) from error

    async def backup_status(self, backup: str) -> str:
        """ENQUEUED, RUNNING, SUCCESSFUL, FAILED, or what else the API says."""
        with retold(NotFound, f"Cloud SQL has no backup {backup} of {self._instance}", "Look at the list of backups."):
            answer = await self._ask("GET", f"{self._of}/backupRuns/{segment(backup)}")
        return shaped(SYSTEM, answer, _Run).status

    async def restore(self, backup: str) -> Posted:
        """Overwrite the instance with a backup of its own; `ref` is the operation."""
        context = {"backupRunId": backup, "instanceId": self._instance, "project": self._project}
        with retold(NotFound, f"Cloud SQL has no backup {backup} of {self._instance}", "Look at the list of backups."):
            answer = await self._ask("POST", f"{self._of}/restoreBackup", {"restoreBackupContext": context})
        operation = shaped(SYSTEM, answer, _Operation, Effect.UNKNOWN)
        _raise_failed(operation, "The restore failed as it began")
        return Posted(operation.name, self._console)

    async def restore_status(self, operation: str) -> str:
        """PENDING, RUNNING or DONE. Raises ServiceError when it ended in an error."""
        with retold(NotFound, f"Cloud SQL knows no operation {operation}", "Look at the instance's operations."):
            answer = await self._ask("GET", f"{self._path}/operations/{segment(operation)}")
        found = shaped(SYSTEM, answer, _Operation)
        _raise_failed(found, "The restore failed")
        return found.status

    async def check(self) -> str:
        """The instance as it is, in words. Changes nothing; raises ServiceError."""
        found = shaped(SYSTEM, await self._ask("GET", self._of), _Instance)
        if found.state not in ("", "RUNNABLE"):
            raise ServiceError(f"{found.name} is {found.state}", "Bring the instance up: it cannot be backed up so.")
        return f"instance {found.name} ({found.database_version or 'database'}) in {self._project}"

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    @property
    def _of(self) -> str:
        return f"{self._path}/instances/{segment(self._instance)}"

    async def _begun(self, description: str) -> str:
        """The id of the newest backup of that description, for an operation that does not name it."""
        answer = await self._ask("GET", f"{self._of}/backupRuns", query={"maxResults": "20"})
        for run in shaped(SYSTEM, answer, _Runs).items:  # newest first
            if run.description == description:
                return str(run.id)
        raise ServiceError("The backup has begun, but its id is not known yet", "Look at the list of backups.")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401
        *,
        query: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {await self._token()}"}
        who = f"{self._instance} in {self._project}"
        with (
            retold(Denied, f"You may not do that with {who}", "Ask for roles/cloudsql.admin, or log in again."),
            retold(NotFound, f"Cloud SQL knows no instance {who}", "Check cloud_sql in integrations.toml."),
            retold(Conflict, f"Another operation is running on {who}", "Wait until it ends, then try again."),
        ):
            return await self._web.ask(method, path, body, query=query, headers=headers)


def _raise_failed(operation: _Operation, title: str) -> None:
    if operation.error is None:
        return
    said = "; ".join(f"{one.code}: {one.message}" for one in operation.error.errors)
    raise ServiceError(
        title, "See what it says, and the instance's operations.", detail=plain(said), effect=Effect.FAILED
    )


def _refresh(credentials: "Credentials") -> None:
    """Ask Google for a new token. Blocks."""
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    from warroom.services.failures import Call, from_exception

    try:
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
    except (GoogleAuthError, OSError) as error:
        raise from_exception(error, Call("Google")) from error
