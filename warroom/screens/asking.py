"""How the board asks for what an action needs: dialog by dialog, what is agreed to in a task of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from textual.screen import Screen

from warroom.actions.answer import NOTHING, Answer
from warroom.actions.ask import Choices, Known, Left, Line, Shown
from warroom.board.build import focused
from warroom.board.lane_rows import place
from warroom.clock import ago
from warroom.conductor.comms.updates import Draft
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute, review_gate
from warroom.conductor.steps.execute import Prepared
from warroom.conductor.traffic import outdated
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.traffic.rollback_all import Returned
from warroom.incident.change import Action
from warroom.marks import LOOK, THEN_AGAIN
from warroom.protocol.model import Step
from warroom.rollout.signals import data_end
from warroom.screens import drafting
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show, Tell
from warroom.screens.dialogs.step_run import GateDialog, StepDialog
from warroom.screens.host import Host

LOOK_AGAIN = f"{LOOK}, then {THEN_AGAIN}."

FIRST_LOOK_SECONDS = 10.0
"""How long a retreat waits for the first look; then it says that there is none."""

_Answered = TypeVar("_Answered")


class Asking:
    """An `actions.ask.Ask` of one key on one board."""

    dialogs = True

    def __init__(self, host: Host, answers: dict[str, str] | None = None) -> None:
        self.host = host
        self.answers = answers or {}

    def knowing(self, **answers: str) -> "Asking":
        """The same, with these answers given already."""
        return Asking(self.host, {**self.answers, **answers})

    @property
    def service(self) -> str:
        """The service that has the keys."""
        return focused(self.host.conductor.incident, self.host.view).ref.name

    def told(self, name: str) -> str:
        """What was answered already."""
        return self.answers.get(name, "")

    def flag(self, name: str) -> bool | None:
        """As `told`; a key has no flags of its own."""
        return bool(self.answers[name]) if name in self.answers else None

    async def text(self, name: str, title: str, *, hint: str = "", value: str = "", required: bool = True) -> str:
        """One line; an exercise has its hotfixes laid ready."""
        if name in self.answers:
            return self.answers[name]
        exercise = self.host.room.exercise
        if name == "image" and exercise:
            value = exercise.images.get(self.service, "")
        return await self.dialog(AskLine(title, hint=hint, value=value, required=required))

    async def number(self, name: str, title: str, *, value: str = "") -> float:
        """One line, that is a number. Raises Refused."""
        typed = await self.text(name, title, value=value)
        try:
            return float(typed)
        except ValueError as error:
            raise Refused(f"{typed} is no number", "Type digits, for example 30.") from error

    async def choice(
        self,
        name: str,
        title: str,
        choices: Choices,
        *,
        about: Sequence[Line] = (),
        empty: str = "Nothing to choose from.",
        keys: str = "",
        usual: Callable[[], str] | None = None,
        live: Callable[[], Known] | None = None,
    ) -> str:
        """A list, below what there is to know."""
        if name in self.answers:
            return self.answers[name]
        found = await choices() if callable(choices) else choices
        return await self.dialog(Choose(title, found, empty, about=about, keys=keys, live=live))

    async def agree(self, shown: Shown, *, chosen: bool = False, by_dialog: bool = False) -> str:
        """What would be done, and y."""
        return "yes" if chosen else await self.dialog(Show(shown, self.host.columns))

    async def look(self, service: str, *, back: bool = False) -> None:
        """Wait for the first look: a key that retreats is not lost for being pressed before it.

        Raises Left where the board is no longer on top by then: the key was pressed again, or another was.
        """
        conductor = self.host.conductor
        if not back or service in conductor.watching.looks or "cloud-run" in conductor.incident.lost:
            return
        words = f"Reading {service} …"
        self.host.notice(words, good=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await conductor.first_look(service)
        self.host.unsay(words)
        if not self.host.on_top:
            raise Left

    async def read(self, place: str, work: Callable[[], Awaitable[_Answered]]) -> _Answered:
        """At once: the key can be pressed again."""
        return await work()

    async def fire(self, plan: Plan, done: Callable[[], Answer] | None = None) -> Answer:
        """The panel; it fires in a task of its own, so that the board answers meanwhile."""
        conductor = self.host.conductor
        lane = conductor.incident.lanes[plan.service.name]
        newest = data_end(lane.samples)
        age = f"data {ago(newest, conductor.clock.now())} old" if newest is not None and plan.grade else ""

        async def fire(consent: Consent) -> None:
            try:
                await conductor.carry_out(plan, consent)
                self.tell(done() if done else NOTHING)
            finally:
                self.host.refresh_board()

        panel = ArmDialog(
            plan,
            lambda consent: self.host.spawn(fire(consent), plan.action, LOOK_AGAIN),
            age,
            dry_run=conductor.dry_run,
            among=place(conductor.incident, lane),
            **({} if plan.action is Action.STAGE else {"outdated": outdated.since(conductor, plan)}),
        )
        await self.host.ask(panel)
        return NOTHING

    async def all_back(self, send: Callable[[], Awaitable[list[Returned]]]) -> list[Returned]:
        """What came of it at once; the board goes on looking."""
        return await send()

    async def beside(self, work: Awaitable[Answer], what: str, remedy: str = "") -> Answer:
        """In a task of its own, so that the board answers meanwhile."""

        async def go() -> None:
            try:
                self.tell(await work)
            finally:
                self.host.refresh_board()

        self.host.spawn(go(), what, remedy)
        return NOTHING

    async def connect(self) -> object:
        """Done all the time."""
        return None

    @property
    def reports(self) -> Path:
        """As everywhere in this room."""
        return self.host.room.reports

    async def draft(self) -> Draft:
        """Word it, then look at what goes where."""
        return await drafting.draft(self.host.conductor, self.dialog, self.told("template"), self.told("only"))

    async def begin(self, step: Step) -> None:
        """Nothing: values are asked for one by one."""

    async def value(self, name: str, title: str, ready: str) -> str:
        """One line."""
        return await self.dialog(AskLine(title, value=ready))

    async def do(self, prepared: Prepared, second: str, *, mitigates: bool) -> Answer | None:
        """The step's own dialog; what it does goes on beside the board."""
        host, conductor = self.host, self.host.conductor
        if prepared.step.native == "gate":
            await review_gate.follow(conductor)
            await host.ask(GateDialog(conductor, prepared.step.title))
            return NOTHING

        async def work() -> None:
            try:
                done = await execute.do(
                    conductor.runs, prepared, lambda words: None, second=second, mitigates=mitigates
                )
                host.notice(f"{prepared.step.title}: {done.words}", good=done.outcome == "done")
            finally:
                host.refresh_board()

        def fire() -> None:
            host.spawn(work(), prepared.step.title)

        values = await host.ask(StepDialog(conductor, prepared, fire, second)) == "values"
        return None if values else NOTHING

    def tell(self, answer: Answer) -> None:
        """Say what was done above the key bar."""
        if answer.notice:
            self.host.notice(answer.notice, good=answer.good)

    async def say(self, answer: Answer) -> None:
        """The same, and what there is to be read in a dialog."""
        self.tell(answer)
        if answer.title:
            await self.host.ask(Tell(answer.title, answer.lines))

    async def dialog(self, dialog: "Screen[_Answered | None]") -> _Answered:
        """Its answer. Raises Left where it is left."""
        answer = await self.host.ask(dialog)
        if answer is None:
            raise Left
        return answer
