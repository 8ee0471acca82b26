"""Reading on while Cloud Run does not answer, with word of it now and then; and what is served, however it ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from msgspec import Struct

from warroom.actions.answer import Answer
from warroom.actions.plan import places, served
from warroom.clock import LEAST_REAL_SECONDS, Clock, Stopwatch, enough, real_seconds
from warroom.incident.state import Lane
from warroom.rollout.split import percents
from warroom.rollout.traffic import Service
from warroom.services.errors import Effect, ServiceError, Unreachable

WAIT_SECONDS = 60.0
"""How long a command may take unless told otherwise (--wait), in seconds of the clock, as all here."""

APART_SECONDS = 2.0
TELL_SECONDS = 5.0
LAST_LOOK_SECONDS = 1.0
"""Who leaves waits so long for what is served, in real seconds."""

NOT_SENT = "Nothing was sent"
LONGER = "Run it again, or with a longer --wait"
LOOK_FIRST = "Cloud Run may go on with it: run it again without --yes, which only looks, before you act"
FRESH_SECONDS = 1.0  # an older look is told with its age

Say = Callable[[str], None]
_T = TypeVar("_T")


class Patience:
    """How long one command may take: `wait` seconds of the clock for all of it, from its start, with word now and then.

    Where it only looks or plans it does not read on (`reads_on`): the first trouble is told.
    """

    def __init__(self, clock: Clock, say: Say, wait: float, *, reads_on: bool = True) -> None:
        self.clock = clock
        self._out = say
        self._wait = enough(clock, wait)
        self._seconds = self._wait if reads_on else 0.0
        self._waited, self._untold = Stopwatch(clock), Stopwatch(clock)
        self._said = False

    @property
    def left(self) -> float:
        """How long it is read on yet."""
        return max(0.0, self._seconds - self._waited.seconds)

    @property
    def over(self) -> bool:
        """Whether nothing more is waited for."""
        return self.left <= 0

    def say(self, words: str) -> None:
        """Say how far it is."""
        self._untold, self._said = Stopwatch(self.clock), True
        self._out(words)

    def tell(self, words: str) -> None:
        """Say how it stands, unless that was said just now."""
        if self._untold.seconds >= TELL_SECONDS and not self.over:
            self.say(f"{words}; reading on for {self.left:.0f} s")

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

    async def within(self, work: Awaitable[_T]) -> _T:
        """What `work` comes to, where nothing was sent yet. Raises Unreachable when the time is over."""
        most, past = real_seconds(self.clock, self._wait), real_seconds(self.clock, self._waited.seconds)
        try:
            async with asyncio.timeout(max(LAST_LOOK_SECONDS, max(most, LEAST_REAL_SECONDS) - past)):
                return await work
        except TimeoutError:
            raise Unreachable("What goes forward could not be read in time", LONGER) from None

    @asynccontextmanager
    async def telling(self) -> AsyncIterator["Patience"]:
        """While this lasts somebody who waits hears every few real seconds that it goes on, whatever else is said."""
        task = asyncio.ensure_future(self._tick())
        try:
            yield self
        finally:
            task.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            if not self._said:
                more = f"; reading on for {self.left:.0f} s" if self.left else ""
                self._out(f"No answer yet{more}")
            self._said = False


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
    return ended(error, seen, name, now, f"{NOT_SENT}. {LONGER if error.passing else error.remedy}")


async def left(look: Callable[[], Awaitable[Seen]], before: Seen, name: str, clock: Clock, remedy: str) -> ServiceError:
    """The error with which a command ends whose operator leaves after it was sent.

    It says what is served, if that is there at once, else the look `before`.
    """
    seen = before
    with suppress(ServiceError, TimeoutError):
        async with asyncio.timeout(LAST_LOOK_SECONDS):
            seen = await look()
    gone = ServiceError("Left before its outcome was seen", remedy, effect=Effect.UNKNOWN)
    return ended(gone, seen, name, clock.now())
