"""The permissions that warroom needs of Google, in one table, and asking which of a project's are not granted.

README has the same list. What is asked of the service itself (`run.services.*`) is Cloud Run's to answer; the rest is
the project's, which the Resource Manager answers: it names those of the asked ones that the caller has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from warroom.services.errors import ServiceError, Unreachable
from warroom.services.failures import Call, from_exception
from warroom.services.google.loading import default_credentials
from warroom.services.ports import Permission
from warroom.services.systems.wire.web import Web

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

URL = "https://cloudresourcemanager.googleapis.com"

Headers = Callable[[], Awaitable[Mapping[str, str]]]
"""What goes along with a request and opens the project. Raises ServiceError."""


RUN = "roles/run.developer"
MONITORING = "roles/monitoring.viewer"

OF_PROJECT = (
    Permission("run.revisions.list", "there is no list of revisions to go back to", RUN),
    Permission("run.operations.get", "a change is sent, and its end not watched", RUN),
    Permission("monitoring.timeSeries.list", "every rung is NO DATA", MONITORING),
    Permission(
        "monitoring.metricDescriptors.get", "Monitoring's delay is assumed to be the usual 180 s", MONITORING, "warning"
    ),
    Permission("monitoring.alerts.list", "open alerts are not shown", MONITORING, "warning"),
    Permission("logging.logEntries.list", "no error logs are shown or judged", "roles/logging.viewer", "warning"),
)
"""What is asked of the project; a role on the service alone does not count there."""


class ProjectPermissions:
    """Asks the Resource Manager at `url`; `headers` open it."""

    def __init__(self, headers: Headers, url: str = URL) -> None:
        self._headers = headers
        self._web = Web("Resource Manager", url, {})

    async def missing(self, project: str) -> tuple[Permission, ...]:
        """Those of the table that are not granted in `project`. Raises ServiceError where it does not say."""
        names = [one.name for one in OF_PROJECT]
        try:
            answer = await self._web.ask(
                "POST",
                f"/v3/projects/{project}:testIamPermissions",
                {"permissions": names},
                headers=await self._headers(),
                again=True,
            )
        except Unreachable:
            raise
        except ServiceError as error:
            remedy = "Enable cloudresourcemanager.googleapis.com, or look in IAM"
            raise ServiceError("the project does not say what you may", remedy, detail=error.detail) from error
        return tuple(one for one in OF_PROJECT if one.name not in _granted(answer))

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()


def by_google(find: "Callable[[], Awaitable[Credentials]]" = default_credentials) -> Headers:
    """By this machine's Google credentials: their token, and the project whose quota counts."""

    async def headers() -> Mapping[str, str]:
        credentials = await find()
        return await asyncio.to_thread(_headers, credentials)

    return headers


async def none() -> Mapping[str, str]:
    """An embedded cloud asks nobody who he is."""
    return {}


def _headers(credentials: "Credentials") -> dict[str, str]:
    """The headers of a request with these credentials. Blocks while they are renewed. Raises ServiceError."""
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    headers: dict[str, str] = {}
    try:
        if not credentials.valid:
            credentials.refresh(Request())  # type: ignore[no-untyped-call]
        credentials.apply(headers)  # type: ignore[no-untyped-call]
    except (GoogleAuthError, OSError) as error:
        raise from_exception(error, Call("Google")) from error
    return headers


def _granted(answer: Any) -> set[str]:  # noqa: ANN401
    """What an answer grants; nothing where it is none: an empty one is {}."""
    found = answer.get("permissions", []) if isinstance(answer, dict) else []
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
