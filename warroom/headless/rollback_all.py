"""Rolling back all, for a script: it waits until it is known of each service what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from warroom.actions.plan import places, served
from warroom.conductor.conductor import Conductor
from warroom.conductor.traffic.rollback_all import Returned
from warroom.headless.reading import APART_SECONDS, LAST_LOOK_SECONDS, Patience, Seen
from warroom.headless.sending import AGAIN, glance, look
from warroom.incident.lane.guards import touched
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError


async def all_back(
    conductor: Conductor, clients: Clients, send: Callable[[], Awaitable[list[Returned]]], patience: Patience
) -> list[Returned]:
    """Send every service its way back, in any case; then read on until the time is over. Raises ServiceError."""
    read_at = conductor.clock.now()
    conductor.changes.on_progress = lambda service, words: patience.say(f"{service}: {words}")
    try:
        sent = await send()
    except asyncio.CancelledError:
        raise await _left(conductor, clients, read_at) from None
    return await _seen_back(conductor, clients, sent, patience, read_at)


async def _left(conductor: Conductor, clients: Clients, read_at: float) -> ServiceError:
    """How it ends when the operator leaves: with what each service serves, if that is there at once."""
    looks, clock = conductor.watching.looks, conductor.clock
    names = touched(conductor.incident)
    seen = {name: Seen(looks.get(name), read_at, before=True) for name in names}
    with suppress(ServiceError, TimeoutError):
        async with asyncio.timeout(LAST_LOOK_SECONDS):
            for name in names:
                seen[name] = await glance(clients, conductor.lane(name).ref, clock)
    gone = ServiceError("Left before each outcome was seen", AGAIN, effect=Effect.UNKNOWN)
    answers = {name: seen[name].answer(name, clock.now()) for name in names}
    gone.lines = tuple(line for answer in answers.values() for line in answer.lines)
    gone.data = {"services": {name: answer.data for name, answer in answers.items()}}
    return gone


async def _seen_back(
    conductor: Conductor, clients: Clients, results: list[Returned], patience: Patience, read_at: float
) -> list[Returned]:
    """The same, once it is known of each what became of it, or the time is over; what is not back, with its traffic."""
    left = {
        one.service: Seen(conductor.watching.looks.get(one.service), read_at, before=True)
        for one in results
        if not one.back
    }
    while left:
        trouble, passing = "", True
        for name in left:
            try:
                left[name] = await look(conductor, clients, name)
            except ServiceError as error:
                trouble, passing = error.title, passing and error.passing
        if patience.over or not passing or not any(conductor.lane(name).in_flight for name in left):
            break
        patience.tell(trouble or f"What became of {', '.join(left)} does not show yet")
        await conductor.clock.sleep(APART_SECONDS)
    return [_returned(conductor, one, left[one.service]) if one.service in left else one for one in results]


def _returned(conductor: Conductor, before: Returned, seen: Seen) -> Returned:
    ladder = conductor.lane(before.service).ladder
    if ladder is not None and ladder.taken_back and seen.service is not None:
        return Returned(before.service, True, places(served(seen.service)))
    (line,) = seen.answer(before.service, conductor.clock.now()).lines
    return Returned(before.service, False, f"{before.words}; {line}")
