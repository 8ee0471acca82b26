"""Time as a parameter: everything that asks for the time or waits is given a Clock."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

LEAST_REAL_SECONDS = 5.0  # what takes this machine's time, whatever a drill's clock makes of it, has so long


class Clock(Protocol):
    """What the rest of the program knows of time. Seconds are protocol time."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock's time."""
        ...


class ScaledClock:
    """Wall time, running `speed` times as fast since `epoch` (Unix seconds).

    With speed 1 it is the wall clock. Two processes that are given the same epoch and speed
    agree on the time, which is how the board and the embedded cloud share a drill's clock.
    """

    def __init__(self, epoch: float | None = None, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.epoch = time.time() if epoch is None else epoch
        self.speed = speed

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC, in this clock's time."""
        return self.epoch + (time.time() - self.epoch) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's time."""
        await asyncio.sleep(seconds / self.speed)


class Stopwatch:
    """The time that passes on a clock from now on. A clock that is set back takes nothing away: what waits, ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.now()
        self._passed = 0.0

    @property
    def seconds(self) -> float:
        """How much has passed; ask often, as what passes between two questions around a step back is lost."""
        now = self._clock.now()
        self._passed += max(0.0, now - self._seen)
        self._seen = now
        return self._passed


def real_seconds(clock: Clock, seconds: float) -> float:
    """How long `seconds` of a clock take on this machine's, which knows no drill's speed: for what waits on sockets."""
    return seconds / clock.speed if isinstance(clock, ScaledClock) else seconds


def enough(clock: Clock, seconds: float) -> float:
    """`seconds` to wait on a clock; on one that flies as many as let programs and sockets do their part."""
    speed = clock.speed if isinstance(clock, ScaledClock) else 1.0
    return max(seconds, min(seconds, LEAST_REAL_SECONDS) * speed)


def clock_text(clock: ScaledClock) -> str:
    """What another process needs to agree on the time: EPOCH@SPEED."""
    return f"{clock.epoch!r}@{clock.speed!r}"


def clock_of(text: str) -> ScaledClock:
    """The clock that `clock_text` told of. Raises ValueError."""
    epoch, _, speed = text.partition("@")
    return ScaledClock(float(epoch), float(speed))


def rfc3339(at: float) -> str:
    """`at` (Unix seconds) as RFC 3339 in UTC with whole seconds, e.g. 2026-11-23T14:27:02Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock_time(at: float) -> str:
    """`at` (Unix seconds) as the time of day in UTC, e.g. 14:27:02Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Whole seconds as M:SS, or H:MM:SS from an hour on; negative ones with a minus sign."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(int(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02}:{rest:02}"
    return f"{sign}{minutes}:{rest:02}"


def ago(at: float, now: float) -> str:
    """The time since `at` as `duration` has it; never below 0:00, whatever a clock was set back by."""
    return duration(max(0.0, now - at))


def far(seconds: float) -> str:
    """A long time in its largest unit: "12 min", from two hours on "26 h", from four days on "7 d"."""
    hours = max(0.0, seconds) / 3600
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 96 else f"{hours / 24:.0f} d"
