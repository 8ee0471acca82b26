"""Jira Service Management's alerts, which Opsgenie became: page, who is on call, who acknowledged (Operations API).

A write is answered with 202 before it is done: what became of it is seen by reading the alert. An alert is found by its
alias only while it is open. Sources: https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/ and, for
people, https://developer.atlassian.com/cloud/jira/platform/rest/v3/.
"""

import base64
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from warroom.services.errors import Conflict, NotFound, ServiceError
from warroom.services.systems.ports import OnCall, OpenPage, OpenPages, PagerIncident, Posted, Responder
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web
from warroom.text import plain

URL = "https://api.atlassian.com/jsm/ops/api"
SYSTEM = "Jira Service Management"

LONGEST_MESSAGE = 130
LONGEST_ALIAS = 512
LONGEST_DESCRIPTION = 15_000
LONGEST_NOTE = 25_000
MOST_LISTED = "100"
PRIORITIES = {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"}
"""The priority for each of the port's severities."""


class _Responder(Struct):
    id: str
    type: str = "user"


class _Alert(Struct):
    id: str
    status: str = "open"
    acknowledged: bool = False
    owner: str | None = None
    ackTime: datetime | None = None  # noqa: N815 — as it is called there
    responders: list[_Responder] = field(default_factory=list)
    message: str = ""
    createdAt: datetime | None = None  # noqa: N815


class _Found(Struct):
    values: list[_Alert] = field(default_factory=list)


class _OnCalls(Struct):
    onCallUsers: list[str] = field(default_factory=list)  # noqa: N815


class _User(Struct):
    accountId: str  # noqa: N815
    displayName: str = ""  # noqa: N815
    emailAddress: str | None = None  # noqa: N815 — hidden where the person wants it so
    active: bool = True


class _Named(Struct):
    name: str = ""


class JiraAlertsApi:
    """Alerts of the site `site` (https://….atlassian.net) with the id `cloud_id`, as `email` with its API `token`.

    `team` is whom a page goes to, `schedule` where it stands who is on call; "" for neither.
    """

    def __init__(
        self, site: str, cloud_id: str, email: str, token: str, *, team: str = "", schedule: str = "", url: str = ""
    ) -> None:
        login = base64.b64encode(f"{email}:{token}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        self._ops = Web(SYSTEM, f"{(url or URL).rstrip('/')}/{segment(cloud_id)}", headers)
        self._site = Web(SYSTEM, site, headers)
        self._page = f"{site.rstrip('/')}/jira/ops/alerts"
        self._team = team
        self._schedule = schedule
        self._people: dict[str, _User] = {}
        self._seen = ""

    async def trigger(
        self,
        key: str,
        summary: str,
        *,
        severity: str,
        source: str,
        details: Mapping[str, str] | None = None,
        ours: bool = True,
    ) -> Posted:
        """Page the team. While an alert of the key is open a second one only counts there: Conflict if not `ours`."""
        if severity not in PRIORITIES:
            raise ServiceError(f"{severity!r} is no severity of the pager's", f"Use one of {', '.join(PRIORITIES)}.")
        body: dict[str, Any] = {
            "message": cut(summary, LONGEST_MESSAGE),
            "alias": alias(key),
            "description": cut(summary, LONGEST_DESCRIPTION),
            "entity": source,
            "source": "warroom",
            "priority": PRIORITIES[severity],
            "tags": ["warroom"],
            "extraProperties": dict(details or {}),
        }
        if self._team:
            body["responders"] = [{"id": self._team, "type": "team"}]
        if not ours and await self._open(key) is not None:
            raise Conflict(
                f"{SYSTEM} has an open alert under this key that this journal did not open: nobody was paged",
                "Look whose it is and call by hand; or page again anew, which joins it and never closes it.",
                link=self._page,
            )
        await self._ops.ask("POST", "/v1/alerts", body, again=True)
        return Posted(alias(key), self._page)

    async def acknowledge(self, key: str) -> None:
        """Say that somebody is on it; nothing where no alert of the key is open."""
        if (alert := await self._open(key)) is not None:
            await self.set_status(alert.id, "acknowledged")

    async def resolve(self, key: str) -> None:
        """Say that it is over; nothing where no alert of the key is open."""
        if (alert := await self._open(key)) is not None:
            await self.set_status(alert.id, "resolved")

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """A note in the alert that was seen last: there are no change events here, and an alert would page."""
        if self._seen:
            more = "".join(f"\n{name}: {value}" for name, value in {"source": source, **(details or {})}.items())
            await self.note(self._seen, summary + more)

    async def on_calls(self, schedule: str = "") -> tuple[OnCall, ...]:
        """Who is on call now on `schedule`, else on the configured one; nobody is known without one."""
        wanted = schedule or self._schedule
        if not wanted:
            return ()
        place = "the schedule in roster.toml" if schedule else "jira_alerts.schedule in integrations.toml"
        with retold(NotFound, f"{SYSTEM} knows no schedule {wanted}", f"Check {place}."):
            answer = await self._ops.ask("GET", f"/v1/schedules/{segment(wanted)}/on-calls", query={"flat": "true"})
        found = [await self._person(one) for one in shaped(SYSTEM, answer, _OnCalls).onCallUsers]
        return tuple(OnCall(_name(one), one.emailAddress or "", 1) for one in found)

    async def incident(self, key: str) -> PagerIncident | None:
        """The open alert of that key; None while there is none yet, and when it is closed."""
        alert = await self._open(key)
        if alert is None:
            return None
        owner = await self._person(alert.owner) if alert.acknowledged and alert.owner else None
        asked = [await self._person(one.id) for one in alert.responders if one.type == "user"]
        status = "resolved" if alert.status == "closed" else "acknowledged" if alert.acknowledged else "triggered"
        return PagerIncident(
            id=alert.id,
            status=status,
            link=f"{self._page}/{segment(alert.id)}",
            acknowledged_by=(owner.emailAddress or _name(owner)) if owner else "",
            acknowledged_at=alert.ackTime.timestamp() if alert.acknowledged and alert.ackTime else None,
            responders=tuple(Responder(_name(one), one.emailAddress or "", "pending") for one in asked),
        )

    async def open_incidents(self, but: str) -> OpenPages:
        """All alerts that are open, but for that of the key; of very many the newest."""
        own = await self._open(but)
        query = {"query": "status:open", "size": MOST_LISTED, "sort": "createdAt", "order": "desc"}
        found = shaped(SYSTEM, await self._ops.ask("GET", "/v1/alerts", query=query), _Found).values
        pages = [
            OpenPage(
                one.id,
                plain(one.message or one.id, 120),
                one.createdAt.timestamp() if one.createdAt else 0.0,
                f"{self._page}/{segment(one.id)}",
            )
            for one in found
            if one.status != "closed" and (own is None or one.id != own.id)
        ]
        return OpenPages("all its open alerts", tuple(pages))

    async def ask(self, incident: str, email: str, message: str) -> Posted:
        """Make one person a responder of the alert, which pages them, and note what is asked of them."""
        user = await self._by_email(email)
        with _known():
            body = {"id": user.accountId, "type": "user"}
            await self._ops.ask("POST", f"/v1/alerts/{segment(incident)}/responders", body)
        with suppress(ServiceError):  # they are paged: that must not be said to have failed
            await self.note(incident, message)
        return Posted(user.accountId, f"{self._page}/{segment(incident)}")

    async def note(self, incident: str, text: str) -> None:
        """Write into the alert."""
        with _known():
            await self._ops.ask("POST", f"/v1/alerts/{segment(incident)}/notes", {"note": cut(text, LONGEST_NOTE)})

    async def set_status(self, incident: str, status: str, resolution: str = "") -> None:
        """Acknowledge or close the alert by its id."""
        if resolution:
            await self.note(incident, resolution)
        action = "close" if status == "resolved" else "acknowledge"
        with _known():
            await self._ops.ask("POST", f"/v1/alerts/{segment(incident)}/{action}", {}, again=True)

    async def check(self) -> str:
        """What the token reaches, in words. Changes nothing; raises ServiceError."""
        await self._ops.ask("GET", "/v1/alerts", query={"size": "1"})
        if not self._schedule:
            return "alerts"
        path = f"/v1/schedules/{segment(self._schedule)}"
        with retold(
            NotFound,
            f"{SYSTEM} knows no schedule {self._schedule}",
            "Check jira_alerts.schedule in integrations.toml.",
        ):
            named = shaped(SYSTEM, await self._ops.ask("GET", path), _Named)
        return f"alerts, schedule {plain(named.name, 80) or self._schedule}"

    async def close(self) -> None:
        """Close the connections."""
        await self._ops.close()
        await self._site.close()

    async def _open(self, key: str) -> _Alert | None:
        """The alert of that key, while it is open."""
        try:
            answer = await self._ops.ask("GET", "/v1/alerts/alias", query={"alias": alias(key)})
        except NotFound:
            return None
        alert = shaped(SYSTEM, answer, _Alert)
        self._seen = alert.id
        return alert

    async def _by_email(self, email: str) -> _User:
        """The one user with that address, found once. Raises NotFound."""
        if not email:
            raise NotFound(f"{SYSTEM} is asked for nobody", "Fill in the e-mail address in the roster.")
        wanted = email.lower()
        if wanted not in self._people:
            answer = await self._site.ask("GET", "/rest/api/3/user/search", query={"query": email})
            users = [one for one in shaped(SYSTEM, answer, list[_User]) if one.active]
            same = [one for one in users if (one.emailAddress or "").lower() == wanted]
            # An address that is hidden is searched in all the same: one hit without any is that person.
            hidden = [one for one in users if one.emailAddress is None]
            found = same or (hidden if len(hidden) == len(users) == 1 else [])
            if not found:
                raise NotFound(f"{SYSTEM} knows nobody with the address {email}", "Check the roster, or call them.")
            user = _User(found[0].accountId, found[0].displayName, email)
            self._people[wanted] = self._people[user.accountId] = user
        return self._people[wanted]

    async def _person(self, account: str) -> _User:
        """A user by id, asked for once; one who cannot be read is shown by the id."""
        if account not in self._people:
            try:
                answer = await self._site.ask("GET", "/rest/api/3/user", query={"accountId": account})
            except NotFound:
                return _User(account)
            self._people[account] = shaped(SYSTEM, answer, _User)
        return self._people[account]


def _known() -> Any:  # noqa: ANN401
    return retold(NotFound, f"{SYSTEM} knows no such alert", "Look whether it was closed, then page anew.")


def _name(user: _User) -> str:
    return plain(user.displayName or user.emailAddress or user.accountId, 80)


def alias(key: str) -> str:
    """`key` as an alert's alias."""
    return key[:LONGEST_ALIAS]


def cut(text: str, longest: int) -> str:
    """`text`, or as much as fits with "…" at its end."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
