"""Numbers as a projected board can carry them."""

import time
from math import ceil, floor

SHORT = 80  # characters that another system's own text may take within a sentence


def percent(share: float) -> str:
    """A share (0–1) to about two digits: "31 %", "8.1 %", "0.03 %"; never zero for what isn't."""
    if 0 < share < 0.0001:
        return "under 0.01 %"
    return f"{_plain(round(share * 100, _digits(share)))} %"


def at_most(share: float) -> str:
    """An upper bound (0–1), rounded up: the truth is never above what is said."""
    step = 10 ** _digits(share)
    return f"{_plain(ceil(round(share * 100 * step, 6)) / step)} %"


def at_least(share: float) -> str:
    """A lower bound (0–1), rounded down: the truth is never below what is said."""
    step = 10 ** _digits(share)
    return f"{_plain(floor(round(share * 100 * step, 6)) / step)} %"


def limit(share: float) -> str:
    """A limit (0–1) as it was set, unrounded."""
    return f"{_plain(share * 100)} %"


def count(number: int) -> str:
    """A whole number in groups of three: "1 840"."""
    return f"{number:,}".replace(",", " ")


def milliseconds(ms: float) -> str:
    """A response time: "210 ms", from ten seconds on "12 s"."""
    return f"{ms:.0f} ms" if ms < 10_000 else f"{ms / 1000:.0f} s"


def minutes(seconds: float) -> str:
    """A window's length: "minute", "10 minutes", after "the last"."""
    whole = round(seconds / 60)
    return "minute" if whole == 1 else f"{whole} minutes"


def time_of_day(at: float) -> str:
    """`at` (Unix seconds) in UTC, e.g. "14:27:02Z"."""
    return time.strftime("%H:%M:%SZ", time.gmtime(at))


def short(text: str) -> str:
    """Another system's text on one line of at most 80 characters. It stays untrusted."""
    line = " ".join(text[: 4 * SHORT].split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _digits(share: float) -> int:
    """Decimals that a share in percent is told with."""
    if share >= 0.1:
        return 0
    return 1 if share >= 0.001 else 2


def _plain(number: float) -> str:
    return f"{number:.10g}"
