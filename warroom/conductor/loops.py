"""What goes on beside the work, in loops of its own: clocks, other systems, the review, the pager."""

from collections.abc import Awaitable, Callable

from warroom.conductor import set_back
from warroom.conductor.comms.headline_sync import KEEP_SECONDS, Keeper
from warroom.conductor.evidence import baseline
from warroom.conductor.evidence.sampler import Watching
from warroom.conductor.evidence.tail import EVERY_SECONDS
from warroom.conductor.people import escalation, page_responses
from warroom.conductor.session import Session
from warroom.conductor.steps import review_gate, version
from warroom.conductor.steps.programs import Runs
from warroom.conductor.validation import looks

CLOCK_SECONDS = 2.0

Loop = tuple[str, float, Callable[[], Awaitable[object]]]
"""What it does in words, every how many seconds of the clock, and one turn of it."""


def at_once(session: Session, runs: Runs, watching: Watching) -> list[Loop]:
    """What needs nobody outside."""

    async def measure() -> None:
        await baseline.keep(session, asked=watching.read_once)

    return [
        ("following programs", CLOCK_SECONDS, runs.settle),
        ("keeping the clocks", CLOCK_SECONDS, lambda: escalation.keep(session)),
        ("looking at the clock", CLOCK_SECONDS, lambda: set_back.keep(session)),
        # Not oftener than there can be new numbers: it goes through all of them.
        (
            "measuring",
            session.config.protocol.gate.refresh_seconds,
            lambda: baseline.keep(session, asked=watching.read_once),
        ),
    ]


def connected(session: Session) -> list[Loop]:
    """What asks other systems."""
    gate = session.config.protocol.gate
    return [
        ("telling others", KEEP_SECONDS, Keeper(session).turn),
        ("reading the review", review_gate.EVERY_SECONDS, lambda: review_gate.follow(session)),
        ("reading the version", version.EVERY_SECONDS, lambda: version.follow(session)),
        ("measuring staging", gate.refresh_seconds, lambda: looks.measure_staging(session)),
        ("validating", looks.EVERY_SECONDS, lambda: looks.look(session)),
        ("paging", session.config.protocol.paging.poll_seconds, lambda: page_responses.turn(session)),
    ]


def logs(session: Session, watching: Watching) -> list[Loop]:
    """What follows the request logs; nothing where Logging is not asked."""
    followed = session.clients.logs if session.clients is not None else None
    if followed is None:
        return []

    async def heard() -> None:
        if watching.tails.look():
            await watching.judge()
            await session.record()  # what follows from it

    return [
        ("following the logs", EVERY_SECONDS, lambda: watching.tails.run(followed)),
        ("looking at the logs", EVERY_SECONDS, heard),
    ]


async def clocks_and_numbers(session: Session, watching: Watching) -> None:
    """One turn of what is only written down: the boundaries that were passed, the response times that were measured."""
    await escalation.keep(session)
    await baseline.keep(session, asked=watching.read_once)
