"""PagerDuty's REST API v2 as the embedded cloud has it: on-calls, users, incidents, responders, notes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from warroom.drill.scenario.directory import PREFIXES, Person
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase
from warroom.drill.systems.pagerduty_state import Book, Paged, reference, time_text
from warroom.drill.systems.rate_limit import Limit
from warroom.drill.systems.responders import number_of
from warroom.drill.world.alerts import open_alerts
from warroom.drill.world.world import World

ACCEPT = "application/vnd.pagerduty+json;version=2"
POLICY = "PPOLICY"


class PagerDuty:
    """The REST side of one account; `book` is shared with the Events API. What rings in `world` is open here, too."""

    name = "pagerduty"
    prefixes: Sequence[str] = (PREFIXES["pagerduty"],)

    def __init__(self, stage: Stage, book: Book, world: World) -> None:
        self._stage = stage
        self._world = world
        self._book = book
        self._limit = Limit(stage.clock, 16.0, 100)

    def routes(self) -> Sequence[Route]:
        """The requests that warroom makes."""
        base = PREFIXES["pagerduty"]
        return [
            ("GET", f"{base}/schedules/{{id}}", self._checked(self._schedule)),
            ("GET", f"{base}/services/{{id}}", self._checked(self._service)),
            ("GET", f"{base}/users/{{id}}", self._checked(self._user)),
            ("GET", f"{base}/incidents/{{id}}", self._checked(self._incident)),
            ("POST", f"{base}/incidents", self._checked(self._open)),
            ("PUT", f"{base}/incidents/{{id}}", self._checked(self._change)),
            ("POST", f"{base}/incidents/{{id}}/responder_requests", self._checked(self._ask)),
            ("POST", f"{base}/incidents/{{id}}/notes", self._checked(self._note)),
            ("GET", f"{base}/pages/incidents/{{id}}", self._page),
        ]

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error object; 429 with the seconds until the limit is reset."""
        headers = {"Retry-After": f"{retry_after_seconds:.0f}"} if code == 429 else {}
        words = error or ("Rate Limit Exceeded" if code == 429 else phrase(code, "Internal Server Error"))
        return Reply({"error": {"message": words, "code": 2020 if code == 429 else 2000}}, code, headers, refused=words)

    def _checked(self, handler: Callable[[Call], Reply]) -> Callable[[Call], Awaitable[Reply]]:
        """Token, version, sender and rate, as for every request."""

        async def answer(call: Call) -> Reply:
            if call.headers.get("Authorization", "") != f"Token token={self._stage.secrets['pagerduty']}":
                raise _no(401, 2006, "Unauthorized")
            if call.headers.get("Accept", "") != ACCEPT:
                raise _no(400, 2001, "Invalid Input Provided", f"Accept must be {ACCEPT}")
            if wait := self._limit.wait():
                return self.failure(429, "", wait)
            if call.method != "GET" and self._stage.people.find(call.headers.get("From", "")) is None:
                raise _no(400, 1008, "Requester User Not Found")
            return handler(call)

        return answer

    def _on_call_rows(self, call: Call) -> list[dict[str, Any]]:
        """Who is on call in the policies and schedules that are asked for."""
        policy = call.query.get("escalation_policy_ids[]", POLICY)
        whole = call.query.get("include[]") == "users"
        found = [
            {
                "escalation_policy": {"id": POLICY, "summary": "Releases"},
                "escalation_level": level,
                "user": self._shown(person) if whole else reference(person),
                "start": None,
                "end": None,
            }
            for level, person in self._stage.people.on_call(call.query.get("schedule_ids[]", ""))
        ]
        return found if policy == POLICY else []

    def _schedule(self, call: Call) -> Reply:
        number = call.match["id"]
        if not self._stage.people.on_call(number):
            raise _no(404, 2100, "Not Found")
        return Reply({"schedule": {"id": number, "type": "schedule", "summary": "On call", "time_zone": "Etc/UTC"}})

    def _service(self, call: Call) -> Reply:
        number = call.match["id"]
        if number != self._stage.cast.ids.get("pagerduty.service", number):
            raise _no(404, 2100, "Not Found")
        policy = {"id": POLICY, "type": "escalation_policy_reference", "summary": "Releases"}
        return Reply({"service": {"id": number, "summary": "Shop", "status": "active", "escalation_policy": policy}})

    def _user(self, call: Call) -> Reply:
        person = self._stage.people.number(call.match["id"])
        if person is None:
            raise _no(404, 2100, "Not Found")
        return Reply({"user": self._shown(person)})

    def _ringing(self) -> list[dict[str, Any]]:
        """Incidents that the alerts of the world opened, as Cloud Monitoring's integration does."""
        now = self._stage.clock.now()
        return [
            {
                "id": number_of("QM", f"{one.name}:{one.opened_at:.0f}"),
                "type": "incident",
                "title": one.name,
                "status": "triggered",
                "created_at": time_text(one.opened_at),
            }
            for one in open_alerts(self._world, now)
        ]

    def _incident(self, call: Call) -> Reply:
        return Reply({"incident": self._told(self._find(call))})

    def _open(self, call: Call) -> Reply:
        told = _part(call, "incident")
        title = _words(told, "title")
        if not isinstance(told.get("service"), dict):
            raise _no(400, 2001, "Invalid Input Provided", "Service cannot be empty.")
        paged = self._book.open(str(told.get("incident_key") or ""), title)
        return Reply({"incident": self._told(paged)}, 201, summary=f"pages: {title}")

    def _change(self, call: Call) -> Reply:
        paged, told = self._find(call), _part(call, "incident")
        status = told.get("status", "")
        if status not in ("", "acknowledged", "resolved"):
            raise _no(400, 2001, "Invalid Input Provided", "Status is not included in the list")
        if not paged.open:
            raise _no(400, 2001, "Invalid Input Provided", "Incident Already Resolved")
        if status == "resolved":
            self._book.resolve(paged, str(told.get("resolution") or ""))
        elif status:
            self._book.acknowledge(paged, self._stage.people.find(call.headers.get("From", "")))
        return Reply({"incident": self._told(paged)}, summary=f"{status or 'changes'}: {paged.title}")

    def _ask(self, call: Call) -> Reply:
        paged = self._find(call)
        body = call.body if isinstance(call.body, dict) else {}
        asker = self._stage.people.number(str(body.get("requester_id") or ""))
        message = _words(body, "message")
        targets = body.get("responder_request_targets")
        if asker is None or not isinstance(targets, list) or not targets:
            raise _no(400, 2001, "Invalid Input Provided", "Requester and targets cannot be empty.")
        people: list[Person] = []
        for one in targets:
            target = one.get("responder_request_target") if isinstance(one, dict) else None
            number = str(target.get("id") or "") if isinstance(target, dict) else ""
            person = self._stage.people.number(number)
            if person is None:
                raise _no(404, 2100, "Not Found", f"no user {number}")
            people.append(person)
        if not paged.open:
            raise _no(400, 2001, "Invalid Input Provided", "Incident Already Resolved")
        for person in people:
            self._book.ask(paged, person)
        names = ", ".join(person.handle for person in people)
        told = {"incident": {"id": paged.number}, "requester": reference(asker), "message": message}
        return Reply({"responder_request": told}, summary=f"asks {names}: {message}")

    def _note(self, call: Call) -> Reply:
        paged = self._find(call)
        content = _words(_part(call, "note"), "content")
        paged.notes.append(content)
        told = {"id": f"PNOTE{len(paged.notes)}", "content": content}
        return Reply({"note": told}, 201, summary=f"note: {content}")

    async def _page(self, call: Call) -> Reply:
        """What a person would look at: where an incident's link leads in a drill."""
        paged = self._find(call)
        return Reply({"incident": self._told(paged), "notes": paged.notes})

    def _find(self, call: Call) -> Paged:
        paged = self._book.find(call.match["id"])
        if paged is None:
            raise _no(404, 2100, "Not Found")
        return paged

    def _told(self, paged: Paged) -> dict[str, Any]:
        return self._book.shown(paged, f"http://{self._stage.http}{PREFIXES['pagerduty']}/pages")

    def _shown(self, person: Person) -> dict[str, Any]:
        name = person.name or person.handle
        return {"id": number_of("P", person.email), "type": "user", "name": name, "summary": name} | {
            "email": person.email
        }


def _part(call: Call, key: str) -> dict[str, Any]:
    found = call.body.get(key) if isinstance(call.body, dict) else None
    if not isinstance(found, dict):
        raise _no(400, 2001, "Invalid Input Provided", f"{key.capitalize()} cannot be empty.")
    return found


def _words(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _no(400, 2001, "Invalid Input Provided", f"{key.capitalize()} cannot be empty.")
    return value


def _no(status: int, code: int, message: str, *errors: str) -> Refusal:
    told: dict[str, Any] = {"message": message, "code": code}
    if errors:
        told["errors"] = list(errors)
    return Refusal(Reply({"error": told}, status, refused="; ".join((message, *errors))))
