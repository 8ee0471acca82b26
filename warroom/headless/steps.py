"""One step of the protocol without a board: its values, its guard, its output as it comes, its outcome."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from warroom.conductor.clients import Clients
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute, native
from warroom.conductor.steps.execute import GUARDS, Done, Prepared
from warroom.conductor.traffic import definitions
from warroom.conductor.traffic.plans import Consent
from warroom.headless import plan as planning
from warroom.headless.answer import Answer, Misused, Planned
from warroom.headless.choose import lane_of, step_of
from warroom.headless.reading import WAIT_SECONDS, Patience
from warroom.headless.traffic import carried_out, opened
from warroom.protocol.integrations import PAGE_CHANNEL
from warroom.protocol.model import Step
from warroom.services.errors import Effect, ServiceError
from warroom.steps import fields
from warroom.workspace import Room

OWN_COMMANDS = {
    "declare": "warroom declare",
    "stage": "warroom stage",
    "smoke": "warroom smoke",
    "deploy": "warroom deploy",
    "ladder": "warroom advance",
    "unpin": "warroom unpin",
    "resolve": "warroom resolve",
    "report": "warroom report",
    "roll-back": "warroom rollback",
    "alert": "warroom alert",
    "update": "warroom update",
    "status-page": f"warroom update --channel {PAGE_CHANNEL}",
    "ticket": "warroom ticket",
    "post-mortem": "warroom post-mortem",
}
"""Native steps with a command of their own."""


def can_run(step: Step) -> bool:
    """Whether `run` does a step: its program, or what warroom does as a step of its own."""
    return step.driver == "command" or step.native in (*native.NATIVES, "restore-definition")


class Wanted(Struct, frozen=True):
    """What was typed: the step, values by field, and the consent that its guard asks."""

    step: str
    incident: str = ""
    service: str = ""
    values: Mapping[str, str] = {}
    second: str = ""
    mitigated: bool = False
    yes: bool = False


async def run(room: Room, wanted: Wanted, emulated: bool, say: Callable[[str], None]) -> Answer:
    """Do a step; `say` gets each line of its output.

    Raises Misused, Refused, JournalError, and ServiceError where it failed or its outcome is unknown.
    """
    async with opened(room, wanted.incident, emulated) as conductor:
        step = _step(room, wanted.step)
        service = lane_of(conductor.incident, wanted.service).ref.name
        await conductor.runs.settle()
        if step.driver == "native":
            clients = await _clients(room, conductor, step, say)
            if clients is not None and step.native == "restore-definition":
                await conductor.watching.saw(await clients.run.service(conductor.lane(service).ref))
                return await _restored(conductor, clients, service, wanted, say)
        for name, value in wanted.values.items():
            await execute.give(conductor, name, value)
        prepared = execute.prepare(conductor, step, service)
        _allowed(conductor, prepared, wanted)
        return await _done(conductor, prepared, wanted, say)


async def _clients(room: Room, conductor: Conductor, step: Step, say: Callable[[str], None]) -> Clients | None:
    """The outside; None where it can't be reached and the step has a program instead. Raises ServiceError."""
    try:
        return await room.connected(conductor)
    except ServiceError as error:
        if not step.argv:
            raise
        say(f"{error} Its program is taken instead.")
        return None


def _step(room: Room, name: str) -> Step:
    protocol = room.config.protocol
    step = protocol.find_step(step_of(protocol, name))
    if step is None:
        raise Misused(f"{name} is no step", "Tick it with warroom tick.")
    if step.native in OWN_COMMANDS:
        raise Misused(f"{step.title} has a command of its own", f"See: {OWN_COMMANDS[step.native]} --help")
    if not can_run(step):
        raise Misused(f"{step.title} is for a person, or for a key of the board", f"Then: warroom tick {step.id}")
    return step


def _allowed(conductor: Conductor, prepared: Prepared, wanted: Wanted) -> None:
    """Every guard, before anything is done. Raises Misused and Refused."""
    step = prepared.step
    if prepared.missing:
        name = prepared.missing[0]
        raise Misused(f"{fields.question(name)}: it is not known yet", f"Add --set {name}=…")
    if prepared.way == "manual":
        raise Refused(
            (prepared.why or f"{step.title} is done by hand").rstrip("."), f"Then: warroom tick {step.id}"
        )  # fmt: skip
    execute.needs(conductor, step)
    doubt = execute.doubt(conductor, step)
    answer = Answer(
        (
            f"{step.title}: {prepared.words}",
            f"  {step.guard}: {GUARDS[step.guard]}",
            *([f"  {doubt}"] if doubt else []),
        ),
        {"plan": {**_facts(conductor, prepared), "words": prepared.words}},
    )
    asks = ["--yes"] if step.guard != "look" and not wanted.yes else []
    if prepared.final and not (wanted.second and _named(prepared, wanted)):
        asks += ["--second HANDLE", _naming(prepared)]
    if asks:
        raise Planned(f"refused: add {' and '.join(asks)}", "Nothing was done.", answer)
    execute.agreed(conductor, prepared, prepared.typed, wanted.second)


def _named(prepared: Prepared, wanted: Wanted) -> bool:
    """Whether what a final step is about was named in full, and not only found by itself."""
    return prepared.typed in (wanted.values.get("backup"), wanted.service, wanted.incident)


def _naming(prepared: Prepared) -> str:
    names = fields.names_in(prepared.step.argv)
    if "backup" in names:
        return f"--set backup={prepared.typed}"
    return f"--service {prepared.typed}" if "service" in names else f"--incident {prepared.typed}"


async def _done(conductor: Conductor, prepared: Prepared, wanted: Wanted, say: Callable[[str], None]) -> Answer:
    step = prepared.step
    try:
        done = await execute.do(conductor.runs, prepared, say, second=wanted.second, mitigates=wanted.mitigated)
    except asyncio.CancelledError:
        await asyncio.shield(conductor.recorder.follow())
        raise
    await conductor.recorder.follow()  # behind the writes under way; tries what is owed once more
    answer = _answer(conductor, prepared, done)
    if done.outcome == "unknown":
        raise ServiceError(f"{step.title}: {done.words}", "Look before you run it again.", effect=Effect.UNKNOWN)
    if done.outcome != "done":
        where = f"All of its output: {done.log}." if done.log else "See its output."
        raise ServiceError(f"{step.title}: {done.words}", where, effect=Effect.FAILED)
    return answer


def _answer(conductor: Conductor, prepared: Prepared, done: Done) -> Answer:
    ticked = prepared.step.id in conductor.incident.ticks
    data: dict[str, Any] = {
        **_facts(conductor, prepared),
        "done": done.outcome == "done",
        "outcome": done.outcome,
        "exit_code": done.exit_code,
        "seconds": round(done.seconds, 1),
        "log": done.log,
        "words": done.words,
        "ticked": ticked,
    }
    more = (f"  log: {done.log}",) if done.log else ()
    return Answer((f"{prepared.step.title}: {done.words}{' (ticked)' if ticked else ''}", *more), data)


async def _restored(
    conductor: Conductor, clients: Clients, service: str, wanted: Wanted, say: Callable[[str], None]
) -> Answer:
    plan = definitions.restore(conductor, service)
    answer = planning.planned(conductor.incident.id, plan)
    planning.confirmed(answer, wanted.yes)
    patience = Patience(conductor.clock, say, WAIT_SECONDS)
    shown = planning.served(await carried_out(conductor, clients, plan, Consent(), patience))
    await conductor.recorder.follow()
    lines = (f"{plan.words}: applied.", f"  serving: {planning.places(shown)}")
    return Answer(lines, {"incident": conductor.incident.id, "done": True, "serving": shown})


def _facts(conductor: Conductor, prepared: Prepared) -> dict[str, Any]:
    return {
        "incident": conductor.incident.id,
        "step": prepared.step.id,
        "service": prepared.service,
        "way": prepared.way,
        "guard": prepared.step.guard,
        "argv": list(prepared.argv),
    }
