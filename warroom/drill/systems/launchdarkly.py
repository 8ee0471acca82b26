"""Feature flags as LaunchDarkly's REST API answers: one project, one environment, the flags of the scenario."""

from collections.abc import Callable, Sequence
from typing import Any

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase

_SEMANTIC = "domain-model=launchdarkly.semanticpatch"
_TURNS = {"turnFlagOff": False, "turnFlagOn": True}


class LaunchDarkly:
    """The flags by key, all on at first. `on` is for tests and the facilitator to look at.

    `turned` is told of each turn: flag, whether it is on, and when.
    """

    name = "launchdarkly"
    prefixes: Sequence[str] = (PREFIXES["launchdarkly"],)

    def __init__(
        self, stage: Stage, flags: Sequence[str], turned: Callable[[str, bool, float], None] = lambda *_: None
    ) -> None:
        self._stage = stage
        self._turned = turned
        self._project = stage.cast.ids.get("launchdarkly.project", "")
        self._environment = stage.cast.ids.get("launchdarkly.environment", "")
        self._clock = stage.clock
        self.on = dict.fromkeys(flags, True)

    def routes(self) -> Sequence[Route]:
        """The environment, and its flags."""
        api = PREFIXES["launchdarkly"] + "/api/v2"
        return (
            ("GET", api + "/projects/{project}/environments/{environment}", self._show),
            ("GET", api + "/flags/{project}/{flag}", self._flag),
            ("PATCH", api + "/flags/{project}/{flag}", self._patch),
        )

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error as LaunchDarkly words it."""
        headers = {"Retry-After": f"{retry_after_seconds:g}"} if code == 429 else {}
        said = error or phrase(code, "Internal error")
        named = error or (said.lower().replace(" ", "_") if code < 500 else "internal_service_error")
        return Reply({"code": named, "message": said}, code, headers)

    async def _show(self, call: Call) -> Reply:
        self._admit(call)
        if self._environment not in ("", call.match["environment"]):
            raise _refused(404, "not_found", f"Unknown environment key {call.match['environment']!r}")
        return Reply({"key": call.match["environment"], "name": call.match["environment"].title()})

    async def _flag(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(self._answer(self._known(call)))

    async def _patch(self, call: Call) -> Reply:
        self._admit(call)
        flag = self._known(call)
        if _SEMANTIC not in call.headers.get("Content-Type", ""):
            raise _refused(400, "invalid_request", "a semantic patch has domain-model=launchdarkly.semanticpatch")
        body = call.body if isinstance(call.body, dict) else {}
        if self._environment not in ("", body.get("environmentKey")):
            raise _refused(400, "invalid_request", "environmentKey must name an environment of the project")
        steps = body.get("instructions")
        kinds = [str(one.get("kind")) for one in steps if isinstance(one, dict)] if isinstance(steps, list) else []
        if not kinds or any(kind not in _TURNS for kind in kinds):
            raise _refused(400, "invalid_request", "instructions must be an array of known kinds")
        for kind in kinds:
            self.on[flag] = _TURNS[kind]
            self._turned(flag, self.on[flag], self._clock.now())
        turned = "on" if self.on[flag] else "off"
        return Reply(self._answer(flag), summary=f"flag {flag} turned {turned}: {body.get('comment', '')}")

    def _admit(self, call: Call) -> None:
        if call.headers.get("Authorization") != self._stage.secrets["launchdarkly"]:
            raise _refused(401, "unauthorized", "Invalid access token")
        if self._project not in ("", call.match["project"]):
            raise _refused(404, "not_found", f"Unknown project key {call.match['project']!r}")

    def _known(self, call: Call) -> str:
        flag = call.match["flag"]
        if flag not in self.on:
            raise _refused(404, "not_found", f"Unknown flag key {flag!r}")
        return flag

    def _answer(self, flag: str) -> dict[str, Any]:
        return {
            "key": flag,
            "name": flag,
            "environments": {
                self._environment or "production": {
                    "on": self.on[flag],
                    "lastModified": int(self._clock.now() * 1000),
                }
            },
        }


def _refused(status: int, code: str, message: str) -> Refusal:
    return Refusal(Reply({"code": code, "message": message}, status, refused=message))
