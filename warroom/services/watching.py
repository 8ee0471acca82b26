"""Watching a change that Cloud Run accepted: ask again and again, bear an outage, lose nothing by it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from warroom.clock import Clock, Stopwatch
from warroom.services.errors import Effect, ServiceError, Unreachable

POLL_SECONDS = 0.5
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
) -> Answer:
    """Ask every POLL_SECONDS of the clock until an answer is `enough`, and return that answer.

    Unreachable is borne for PATIENCE_SECONDS; any other error ends the watching. Both then raise with effect UNKNOWN,
    because the change was accepted before. Raises ServiceError (UNKNOWN) too when `at_most_seconds` of the clock have
    gone by and answers came, but never one that was enough.
    """
    waited, silent = Stopwatch(clock), Stopwatch(clock)
    while True:
        try:
            answer = await ask()
        except Unreachable as error:
            if silent.seconds >= PATIENCE_SECONDS:
                raise _lost(error) from error
        except ServiceError as error:
            raise _lost(error) from error
        else:
            if enough(answer):
                return answer
            silent = Stopwatch(clock)
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
