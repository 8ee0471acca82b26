"""The part of Logging's query language that a client of Cloud Run's logs needs.

Comparisons `key OP value`, `key=(a OR b)`, `log_id("…")` and `sample(insertId, share)`, joined by NOT, OR and AND,
which bind in that order; a line's end or a blank joins as AND does.
"""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from warroom.drill.logging.entries import RESOURCE, Entry

Holds = Callable[[Entry], bool]

SEVERITIES = {
    "DEFAULT": 0, "DEBUG": 100, "INFO": 200, "NOTICE": 300, "WARNING": 400, "ERROR": 500, "CRITICAL": 600,
    "ALERT": 700, "EMERGENCY": 800,
}  # fmt: skip

LONGEST = 20_000
"""Characters of a filter, as Google has it."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z0-9_@%][A-Za-z0-9_@%./:-]*?(?=\s|$|[()=<>!,]|:["(]))
    |(?P<text>"(?:[^"\\]|\\.)*")|(?P<op>!=|>=|<=|=|>|<|:)|(?P<mark>[(),-]))""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?m)^\s*--.*$")
_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_TEXTS: dict[str, Callable[[Entry], str]] = {
    "resource.type": lambda one: RESOURCE,
    "logName": lambda one: one.log_name,
    "insertId": lambda one: one.insert_id,
    "textPayload": lambda one: one.text,
    "httpRequest.requestUrl": lambda one: one.url if one.status else "",
    **{
        f"resource.labels.{key}": (lambda one, key=key: one.labels[key])  # type: ignore[misc]
        for key in ("project_id", "location", "configuration_name")
    },
    "resource.labels.service_name": lambda one: one.ref.name,
    "resource.labels.revision_name": lambda one: one.revision,
}
_NUMBERS: dict[str, Callable[[Entry], float]] = {
    "severity": lambda one: one.severity,
    "httpRequest.status": lambda one: one.status,
    "timestamp": lambda one: one.at,
    "receiveTimestamp": lambda one: one.received,
}


_SINGLE = {"insertId", "textPayload", "httpRequest.requestUrl", "timestamp", "receiveTimestamp"}
"""What tells entries of one kind apart; a kind has service, revision, log, severity and status in common."""


class FilterError(ValueError):
    """The filter is not one that can be answered."""


class Query(Struct, frozen=True):
    """A filter that was read: which entries it lets through, and between which moments those lie (Unix seconds).

    `kind` holds what must be true of an entry's kind: what it does not let through need not be made to be looked at.
    """

    text: str
    holds: Holds
    kind: Holds
    start: float = float("-inf")
    end: float = float("inf")


def parse(text: str) -> Query:
    """Read a filter; an empty one lets everything through. Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(f"The filter has more than {LONGEST} characters.")
    reader = _Reader(_tokens(text))
    if not reader.peek():
        return Query(text, _all([]), _all([]))
    parts = reader.parts(top=True)
    if left := reader.peek():
        raise FilterError(f"Unparseable filter: unexpected '{left}'.")
    kind = _all([part for part, single in parts if not single])
    return Query(text, _all([part for part, _ in parts]), kind, reader.start, reader.end)


def _all(parts: list[Holds]) -> Holds:
    """Whether all of them hold: asked for each of an hour's entries, so without a generator."""

    def holds(one: Entry) -> bool:
        for part in parts:  # noqa: SIM110 — see above
            if not part(one):
                return False
        return True

    return parts[0] if len(parts) == 1 else holds


def _tokens(text: str) -> list[str]:
    text = _COMMENT.sub("", text)
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"Unparseable filter: syntax error at character {position}.")
        found.append(match[match.lastgroup or 0])
        position = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self._single = False  # whether what is being read tells entries of one kind apart
        self.start, self.end = float("-inf"), float("inf")

    @property
    def at_end(self) -> bool:
        return self._next >= len(self._tokens)

    def peek(self) -> str:
        return "" if self.at_end else self._tokens[self._next]

    def take(self, wanted: str = "") -> str:
        found = self.peek()
        if not found or (wanted and found != wanted):
            raise FilterError(f"Unparseable filter: {wanted or 'more'} is expected, not '{found or 'its end'}'.")
        self._next += 1
        return found

    def conjunction(self, *, top: bool = False) -> Holds:
        return _all([part for part, _ in self.parts(top)])

    def parts(self, top: bool) -> list[tuple[Holds, bool]]:
        """What is joined by AND, and whether each tells entries of one kind apart."""
        found = [self._part(top)]
        while not self.at_end and self.peek() != ")":
            if self.peek() == "AND":
                self.take()
            found.append(self._part(top))
        return found

    def _part(self, top: bool) -> tuple[Holds, bool]:
        before, self._single = self._single, False
        part, single = self._disjunction(top), self._single
        self._single = before or single
        return part, single

    def _disjunction(self, top: bool) -> Holds:
        # What is said of time bounds the search only where it must hold.
        bounds = self.start, self.end
        parts = [self._negation(top)]
        while self.peek() == "OR":
            self.take()
            self.start, self.end = bounds
            parts.append(self._negation(False))
        return parts[0] if len(parts) == 1 else lambda one: any(part(one) for part in parts)

    def _negation(self, top: bool) -> Holds:
        if self.peek() in ("NOT", "-"):
            self.take()
            inner = self._primary(False)
            return lambda one: not inner(one)
        return self._primary(top)

    def _primary(self, top: bool) -> Holds:
        word = self.take()
        if word == "(":
            inner = self.conjunction(top=top)
            self.take(")")
            return inner
        if word == "log_id":
            self.take("(")
            name = quote(_text(self.take()), safe="")
            self.take(")")
            return lambda one: one.log == name
        if word == "sample":
            return self._sample()
        return self._comparison(word.replace(".label.", ".labels."), top)

    def _sample(self) -> Holds:
        """A share of the entries, always the same ones."""
        self.take("(")
        key = self.take()
        self.take(",")
        share = _number(self.take())
        self.take(")")
        if key != "insertId" or not 0 <= share <= 1:
            raise FilterError("sample() takes insertId and a fraction between 0 and 1.")
        self._single = True
        most = share * (1 << 32)
        return lambda one: one.mark >> 32 < most

    def _comparison(self, key: str, top: bool) -> Holds:
        if key not in _TEXTS and key not in _NUMBERS:
            raise FilterError(f"The filter names '{key}', which these entries do not have.")
        self._single = self._single or key in _SINGLE
        op = self.take()
        if op not in _OPS and op != ":":
            raise FilterError(f"Unparseable filter: '{op}' is no comparison.")
        if self.peek() != "(":
            return self._one(key, op, self.take(), top)
        self.take()
        parts = [self._one(key, op, self.take(), False)]
        joined = self.peek()
        while self.peek() in ("OR", "AND"):
            if self.take() != joined:
                raise FilterError("Unparseable filter: AND and OR in one list of values.")
            parts.append(self._one(key, op, self.take(), False))
        self.take(")")
        every = all if joined == "AND" else any
        return lambda one: every(part(one) for part in parts)

    def _one(self, key: str, op: str, raw: str, top: bool) -> Holds:
        if key in _NUMBERS:
            value, get = _value(key, raw), _NUMBERS[key]
            if top and key == "timestamp":
                self._bound(op, value)
            if op == ":":
                raise FilterError(f"'{key}' cannot be searched for text.")
            compare = _OPS[op]
            return lambda one: compare(get(one), value)
        text, get_text = _text(raw).casefold(), _TEXTS[key]
        if op == ":":
            return lambda one: text in get_text(one).casefold()
        same = _OPS[op]
        return lambda one: same(get_text(one).casefold(), text)

    def _bound(self, op: str, value: float) -> None:
        if op in (">", ">=", "="):
            self.start = max(self.start, value)
        if op in ("<", "<=", "="):
            self.end = min(self.end, value)


def _value(key: str, raw: str) -> float:
    text = _text(raw)
    if key == "severity" and text.upper() in SEVERITIES:
        return SEVERITIES[text.upper()]
    if key.lower().endswith("timestamp"):
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise FilterError(f"'{text}' is no timestamp.") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return _number(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FilterError(f"'{text}' is no number.") from None


def _text(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw.startswith('"') else raw
