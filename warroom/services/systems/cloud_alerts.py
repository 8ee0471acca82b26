"""Cloud Monitoring's alerts over REST v3 (`projects.alerts.list`): which are open now.

Source: the API's own discovery document, https://monitoring.googleapis.com/$discovery/rest?version=v3.
"""

from datetime import datetime

from msgspec import Struct, field

from warroom.services.errors import Denied, NotFound, ServiceError
from warroom.services.ports import Ringing
from warroom.services.systems.cloud_sql import Token
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web
from warroom.text import plain

URL = "https://monitoring.googleapis.com"
SYSTEM = "Cloud Monitoring"
OPEN = 'state="OPEN"'
PERMISSION = "monitoring.alerts.list"
PAGE = "1000"
"""As many as one answer holds at most."""

MOST_PAGES = 5
_LONGEST_NAME = 120


class _Policy(Struct, rename="camel"):
    display_name: str = ""


class _Labelled(Struct):
    labels: dict[str, str] = field(default_factory=dict)


class _Alert(Struct, rename="camel"):
    name: str = ""
    state: str = "STATE_UNSPECIFIED"
    open_time: datetime | None = None
    resource: _Labelled = field(default_factory=_Labelled)
    policy: _Policy = field(default_factory=_Policy)


class _Alerts(Struct, rename="camel"):
    alerts: list[_Alert] = field(default_factory=list)
    next_page_token: str = ""


class CloudAlerts:
    """ports.Alerts, with the access `token` that holds now."""

    def __init__(self, token: Token, url: str = "") -> None:
        self._web = Web(SYSTEM, url or URL, {})
        self._token = token
        self._console = "" if url else "https://console.cloud.google.com/monitoring/alerting"

    async def open_alerts(self, project: str) -> tuple[Ringing, ...]:
        """Those that are open now in the metrics scope of a project, the newest first."""
        found: list[_Alert] = []
        query = {"filter": OPEN, "orderBy": "open_time desc", "pageSize": PAGE}
        for _ in range(MOST_PAGES):
            page = await self._page(project, query)
            found += page.alerts
            if not page.next_page_token:
                # What a filter of another version lets through is looked at once more.
                return tuple(self._ringing(one, project) for one in found if one.state == "OPEN")
            query = {**query, "pageToken": page.next_page_token}
        raise ServiceError(
            f"{project} has more than {MOST_PAGES * int(PAGE)} open alerts", "Look at them in Cloud Monitoring."
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _page(self, project: str, query: dict[str, str]) -> _Alerts:
        headers = {"Authorization": f"Bearer {await self._token()}"}
        if quota := getattr(self._token, "quota_project", ""):
            headers["X-Goog-User-Project"] = quota
        remedy = f"Ask for {PERMISSION}, which roles/monitoring.viewer and roles/monitoring.alertViewer have."
        with (
            retold(Denied, f"You may not read the alerts of {project}", remedy),
            retold(NotFound, f"Cloud Monitoring knows no project {project}", "Check the project in services.toml."),
        ):
            answer = await self._web.ask("GET", f"/v3/projects/{segment(project)}/alerts", query=query, headers=headers)
        return shaped(SYSTEM, answer or {}, _Alerts)

    def _ringing(self, alert: _Alert, project: str) -> Ringing:
        labels = alert.resource.labels
        return Ringing(
            name=plain(alert.policy.display_name or alert.name or "an alert without a name", _LONGEST_NAME),
            opened_at=alert.open_time.timestamp() if alert.open_time else 0.0,
            service=plain(labels.get("service_name", ""), _LONGEST_NAME),
            link=f"{self._console}?project={segment(project)}" if self._console else "",
        )
