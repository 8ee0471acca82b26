"""Rate limits: a bucket of tokens that fills again with time."""

import math

from warroom.clock import Clock


class Limit:
    """`burst` requests at once, and `per_second` more of them with every second of `clock`."""

    def __init__(self, clock: Clock, per_second: float, burst: int) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._left = float(burst)
        self._at = clock.now()

    def wait(self) -> int:
        """0 and a token is taken, or after how many whole seconds to come again."""
        now = self._clock.now()
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_second)
        self._at = now
        # Half a token more than there is: clients and cloud round their seconds differently.
        if self._left >= 0.5:
            self._left -= 1.0
            return 0
        return max(1, math.ceil((1.0 - self._left) / self._per_second))
