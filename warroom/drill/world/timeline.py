"""A value that changes in steps over time, with its past."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")

KEPT_STEPS = 500
"""Older steps are forgotten: more changes than anyone makes in a drill, few enough to walk through at every query."""


class Timeline(Generic[Value]):
    """Holds `first` from the beginning of time on, and each later value since its moment (Unix seconds)."""

    def __init__(self, first: Value) -> None:
        self._steps: list[tuple[float, Value]] = [(float("-inf"), first)]

    def set(self, at: float, value: Value) -> None:
        """From `at` on it is `value`. `at` may not lie before the last change."""
        if at < self._steps[-1][0]:
            raise ValueError("a timeline only grows at its end")
        self._steps.append((at, value))
        if len(self._steps) > KEPT_STEPS:
            del self._steps[0]
            self._steps[0] = (float("-inf"), self._steps[0][1])

    def at(self, moment: float) -> Value:
        """The value at `moment`."""
        for at, value in reversed(self._steps):
            if at <= moment:
                return value
        return self._steps[0][1]

    def pieces(self, start: float, end: float) -> Iterator[tuple[float, float, Value]]:
        """The stretches of equal value that make up `start`…`end`, as (start, end, value), oldest first."""
        for number, (at, value) in enumerate(self._steps):
            until = self._steps[number + 1][0] if number + 1 < len(self._steps) else float("inf")
            if at < end and until > start:
                yield max(at, start), min(until, end), value

    def moments(self) -> list[float]:
        """When it changed, oldest first."""
        return [at for at, _ in self._steps[1:]]

    def since(self, holds: Callable[[Value], bool]) -> float | None:
        """When a value that `holds` first began, or None if none has."""
        return next((at for at, value in self._steps if holds(value)), None)

    def values(self) -> Iterator[Value]:
        """Every value it had, oldest first."""
        return (value for _, value in self._steps)
