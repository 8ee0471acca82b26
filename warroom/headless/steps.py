"""One step of the protocol without a board: its guard, its output as it comes, its outcome."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from warroom.actions.answer import Answer, Misused, Planned
from warroom.conductor.conductor import Conductor
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import GUARDS, Done, Prepared
from warroom.headless.order import Order
from warroom.services.errors import Effect, ServiceError
from warroom.steps import fields


def given(values: Iterable[str]) -> dict[str, str]:
    """The values told as NAME=VALUE. Raises Misused."""
    found = {}
    for one in values:
        name, sign, value = one.partition("=")
        if not sign:
            raise Misused(f"{one} is no NAME=VALUE", "Write it like --set feature=cards.")
        found[name.strip()] = value
    return found


def _allowed(conductor: Conductor, prepared: Prepared, order: Order) -> None:
    """Every guard, before anything is done. Raises Planned and Refused."""
    step, second = prepared.step, str(order.answers.get("second", ""))
    doubt = execute.doubt(conductor, step)
    answer = Answer(
        (
            f"{step.title}: {prepared.words}",
            f"  {step.guard}: {GUARDS[step.guard]}",
            *([f"  {doubt}"] if doubt else []),
        ),
        {"plan": {**_facts(conductor, prepared), "words": prepared.words}},
    )
    asks = ["--yes"] if step.guard != "look" and not order.yes else []
    if prepared.final and not (second and _named(prepared, order)):
        asks += ["--second HANDLE", _naming(prepared)]
    if asks:
        raise Planned(f"refused: add {' and '.join(asks)}", "Nothing was done.", answer)
    execute.agreed(conductor, prepared, prepared.typed, second)


def _named(prepared: Prepared, order: Order) -> bool:
    """Whether what a final step is about was named in full, and not only found by itself."""
    values = given(order.answers.get("values", ()))
    return prepared.typed in (values.get("backup"), order.service, order.incident)


def _naming(prepared: Prepared) -> str:
    names = fields.names_in(prepared.step.argv)
    if "backup" in names:
        return f"--set backup={prepared.typed}"
    return f"--service {prepared.typed}" if "service" in names else f"--incident {prepared.typed}"


async def done(
    conductor: Conductor, prepared: Prepared, order: Order, say: Callable[[str], None], *, mitigates: bool
) -> Answer:
    """Do it; `say` gets each line of its output. Raises Planned, Refused, and ServiceError where it failed."""
    _allowed(conductor, prepared, order)
    step, second = prepared.step, str(order.answers.get("second", ""))
    try:
        came = await execute.do(conductor.runs, prepared, say, second=second, mitigates=mitigates)
    except asyncio.CancelledError:
        await asyncio.shield(conductor.recorder.follow())
        raise
    await conductor.recorder.follow()  # behind the writes under way; tries what is owed once more
    answer = _answer(conductor, prepared, came)
    if came.outcome == "unknown":
        raise ServiceError(f"{step.title}: {came.words}", "Look before you run it again.", effect=Effect.UNKNOWN)
    if came.outcome != "done":
        where = f"All of its output: {came.log}." if came.log else "See its output."
        raise ServiceError(f"{step.title}: {came.words}", where, effect=Effect.FAILED)
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


def _facts(conductor: Conductor, prepared: Prepared) -> dict[str, Any]:
    return {
        "incident": conductor.incident.id,
        "step": prepared.step.id,
        "service": prepared.service,
        "way": prepared.way,
        "guard": prepared.step.guard,
        "argv": list(prepared.argv),
    }
