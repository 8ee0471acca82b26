"""Enter on a step: ask for what is missing, show what will be done, overcome its guard, do it."""

from typing import TYPE_CHECKING

from warroom.board.build import focused
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import Prepared
from warroom.protocol.model import Step
from warroom.steps import fields

if TYPE_CHECKING:
    from warroom.screens.board import BoardScreen


async def do_step(board: "BoardScreen", step: Step) -> None:
    """Do a step that has no key of its own. Raises Refused and ServiceError."""
    conductor = board.conductor
    service = focused(conductor.incident, board.view).ref.name
    prepared = execute.prepare(conductor, step, service)
    if prepared.way == "manual":
        await _tell(board, prepared)
        return
    if step.native == "gate":
        await _look(board, step)
        return
    if conductor.runs.under_way(step.id) is None:
        execute.needs(conductor, step)
        if not await _values(board, prepared, prepared.missing):
            return
        prepared = execute.prepare(conductor, step, service)
    second = await _agreed(board, prepared)
    mitigates = await _mitigates(board, prepared)
    if second is None or mitigates is None:
        return
    if await _show(board, prepared, second, mitigates) == "values":
        own = ("service", "region", "project", "incident", "severity", "title")
        if await _values(board, prepared, tuple(name for name in prepared.wanted if name not in own)):
            await do_step(board, step)


async def procedures(board: "BoardScreen") -> None:
    """Choose one of the procedures, which stand in no phase, and do it."""
    from warroom.screens.dialogs.prompts import Choose

    protocol = board.conductor.config.protocol
    choices = [(step.id, f"{step.title}   {' '.join(step.argv)}") for step in protocol.procedures]
    chosen = await board.app.push_screen_wait(Choose("Procedures, ready at any time", choices))
    if chosen:
        await run_by_id(board, chosen)


async def run_by_id(board: "BoardScreen", step_id: str) -> None:
    """Do a step by its id, as Enter on it does. Raises Refused and ServiceError."""
    from warroom.screens.actions.table import run

    await run(board, board.conductor.config.protocol.step(step_id))


async def _values(board: "BoardScreen", prepared: Prepared, names: tuple[str, ...]) -> bool:
    """Ask for each of these values; False when one is not given."""
    from warroom.screens.dialogs.prompts import AskLine

    for name in names:
        ready = prepared.values.get(name) or fields.suggestion(name, board.conductor.incident)
        value = await board.app.push_screen_wait(AskLine(fields.question(name), value=ready))
        if not value:
            return False
        await execute.give(board.conductor, name, value)
    return True


async def _agreed(board: "BoardScreen", prepared: Prepared) -> str | None:
    """The strongest guard; "" where it is not asked for, None when it is left. Raises Refused when not overcome."""
    from warroom.screens.dialogs.prompts import AskLine

    if not prepared.final or board.conductor.runs.under_way(prepared.step.id) is not None:
        return ""
    doubt = execute.doubt(board.conductor, prepared.step)
    title = f"{prepared.step.title}: this cannot be undone. {doubt and f'{doubt} '}Type {prepared.typed}"
    typed = await board.app.push_screen_wait(AskLine(title, hint=prepared.typed))
    if typed is None:
        return None
    second = await board.app.push_screen_wait(AskLine("Who agrees? A second person's handle", hint="@handle"))
    if second is None:
        return None
    execute.agreed(board.conductor, prepared, typed, second)
    return second


async def _mitigates(board: "BoardScreen", prepared: Prepared) -> bool | None:
    """Whether switching the feature off ends it for the users; None when that is left open by Esc."""
    from warroom.screens.dialogs.prompts import Choose

    if prepared.step.native != "flag-off" or board.conductor.incident.mitigated_at is not None:
        return False
    choices = [
        ("yes", "Yes: then users are no longer hurt, and that is noted as the mitigation"),
        ("no", "No, or not known yet"),
    ]
    chosen = await board.app.push_screen_wait(Choose("Does turning it off end the users' trouble?", choices))
    return None if chosen is None else chosen == "yes"


async def _show(board: "BoardScreen", prepared: Prepared, second: str, mitigates: bool) -> str | None:
    from warroom.screens.dialogs.step_run import StepDialog

    conductor = board.conductor

    async def work() -> None:
        try:
            done = await execute.do(conductor.runs, prepared, lambda words: None, second=second, mitigates=mitigates)
            board.notice(f"{prepared.step.title}: {done.words}", good=done.outcome == "done")
        finally:
            board.refresh_board()

    dialog = StepDialog(conductor, prepared, lambda: _ignore(board.app.go(work(), prepared.step.title)), second)
    return await board.app.push_screen_wait(dialog)


def _ignore(_: object) -> None:
    """The app keeps the task."""


async def _look(board: "BoardScreen", step: Step) -> None:
    """The review's gate."""
    from warroom.conductor.steps import review_gate
    from warroom.screens.dialogs.step_run import GateDialog

    await review_gate.follow(board.conductor)
    await board.app.push_screen_wait(GateDialog(board.conductor, step.title))


async def _tell(board: "BoardScreen", prepared: Prepared) -> None:
    """A step for a person: whose it is, why it is by hand, and the text to copy."""
    from warroom.screens.dialogs.step_run import TellToCopy

    step = prepared.step
    role = board.conductor.config.protocol.role(step.role)
    lines = [f"Owner: {role.title}", *([prepared.why] if prepared.why else []), step.text or "Do it, then tick it."]
    await board.app.push_screen_wait(TellToCopy(step.title, lines, execute.to_copy(board.conductor, prepared)))
