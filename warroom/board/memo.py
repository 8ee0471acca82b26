"""What only changes with the incident is worked out once per change, not once per second."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_KEPT = 8


def per_change(function: Callable[P, T]) -> Callable[P, T]:
    """Remember the newest results of a pure function by the identity of its arguments.

    Incidents are frozen: what is the very same object has the same value. Comparing by value would cost as much as
    working it out. The arguments are kept alive with their results, so that an identity is never taken for another's.
    """
    known: list[tuple[tuple[object, ...], T]] = []

    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (*args, *kwargs.values())
        for seen, result in known:
            if len(seen) == len(key) and all(one is other for one, other in zip(seen, key, strict=True)):
                return result
        result = function(*args, **kwargs)
        known.append((key, result))
        del known[:-_KEPT]
        return result

    return remembered
