"""The flags for anyone's client: whole representations, lists, projects and environments, and patches of both kinds."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.launchdarkly import LaunchDarkly
from warroom.drill.systems.mount import Call, Refusal, Reply, Route

_SEMANTIC = "domain-model=launchdarkly.semanticpatch"


class Flags(LaunchDarkly):
    """The project that warroom uses, as official clients read it."""

    def routes(self) -> Sequence[Route]:
        """More of the project, before what the base has."""
        api = PREFIXES["launchdarkly"] + "/api/v2"
        return (
            ("GET", api + "/caller-identity", self._identity),
            ("GET", api + "/projects", self._projects),
            ("GET", api + "/projects/{project}", self._one_project),
            ("GET", api + "/projects/{project}/environments", self._environments),
            ("GET", api + "/flags/{project}", self._flags),
            ("GET", api + "/flag-statuses/{project}/{environment}", self._statuses),
            *super().routes(),
            ("*", PREFIXES["launchdarkly"] + "/{rest:.*}", self._nothing),
        )

    @property
    def _keys(self) -> tuple[str, str]:
        """Of the project and its environment."""
        return self._project or "shop", self._environment or "production"

    def _enter(self, call: Call) -> None:
        """The token, where a call names no project. Raises Refusal."""
        self._admit(replace(call, match={"project": self._keys[0]}))

    async def _nothing(self, call: Call) -> Reply:
        self._enter(call)
        raise _refused(404, "not_found", "Not found")

    async def _identity(self, call: Call) -> Reply:
        self._enter(call)
        return Reply({"accountId": "acc-drill", "tokenName": "drill", "authKind": "token", "serviceToken": True})

    async def _projects(self, call: Call) -> Reply:
        self._enter(call)
        return Reply({"_links": _link("/api/v2/projects"), "items": [self._told_project()], "totalCount": 1})

    async def _one_project(self, call: Call) -> Reply:
        self._admit(call)
        told = self._told_project()
        if "environments" in call.query.get("expand", ""):
            told["environments"] = {"_links": _link(""), "items": [self._told_environment()], "totalCount": 1}
        return Reply(told)

    def _told_project(self) -> dict[str, Any]:
        key = self._keys[0]
        about = {"_id": "prj-drill", "_links": _link(f"/api/v2/projects/{key}"), "key": key, "name": key.title()}
        return {**about, "includeInSnippetByDefault": False, "tags": []}

    async def _environments(self, call: Call) -> Reply:
        self._admit(call)
        links = _link(f"/api/v2/projects/{call.match['project']}/environments")
        return Reply({"_links": links, "items": [self._told_environment()], "totalCount": 1})

    async def _show(self, call: Call) -> Reply:
        await super()._show(call)
        return Reply(self._told_environment(call.match["environment"]))

    def _told_environment(self, key: str = "") -> dict[str, Any]:
        key = key or self._keys[1]
        switches = ("secureMode", "defaultTrackEvents", "requireComments", "confirmChanges", "critical")
        return {
            "_id": "env-drill",
            "_links": _link(f"/api/v2/projects/{self._keys[0]}/environments/{key}"),
            "key": key,
            "name": key.title(),
            "apiKey": "sdk-made-up",
            "mobileKey": "mob-made-up",
            "color": "417505",
            "defaultTtl": 0,
            "tags": [],
            **dict.fromkeys(switches, False),
        }

    async def _flags(self, call: Call) -> Reply:
        self._admit(call)
        limit, offset = (_count(call, key, usual) for key, usual in (("limit", 20), ("offset", 0)))
        rows = [self._answer(flag) for flag in self.on]
        links = _link(f"/api/v2/flags/{call.match['project']}")
        return Reply({"_links": links, "items": rows[offset : offset + limit], "totalCount": len(rows)})

    async def _statuses(self, call: Call) -> Reply:
        self._admit(call)
        rows = [{"_links": _link(""), "name": "active", "default": None} for _ in self.on]
        return Reply({"_links": _link(""), "items": rows})

    async def _patch(self, call: Call) -> Reply:
        """A JSON patch switches a flag just as a semantic one does."""
        if _SEMANTIC in call.headers.get("Content-Type", ""):
            return await super()._patch(call)
        self._admit(call)
        flag = self._known(call)
        body = call.body if isinstance(call.body, dict) else {"patch": call.body}
        steps, place = body.get("patch"), f"/environments/{self._keys[1]}/on"
        if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
            raise _refused(400, "invalid_request", "Invalid request body: a JSON patch is a list of operations")
        for step in steps:
            if (step.get("op"), step.get("path")) != ("replace", place) or not isinstance(step.get("value"), bool):
                said = f"the embedded flags take only 'replace' of {place} with true or false"
                raise _refused(400, "invalid_patch", said)
        for step in steps:
            self.on[flag] = step["value"]
            self._turned(flag, self.on[flag], self._clock.now())
        turned = "on" if self.on[flag] else "off"
        return Reply(self._answer(flag), summary=f"flag {flag} turned {turned}: {body.get('comment') or ''}")

    def _answer(self, flag: str) -> dict[str, Any]:
        told = super()._answer(flag)
        project, environment = self._keys
        config = {
            **told["environments"][environment],
            "archived": False,
            "salt": "c2FsdA==",
            "sel": "",
            "version": 1,
            "_site": {"href": f"/{project}/{environment}/features/{flag}", "type": "text/html"},
            "_environmentName": environment.title(),
            "trackEvents": False,
            "trackEventsFallthrough": False,
            "targets": [],
            "rules": [],
            "fallthrough": {"variation": 0},
            "offVariation": 1,
            "prerequisites": [],
        }
        return {
            **told,
            "kind": "boolean",
            "_version": 1,
            "_links": _link(f"/api/v2/flags/{project}/{flag}"),
            "creationDate": int(self._clock.now() * 1000),
            "variations": [{"_id": f"{flag}-true", "value": True}, {"_id": f"{flag}-false", "value": False}],
            "defaults": {"onVariation": 0, "offVariation": 1},
            "temporary": False,
            "archived": False,
            "tags": [],
            "customProperties": {},
            "experiments": {"baselineIdx": 0, "items": []},
            "environments": {environment: config},
        }


def _link(href: str) -> dict[str, Any]:
    return {"self": {"href": href, "type": "application/json"}}


def _count(call: Call, key: str, usual: int) -> int:
    told = call.query.get(key, "")
    if told and not (told.isascii() and told.isdigit()):
        raise _refused(400, "invalid_request", f"{key} must be a number that is not negative")
    return int(told or usual)


def _refused(status: int, code: str, message: str) -> Refusal:
    return Refusal(Reply({"code": code, "message": message}, status, refused=message))
