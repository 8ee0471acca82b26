"""A clock that a test moves by hand."""

import asyncio

START = 1_764_000_000.0
"""Where a ManualClock begins unless told otherwise: 2025-11-24T16:00:00Z, a full minute."""


class ManualClock:
    """Time stands still until the test, or someone who sleeps on it, moves it on.

    `sleep` advances the time by what was asked and gives the other tasks a turn, so that waiting
    costs no real time. Seconds since the Unix epoch.
    """

    def __init__(self, at: float = START) -> None:
        self._now = at

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once, and let the other tasks run."""
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += seconds
