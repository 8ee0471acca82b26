"""Doing what is due without a key, a task for each service: none of them waits for another one's change to end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from warroom.conductor.process import gone, this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.control import TrafficControl
from warroom.incident import events
from warroom.incident.lane.bake import bake
from warroom.incident.state import Incident, Ladder, Lane
from warroom.marks import key
from warroom.protocol.model import LadderRules
from warroom.rollout.evidence import Grade
from warroom.rollout.going_back import no_better
from warroom.rollout.ladder import may_auto_advance
from warroom.services.errors import ServiceError

Task = asyncio.Task[None]
ADVANCE, ABORT = "advance", "abort"


class OwnTurns:
    """Starts the advances and aborts that are due by themselves. `told` gets a fault of our own, and None without."""

    def __init__(self, control: TrafficControl, told: Callable[[str, Exception | None], None]) -> None:
        self._control = control
        self._told = told
        self._work: dict[tuple[str, str], Task] = {}
        self._spared: dict[str, tuple[str, float]] = {}  # what was said last of a service, and of which step

    async def begin(self, create: Callable[[Coroutine[Any, Any, None]], Task]) -> list[Task]:
        """Follow what others wrote, then start what is due, as tasks made with `create`; returns those started now."""
        await self._control.recorder.follow()
        now, rules = self._control.moment, self._control.config.protocol.ladder
        started = []
        for name, lane in tuple(self._control.incident.lanes.items()):
            await self._give_up(lane)
            action = due(lane, rules, now)
            if action == ABORT and (why := in_vain(lane)):
                await self._spare(lane, why)
                continue
            if action and self._ours(lane, action) and self._free(name, action):
                task = self._work[name, action] = create(self._act(name, action))
                started.append(task)
        return started

    async def _give_up(self, lane: Lane) -> None:
        """An advance by itself whose process is gone is switched off: another board may not know that it is on."""
        if lane.ladder is not None and lane.ladder.auto and gone(lane.ladder.auto_owner):
            again = f"{key('auto-advance')} switches it on again"
            fact = events.Noted(f"no advance by itself any more: the board that did it is gone; {again}")

            def off(incident: Incident) -> list[events.AnyFact]:
                """Of several boards that see it, one says it."""
                there = incident.lanes.get(lane.ref.name)
                ladder = there.ladder if there is not None else None
                on = ladder is not None and ladder.auto and gone(ladder.auto_owner)
                return [events.AutoAdvanceSet(lane.ref, False), fact] if on else []

            await self._control.recorder.record_found(off)

    async def _spare(self, lane: Lane, why: str) -> None:
        """Say once a step that nothing is taken back by itself, as that would help nobody: it is the operator's."""
        percent = lane.ladder.percent if lane.ladder else 0
        lead = f"{lane.ref.name} is not aborted by itself at {percent} %: stable answers no better"
        fact = events.Noted(f"{lead} ({why}); {key('abort')} aborts all the same")
        began = (lane.ladder.applied_at or lane.ladder.started_at) if lane.ladder else 0.0
        if self._spared.get(lane.ref.name) == (lead, began):
            return
        self._spared[lane.ref.name] = lead, began

        def once(incident: Incident) -> list[events.AnyFact]:
            """Of several boards that see it, one says it."""
            since = (event.fact for event in incident.tail if event.at >= began)
            said = any(isinstance(one, events.Noted) and one.text.startswith(lead) for one in since)
            return [] if said else [fact]

        await self._control.recorder.record_found(once)

    def _ours(self, lane: Lane, action: str) -> bool:
        """Of several boards one advances: that on which it was switched on. A retreat is anybody's."""
        owner = lane.ladder.auto_owner if lane.ladder else ""
        return action != ADVANCE or owner in ("", this_process())

    def _free(self, name: str, action: str) -> bool:
        """An abort goes before what moves forward, and never before another retreat."""
        under_way = self._control.changes.busy(name)
        if under_way and (under_way.retreat or action == ADVANCE):
            return False
        return (name, action) not in self._work and (name, ABORT) not in self._work

    async def _act(self, name: str, action: str) -> None:
        """Do it; after a refusal it waits for the operator. A fault of ours must not end the loops beside it."""
        try:
            await self._try(name, action)
            self._told("acting by itself", None)
        except Exception as fault:
            self._told("acting by itself", fault)
        finally:
            del self._work[name, action]

    async def _try(self, name: str, action: str) -> None:
        control = self._control
        try:
            await control.carry_out(control.plan(action, name))
        except (Refused, ServiceError) as error:
            lane = control.lane(name)
            if lane.ladder and lane.ladder.auto:
                await control.record(events.AutoAdvanceSet(lane.ref, False))
            of = f" of {name}" if len(control.incident.lanes) > 1 else ""
            await control.record(events.Noted(f"no {action}{of} by itself any more: {error}"))


def due(lane: Lane, rules: LadderRules, now: float) -> str:
    """The action that is due by itself on a lane at `now` (Unix seconds): "advance", "abort", or "" for none."""
    climbing, verdict = lane.ladder, lane.step_verdict
    if climbing is None or not climbing.percent or verdict is None:
        return ""
    if rules.auto_abort_on_fail and verdict.grade is Grade.FAIL and climbing.target and not _tried(lane, climbing):
        return "abort"
    if lane.drift is not None:
        return ""
    baked, held = bake(climbing, now)[1] <= 0, climbing.held_since is not None
    may = may_auto_advance(climbing.rungs, climbing.percent, baked, verdict.grade, switched_on=climbing.auto, held=held)
    return "advance" if may and lane.in_flight is None else ""


def in_vain(lane: Lane) -> str:
    """Why a retreat by itself would lead to nothing better, in a phrase; "" where it may help."""
    return no_better(lane.step_verdict) if lane.step_verdict is not None else ""


def _tried(lane: Lane, climbing: Ladder) -> bool:
    """Whether this step was to be aborted already: once refused, or of unknown outcome, it is the operator's."""
    began = climbing.applied_at or climbing.started_at
    changes = (lane.in_flight, lane.last_change)
    return any(one is not None and one.action == "abort" and one.intended_at >= began for one in changes)
