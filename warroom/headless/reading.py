"""Reading on while Cloud Run does not answer, with word of it now and then; and what is served, however it ended."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from warroom.clock import Clock
from warroom.headless.answer import Answer
from warroom.headless.plan import places, served
from warroom.rollout.traffic import Service
from warroom.services.errors import ServiceError

WAIT_SECONDS = 60.0
"""How long it is read on unless told otherwise (--wait), in seconds of the clock, as all here."""

APART_SECONDS = 2.0
TELL_SECONDS = 5.0
FRESH_SECONDS = 1.0  # an older look is told with its age

Say = Callable[[str], None]
_T = TypeVar("_T")


class Patience(Struct):
    """How long one command goes on reading: from now until `until`, saying so every few seconds."""

    clock: Clock
    say: Say
    seconds: float
    until: float = 0.0
    told_at: float = 0.0

    def begin(self) -> "Patience":
        """The time counts from now on."""
        self.until = self.clock.now() + self.seconds
        self.told_at = self.clock.now()
        return self

    @property
    def over(self) -> bool:
        """Whether nothing more is waited for."""
        return self.clock.now() >= self.until

    def tell(self, words: str) -> None:
        """Say how it stands, unless that was said just now."""
        now = self.clock.now()
        if now - self.told_at >= TELL_SECONDS:
            self.told_at = now
            self.say(f"{words}; reading on for {max(0.0, self.until - now):.0f} s")

    async def through(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The first answer to `ask`. Raises the last error when the time is over, at once where waiting is no use."""
        while True:
            try:
                return await ask()
            except ServiceError as error:
                if self.over or not error.passing:
                    raise
                self.tell(error.title)
            await self.clock.sleep(APART_SECONDS)


class Seen(Struct, frozen=True):
    """The newest look at a service and when that was (Unix seconds); None where there was none."""

    service: Service | None = None
    at: float = 0.0

    def answer(self, name: str, now: float) -> Answer:
        """What is served, and how old that word is: for people and as data."""
        if self.service is None:
            return Answer((f"What {name} serves could not be read.",), {"serving": None, "read_seconds_ago": None})
        age = max(0.0, now - self.at)
        when = "read just now" if age < FRESH_SECONDS else f"read {age:.0f} s ago"
        shares = served(self.service)
        return Answer(
            (f"{name} serves, {when}: {places(shares)}",), {"serving": shares, "read_seconds_ago": round(age, 1)}
        )


def ended(error: ServiceError, seen: Seen, name: str, now: float, remedy: str = "") -> ServiceError:
    """The same error, with what is served at the end of it."""
    answer = seen.answer(name, now)
    told = type(error)(error.title, remedy or error.remedy, detail=error.detail, link=error.link, effect=error.effect)
    told.lines, told.data = answer.lines, answer.data
    return told
