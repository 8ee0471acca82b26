"""Whether a request of the smoke test was answered as services.toml expects, and what came instead. Pure."""

from typing import Any

import msgspec

from warroom.incident.validation.facts import RequestResult
from warroom.protocol.services import SmokeRequest
from warroom.services.ports import Fetched
from warroom.text import plain

_LONGEST = 100
_SHOWN = 60


def judged(request: SmokeRequest, came: Fetched) -> RequestResult:
    """One request's outcome: the first thing that is otherwise than expected, else that all is as it should be."""
    name = f"{request.method} {request.path}"
    for expected, got in _checks(request, came):
        if got:
            return RequestResult(name, False, expected, plain(got, _LONGEST), came.seconds)
    return RequestResult(name, True, wanted(request), f"HTTP {came.status} in {_ms(came.seconds)}", came.seconds)


def wanted(request: SmokeRequest) -> str:
    """All that is expected of an answer, in words."""
    parts = [_statuses(request)]
    parts += [f"text {_quoted(request.contains)}"] if request.contains else []
    parts += [f"{path} = {_value(value)}" for path, value in request.json.items()]
    parts += [f"within {request.within_ms:g} ms"] if request.within_ms else []
    return ", ".join(parts)


def _checks(request: SmokeRequest, came: Fetched) -> list[tuple[str, str]]:
    """What is expected with what came instead, "" where it is so; the gravest first."""
    statuses = _statuses(request)
    if came.trouble:
        got = f"HTTP {came.status}, then {came.trouble}" if came.status else came.trouble
        return [(statuses, got)]
    well = came.status in request.status if request.status else 200 <= came.status < 300
    found = [(statuses, "" if well else f"HTTP {came.status} {plain(came.text, _SHOWN)}".strip())]
    if request.contains:
        missing = "" if request.contains in came.text else f"an answer of {len(came.text)} characters without it"
        found.append((f"text {_quoted(request.contains)}", _unread(came) or missing))
    if request.json:
        found += _in_json(request, came)
    if request.within_ms:
        slow = came.seconds * 1000 > request.within_ms
        found.append((f"within {request.within_ms:g} ms", _ms(came.seconds) if slow else ""))
    return found


def _in_json(request: SmokeRequest, came: Fetched) -> list[tuple[str, str]]:
    try:
        whole = msgspec.json.decode(came.text.encode())
    except (msgspec.DecodeError, RecursionError):
        return [("JSON", _unread(came) or f"no JSON: {plain(came.text, _SHOWN)}")]
    found = []
    for path, value in request.json.items():
        there, held = _at(whole, path)
        same = there and held == value and isinstance(held, bool) == isinstance(value, bool)
        got = "" if same else f"{path} = {_value(held)}" if there else f"no {path} in it"
        found.append((f"{path} = {_value(value)}", got))
    return found


def _at(whole: Any, path: str) -> tuple[bool, Any]:  # noqa: ANN401
    """Whether there is something at a dotted path, and what; the items of a list go by their number."""
    here = whole
    for name in path.split("."):
        if isinstance(here, dict) and name in here:
            here = here[name]
        elif isinstance(here, list) and name.isdecimal() and int(name) < len(here):
            here = here[int(name)]
        else:
            return False, None
    return True, here


def _statuses(request: SmokeRequest) -> str:
    return " or ".join(map(str, request.status)) or "2xx"


def _unread(came: Fetched) -> str:
    return f"an answer that {came.unreadable}" if came.unreadable else ""


def _quoted(text: str) -> str:
    return f"“{plain(text, _SHOWN)}”"


def _value(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return plain(msgspec.json.encode(value).decode(errors="replace"), _SHOWN)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
