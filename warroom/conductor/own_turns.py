"""Doing what is due without a key, a task for each service: none of them waits for another one's change to end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from warroom.conductor.by_itself import due
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.services.errors import ServiceError

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor

Task = asyncio.Task[None]
ADVANCE, ABORT = "advance", "abort"


class OwnTurns:
    """Starts the advances and aborts that are due by themselves. `told` gets a fault of our own, and None without."""

    def __init__(self, conductor: "Conductor", told: Callable[[str, Exception | None], None]) -> None:
        self._conductor = conductor
        self._told = told
        self._work: dict[tuple[str, str], Task] = {}

    async def begin(self, create: Callable[[Coroutine[Any, Any, None]], Task]) -> list[Task]:
        """Follow what others wrote, then start what is due, as tasks made with `create`; returns those started now."""
        await self._conductor.recorder.follow()
        now, rules = self._conductor.clock.now(), self._conductor.config.protocol.ladder
        started = []
        for name, lane in tuple(self._conductor.incident.lanes.items()):
            action = due(lane, rules, now)
            if action and self._free(name, action):
                task = self._work[name, action] = create(self._act(name, action))
                started.append(task)
        return started

    def _free(self, name: str, action: str) -> bool:
        """An abort goes before what moves forward, and never before another retreat."""
        under_way = self._conductor.changes.busy(name)
        if under_way and (under_way.retreat or action == ADVANCE):
            return False
        return (name, action) not in self._work and (name, ABORT) not in self._work

    async def _act(self, name: str, action: str) -> None:
        """Do it; after a refusal it waits for the operator."""
        conductor = self._conductor
        try:
            await conductor.carry_out(conductor.plan(action, name))
            self._told("acting by itself", None)
        except (Refused, ServiceError) as error:
            lane = conductor.lane(name)
            if lane.ladder and lane.ladder.auto:
                await conductor.record(events.AutoAdvanceSet(lane.ref, False))
            of = f" of {name}" if len(conductor.incident.lanes) > 1 else ""
            await conductor.record(events.Noted(f"no {action}{of} by itself any more: {error}"))
        except Exception as fault:
            self._told("acting by itself", fault)
        finally:
            del self._work[name, action]
