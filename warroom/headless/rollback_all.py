"""Roll back all, by a script: the incident named, a second person named, and --yes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from msgspec import to_builtins

from warroom.actions.guards import touched
from warroom.conductor import reach
from warroom.conductor.clients import Clients
from warroom.conductor.conductor import Conductor
from warroom.conductor.traffic.rollback_all import Returned, plans_for_all, roll_back_all
from warroom.headless.answer import Answer, Misused, Partly, Planned
from warroom.headless.plan import facts, places, served
from warroom.headless.reading import APART_SECONDS, LAST_LOOK_SECONDS, WAIT_SECONDS, Patience, Seen
from warroom.headless.traffic import AGAIN, first_look, glance, look, opened
from warroom.services.errors import Effect, ServiceError
from warroom.workspace import Room


async def back(
    room: Room,
    incident: str,
    second: str,
    emulated: bool,
    say: Callable[[str], None],
    wait: float = WAIT_SECONDS,
    *,
    yes: bool,
    dry_run: bool,
) -> Answer:
    """Take every service of the incident back, newest first, with a verdict for each.

    All of it takes at most `wait` seconds of the clock; each service is sent its way back in any case.

    Raises Misused, Refused, JournalError, ServiceError, and Partly where one is not back.
    """
    patience = Patience(room.clock, say, wait, reads_on=yes and not dry_run)
    async with patience.telling(), opened(room, incident, emulated, acts=False) as conductor:
        if not incident:
            raise Misused("--all needs --incident", "Name the incident: that is its guard.")
        reach.check_back(conductor, touched(conductor.incident))
        clients = await room.connected(conductor)
        for name in touched(conductor.incident):
            await first_look(conductor, clients, name, patience)
        read_at = conductor.clock.now()
        plans = plans_for_all(conductor)
        lines = [f"{number}. {plan.service.name}: {plan.words}" for number, plan in enumerate(plans, 1)]
        lines += [f"  $ {plan.gcloud}" for plan in plans]
        answer = Answer(tuple(lines), {"plans": [facts(incident, plan) for plan in plans]})
        if dry_run:
            for plan in plans:
                await conductor.dry_run(plan)
            lines.append("Cloud Run would take each. Nothing was sent but the questions.")
            return Answer(tuple(lines), {**answer.data, "dry_run": True})
        if not yes:
            raise Planned("refused: add --yes, and --second HANDLE", "Nothing was sent.", answer)
        patience.say(f"Rolling back {len(plans)} service(s) of {incident} …")
        conductor.changes.on_progress = lambda service, words: patience.say(f"{service}: {words}")
        try:
            sent = await roll_back_all(conductor, incident, second)
        except asyncio.CancelledError:
            raise await _left(conductor, clients, read_at) from None
        results = await _seen_back(conductor, clients, sent, patience, read_at)
        told = tuple(f"{one.service} {'is back on' if one.back else 'is NOT BACK:'} {one.words}" for one in results)
        answer = Answer(told, {"incident": incident, "done": True, "results": to_builtins(results)})
        failed = [one.service for one in results if not one.back]
        if failed:
            answer = Answer(told, {**answer.data, "done": False})
            raise Partly(
                f"Not back: {', '.join(failed)}", "Look at each, then run it again: it takes what is left.", answer
            )
        return answer


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
