"""Monitoring's filter language, as far as Cloud Run's metrics have something that it can ask of.

Comparisons `key = "value"` with =, !=, :, <, <=, >, >= and the functions `one_of`, `starts_with`, `ends_with`,
`has_substring` and `monitoring.regex.full_match`; NOT or -, OR, AND, and parentheses. As in Google's filters NOT binds
tighter than OR, and OR tighter than AND; two comparisons side by side mean AND.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from warroom.drill.monitoring.metrics import METRICS

Labels: TypeAlias = Mapping[str, str]
Holds: TypeAlias = Callable[[Labels], bool | None]
"""Whether labels meet a condition; None where a label that it needs is not known yet."""

_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>!=|<=|>=|[=:<>(),-])|(?P<word>[A-Za-z0-9_./]+))', re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_DEEPEST = 20

KEYS = frozenset(
    {"metric.type", "resource.type", "project"}
    | {f"resource.labels.{label}" for label in ("project_id", "service_name", "revision_name", "location")}
    | {"resource.labels.configuration_name"}
    | {f"metric.labels.{label}" for metric in METRICS for label in metric.labels}
)

_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "has_substring": operator.contains,
    "monitoring.regex.full_match": lambda told, wanted: re.fullmatch(wanted, told) is not None,
}
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterError(ValueError):
    """The filter is not one that can be answered."""


class Filter:
    """A filter: the metric types it names outside of any OR and NOT, and what it lets through."""

    def __init__(self, metric_types: frozenset[str] | None, holds: Holds) -> None:
        self.metric_types = metric_types
        self._holds = holds

    def admits(self, labels: Labels) -> bool:
        """Whether a series with these labels may come through; what they don't tell of stands open."""
        return self._holds(labels) is not False


def parse_filter(text: str) -> Filter:
    """The filter that a text says. Labels may be written `label.` or `labels.`. Raises FilterError."""
    reader = _Reader(text)
    types, holds = reader.every(0)
    if reader.kind:
        raise FilterError(f"Could not parse the filter at character {reader.at}: AND or OR is expected.")
    return Filter(types, holds)


class _Reader:
    """Reads a filter from left to right: `kind` and `value` are the next token's, `at` where it begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self.at, self.kind, self.value = 0, "", ""
        self._next()

    def _next(self) -> None:
        rest = self._text[self._end :]
        self.at = self._end + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.kind, self.value = "", ""
            return
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            raise FilterError(f"Could not parse the filter at character {self.at}.")
        self.kind = str(found.lastgroup)
        self.value, self._end = found[self.kind], found.end()

    def _wrong(self, expected: str) -> FilterError:
        return FilterError(f"Could not parse the filter at character {self.at}: {expected} is expected.")

    def _take(self, sign: str) -> None:
        if (self.kind, self.value) != ("sign", sign):
            raise self._wrong(f"'{sign}'")
        self._next()

    def _is(self, kind: str, *values: str) -> bool:
        return self.kind == kind and self.value in values

    def every(self, depth: int) -> tuple[frozenset[str] | None, Holds]:
        """Terms joined by AND, or side by side."""
        types, all_of = self._any(depth)
        while self.kind and not self._is("sign", ")", ","):
            if self._is("word", "AND"):
                self._next()
            more, other = self._any(depth)
            types = more if types is None else types if more is None else types & more
            all_of = _both(all_of, other)
        return types, all_of

    def _any(self, depth: int) -> tuple[frozenset[str] | None, Holds]:
        types, one_of = self._term(depth)
        while self._is("word", "OR"):
            self._next()
            more, other = self._term(depth)
            types = None if types is None or more is None else types | more
            one_of = _either(one_of, other)
        return types, one_of

    def _term(self, depth: int) -> tuple[frozenset[str] | None, Holds]:
        if depth > _DEEPEST:
            raise FilterError("The filter is nested too deeply.")
        if self._is("word", "NOT") or self._is("sign", "-"):
            self._next()
            return None, _not(self._term(depth + 1)[1])
        if self._is("sign", "("):
            self._next()
            inner = self.every(depth + 1)
            self._take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> tuple[frozenset[str] | None, Holds]:
        if self.kind != "word" or self.value in ("AND", "OR"):
            raise self._wrong("a label")
        key = self.value.replace(".label.", ".labels.")
        if key not in KEYS:
            raise FilterError(f"The filter names '{key}', which these metrics do not have.")
        self._next()
        if self.kind != "sign" or self.value in ("(", ")", ",", "-"):
            raise self._wrong("a comparison")
        sign = self.value
        self._next()
        if self.kind == "word" and sign in ("=", "!="):
            if self.value == "one_of":
                return self._equals(key, sign, frozenset(self._arguments()))
            if self.value in _FUNCTIONS:
                return self._function(key, sign)
        return self._equals(key, sign, frozenset({self._value()}))

    def _value(self) -> str:
        if self.kind not in ("text", "word") or (self.kind == "word" and self.value in ("AND", "OR", "NOT")):
            raise self._wrong("a value")
        told = _ESCAPED.sub(r"\1", self.value[1:-1]) if self.kind == "text" else self.value
        self._next()
        return told

    def _arguments(self) -> list[str]:
        self._next()
        self._take("(")
        found = [self._value()]
        while self._is("sign", ","):
            self._next()
            found.append(self._value())
        self._take(")")
        return found

    def _function(self, key: str, sign: str) -> tuple[frozenset[str] | None, Holds]:
        name = self.value
        arguments = self._arguments()
        if len(arguments) != 1:
            raise FilterError(f"The function {name} takes one text.")
        try:
            if name.startswith("monitoring.regex"):
                re.compile(arguments[0])
        except re.error as error:
            raise FilterError(f"'{arguments[0]}' is no regular expression: {error}.") from error
        test = _FUNCTIONS[name]

        def holds(labels: Labels) -> bool | None:
            return None if key not in labels else test(labels[key], arguments[0]) is (sign == "=")

        return None, holds

    def _equals(self, key: str, sign: str, wanted: frozenset[str]) -> tuple[frozenset[str] | None, Holds]:
        if sign in _ORDERS:
            return None, self._ordered(key, sign, min(wanted))

        def holds(labels: Labels) -> bool | None:
            if key not in labels:
                return None
            if sign == ":":
                return any(one in labels[key] for one in wanted)
            return (labels[key] in wanted) is (sign == "=")

        return wanted if key == "metric.type" and sign == "=" else None, holds

    def _ordered(self, key: str, sign: str, bound: str) -> Holds:
        try:
            number = float(bound)
        except ValueError:
            raise FilterError(f"'{bound}' is no number, and {sign} compares numbers.") from None

        def holds(labels: Labels) -> bool | None:
            told = labels.get(key)
            if told is None:
                return None
            return told.isdigit() and _ORDERS[sign](float(told), number)

        return holds


def _both(one: Holds, other: Holds) -> Holds:
    def holds(labels: Labels) -> bool | None:
        told = one(labels), other(labels)
        return False if False in told else None if None in told else True

    return holds


def _either(one: Holds, other: Holds) -> Holds:
    def holds(labels: Labels) -> bool | None:
        told = one(labels), other(labels)
        return True if True in told else None if None in told else False

    return holds


def _not(one: Holds) -> Holds:
    def holds(labels: Labels) -> bool | None:
        told = one(labels)
        return None if told is None else not told

    return holds
