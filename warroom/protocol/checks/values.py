"""What is wrong with single values, wherever they stand: numbers that can't be, and placeholders left unfilled."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from warroom.protocol.checks.problem import Finding, join, quote, row

LEFT_IN_PROTOCOL: Final = r"\[[A-Z]{2}[A-Z0-9 _/'-]*\]"
"""A placeholder as the written protocol has them, e.g. [BRIEF DESCRIPTION]; brackets round other words are text."""

LEFT_TO_FILL: Final = r"\[[A-Za-z][A-Za-z0-9 _/'.-]*\]"
"""A placeholder among people and services, e.g. @[primary-ic], where no bracket belongs but an IPv6 address's."""

_DEEPEST = 8
"""No key of ours lies deeper; what does has been reported as unknown further up."""

_NUL = "Holds a NUL character, which no program and no service takes. Take it away."

_LARGEST = 1_000_000
"""Eleven days in seconds. Beyond it a unit was mistaken."""

_OTHERS = frozenset({"json", "contains"})
"""What others answer: none of it is a number or a placeholder of ours."""

_ABOVE_ZERO = frozenset(
    {
        "every_minutes",
        "update_minutes",
        "every_days",
        "refresh_seconds",
        "probe_seconds",
        "probe_window_seconds",
        "stale_seconds",
    }
    | {"timeout_seconds", "slow_factor", "trigger_factor", "worse_ratio", "least_events"}
    | {"acknowledge_minutes", "poll_seconds"}
)


def check_values(table: Mapping[str, Any], placeholder: str, depth: int = 0) -> Iterator[Finding]:
    """Every fault of a value in a parsed file. Paths are put together on the way up, so that no fault costs nothing."""
    for key, value in table.items():
        if key in _OTHERS:
            continue
        if isinstance(value, str):
            if "[" in value and (left := re.search(placeholder, value)):
                yield join("", key), _unfilled(left)
            elif "\0" in value:
                yield join("", key), _NUL
        elif isinstance(value, bool):
            continue
        elif isinstance(value, int | float):
            if sentence := _number(key, value):
                yield join("", key), sentence
        elif isinstance(value, dict):
            if depth < _DEEPEST:
                for path, sentence in check_values(value, placeholder, depth + 1):
                    yield f"{join('', key)}.{path}", sentence
        elif isinstance(value, list):
            yield from _rows(key, value, placeholder, depth)


def _rows(key: str, rows: list[Any], placeholder: str, depth: int) -> Iterator[Finding]:
    for index, item in enumerate(rows):
        if isinstance(item, dict):
            if depth < _DEEPEST:
                for path, sentence in check_values(item, placeholder, depth + 1):
                    yield f"{row(join('', key), rows, index)}.{path}", sentence
        elif isinstance(item, str) and "[" in item and (left := re.search(placeholder, item)):
            yield f"{join('', key)}[{index}]", _unfilled(left)
        elif isinstance(item, str) and "\0" in item:
            yield f"{join('', key)}[{index}]", _NUL


def _unfilled(left: re.Match[str]) -> str:
    return f"Still holds the placeholder {quote(left[0])}. Write the real value, without square brackets."


def _number(key: str, value: float) -> str:
    """What is wrong with a number, by the unit in its key's name; "" when nothing is."""
    if key.endswith("_share"):
        return "" if 0 <= value <= 1 else f"{quote(value)} is no share. Write a number from 0 to 1: 1 % is 0.01."
    if not 0 <= value <= _LARGEST:
        return f"{quote(value)} is out of range. Write a number from 0 to {_LARGEST}."
    if value == 0 and key in _ABOVE_ZERO:
        return "Zero does not work here. Write a number above it."
    return ""
