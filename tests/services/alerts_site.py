"""A stand-in for an Atlassian site over HTTP: alerts by alias, who is on call, people, and its refusals."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

EMAIL, TOKEN, CLOUD = "bot@example.com", "jira-token-1234", "c-1"
LOGIN = "Basic " + base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
PEOPLE = {
    "acc-ic": ("primary-ic@example.com", "Primary IC"),
    "acc-backup": ("backup-ic@example.com", "Backup IC"),
    "acc-hidden": (None, "Somebody Private"),
}
"""E-mail address, None where it is hidden, and name, by account id."""


class Site:
    """What the site holds. `fails` are HTTP statuses for the next requests whose path ends in the key."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict[str, Any]] = {}
        self.notes: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.fails: dict[str, list[int]] = {}
        self.url = ""

    def by_alias(self, alias: str) -> dict[str, Any] | None:
        """An open alert."""
        return next((one for one in self.alerts.values() if one["alias"] == alias and one["status"] == "open"), None)

    async def answer(self, request: web.Request) -> web.Response:
        """One request: who asks, what fails, then what it is."""
        self.asked.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization") != LOGIN:
            return web.json_response({"message": "Unauthorized"}, status=401)
        for end, statuses in self.fails.items():
            if request.path.endswith(end) and statuses:
                return web.Response(status=statuses.pop(0), text="oops", headers={"Retry-After": "0"})
        if request.path.startswith("/rest/api/3/user"):
            return self._person(request)
        prefix = f"/ops/{CLOUD}/v1/"
        if not request.path.startswith(prefix):
            return web.json_response({"message": "no such site"}, status=404)
        body = json.loads(await request.text()) if request.method == "POST" else {}
        return self._ops(request.method, request.path.removeprefix(prefix).split("/"), body, request.query)

    def _ops(self, method: str, path: list[str], body: dict[str, Any], query: Any) -> web.Response:
        taken = web.json_response({"result": "Request will be processed", "requestId": "r", "took": 0.1}, status=202)
        match (method, *path):
            case ("POST", "alerts"):
                if not body.get("message") or len(body["message"]) > 130 or len(body["alias"]) > 512:
                    return web.json_response({"message": "message: too long"}, status=422)
                if (there := self.by_alias(body["alias"])) is not None:
                    there["count"] += 1
                else:
                    number = f"a-{len(self.alerts) + 1}"
                    more = {"id": number, "status": "open", "acknowledged": False, "owner": "", "count": 1}
                    self.alerts[number] = {"responders": [], **body, **more}
                return taken
            case ("GET", "alerts"):
                return web.json_response({"values": list(self.alerts.values()), "count": len(self.alerts)})
            case ("GET", "alerts", "alias"):
                found = self.by_alias(query["alias"])
                return web.json_response(found) if found else web.json_response({"message": "none"}, status=404)
            case ("POST", "alerts", number, action) if number in self.alerts:
                return self._act(self.alerts[number], action, body) or taken
            case ("GET", "schedules", "s-1"):
                return web.json_response({"id": "s-1", "name": "Release managers"})
            case ("GET", "schedules", "s-1", "on-calls") if query.get("flat") == "true":
                return web.json_response({"onCallUsers": ["acc-ic", "acc-hidden"]})
        return web.json_response({"message": "not found"}, status=404)

    def _act(self, alert: dict[str, Any], action: str, body: dict[str, Any]) -> web.Response | None:
        if action == "acknowledge":
            alert |= {"acknowledged": True, "owner": alert["owner"] or "acc-bot"}
        elif action == "close":
            alert["status"] = "closed"
        elif action == "notes":
            self.notes.append((alert["id"], body["note"]))
        elif action == "responders":
            if body.get("type") != "user" or body.get("id") not in PEOPLE:
                return web.json_response({"message": "no such responder"}, status=422)
            alert["responders"].append(body)
        else:
            return web.json_response({"message": "not found"}, status=404)
        return None

    def _person(self, request: web.Request) -> web.Response:
        told = [
            {"accountId": account, "displayName": name, "active": True} | ({"emailAddress": email} if email else {})
            for account, (email, name) in PEOPLE.items()
        ]
        if request.path.endswith("/search"):
            wanted = request.query["query"]
            hits = [one for one in told if one.get("emailAddress") == wanted]
            hidden = [one for one in told if wanted == "hidden@example.com" and one["accountId"] == "acc-hidden"]
            return web.json_response(hits + hidden)
        found = [one for one in told if one["accountId"] == request.query["accountId"]]
        return web.json_response(found[0]) if found else web.json_response({"message": "gone"}, status=404)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """A running one on a free port of loopback."""
    there = Site()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", there.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield there
    finally:
        await runner.cleanup()
