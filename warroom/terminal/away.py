"""How long a terminal looked at nothing, because it was stopped: by us, or by somebody who asked nobody."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from warroom.clock import Clock, ago, clock_time, duration

BEAT_SECONDS = 0.25
BLIND_SECONDS = 1.0
"""Real seconds between two beats that a busy machine explains: so much of a longer hole may be no stop's."""

LOOKED_AT_NOTHING = "this terminal looked at nothing and judged nothing."


class _Hole(NamedTuple):
    since: float
    """The last beat before it, in protocol time."""
    at_least: float
    """Protocol seconds of it that only a stop explains."""
    until: float
    """When it was noticed, on the monotonic clock."""


class Away:
    """Notes when we go, and in `beats` when we ran last: of a SIGSTOP nobody hears but by the hole in them.

    `monotonic` gives real seconds, which run on while we are stopped.
    """

    def __init__(self, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._since: float | None = None
        self._hole: _Hole | None = None
        self._ran_at, self._beat_at = clock.now(), monotonic()

    async def beats(self) -> None:
        """Note for ever that we run."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def beat(self) -> None:
        """Note that we run. Of what was before, a hole that has just ended is kept."""
        now, beat_at = self._clock.now(), self._monotonic()
        real = beat_at - self._beat_at
        if real > BLIND_SECONDS:
            share = 1 - BLIND_SECONDS / real
            self._hole = _Hole(self._ran_at, (now - self._ran_at) * share, beat_at)
        elif self._hole is not None and beat_at - self._hole.until > BLIND_SECONDS:
            self._hole = None
        self._ran_at, self._beat_at = now, beat_at

    def goes(self) -> None:
        """We are about to be stopped, and have noted it before anything else can happen."""
        if self._since is None:
            self._since = self._clock.now()

    def back(self) -> str:
        """We go on: the sentence that says how long we were away. Empty where nothing shows that we were."""
        self.beat()
        since, self._since = self._since, None
        hole, self._hole = self._hole, None
        if since is not None:
            return f"Away for {ago(since, self._ran_at)}, since {clock_time(since)}: {LOOKED_AT_NOTHING}"
        if hole is None or hole.at_least < 1:
            return ""
        away = f"at least {duration(hole.at_least)}, from soon after {clock_time(hole.since)}"
        return f"Away for {away}: {LOOKED_AT_NOTHING}"
