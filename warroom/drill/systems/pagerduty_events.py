"""PagerDuty's Events API v2 as the embedded cloud has it: 202 for what is queued, 400 with the reasons, 429."""

from collections.abc import Sequence
from typing import Any

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.mount import Call, Reply, Route, Stage
from warroom.drill.systems.pagerduty_state import Book
from warroom.drill.systems.rate_limit import Limit

KEY_LENGTH = 32
LONGEST_SUMMARY = 1024
LONGEST_DEDUP_KEY = 255
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")


class PagerDutyEvents:
    """Takes events for `book`; 120 a minute are taken."""

    name = "pagerduty"
    prefixes: Sequence[str] = (PREFIXES["pagerduty-events"],)

    def __init__(self, stage: Stage, book: Book) -> None:
        self._stage = stage
        self._book = book
        self._limit = Limit(stage.clock, 2.0, 120)

    def routes(self) -> Sequence[Route]:
        """Both queues."""
        base = PREFIXES["pagerduty-events"]
        return [("POST", f"{base}/v2/enqueue", self._event), ("POST", f"{base}/v2/change/enqueue", self._change)]

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """A status and a message."""
        headers = {"Retry-After": f"{retry_after_seconds:.0f}"} if code == 429 else {}
        words = error or {429: "throttle exceeded"}.get(code, "internal error")
        return Reply({"status": words, "message": words}, code, headers, refused=words)

    async def _event(self, call: Call) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        wrong = list(_problems(body, self._stage.secrets["pagerduty-events"]))
        if wrong:
            return _invalid(wrong)
        if wait := self._limit.wait():
            return self.failure(429, "", wait)
        action, key = str(body["event_action"]), str(body.get("dedup_key") or "")
        found = next((one for one in self._book.all() if one.open and one.key == key), None)
        summary = f"{action}: {key}"
        if action == "trigger":
            title = body["payload"]["summary"]
            summary = f"pages nobody anew: {title}" if found else f"pages: {title}"
            key = self._book.open(key, title).key
        elif found is not None and action == "acknowledge":
            self._book.acknowledge(found, None)
        elif found is not None:
            self._book.resolve(found)
        return Reply({"status": "success", "message": "Event processed", "dedup_key": key}, 202, summary=summary)

    async def _change(self, call: Call) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        wrong = _key_problems(body, self._stage.secrets["pagerduty-events"])
        payload = body.get("payload")
        summary = payload.get("summary") if isinstance(payload, dict) else None
        if not isinstance(summary, str) or not summary.strip():
            wrong.append("'payload.summary' is missing or blank")
        elif len(summary) > LONGEST_SUMMARY:
            wrong.append(f"'payload.summary' is longer than {LONGEST_SUMMARY} characters")
        if wrong:
            return _invalid(wrong)
        if wait := self._limit.wait():
            return self.failure(429, "", wait)
        told = {"status": "success", "message": "Change event processed"}
        return Reply(told, 202, summary=f"change: {summary}")


def _problems(body: dict[str, Any], right: str) -> list[str]:
    """Why an event is refused; `right` is the routing key."""
    wrong = _key_problems(body, right)
    action, key = body.get("event_action"), body.get("dedup_key")
    if action not in ACTIONS:
        wrong.append(f"'event_action' must be one of {', '.join(ACTIONS)}")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_DEDUP_KEY):
        wrong.append(f"'dedup_key' must be a string of at most {LONGEST_DEDUP_KEY} characters")
    if action in ACTIONS[1:] and not key:
        wrong.append("'dedup_key' is missing or blank")
    if action == "trigger":
        payload = body.get("payload")
        told = payload if isinstance(payload, dict) else {}
        wrong += [
            f"'payload.{name}' is missing or blank"
            for name in ("summary", "source", "severity")
            if not isinstance(told.get(name), str) or not told[name].strip()
        ]
        if len(str(told.get("summary") or "")) > LONGEST_SUMMARY:
            wrong.append(f"'payload.summary' is longer than {LONGEST_SUMMARY} characters")
        if told.get("severity") and told["severity"] not in SEVERITIES:
            wrong.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    return wrong


def _key_problems(body: dict[str, Any], right: str) -> list[str]:
    key = body.get("routing_key")
    if not isinstance(key, str) or not key:
        return ["'routing_key' is missing or blank"]
    if len(key) != KEY_LENGTH:
        return [f"'routing_key' must have {KEY_LENGTH} characters"]
    return [] if key == right else ["'routing_key' is invalid"]


def _invalid(errors: list[str]) -> Reply:
    told = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return Reply(told, 400, refused="; ".join(errors))
