"""Who is asked in an exercise: it answers what the book says, and shows and waits for nothing."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from warroom.actions.answer import NOTHING, Answer
from warroom.actions.ask import Choices, Left, Shown
from warroom.clock import Stopwatch
from warroom.conductor.comms import updates
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import Prepared
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.traffic.rollback_all import Returned
from warroom.protocol.model import Step
from warroom.services.errors import ServiceError
from warroom.updates.wording import filled

_Read = TypeVar("_Read")

RETRY_SECONDS = 10.0
REVIEW_PATIENCE_SECONDS = 5 * 60.0


class Book:
    """An `actions.ask.Ask` of one action in an exercise: it answers what the book says."""

    dialogs = False

    def __init__(
        self, conductor: Conductor, say: Callable[[str], None], reports: Path, service: str, answers: dict[str, str]
    ) -> None:
        self.conductor, self.say, self.reports = conductor, say, reports
        self.service, self.answers = service, answers

    def knowing(self, **answers: str) -> "Book":
        """The same, with these answers given already."""
        return Book(self.conductor, self.say, self.reports, self.service, {**self.answers, **answers})

    def told(self, name: str) -> str:
        """What the book says."""
        return self.answers.get(name, "")

    def flag(self, name: str) -> bool | None:
        """As `told`."""
        return bool(self.told(name))

    async def text(self, name: str, title: str, **_: object) -> str:
        """As `told`."""
        return self.told(name)

    async def number(self, name: str, title: str, *, value: str = "") -> float:
        """As `told`."""
        return float(self.told(name) or 0)

    async def choice(self, name: str, title: str, choices: Choices, **_: object) -> str:
        """As `told`."""
        return self.told(name)

    async def agree(self, shown: Shown, *, chosen: bool = False, by_dialog: bool = False) -> str:
        """Yes; but the book calls nobody and writes nowhere by hand. Raises Left."""
        if shown.off or shown.facts.get("by_hand"):
            raise Left
        return "yes"

    async def connect(self) -> object:
        """Done before the exercise begins."""
        return None

    async def look(self, service: str, *, back: bool = False) -> None:
        """Done all the time, as at a board."""

    async def read(self, place: str, work: Callable[[], Awaitable[_Read]]) -> _Read:
        """Once."""
        return await work()

    async def fire(self, plan: Plan, done: Callable[[], Answer] | None = None) -> Answer:
        """As a gcloud command would. Raises Refused, and ServiceError from a retreat."""
        self.say(f"    $ {plan.gcloud}")
        try:
            await self.conductor.carry_out(plan, Consent(bool(self.told("accept_weak")), self.told("reason")))
        except ServiceError as error:
            if plan.retreat:
                raise
            raise Refused(error.title, error.remedy) from error
        return NOTHING

    async def draft(self) -> updates.Draft:
        """The update that is due, to every channel proposed; the book's Incident Commander approves it."""
        incident = self.conductor.incident
        template, text = filled(incident, self.conductor.config, self.conductor.clock.now())
        held = incident.roles.get(self.conductor.config.protocol.people.leads)
        return updates.Draft(text, template, approved_by=held.person if held else "")

    async def begin(self, step: Step) -> None:
        """Nothing: values are asked for one by one."""

    async def value(self, name: str, title: str, ready: str) -> str:
        """What is proposed. Raises Refused where nothing is."""
        if not ready:
            raise Refused(f"{title}: the book does not say", "A person would.")
        return ready

    async def do(self, prepared: Prepared, second: str, *, mitigates: bool) -> Answer | None:
        """Do it; reviewers get some minutes. Raises Refused, ServiceError."""
        waited = Stopwatch(self.conductor.clock)
        while True:
            try:
                done = await execute.do(self.conductor.runs, prepared, lambda words: None, mitigates=mitigates)
            except Refused:
                if prepared.step.native != "gate" or waited.seconds > REVIEW_PATIENCE_SECONDS:
                    raise
                await self.conductor.clock.sleep(RETRY_SECONDS)
                continue
            self.say(f"    {prepared.step.title}: {done.words}")
            return NOTHING

    async def all_back(self, send: Callable[[], Awaitable[list[Returned]]]) -> list[Returned]:
        """What came of it."""
        return await send()

    async def beside(self, work: Awaitable[Answer], what: str, remedy: str = "") -> Answer:
        """One thing after the other."""
        return await work
