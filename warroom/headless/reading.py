"""Reading on while Cloud Run does not answer, with word of it now and then; and what is served, however it ended."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from warroom.clock import Clock
from warroom.headless.answer import Answer
from warroom.headless.plan import places, served
from warroom.incident.state import Lane
from warroom.rollout.split import percents
from warroom.rollout.traffic import Service
from warroom.services.errors import ServiceError

WAIT_SECONDS = 60.0
"""How long it is read on unless told otherwise (--wait), in seconds of the clock, as all here."""

APART_SECONDS = 2.0
TELL_SECONDS = 5.0
LONGER = "Run it again, or with a longer --wait"
LOOK_FIRST = "Cloud Run may go on with it: run it again without --yes, which only looks, before you act"
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
        if now - self.told_at >= TELL_SECONDS and not self.over:
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
    """The newest look at a service and when that was (Unix seconds); None where there was none.

    `shares` is what an older look of another process found, as the journal has it. `before` says that the look is from
    before the change, or another's: what is served now could then not be read.
    """

    service: Service | None = None
    at: float = 0.0
    shares: dict[str, int] | None = None
    before: bool = False

    def answer(self, name: str, now: float) -> Answer:
        """What is served, and how old that word is: for people and as data."""
        shares = served(self.service) if self.service is not None else self.shares
        if shares is None:
            return Answer((f"What {name} serves could not be read.",), {"serving": None, "read_seconds_ago": None})
        age = max(0.0, now - self.at)
        when = f"{age:.0f} s ago"
        if self.before:
            words = f"What {name} serves could not be read; {when} it served"
        else:
            words = f"{name} serves, read {'just now' if age < FRESH_SECONDS else when}"
        return Answer((f"{words}: {places(shares)}",), {"serving": shares, "read_seconds_ago": round(age, 1)})


def remembered(lane: Lane) -> Seen:
    """What the journal knows of a service that this process has not read yet."""
    if lane.observed_at is None or not lane.serving:
        return Seen()
    return Seen(None, lane.observed_at, percents(lane.serving, lane.latest_ready), before=True)


def ended(error: ServiceError, seen: Seen, name: str, now: float, remedy: str = "", title: str = "") -> ServiceError:
    """The same error, with what is served at the end of it; `title` and `remedy` in the place of its own."""
    answer = seen.answer(name, now)
    told = type(error)(
        title or error.title, remedy or error.remedy, detail=error.detail, link=error.link, effect=error.effect
    )
    told.lines, told.data = answer.lines, answer.data
    return told


def unread(error: ServiceError, seen: Seen, name: str, now: float) -> ServiceError:
    """The error with which a command ends that could not read `name`, and so has sent nothing."""
    return ended(error, seen, name, now, LONGER if error.passing else "")
