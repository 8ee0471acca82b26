"""Running the programs of command steps: written down before it starts and when it ends, one at a time per step."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import takewhile

from msgspec import Struct

from warroom.conductor import reach
from warroom.conductor.change_ids import unique
from warroom.conductor.process import gone, this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident.events import AnyFact, Ticked, Unticked
from warroom.incident.place import label
from warroom.incident.steps.steps import Command, CommandEnded, CommandStarted
from warroom.marks import key
from warroom.protocol.model import Step
from warroom.services.errors import ServiceError
from warroom.steps.runner import Ended, Order, Runner, log_name

LINES_KEPT = 500
TAIL_CHARACTERS = 4000
SETTLE_AFTER_SECONDS = 120.0  # so long after its timeout nobody waits for a run any more, whatever its host


class Live(Struct, eq=False):
    """A run of this process: its newest lines, how many there were, and what stops it."""

    step: Step
    argv: tuple[str, ...]
    started_at: float
    stop: asyncio.Event
    lines: deque[str]
    count: int = 0
    ended: Ended | None = None
    timeout_seconds: float = 0.0
    can_cancel: bool = True
    words: str = ""

    def say(self, text: str) -> None:
        """One more line."""
        self.lines.append(text)
        self.count += 1


class Runs:
    """The programs of one incident. `make` builds the runner at its first use; without it nothing can be run here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.make: Callable[[], Runner] | None = None
        self._runner: Runner | None = None
        self.live: dict[str, Live] = {}

    def under_way(self, step: str) -> Live | None:
        """The run of a step that this process waits for."""
        found = self.live.get(step)
        return found if found is not None and found.ended is None else None

    def runner(self) -> Runner:
        """What runs programs. Raises Refused where nothing does, and where a drill's step would really be run.

        Of an incident from elsewhere none is run: neither a real one for a toy, nor a simulated one for production.
        """
        reach.check(self.session)
        if self.make is None:
            raise Refused("Programs can't be run here", "Run it by hand, then tick the step.")
        if self._runner is None:
            self._runner = self.make()
        if self.session.incident.declared.drill and not self._runner.simulated:
            raise Refused("This is a drill, and here programs really run", "Run it on the drill's own board.")
        return self._runner

    async def run(
        self, step: Step, argv: tuple[str, ...], on_line: Callable[[str], None] = lambda line: None
    ) -> Command:
        """Run a step's program to its end, and return what the journal has of it. Exit 0 ticks the step.

        Raises Refused when it runs already, or can't be written down, before anything is started.
        """
        recorder = self.session.recorder
        runner = self.runner()
        self._alone(step)
        number = unique("r", len(recorder.now.work.commands) + 1)
        live = self._begun(step, argv)
        live.timeout_seconds = step.timeout_seconds
        started = CommandStarted(number, step.id, argv, step.timeout_seconds, this_process(), runner.simulated)

        def say(line: str) -> None:
            live.say(line)
            on_line(line)

        ended = Ended("cancelled")
        try:
            writing = recorder.submit(started)
            if step.guard != "retreat" and not await asyncio.shield(writing):
                raise Refused(f"Not started: {recorder.trouble}", "Free the journal first, or run it by hand.")
            if step.guard != "retreat":
                self._first(step, number)
            log, badge = log_name(recorder.now.id, step.id, number), label(recorder.now.declared)
            order = Order(step.id, argv, step.timeout_seconds, log, badge or "DRILL")
            ended = await runner.run(order, say, live.stop)
        except OSError as error:
            say(f"warroom can't run it: {error.strerror or error}")
            ended = Ended("failed")
        finally:
            live.ended = ended
            # Begun is finished, also when whoever asked is cancelled.
            await asyncio.shield(self.session.record(*self._end(step, number, live, ended)))
        return recorder.now.work.commands[number]

    async def watched(self, step: Step, work: Callable[[Callable[[str], None]], Awaitable[str]]) -> str:
        """Let what warroom does itself be looked at like a program: `work` is given what takes its lines.

        Raises Refused when it is under way already, and what `work` raises.
        """
        if self.under_way(step.id) is not None:
            raise Refused(f"{step.title} is under way already", "Wait for its end.")
        live = self._begun(step, ())
        live.can_cancel = False
        live.ended = None
        outcome = "failed"
        try:
            live.words = await work(live.say)
            outcome = "done"
        except (Refused, ServiceError) as error:
            live.words = str(error)
            raise
        finally:
            live.ended = Ended(outcome)
        return live.words

    def _begun(self, step: Step, argv: tuple[str, ...]) -> Live:
        live = Live(step, argv, self.session.clock.now(), asyncio.Event(), deque(maxlen=LINES_KEPT))
        self.live[step.id] = live
        return live

    def cancel(self, step: str) -> None:
        """Ask a run to end. Raises Refused when none is under way here, or when it can't be cancelled."""
        live = self.under_way(step)
        if live is not None and not live.can_cancel:
            raise Refused("This is under way in another system", "It can't be cancelled from here.")
        if live is None:
            raise Refused("Nothing is running", f"{key('run-step')} runs the step.")
        live.stop.set()

    async def settle(self) -> None:
        """Write down of runs that nobody waits for any more that their end is not known."""
        recorder = self.session.recorder
        now = recorder.clock.now()
        lost = [
            run.run for run in recorder.now.work.commands.values()
            if not run.outcome and self.under_way(run.step) is None and forsaken(run, now)
        ]  # fmt: skip
        if lost:
            await self.session.record(*(CommandEnded(run, "unknown") for run in lost))

    def _alone(self, step: Step) -> None:
        now = self.session.clock.now()
        for run in self.session.incident.work.commands.values():
            if run.step == step.id and not run.outcome and not forsaken(run, now):
                raise Refused(f"{step.title} is running already, started by {run.actor}", "Wait for its end.")
        if self.under_way(step.id) is not None:
            raise Refused(f"{step.title} is running already", "Wait for its end, or cancel it.")

    def _first(self, step: Step, number: str) -> None:
        """Raise Refused where the journal has another hand's run of the step before ours: both began at once."""
        runs = self.session.incident.work.commands.values()
        now = self.session.clock.now()
        for run in takewhile(lambda run: run.run != number, runs):
            if run.step == step.id and not run.outcome and not forsaken(run, now):
                raise Refused(f"not started: {run.actor or 'somebody'} was first", "Wait for the end of theirs.")

    def _end(self, step: Step, number: str, live: Live, ended: Ended) -> list[AnyFact]:
        seconds = max(0.0, self.session.clock.now() - live.started_at)
        tail = "\n".join(live.lines)[-TAIL_CHARACTERS:]
        facts: list[AnyFact] = [CommandEnded(number, ended.outcome, ended.exit_code, seconds, tail, ended.log)]
        incident = self.session.incident
        in_phase = any(one.id == step.id for phase in self.session.config.protocol.phases for one in phase.steps)
        if in_phase and ended.outcome == "done":
            where = "on an emulator" if label(incident.declared) == "EMULATOR" else "in a drill"
            drill = f", simulated {where}" if self._runner and self._runner.simulated else ""
            facts.append(Ticked(step.id, evidence=f"exit 0 after {seconds:.1f} s{drill}"))
        elif in_phase and step.id in incident.ticks and ended.outcome in ("failed", "timed out"):
            facts.append(Unticked(step.id, f"run again, and it {ended.outcome}"))
        return facts


def forsaken(run: Command, now: float) -> bool:
    """Whether nobody waits for a run any more: its process on this very host is gone, or its time is long over."""
    return gone(run.owner) or now - run.started_at > run.timeout_seconds + SETTLE_AFTER_SECONDS
