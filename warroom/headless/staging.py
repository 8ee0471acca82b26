"""Staging without a board: what `t` does, and the smoke test of what stands there."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.headless import plan as planning
from warroom.headless.answer import Answer
from warroom.headless.choose import lane_of
from warroom.headless.reading import LOOK_FIRST, WAIT_SECONDS, Patience, Say, Seen, ended, left, unread
from warroom.headless.traffic import glance, opened
from warroom.incident.state import Lane
from warroom.services.errors import Effect, ServiceError
from warroom.workspace import Room

_T = TypeVar("_T")


async def stage(
    room: Room,
    incident: str,
    service: str,
    image: str,
    emulated: bool,
    say: Say,
    wait: float = WAIT_SECONDS,
    *,
    yes: bool,
    dry_run: bool,
) -> Answer:
    """Deploy `image` to the service's staging project and test it; `wait` is as `act`'s. Raises as `act` does."""
    patience = Patience(room.clock, say, wait, reads_on=yes and not dry_run)
    async with patience.telling(), opened(room, incident, emulated) as conductor:
        name = lane_of(conductor.incident, service).ref.name
        clients = await room.connected(conductor)
        plan = await _read(conductor, patience, name, lambda: conductor.plan_stage(name, image))
        read_at = conductor.clock.now()
        answer = planning.planned(conductor.incident.id, plan)
        if dry_run:
            await conductor.dry_run(plan)
            lines = (*answer.lines, "Cloud Run would take it. Nothing was sent but the question.")
            return Answer(lines, {**answer.data, "dry_run": True})
        planning.confirmed(answer, yes)
        patience.say(f"{plan.words} …")
        where, clock = f"{name} in staging", conductor.clock
        try:
            await conductor.stage(name, plan, patience.say)
        except asyncio.CancelledError:
            staged = conductor.lane(name).staging
            if staged is None or staged.revision != plan.revision:
                raise Refused("Left before it was sent", "Nothing was changed.") from None
            before = Seen(plan.basis, read_at, before=True)
            raise await left(lambda: glance(clients, plan.service, clock), before, where, clock, LOOK_FIRST) from None
        except ServiceError as error:
            seen = Seen(plan.basis, read_at, before=True)
            with suppress(ServiceError):
                seen = Seen(await clients.run.service(plan.service), clock.now())
            way = LOOK_FIRST if error.effect is Effect.UNKNOWN else ""
            raise ended(error, seen, where, clock.now(), way) from error
        return _stands(conductor.incident.id, conductor.lane(name))


async def smoke(
    room: Room, incident: str, service: str, emulated: bool, say: Say, wait: float = WAIT_SECONDS
) -> Answer:
    """Test staging's revision once more; `wait` is as `act`'s. Raises as `act` does."""
    patience = Patience(room.clock, say, wait)
    async with patience.telling(), opened(room, incident, emulated) as conductor:
        name = lane_of(conductor.incident, service).ref.name
        await room.connected(conductor)
        await _read(conductor, patience, name, lambda: conductor.smoke(name))
        return _stands(conductor.incident.id, conductor.lane(name))


async def _read(conductor: Conductor, patience: Patience, name: str, ask: Callable[[], Awaitable[_T]]) -> _T:
    """What begins with a look at staging, once that can be had; before it nothing is written. Raises ServiceError."""
    try:
        return await patience.through(ask)
    except ServiceError as error:
        raise unread(error, Seen(), f"{name} in staging", conductor.clock.now()) from error


def _stands(incident: str, lane: Lane) -> Answer:
    """What staging makes of the image by now. Raises Refused where its smoke test did not pass."""
    staged = lane.staging
    assert staged is not None  # both ways here begin with it
    if not staged.tested:
        why = f"its smoke test failed: {staged.detail}" if staged.tested is False else f"takes {staged.percent} % there"
        raise Refused(f"{staged.revision} is in staging, and {why}", "Mend that, then: warroom smoke.")
    lines = (
        f"Staging ({staged.project}) gives {staged.revision} {staged.percent} %.",
        f"  smoke test passed: {staged.detail}",
        "  validated" if staged.image in lane.validated else "  left: the boxes of the testing phase",
    )
    data: dict[str, Any] = {
        "incident": incident,
        "service": lane.ref.name,
        "done": True,
        "revision": staged.revision,
        "image": staged.image,
        "project": staged.project,
        "percent": staged.percent,
        "validated": staged.image in lane.validated,
    }
    return Answer(lines, data)
