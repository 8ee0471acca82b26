"""Plays an incident by the book, without a terminal: what a careful operator would do, through the same Conductor."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from warroom.actions.answer import Misused, Planned
from warroom.actions.ask import Left
from warroom.actions.flow import flow
from warroom.autopilot.book import RETRY_SECONDS, Book
from warroom.autopilot.recovery import Recovery
from warroom.clock import Stopwatch, clock_time
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute
from warroom.conductor.steps.ticks import speaks_against
from warroom.drill.scenario.model import ByTheBook
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.lane.bake import bake
from warroom.incident.progress.follow_ups import shown_by_itself
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Ladder
from warroom.incident.steps.steps import newest_run
from warroom.incident.timeline import names, timeline
from warroom.incident.unfinished import unfinished
from warroom.protocol.model import Step
from warroom.rollout.evidence import Grade
from warroom.services.errors import ServiceError
from warroom.services.gather import each
from warroom.wording import for_scripts
from warroom.workspace import Room

DETECTED_BEFORE_SECONDS = 60.0
PATIENCE_SECONDS = 10 * 60.0  # how long it waits for better evidence after the bake, before it goes back
LONGEST_WAIT_SECONDS = 60 * 60.0
PROBES_FIRST = 5
WEAK_PATIENCE_SECONDS = 2 * 60.0  # weak evidence that stays weak is accepted sooner, with the confirmation


class Outcome(Struct, frozen=True):
    """How it ended, "full traffic" or "aborted", "mixed" for several services, why, and where the report lies."""

    ended: str
    why: str
    report: Path


async def play(room: Room, book: ByTheBook, say: Callable[[str], None]) -> Outcome:
    """Play a room's exercise from declared to written up. Raises Refused, ServiceError, JournalError."""
    assert room.exercise is not None
    async with room.opened() as conductor, AsyncExitStack() as running:
        say(f"DRILL: starting the embedded cloud for {room.exercise.title} …")
        await room.connected(conductor)
        player = Player(conductor, book, say, room.reports)
        # Starting the cloud took a while, which at a high speed is many minutes of the exercise.
        declared = replace(room.exercise.declared, detected_at=conductor.clock.now() - DETECTED_BEFORE_SECONDS)
        await conductor.declare(declared)
        running.push_async_callback(_ended, asyncio.ensure_future(conductor.run()))
        ended, why = await player.play(declared, room.exercise.images)
        return Outcome(ended, why, await conductor.report(room.reports))


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Player:
    """Declares, deploys, climbs on PASS, confirms on lasting WEAK, goes back on FAIL or lasting NO DATA, resolves."""

    def __init__(self, conductor: Conductor, book: ByTheBook, say: Callable[[str], None], reports: Path) -> None:
        self.conductor, self.reports = conductor, reports
        self.book = book
        self.clock = conductor.clock
        self.say = say
        self.red: list[str] = []
        self._recovery = Recovery(conductor, self._act, self._until, say)
        conductor.listen(self._tell)

    async def play(self, declared: events.Declared, images: dict[str, str]) -> tuple[str, str]:
        """The whole of a declared incident: how it ended, and why. Raises Refused, or ServiceError from a retreat.

        `images` are the hotfixes by service. Several services climb at the same time, each by its own evidence.
        """
        services = [ref.name for ref in declared.services]
        await self._until(lambda: all(service in self.conductor.watching.looks for service in services))
        await self._try("alert", "the team was not alerted")
        await self._page()
        await self._act("decide", choice="hotfix", reason="the book")
        await self._tick_phases("assessment", "preparation")
        await self._act("data-change", answer="no", reason="the book")
        for service in services:
            await self._stage(service, images[service])
        await self._tick_phases("testing")
        if self.red:
            return await self._without_hotfix(services)
        await self._tick_phases("deployment")
        await self._try("update", "the update")
        # All of them first: an incident whose first hotfix is through before the second begins would look mitigated.
        for service in services:
            await self._act("deploy", service, image=images[service])
        ends = dict(zip(services, await each(services, self._climb, len(services)), strict=True))
        ended, why = _together(ends)
        if ended == "aborted" and self.book.feature:
            why += await self._switch_off(services[0])
        await self._end(f"{ended}: {why}")
        for service in (name for name, (how, _) in ends.items() if how == "full traffic"):
            try:
                await self._act("un-pin", service)
            except Refused as refused:  # what serves fails by now, or is not the latest any more
                await self.conductor.record(events.Noted(f"{service} stays pinned: {refused}"))
        return ended, why

    async def _end(self, text: str) -> None:
        """Wait until users are measured to be better, going on until then; what is open stands beside the end."""
        await self._recovery.better()
        if self.conductor.incident.mitigated_at is not None:
            await self._tick_phases("verification")
        left = unfinished(self.conductor.incident, self.conductor.config.protocol, self.conductor.moment)
        reason = "The exercise ends here; a team would go on." if left else ""
        await self._act("resolve", text=text, reason=reason)
        await self._try("update", "the update")

    async def _without_hotfix(self, services: list[str]) -> tuple[str, str]:
        """What is red goes to nobody: back to the revision before what serves."""
        why = f"red: {', '.join(self.red)}"
        ended = "rolled back" if await self._recovery.back(services) else "nothing deployed"
        await self._end(f"{ended}: {why}")
        return ended, why

    async def _switch_off(self, service: str) -> str:
        """The feature whose code is at fault, where warroom reaches the flags; what came of it, in words."""
        conductor, flag = self.conductor, self.book.feature
        step = next((one for one in conductor.config.protocol.procedures if one.native == "flag-off"), None)
        if step is None:
            return "; the protocol switches no feature off"
        await execute.give(conductor, "feature", flag)
        try:
            await self._act("run-step", service, step=step.id, mitigated="yes")
        except (Refused, ServiceError) as error:
            await conductor.record(events.Noted(f"{flag} was not switched off: {error}"))
            return f"; {flag} was not switched off, what serves is still broken"
        return f"; {flag} is off"

    async def _stage(self, service: str, image: str) -> None:
        """Staging first, where there is one."""
        ref = self.conductor.lane(service).ref
        config = self.conductor.config.services.find(ref.name, ref.region, ref.project)
        if config is not None and config.staging_project:
            await self._act("stage", service, image=image)

    async def _climb(self, service: str) -> tuple[str, str]:
        waited, before = Stopwatch(self.clock), -1
        while True:
            climbing = self.conductor.lane(service).ladder
            assert climbing is not None
            percent = climbing.percent or 0
            if percent != before:
                waited, before = Stopwatch(self.clock), percent
            if percent:
                await self._until(lambda: self._decidable(service))
            else:
                # What does not start must not meet a single user: the probe speaks first.
                await self.clock.sleep(PROBES_FIRST * self.conductor.config.protocol.gate.probe_seconds)
            verdict = self.conductor.lane(service).step_verdict
            grade = verdict.grade if verdict else Grade.NO_DATA
            words = verdict.words if verdict else ""
            if grade is Grade.FAIL or (percent and self._book_says_abort(grade)):
                await self._act("abort", service)
                return "aborted", f"{grade} at {percent} %: {words}"
            if percent == 100:
                return "full traffic", f"{grade} at 100 %: {words}"
            reason = self.book.reason if percent and grade is Grade.NO_DATA else ""
            weak = "yes" if grade is Grade.WEAK else ""
            try:
                await self._act("advance", service, accept_weak=weak, reason=reason)
            except Refused as refused:
                # The verdict changed under the plan, say: look again, as an operator would, for as long as one would.
                self.say(for_scripts(f"refused: {refused}"))
                if waited.seconds > LONGEST_WAIT_SECONDS:
                    raise
                await self.clock.sleep(RETRY_SECONDS)

    def _book_says_abort(self, grade: Grade) -> bool:
        return (grade is Grade.NO_DATA and self.book.on_no_data == "abort") or (
            grade is Grade.WEAK and self.book.on_weak == "abort"
        )

    def _decidable(self, service: str) -> bool:
        """True when waiting longer brings nothing: FAIL at once, PASS when baked, the others after some patience."""
        lane = self.conductor.lane(service)
        climbing = lane.ladder
        verdict = lane.step_verdict
        if climbing is None or verdict is None:
            return False
        _, left = bake(climbing, self.clock.now())
        waited = self._baked_for(climbing)
        match verdict.grade:
            case Grade.FAIL:
                return True
            case Grade.PASS:
                return left <= 0
            case Grade.WEAK:
                return waited >= WEAK_PATIENCE_SECONDS
        return waited >= PATIENCE_SECONDS

    def _baked_for(self, climbing: Ladder) -> float:
        elapsed, _ = bake(climbing, self.clock.now())
        return elapsed - climbing.bake_seconds

    async def _act(self, action: str, service: str = "", **answers: str) -> None:
        """Do an action as the book says. Raises Refused, ServiceError."""
        with suppress(Left):
            await flow(action)(self.conductor, Book(self.conductor, self.say, self.reports, service, answers))

    async def _try(self, action: str, called: str, **answers: str) -> None:
        """The same with what nobody waits for: where it can't be done the timeline says so."""
        try:
            await self._act(action, **answers)
        except (Refused, ServiceError) as error:
            await self.conductor.record(events.Noted(f"{called}: {error}"))

    async def _page(self) -> None:
        """Whoever holds a core role and is not the operator, where there is a pager."""
        conductor = self.conductor
        for role in conductor.config.protocol.roles:
            holder = conductor.incident.roles.get(role.id)
            if role.kind == "core" and holder is not None and holder.person != conductor.recorder.actor:
                await self._try("page", f"{holder.person} was not paged", role=role.id)

    async def _tick_phases(self, *phases: str) -> None:
        for phase in self.conductor.config.protocol.phases:
            for step in steps_of(phase, self.conductor.incident) if phase.kind in phases else ():
                if step.id not in self.conductor.incident.ticks and not shown_by_itself(step):
                    await self._do(step)

    async def _do(self, step: Step) -> None:
        """A step, by warroom itself or by its program where that can be; what can't be done so is ticked."""
        service = next(iter(self.conductor.incident.lanes))
        try:
            with suppress(Misused, Planned):  # what only a person does
                await self._act("run-step", service, step=step.id)
        except (Refused, ServiceError) as refused:
            self.say(for_scripts(f"    {step.title}, by hand: {refused}"))
        if self._is_red(step) or speaks_against(self.conductor, step.id):
            self.red.append(step.title)
            return
        if step.id not in self.conductor.incident.ticks:
            await self.conductor.record(events.Ticked(step.id, evidence="the book", by_hand=True))

    def _is_red(self, step: Step) -> bool:
        """Whether what a step runs or reads has found something: nobody ticks that by hand."""
        work = self.conductor.incident.work
        run = newest_run(work, step.id)
        checks = work.review.checks.values() if step.native == "gate" and work.review else ()
        return (run is not None and run.outcome == "failed") or "failure" in checks

    async def _until(self, true: Callable[[], bool]) -> None:
        waited = Stopwatch(self.clock)
        while not true():
            for fault in self.conductor.faults.values():
                raise Refused(fault, "The incident is in the journal; file an issue with the log.")
            if waited.seconds > LONGEST_WAIT_SECONDS:
                raise Refused("The drill does not get any further", "Run it again; if it stays so, file an issue.")
            await self.clock.sleep(1.0)

    def _tell(self, new: tuple[Event, ...]) -> None:
        for event in new:
            incident = self.conductor.incident
            known = names(self.conductor.config.protocol, incident.tail, several=len(incident.lanes) > 1)
            said = timeline(event, known)
            if said is not None:
                self.say(f"{clock_time(event.at)}  {event.actor:<14} {said[0]}")


def _together(ends: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """How several services ended, as one outcome, and why each of them did."""
    hows = {how for how, _ in ends.values()}
    if len(ends) == 1:
        return next(iter(ends.values()))
    why = "; ".join(f"{service} {how}, {why}" for service, (how, why) in ends.items())
    return (hows.pop() if len(hows) == 1 else "mixed"), why
