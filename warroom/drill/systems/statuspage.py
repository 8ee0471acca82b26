"""A status page as Statuspage's REST API answers: one page, its components and incidents."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase

STATUSES = ("investigating", "identified", "monitoring", "resolved")
IMPACTS = ("none", "minor", "major", "critical")
COMPONENTS = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage")

_APART_SECONDS = 0.999  # a second, less what a clock's digits lose


class Entry(Struct):
    """One incident of the page, with what was said of it, oldest first."""

    id: str
    name: str
    status: str
    impact: str
    updates: list[tuple[str, str]]
    components: dict[str, str]
    notified: int = 0


class Statuspage:
    """The page. `incidents` and `components` are for tests and the facilitator to look at."""

    name = "statuspage"
    prefixes: Sequence[str] = (PREFIXES["statuspage"],)

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._page = stage.cast.ids.get("statuspage.page", "")
        self._known = {value for key, value in stage.cast.ids.items() if key.startswith("statuspage.components.")}
        self.incidents: dict[str, Entry] = {}
        self.components: dict[str, str] = {}
        self._asked_at: float | None = None

    def routes(self) -> Sequence[Route]:
        """The page, and its incidents."""
        page = PREFIXES["statuspage"] + "/pages/{page}"
        return (
            ("GET", page, self._show),
            ("POST", page + "/incidents", self._create),
            ("PATCH", page + "/incidents/{incident}", self._update),
            ("GET", PREFIXES["statuspage"] + "/{incident}", self._public),
        )

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error as Statuspage words it."""
        headers = {"Retry-After": f"{retry_after_seconds:g}"} if code in (420, 429) else {}
        return Reply({"error": error or phrase(code, "Something went wrong")}, code, headers)

    async def _show(self, call: Call) -> Reply:
        self._admit(call)
        return Reply({"id": call.match["page"], "name": "Shop", "subdomain": "shop", "time_zone": "UTC"})

    async def _public(self, call: Call) -> Reply:
        """What the link of an incident leads to: the public page asks for no token."""
        there = self.incidents.get(call.match["incident"])
        if there is None:
            raise Refusal(Reply({"error": "Not found"}, 404))
        updates = [{"status": status, "body": body} for status, body in there.updates]
        return Reply({**self._answer(there), "incident_updates": updates})

    async def _create(self, call: Call) -> Reply:
        self._admit(call)
        told = _incident(call)
        if not told.get("name"):
            raise _invalid("Name can't be blank")
        self._check(told)
        made = Entry(f"inc{len(self.incidents) + 1:09}", told["name"], "investigating", "none", [], {})
        self.incidents[made.id] = made
        self._apply(made, told)
        return Reply(self._answer(made), 201, summary=_said(made, told))

    async def _update(self, call: Call) -> Reply:
        self._admit(call)
        there = self.incidents.get(call.match["incident"])
        if there is None:
            raise Refusal(Reply({"error": "Not found"}, 404, refused="no such incident"))
        told = _incident(call)
        self._check(told)
        self._apply(there, told)
        return Reply(self._answer(there), summary=_said(there, told))

    def _admit(self, call: Call) -> None:
        """The token, its one request a second, and the page. Raises Refusal."""
        if call.headers.get("Authorization") != f"OAuth {self._stage.secrets['statuspage']}":
            raise Refusal(Reply({"error": "Could not authenticate"}, 401, refused="wrong token"))
        now, before = self._stage.clock.now(), self._asked_at
        self._asked_at = now
        if before is not None and now - before < _APART_SECONDS:
            raise Refusal(Reply({"error": "Rate limit exceeded: 1 request per second"}, 420, refused="rate limit"))
        if self._page and call.match["page"] != self._page:
            raise Refusal(Reply({"error": "Not found"}, 404, refused="no such page"))

    def _check(self, told: Mapping[str, Any]) -> None:
        """What Statuspage checks of an incident. Raises Refusal."""
        for key, longest in (("name", 255), ("body", 25_000)):
            if len(str(told.get(key, ""))) > longest:
                raise _invalid(f"{key.capitalize()} is too long (maximum is {longest} characters)")
        for key, known in (("status", STATUSES), ("impact_override", IMPACTS)):
            if told.get(key) is not None and told[key] not in known:
                raise _invalid(f"{key.capitalize()} is not included in the list")
        if not isinstance(told.get("deliver_notifications", True), bool):
            raise _invalid("Deliver notifications is not a boolean")
        components = told.get("components", {})
        for component in [*told.get("component_ids", ()), *components]:
            if self._known and component not in self._known:
                raise _invalid(f"Component {component} does not belong to this page")
        if any(how not in COMPONENTS for how in components.values()):
            raise _invalid("Component status is not included in the list")

    def _apply(self, entry: Entry, told: Mapping[str, Any]) -> None:
        entry.status = told.get("status") or entry.status
        entry.impact = told.get("impact_override") or entry.impact
        if told.get("body"):
            entry.updates.append((entry.status, told["body"]))
        entry.components |= told.get("components", {})
        self.components |= told.get("components", {})
        # Left out, it means that they are told.
        entry.notified += bool(told.get("deliver_notifications", True))

    def _answer(self, entry: Entry) -> dict[str, Any]:
        return {
            "id": entry.id,
            "name": entry.name,
            "status": entry.status,
            "impact": entry.impact,
            "shortlink": f"http://{self._stage.http}{PREFIXES['statuspage']}/{entry.id}",
            "components": [{"id": id_, "status": status} for id_, status in entry.components.items()],
        }


def _incident(call: Call) -> Mapping[str, Any]:
    told = call.body.get("incident") if isinstance(call.body, dict) else None
    if not isinstance(told, dict):
        raise Refusal(Reply({"error": "incident is missing"}, 400, refused="no incident"))
    return told


def _invalid(sentence: str) -> Refusal:
    return Refusal(Reply({"error": [sentence]}, 422, refused=sentence))


def _said(entry: Entry, told: Mapping[str, Any]) -> str:
    who = "subscribers are told" if told.get("deliver_notifications", True) else "nobody is told"
    return f"{entry.status}: {entry.name} ({who})"
