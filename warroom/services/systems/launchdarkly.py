"""LaunchDarkly over its REST API: turning a feature's flag off."""

from msgspec import Struct

from warroom.services.errors import Invalid, NotFound
from warroom.services.systems.ports import Posted
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web

URL = "https://app.launchdarkly.com"
SYSTEM = "LaunchDarkly"
SEMANTIC_PATCH = "application/json; domain-model=launchdarkly.semanticpatch"


class _Environment(Struct):
    name: str = ""


class LaunchDarklyApi:
    """The flags of one project, in one environment of it, both by key."""

    def __init__(self, project: str, environment: str, token: str, url: str = "") -> None:
        self._url = url or URL
        self._web = Web(SYSTEM, self._url, {"Authorization": token})
        self._project = project
        self._environment = environment

    async def turn_off(self, flag: str, comment: str) -> Posted:
        """Turn the flag off for everybody in the environment; one that is off stays so."""
        body = {
            "environmentKey": self._environment,
            "comment": comment,
            "instructions": [{"kind": "turnFlagOff"}],
        }
        with (
            retold(NotFound, f"LaunchDarkly knows no flag {flag} in project {self._project}", "Check the flag's key."),
            retold(Invalid, f"LaunchDarkly does not turn {flag} off as it is", "See what it says; do it by hand."),
        ):
            await self._web.ask(
                "PATCH",
                f"/api/v2/flags/{segment(self._project)}/{segment(flag)}",
                body,
                headers={"Content-Type": SEMANTIC_PATCH},
                again=True,
            )
        place = f"{self._url.rstrip('/')}/{segment(self._project)}/{segment(self._environment)}"
        return Posted(flag, f"{place}/features/{segment(flag)}")

    async def check(self) -> str:
        """The environment that the token may read, in words. Changes nothing; raises ServiceError."""
        where = f"project {self._project}, environment {self._environment}"
        path = f"/api/v2/projects/{segment(self._project)}/environments/{segment(self._environment)}"
        with (
            retold(NotFound, f"LaunchDarkly knows no {where}", "Check project and environment in integrations.toml."),
        ):
            shaped(SYSTEM, await self._web.ask("GET", path), _Environment)
        return where

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()
