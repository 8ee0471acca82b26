"""PagerDuty: events that page (Events API v2), and who is on call, asked and there (REST API v2).

Sources: https://developer.pagerduty.com/docs/events-api-v2-overview and /api-reference.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError
from warroom.services.systems.pagerduty_types import (
    Incidents,
    OnCalls,
    Queued,
    Service,
    User,
    UserFound,
    Users,
    on_call,
    open_page,
    pager_incident,
)
from warroom.services.systems.ports import OnCall, OpenPage, OpenPages, PagerIncident, Posted
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Query, Web

EVENTS_URL = "https://events.pagerduty.com"
REST_URL = "https://api.pagerduty.com"
SYSTEM = "PagerDuty"

KEY_LENGTH = 32
"""Of a routing key."""

LOOK_SECONDS = 4.0
"""So long a page waits for a look whether somebody else has opened its key, in real seconds."""

LONGEST_SUMMARY = 1024
LONGEST_DEDUP_KEY = 255
LONGEST_NOTE = 25_000
LONGEST_MESSAGE = 1024
MOST_PAGES = 5
SEVERITIES = ("critical", "error", "warning", "info")

_ACCEPT = "application/vnd.pagerduty+json;version=2"


class PagerDutyApi:
    """Pages with `routing_key`, asks with the REST `token` as `from_email`; `service` is where incidents open.

    Without a token (or an e-mail address, for writes) what needs it raises Denied; paging works all the same.
    """

    def __init__(
        self, routing_key: str, token: str, from_email: str, service: str, url: str = "", events_url: str = ""
    ) -> None:
        self._routing_key = routing_key
        self._token = token
        self._from = from_email
        self._service = service
        self._events = Web(SYSTEM, events_url or EVENTS_URL, {})
        self._rest = Web(SYSTEM, url or REST_URL, {"Accept": _ACCEPT, "Authorization": f"Token token={token}"})
        self._users: dict[str, User] = {}
        self._policy: str | None = None

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
        """Page. `severity` is critical, error, warning or info; a second trigger of `key` pages nobody anew.

        Unless it would be `ours`, an open incident of the key is looked for first, where the REST token allows that,
        and for `LOOK_SECONDS` at most: Conflict where there is one, as the event would only be merged into it.
        """
        if severity not in SEVERITIES:
            raise ServiceError(f"{severity!r} is no severity of PagerDuty's", f"Use one of {', '.join(SEVERITIES)}.")
        payload: dict[str, Any] = {
            "summary": cut(summary, LONGEST_SUMMARY),
            "source": source,
            "severity": severity,
            "component": "warroom",
        }
        if details:
            payload["custom_details"] = dict(details)
        if not ours and (there := await self._there(key)) is not None:
            raise Conflict(
                "PagerDuty has an open incident under this key that this journal did not open: nobody was paged",
                "Look whose it is and call by hand; or page again anew, which joins it and never resolves it.",
                link=there.link,
            )
        return await self._event("trigger", key, {"payload": payload})

    async def _there(self, key: str) -> PagerIncident | None:
        """The open incident of a key; None also where that can't be told soon: paging does not wait for it."""
        if not self._token:
            return None
        try:
            found = await asyncio.wait_for(self.incident(key), LOOK_SECONDS)
        except (TimeoutError, ServiceError):
            return None
        return found if found is not None and found.status != "resolved" else None

    async def acknowledge(self, key: str) -> None:
        """Say that somebody is on it."""
        await self._event("acknowledge", key, {})

    async def resolve(self, key: str) -> None:
        """Say that it is over."""
        await self._event("resolve", key, {})

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """Send a change event, which pages nobody: one per rung."""
        payload: dict[str, Any] = {"summary": cut(summary, LONGEST_SUMMARY), "source": source}
        if details:
            payload["custom_details"] = dict(details)
        await self._enqueue("/v2/change/enqueue", {"payload": payload}, again=False)

    async def on_calls(self, schedule: str = "") -> tuple[OnCall, ...]:
        """Who is on call now, by level: on `schedule`, else those of the service's escalation policy, if there is one.

        Raises NotFound for a schedule that PagerDuty does not know.
        """
        query: Query = {"include[]": "users", "earliest": "true", "limit": "100"}
        if schedule:
            with retold(NotFound, f"PagerDuty knows no schedule {schedule}", "Check it in roster.toml."):
                await self._get(f"/schedules/{segment(schedule)}")
            query["schedule_ids[]"] = schedule
        elif policy := await self._escalation_policy():
            query["escalation_policy_ids[]"] = policy
        answer = shaped(SYSTEM, await self._get("/oncalls", query), OnCalls)
        return tuple(sorted((on_call(one) for one in answer.oncalls), key=lambda one: (one.level, one.name)))

    async def incident(self, key: str) -> PagerIncident | None:
        """The incident that `trigger` opened, the newest of that key; None while there is none yet."""
        query: Query = {"incident_key": dedup_key(key), "date_range": "all", "sort_by": "created_at:desc", "limit": "5"}
        found = shaped(SYSTEM, await self._get("/incidents", query), Incidents).incidents
        if not found:
            return None
        users = {one.user.id: await self._user(one.user.id) for one in found[0].incidents_responders}
        return pager_incident(found[0], users)

    async def open_incidents(self, but: str) -> OpenPages:
        """What is open on the service, or in the whole account where none is configured, but for one of the key."""
        own = await self.incident(but)
        query: Query = {"statuses[]": ("triggered", "acknowledged"), "date_range": "all", "limit": "100"}
        if self._service:
            query["service_ids[]"] = self._service
        found: list[OpenPage] = []
        for page in range(MOST_PAGES):
            query["offset"] = str(100 * page)
            answer = shaped(SYSTEM, await self._get("/incidents", query), Incidents)
            found += [open_page(one) for one in answer.incidents if one.status != "resolved"]
            if not answer.more:
                where = f"open incidents of its service {self._service}" if self._service else "all its open incidents"
                return OpenPages(where, tuple(one for one in found if own is None or one.id != own.id))
        raise ServiceError(f"PagerDuty has more than {100 * MOST_PAGES} open incidents", "Look at them there.")

    async def ask(self, incident: str, email: str, message: str) -> Posted:
        """Ask one person to come to the pager's incident `incident`. NotFound for an address that nobody has."""
        user = await self._by_email(email)
        asker = await self._by_email(self._from)
        target = {"responder_request_target": {"id": user.id, "type": "user_reference"}}
        body = {
            "requester_id": asker.id,
            "message": cut(message, LONGEST_MESSAGE),
            "responder_request_targets": [target],
        }
        await self._write("POST", f"/incidents/{segment(incident)}/responder_requests", body)
        return Posted(user.id)

    async def note(self, incident: str, text: str) -> None:
        """Write into the pager's incident."""
        body = {"note": {"content": cut(text, LONGEST_NOTE)}}
        await self._write("POST", f"/incidents/{segment(incident)}/notes", body)

    async def set_status(self, incident: str, status: str, resolution: str = "") -> None:
        """Acknowledge or resolve the pager's incident by its id."""
        told = {"type": "incident_reference", "status": status}
        if resolution:
            told["resolution"] = cut(resolution, LONGEST_NOTE)
        await self._write("PUT", f"/incidents/{segment(incident)}", {"incident": told})

    async def check(self) -> str:
        """What the REST token reaches, in words. Changes nothing; raises ServiceError."""
        self._key()
        if self._service:
            return f"service {(await self._read_service()).service.summary or self._service}"
        await self._get("/oncalls", {"limit": "1"})
        return "who is on call"

    async def close(self) -> None:
        """Close the connections."""
        await self._events.close()
        await self._rest.close()

    async def _event(self, action: str, key: str, more: dict[str, Any]) -> Posted:
        # The key tells a second one from the first, so it may be sent again after any failure.
        body = {"event_action": action, "dedup_key": dedup_key(key), **more}
        answer = await self._enqueue("/v2/enqueue", body, again=True)
        return Posted(shaped(SYSTEM, answer, Queued, Effect.UNKNOWN).dedup_key or dedup_key(key))

    async def _enqueue(self, path: str, body: dict[str, Any], *, again: bool) -> Any:  # noqa: ANN401
        return await self._events.ask("POST", path, {"routing_key": self._key(), **body}, again=again)

    def _key(self) -> str:
        if len(self._routing_key) != KEY_LENGTH:
            raise Denied(
                f"PagerDuty's routing key has {len(self._routing_key)} characters instead of {KEY_LENGTH}",
                "Take the integration key of the service's Events API v2 integration.",
            )
        return self._routing_key

    async def _get(self, path: str, query: Query | None = None) -> Any:  # noqa: ANN401
        self._need_token()
        return await self._rest.ask("GET", path, query=query)

    async def _write(self, method: str, path: str, body: dict[str, Any]) -> None:
        self._need_token()
        if not self._from:
            raise Denied("PagerDuty wants to know who asks", "Fill pagerduty.from_email in integrations.toml.")
        with retold(NotFound, "PagerDuty knows no such incident", "Look whether it was resolved, then page anew."):
            await self._rest.ask(method, path, body, headers={"From": self._from})

    def _need_token(self) -> None:
        if not self._token:
            raise Denied(
                "PagerDuty's REST token is not set, or is none",
                "Export the variable that pagerduty.token_variable names, or ask people by phone.",
            )

    async def _escalation_policy(self) -> str:
        if self._policy is None:
            self._policy = (await self._read_service()).service.escalation_policy.id if self._service else ""
        return self._policy

    async def _read_service(self) -> Service:
        with retold(
            NotFound, f"PagerDuty knows no service {self._service}", "Check pagerduty.service in integrations.toml."
        ):
            return shaped(SYSTEM, await self._get(f"/services/{segment(self._service)}"), Service)

    async def _by_email(self, email: str) -> User:
        """The one user with that address, found once."""
        if not email:
            raise NotFound("PagerDuty is asked for nobody", "Fill in the e-mail address in the roster.")
        wanted = email.lower()
        if wanted not in self._users:
            answer = await self._get("/users", {"query": email, "limit": "25"})
            found = [user for user in shaped(SYSTEM, answer, Users).users if (user.email or "").lower() == wanted]
            if not found:
                raise NotFound(f"PagerDuty knows nobody with the address {email}", "Check the roster, or call them.")
            self._users[wanted] = self._users[found[0].id] = found[0]
        return self._users[wanted]

    async def _user(self, number: str) -> User:
        """A user by id, asked for once."""
        if number not in self._users:
            answer = await self._get(f"/users/{segment(number)}")
            self._users[number] = shaped(SYSTEM, answer, UserFound).user
        return self._users[number]


def dedup_key(key: str) -> str:
    """`key` as the Events API takes it."""
    return key[:LONGEST_DEDUP_KEY]


def cut(text: str, longest: int) -> str:
    """`text`, or as much as fits with "…" at its end."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
