"""The pager for anyone's client: services, policies, incidents by filters and pages, notes, snoozes, bulk changes."""

from collections.abc import Callable, Sequence
from typing import Any

from warroom.drill.scenario.directory import PREFIXES, Person
from warroom.drill.systems.mount import Call, Refusal, Reply, Route
from warroom.drill.systems.pagerduty import POLICY, PagerDuty
from warroom.drill.systems.pagerduty_state import Paged, time_text

MOST_PER_PAGE = 100
_LAST_RECORD = 10_000
_ABILITIES = ("coordinated_responding", "service_support_hours", "teams", "urgencies")


class Pager(PagerDuty):
    """The account that warroom uses, with what other scripts ask of it."""

    def routes(self) -> Sequence[Route]:
        """More of the account, before what the base has."""
        base = PREFIXES["pagerduty"]
        more: tuple[tuple[str, str, Callable[[Call], Reply]], ...] = (
            ("GET", "/abilities", self._abilities),
            ("GET", "/priorities", lambda call: self._listed(call, "priorities", [])),
            ("GET", "/users/me", self._me),
            ("GET", "/users", self._users),
            ("GET", "/oncalls", self._on_calls),
            ("GET", "/services", self._services),
            ("GET", "/services/{id}", self._service),
            ("GET", "/escalation_policies", lambda call: self._listed(call, "escalation_policies", [self._policy()])),
            ("GET", "/escalation_policies/{id}", self._show_policy),
            ("GET", "/incidents", self._incidents),
            ("PUT", "/incidents", self._change_many),
            ("POST", "/incidents/{id}/snooze", self._snooze),
            ("GET", "/incidents/{id}/notes", self._notes),
            ("GET", "/incidents/{id}/alerts", self._alerts),
        )
        return [
            *((method, base + path, self._checked(handler)) for method, path, handler in more),
            *super().routes(),
            ("*", base + "/{rest:.*}", self._checked(self._nothing)),
        ]

    @property
    def _url(self) -> str:
        return f"http://{self._stage.http}{PREFIXES['pagerduty']}"

    @property
    def _number(self) -> str:
        """The id of the account's one service."""
        return self._stage.cast.ids.get("pagerduty.service", "") or "PSERVICE"

    def _nothing(self, call: Call) -> Reply:
        raise _no(404, 2100, "Not Found")

    def _abilities(self, call: Call) -> Reply:
        return Reply({"abilities": list(_ABILITIES)})

    def _me(self, call: Call) -> Reply:
        raise _no(400, 2001, "Invalid Input Provided", "A user's own token is needed for this endpoint.")

    def _on_calls(self, call: Call) -> Reply:
        return self._listed(call, "oncalls", self._on_call_rows(call))

    def _users(self, call: Call) -> Reply:
        query = call.query.get("query", "")
        return self._listed(call, "users", [self._shown(one) for one in self._stage.people.search(query)])

    def _services(self, call: Call) -> Reply:
        return self._listed(call, "services", [self._told_service()])

    def _service(self, call: Call) -> Reply:
        super()._service(call)
        return Reply({"service": {**self._told_service(), "id": call.match["id"]}})

    def _told_service(self) -> dict[str, Any]:
        about = self._reference("service", self._number, "Shop")
        policy = self._reference("escalation_policy", POLICY, "Releases")
        told = {**about, "type": "service", "name": "Shop", "status": "active", "escalation_policy": policy}
        return {**told, "acknowledgement_timeout": 1800, "auto_resolve_timeout": None, "teams": [], "integrations": []}

    def _policy(self) -> dict[str, Any]:
        levels = self._stage.people.on_call()
        rules = [
            {"id": f"PRULE{level}", "escalation_delay_in_minutes": 30, "targets": [self._user_reference(person)]}
            for level, person in levels
        ]
        about = self._reference("escalation_policy", POLICY, "Releases")
        services = [self._reference("service", self._number, "Shop")]
        told = {**about, "type": "escalation_policy", "name": "Releases", "num_loops": 0, "teams": []}
        return {**told, "escalation_rules": rules, "services": services}

    def _show_policy(self, call: Call) -> Reply:
        if call.match["id"] != POLICY:
            raise _no(404, 2100, "Not Found")
        return Reply({"escalation_policy": self._policy()})

    def _incidents(self, call: Call) -> Reply:
        statuses, key = call.every("statuses[]"), call.query.get("incident_key", "")
        services, urgencies = call.every("service_ids[]"), call.every("urgencies[]")
        if any(one not in ("triggered", "acknowledged", "resolved") for one in statuses):
            raise _no(400, 2001, "Invalid Input Provided", "Status is not included in the list")
        found = [
            one
            for one in self._book.all()
            if key in ("", one.key)
            and (not statuses or one.status in statuses)
            and (not services or self._number in services)
            and (not urgencies or "high" in urgencies)
        ]
        told = [self._told(one) for one in found]
        if not key and "triggered" in (statuses or ["triggered"]) and "high" in (urgencies or ["high"]):
            told += self._ringing()
        told.sort(key=lambda one: str(one["created_at"]))
        if call.query.get("sort_by", "") != "created_at:asc":
            told.reverse()
        return self._listed(call, "incidents", told)

    def _open(self, call: Call) -> Reply:
        """As the API has it, an incident of the same key that is open is a refusal."""
        told = call.body.get("incident") if isinstance(call.body, dict) else None
        key = told.get("incident_key") if isinstance(told, dict) else None
        if key and any(one.open and one.key == key for one in self._book.all()):
            why = "Open incident with matching dedup key already exists on this service"
            raise _no(400, 2002, "Arguments Caused Error", why)
        return super()._open(call)

    def _change_many(self, call: Call) -> Reply:
        told = call.body.get("incidents") if isinstance(call.body, dict) else None
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told) or not told:
            raise _no(400, 2001, "Invalid Input Provided", "Incidents cannot be empty.")
        answers = [
            self._change(Call(call.method, call.path, {"id": str(one.get("id"))}, {}, call.headers, {"incident": one}))
            for one in told
        ]
        summary = "; ".join(one.summary for one in answers)
        return Reply({"incidents": [one.body["incident"] for one in answers]}, summary=summary)

    def _snooze(self, call: Call) -> Reply:
        paged, body = self._find(call), call.body if isinstance(call.body, dict) else {}
        duration = body.get("duration")
        if not isinstance(duration, int) or not 1 <= duration <= 604_800:
            raise _no(400, 2001, "Invalid Input Provided", "Duration must be between 1 and 604800 seconds")
        if paged.status != "acknowledged":
            raise _no(400, 2001, "Invalid Input Provided", "Only acknowledged incidents can be snoozed")
        self._book.snooze(paged, float(duration))
        return Reply({"incident": self._told(paged)}, 201, summary=f"snoozes {paged.title} for {duration} s")

    def _notes(self, call: Call) -> Reply:
        paged = self._find(call)
        notes = [{"id": f"PNOTE{count}", "content": text} for count, text in enumerate(paged.notes, start=1)]
        return Reply({"notes": notes})

    def _alerts(self, call: Call) -> Reply:
        paged = self._find(call)
        about = {**self._reference("alert", f"{paged.number}A", paged.title), "alert_key": paged.key}
        status = "resolved" if paged.status == "resolved" else "triggered"
        incident = self._reference("incident", paged.number, paged.title)
        told = {**about, "type": "alert", "status": status, "severity": "critical", "incident": incident}
        return self._listed(call, "alerts", [{**told, "created_at": time_text(paged.opened_at)}])

    def _listed(self, call: Call, key: str, rows: list[dict[str, Any]]) -> Reply:
        """One page, as asked for with limit and offset; how many there are only for who asks for the total."""
        limit, offset = (self._count(call, name, usual) for name, usual in (("limit", 25), ("offset", 0)))
        limit = min(limit, MOST_PER_PAGE)
        if limit + offset > _LAST_RECORD:
            raise _no(400, 2001, "Invalid Input Provided", "Offset plus limit must not be more than 10000")
        total = len(rows) if call.query.get("total") == "true" else None
        more = offset + limit < len(rows)
        return Reply(
            {key: rows[offset : offset + limit], "limit": limit, "offset": offset, "total": total, "more": more}
        )

    def _count(self, call: Call, key: str, usual: int) -> int:
        told = call.query.get(key, "")
        if told and not (told.isascii() and told.isdigit()):
            raise _no(400, 2001, "Invalid Input Provided", f"{key.capitalize()} must be a number")
        return int(told or usual)

    def _told(self, paged: Paged) -> dict[str, Any]:
        told = super()._told(paged)
        number = 1 + [one.number for one in self._book.all()].index(paged.number)
        solved = paged.status == "resolved"
        return {
            **told,
            "self": f"{self._url}/incidents/{paged.number}",
            "incident_number": number,
            "summary": f"[#{number}] {paged.title}",
            "description": paged.title,
            "urgency": "high",
            "priority": None,
            "service": self._reference("service", self._number, "Shop"),
            "escalation_policy": self._reference("escalation_policy", POLICY, "Releases"),
            "teams": [],
            "alert_counts": {"all": 1, "triggered": int(not solved), "resolved": int(solved)},
            "last_status_change_at": time_text(paged.acknowledged_at or paged.opened_at),
        }

    def _reference(self, kind: str, number: str, summary: str) -> dict[str, Any]:
        place = {"escalation_policy": "escalation_policies"}.get(kind, f"{kind}s")
        links = {"self": f"{self._url}/{place}/{number}", "html_url": f"{self._url}/pages/{place}/{number}"}
        return {"id": number, "type": f"{kind}_reference", "summary": summary, **links}

    def _user_reference(self, person: Person) -> dict[str, Any]:
        return self._reference("user", self._shown(person)["id"], person.name or person.handle)


def _no(status: int, code: int, message: str, *errors: str) -> Refusal:
    told: dict[str, Any] = {"message": message, "code": code, **({"errors": list(errors)} if errors else {})}
    return Refusal(Reply({"error": told}, status, refused="; ".join((message, *errors))))
