"""Versions of the common schemes: which of two is newer, and which one a hotfix would get.

Understood are semantic versions (1.4.2, v1.4.2, 1.4.2-rc.1, 1.4.2+build), those with fewer or more numbers (1.4, 42,
1.4.2.7), and calendar versions (2026.11, 2026.11.28, 2026-11-28-2, 26.11.1).
"""

import re

_VERSION = re.compile(r"(?P<v>[vVrR]?)(?P<numbers>\d+(?:\.\d+)*)(?P<rest>-[0-9A-Za-z.-]+)?(?P<build>\+[0-9A-Za-z.-]+)?")
_YEARS = range(1990, 2200)


def order(version: str) -> tuple[int, ...] | None:
    """What versions are sorted by; None for a pre-release, which is no production's, and for what is no version.

    A hyphen leads a pre-release (semver.org, item 9) unless the version begins with a year: then it parts numbers.
    """
    found = _VERSION.fullmatch(version.strip())
    if not found:
        return None
    numbers = tuple(int(part) for part in found["numbers"].split("."))
    if not found["rest"]:
        return numbers
    rest = re.split(r"[.-]", found["rest"][1:])
    if numbers[0] not in _YEARS or not all(part.isdigit() for part in rest):
        return None
    return (*numbers, *(int(part) for part in rest))


def is_version(text: str) -> bool:
    """Whether a text is a version of one of the schemes, a pre-release too.

    A bare number is none: it could be a build's or a commit's.
    """
    found = _VERSION.fullmatch(text.strip())
    return bool(found and (found["v"] or "." in found["numbers"] or len(order(text) or ()) > 1))


def next_patch(version: str) -> str:
    """The version that a hotfix of it would get, e.g. 1.4.3 after 1.4.2; "" for what is no version.

    The last number goes up by one and keeps its width. A calendar version that is a whole day gets a number more,
    2026.11.28.1: the next day's version is not free to be taken.
    """
    found = _VERSION.fullmatch(version.strip())
    if not found:
        return ""
    released = found["v"] + found["numbers"]
    numbers = order(version)
    if numbers and numbers[0] in _YEARS:
        released += found["rest"] or ""
        if len(numbers) == 2 or (len(numbers) == 3 and _is_day(re.split(r"[.-]", released))):
            return f"{released}{'-' if '-' in released else '.'}1"
    head, last = re.fullmatch(r"(.*?)(\d+)", released, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}{int(last) + 1:0{len(last)}d}"


def _is_day(parts: list[str]) -> bool:
    """Whether the second and third number can be a month and a day, written as such: with two digits each."""
    month, day = parts[1:]
    return len(month) == len(day) == 2 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31
