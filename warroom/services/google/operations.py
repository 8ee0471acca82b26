"""Watching a change that Cloud Run accepted: ask again and again, bear an outage, lose nothing by it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from warroom.clock import Clock, Stopwatch
from warroom.services.errors import Effect, ServiceError

POLL_SECONDS = 0.5
TELL_SECONDS = 5.0  # between two words on that no answer comes
PATIENCE_SECONDS = 300.0
"""How long no answer at all is borne, in seconds of the clock, since the last answer: an outage of Google's control
plane or of the operator's network is usually over by then, and Cloud Run goes on meanwhile."""

Answer = TypeVar("Answer")


async def ask_until(
    ask: Callable[[], Awaitable[Answer]],
    enough: Callable[[Answer], bool],
    clock: Clock,
    *,
    at_most_seconds: float = float("inf"),
    patience_seconds: float = PATIENCE_SECONDS,
    on_silence: Callable[[str], None] | None = None,
    left: Callable[[], float] = lambda: float("inf"),
    doing: Callable[[], str] = str,
) -> Answer:
    """Ask every POLL_SECONDS of the clock until an answer is `enough`, and return that answer.

    Unreachable, and a quota that is used up, are borne for `patience_seconds` since the last answer, of which
    `on_silence` hears now and then; any other error ends the watching. Both then raise with effect UNKNOWN, because the
    change was accepted before. Raises ServiceError (UNKNOWN) too when `at_most_seconds` of the clock have
    gone by and answers came, but never one that was enough, and when nothing is `left` of the time that whoever asks
    has for all of it: then with what Cloud Run is `doing`.
    """
    waited, silent, untold = Stopwatch(clock), Stopwatch(clock), Stopwatch(clock)
    while True:
        try:
            answer = await ask()
        except ServiceError as error:
            silence = silent.seconds
            if not error.passing or silence >= patience_seconds or left() <= 0:
                raise _lost(error) from error
            if on_silence is not None and untold.seconds >= TELL_SECONDS:
                untold = Stopwatch(clock)
                on_silence(f"{error.title} for {silence:.0f} s; reading on")
        else:
            if enough(answer):
                return answer
            if left() <= 0:
                what = f": {doing()}" if doing() else ""
                raise ServiceError(
                    f"Cloud Run took it and is still at work{what}",
                    "It goes on without being watched: read the service again and compare",
                    effect=Effect.UNKNOWN,
                )
            silent, untold = Stopwatch(clock), Stopwatch(clock)
            if waited.seconds >= at_most_seconds:
                raise ServiceError(
                    "Cloud Run ended the change, but the service does not show it",
                    "Read the service again and compare",
                    effect=Effect.UNKNOWN,
                )
        await clock.sleep(POLL_SECONDS)


def _lost(error: ServiceError) -> ServiceError:
    """The same kind of error, told of a change that may or may not have gone on."""
    return type(error)(
        f"Lost sight of the change: {error.title}",
        f"{error.remedy}. Cloud Run goes on without being watched: read the service before anything else",
        detail=error.detail,
        link=error.link,
        effect=Effect.UNKNOWN,
    )
