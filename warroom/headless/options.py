"""How a command asks for what an action needs: by its options, and what is not told there is not done."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from warroom.actions import plan as planning
from warroom.actions.answer import Answer, DryRun, Misused, Planned
from warroom.actions.ask import Choices, Line, Shown
from warroom.conductor import set_back
from warroom.conductor.comms.updates import Draft
from warroom.conductor.conductor import Conductor
from warroom.conductor.process import abandoned
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import Prepared
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.conductor.traffic.rollback_all import Returned
from warroom.headless import drafting, steps
from warroom.headless.choose import lane_of
from warroom.headless.order import Order
from warroom.headless.reading import Patience, Seen, remembered, unread
from warroom.headless.rollback_all import all_back
from warroom.headless.sending import applied, carried_out, staged
from warroom.incident.change import Action
from warroom.incident.state import Lane
from warroom.protocol.model import Step
from warroom.rollout.traffic import Service
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError, Unreachable
from warroom.updates.channels import BY_HAND
from warroom.workspace import Room

PROBES = 3  # so many must fail before a probe may fail a step
_Read = TypeVar("_Read")


class Options:
    """An `actions.ask.Ask` of one command line."""

    dialogs = False

    def __init__(self, room: Room, conductor: Conductor, order: Order, patience: Patience) -> None:
        self.room = room
        self.conductor = conductor
        self.order = order
        self.patience = patience

    def knowing(self, **answers: str) -> "Options":
        """The same, with these answers given already."""
        order = replace(self.order, answers={**self.order.answers, **answers})
        return Options(self.room, self.conductor, order, self.patience)

    @property
    def service(self) -> str:
        """The service named, or the only one. Raises Misused."""
        return lane_of(self.conductor.incident, self.order.service).ref.name

    def told(self, name: str) -> str:
        """What the option says."""
        named = self.order.incident if name == "incident" else ""
        return str(self.order.answers.get(name) or named)

    def flag(self, name: str) -> bool | None:
        """Whether the option stands there."""
        return bool(self.order.answers.get(name))

    async def text(self, name: str, title: str, *, hint: str = "", value: str = "", required: bool = True) -> str:
        """What the option says. Raises Refused for a reason that is missing; anything else its action refuses."""
        if name == "reason" and required and not self.told(name).strip():
            raise Refused("This needs a reason", "Give one with --reason.")
        return self.told(name)

    async def number(self, name: str, title: str, *, value: str = "") -> float:
        """What the option says."""
        return float(self.order.answers.get(name) or 0)

    async def choice(
        self,
        name: str,
        title: str,
        choices: Choices,
        *,
        about: Sequence[Line] = (),
        empty: str = "",
        keys: str = "",
        usual: Callable[[], str] | None = None,
        live: object = None,
    ) -> str:
        """What the option says, else the usual. Raises Misused."""
        if self.told(name) or usual is None:
            return self.told(name)
        return usual()

    async def agree(self, shown: Shown, *, chosen: bool = False, by_dialog: bool = False) -> str:
        """--yes; without it what would be done is shown. Raises Planned, and Refused where it can't be done."""
        if by_dialog:
            return "yes"
        if shown.off:
            raise Refused(shown.off, shown.remedy)
        lines = (*shown.told, *(f"  $ {plan.gcloud}" for plan in shown.plans))
        answer = Answer(lines, {"plan": shown.facts} if "plans" not in shown.facts else shown.facts)
        if self.order.dry_run and shown.dry:
            for plan in shown.plans:
                await self.conductor.dry_run(plan)
            asked = ("Cloud Run would take each. Nothing was sent but the questions.",) if shown.plans else ()
            raise DryRun(Answer((*lines, *asked), {**shown.facts, "dry_run": True}))
        if not self.order.yes or self.order.dry_run:
            raise Planned(f"refused: add {shown.consents}", shown.unsent, answer)
        return "by-hand" if self.flag("by_hand") else "yes"

    @property
    def reports(self) -> Path:
        """As everywhere in this room."""
        return self.room.reports

    async def connect(self) -> Clients:
        """The outside. Raises ServiceError."""
        return await self.room.connected(self.conductor)

    async def look(self, service: str, *, back: bool = False) -> None:
        """Read what the board knows before its key is pressed: for a way back one look, and that is waited for."""
        conductor, patience = self.conductor, self.patience
        clients = await self.connect()
        await self._first_look(clients, service)
        if back:
            return
        try:
            await patience.within(_read(conductor, clients, service))
        except Unreachable as error:
            seen = Seen(conductor.watching.looks.get(service), conductor.clock.now())
            raise unread(error, seen, service, conductor.clock.now()) from error

    async def _first_look(self, clients: Clients, name: str) -> Service:
        """Raises ServiceError, with what is known of it."""
        conductor = self.conductor
        lane = conductor.lane(name)
        try:
            service = await self.patience.through(lambda: clients.run.service(lane.ref))
        except ServiceError as error:
            raise unread(error, remembered(lane), name, conductor.clock.now()) from error
        await conductor.watching.saw(service)
        return service

    async def read(self, place: str, work: Callable[[], Awaitable[_Read]]) -> _Read:
        """Once it can be had; before it nothing is written. Raises ServiceError."""
        await self.connect()
        try:
            return await self.patience.through(work)
        except ServiceError as error:
            raise unread(error, Seen(), place, self.conductor.clock.now()) from error

    async def fire(self, plan: Plan, done: Callable[[], Answer] | None = None) -> Answer:
        """Show it, take the consent that stands on the line, carry it out. Raises Planned, Refused, ServiceError."""
        conductor, order = self.conductor, self.order
        if plan.action is not Action.STAGE:
            under_way = _under_way(conductor.lane(plan.service.name), conductor.clock.now())
            planning.refuse_while_open(plan, under_way)
        answer = planning.planned(conductor.incident.id, plan)
        if order.dry_run:
            await conductor.dry_run(plan)
            lines = (*answer.lines, "Cloud Run would take it. Nothing was sent but the question.")
            return Answer(lines, {**answer.data, "dry_run": True})
        consent = Consent(again=bool(self.flag("accept_weak")), reason=self.told("reason"))
        planning.confirmed(answer, order.yes)
        planning.enough(plan, answer, consent)
        clients = await self.connect()
        self.patience.say(f"{plan.words} …")
        conductor.changes.on_progress = lambda _, words: self.patience.say(words)
        if plan.action is Action.STAGE:
            await staged(conductor, clients, plan)
            return done() if done is not None else answer
        return await applied(conductor, plan, await carried_out(conductor, clients, plan, consent, self.patience))

    async def draft(self) -> Draft:
        """As the options say. Raises Misused, Planned, DryRun, Refused, OSError."""
        if drafting.channels(self.order.answers) != (BY_HAND,):
            await self.connect()
        return drafting.consented(self.conductor, self.order)

    async def begin(self, step: Step) -> None:
        """Take the values that are told. Where the outside can't be reached its program is taken, if it has one."""
        await self.conductor.runs.settle()
        if step.driver == "native":
            try:
                await self.connect()
            except ServiceError as error:
                if not step.argv:
                    raise
                self.patience.say(f"{error} Its program is taken instead.")
        for name, value in steps.given(self.order.answers.get("values", ())).items():
            await execute.give(self.conductor, name, value)

    async def value(self, name: str, title: str, ready: str) -> str:
        """Told before it begins, or not at all. Raises Misused."""
        raise Misused(f"{title}: it is not known yet", f"Add --set {name}=…")

    async def do(self, prepared: Prepared, second: str, *, mitigates: bool) -> Answer | None:
        """With --yes and --second where its guard asks them. Raises Planned, Refused, ServiceError."""
        return await steps.done(self.conductor, prepared, self.order, self.patience.say, mitigates=mitigates)

    async def all_back(self, send: Callable[[], Awaitable[list[Returned]]]) -> list[Returned]:
        """What became of each, once that is known or the time is over."""
        self.patience.say(f"Rolling back all of {self.conductor.incident.id} …")
        return await all_back(self.conductor, await self.connect(), send, self.patience)

    async def beside(self, work: Awaitable[Answer], what: str, remedy: str = "") -> Answer:
        """Here and now: whoever runs the command waits for it."""
        answer = await work
        await self.conductor.recorder.follow()
        return answer


async def _read(conductor: Conductor, clients: Clients, name: str) -> None:
    """What else the board knows before a key is pressed that goes forward."""
    watching = conductor.watching
    await set_back.keep(conductor)
    await conductor.look(clients.run)
    # One verdict at the end, from all of it: one without the probe's bad news could let a board advance meanwhile.
    watching.judges = False
    await watching.read(clients.monitoring)
    if conductor.lane(name).ladder is not None:
        for _ in range(PROBES):
            await watching.probe(clients.prober)
    watching.judges = True
    await watching.judge()


def _under_way(lane: Lane, now: float) -> str:
    """What another process waits for just now; "" for nothing, or for what nobody waits for any more."""
    change = lane.in_flight
    if change is None or change.unknown or abandoned(change, now):
        return ""
    return f"{change.action} by {change.actor or 'somebody'}"
