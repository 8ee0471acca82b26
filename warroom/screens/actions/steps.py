"""Enter on a step: ask for what is missing, show what will be done, overcome its guard, do it."""

from warroom.board.build import focused
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import Prepared
from warroom.protocol.model import Step
from warroom.screens.host import Host
from warroom.steps import fields


async def do_step(host: Host, step: Step) -> None:
    """Do a step that has no key of its own. Raises Refused and ServiceError."""
    conductor = host.conductor
    service = focused(conductor.incident, host.view).ref.name
    prepared = execute.prepare(conductor, step, service)
    if prepared.way == "manual":
        await _tell(host, prepared)
        return
    if step.native == "gate":
        await _look(host, step)
        return
    if conductor.runs.under_way(step.id) is None:
        execute.needs(conductor, step)
        if not await _values(host, prepared, prepared.missing):
            return
        prepared = execute.prepare(conductor, step, service)
    second = await _agreed(host, prepared)
    mitigates = await _mitigates(host, prepared)
    if second is None or mitigates is None:
        return
    if await _show(host, prepared, second, mitigates) == "values":
        own = ("service", "region", "project", "incident", "severity", "title")
        if await _values(host, prepared, tuple(name for name in prepared.wanted if name not in own)):
            await do_step(host, step)


async def procedures(host: Host) -> None:
    """Choose one of the procedures, which stand in no phase, and do it."""
    from warroom.screens.dialogs.prompts import Choose

    protocol = host.conductor.config.protocol
    choices = [(step.id, f"{step.title}   {' '.join(step.argv)}") for step in protocol.procedures]
    chosen = await host.ask(Choose("Procedures, ready at any time", choices))
    if chosen:
        await host.run_step(chosen)


async def _values(host: Host, prepared: Prepared, names: tuple[str, ...]) -> bool:
    """Ask for each of these values; False when one is not given."""
    from warroom.screens.dialogs.prompts import AskLine

    for name in names:
        ready = prepared.values.get(name) or fields.suggestion(name, host.conductor.incident)
        value = await host.ask(AskLine(fields.question(name), value=ready))
        if not value:
            return False
        await execute.give(host.conductor, name, value)
    return True


async def _agreed(host: Host, prepared: Prepared) -> str | None:
    """The strongest guard; "" where it is not asked for, None when it is left. Raises Refused when not overcome."""
    from warroom.screens.dialogs.prompts import AskLine

    if not prepared.final or host.conductor.runs.under_way(prepared.step.id) is not None:
        return ""
    doubt = execute.doubt(host.conductor, prepared.step)
    title = f"{prepared.step.title}: this cannot be undone. {doubt and f'{doubt} '}Type {prepared.typed}"
    typed = await host.ask(AskLine(title, hint=prepared.typed))
    if typed is None:
        return None
    second = await host.ask(AskLine("Who agrees? A second person's handle", hint="@handle"))
    if second is None:
        return None
    execute.agreed(host.conductor, prepared, typed, second)
    return second


async def _mitigates(host: Host, prepared: Prepared) -> bool | None:
    """Whether switching the feature off ends it for the users; None when that is left open by Esc."""
    from warroom.screens.dialogs.prompts import Choose

    if prepared.step.native != "flag-off" or host.conductor.incident.mitigated_at is not None:
        return False
    choices = [
        ("yes", "Yes: then users are no longer hurt, and that is noted as the mitigation"),
        ("no", "No, or not known yet"),
    ]
    chosen = await host.ask(Choose("Does turning it off end the users' trouble?", choices))
    return None if chosen is None else chosen == "yes"


async def _show(host: Host, prepared: Prepared, second: str, mitigates: bool) -> str | None:
    from warroom.screens.dialogs.step_run import StepDialog

    conductor = host.conductor

    async def work() -> None:
        try:
            done = await execute.do(conductor.runs, prepared, lambda words: None, second=second, mitigates=mitigates)
            host.notice(f"{prepared.step.title}: {done.words}", good=done.outcome == "done")
        finally:
            host.refresh_board()

    dialog = StepDialog(conductor, prepared, lambda: _ignore(host.spawn(work(), prepared.step.title)), second)
    return await host.ask(dialog)


def _ignore(_: object) -> None:
    """The app keeps the task."""


async def _look(host: Host, step: Step) -> None:
    """The review's gate."""
    from warroom.conductor.steps import review_gate
    from warroom.screens.dialogs.step_run import GateDialog

    await review_gate.follow(host.conductor)
    await host.ask(GateDialog(host.conductor, step.title))


async def _tell(host: Host, prepared: Prepared) -> None:
    """A step for a person: whose it is, why it is by hand, and the text to copy."""
    from warroom.screens.dialogs.step_run import TellToCopy

    step = prepared.step
    role = host.conductor.config.protocol.role(step.role)
    lines = [f"Owner: {role.title}", *([prepared.why] if prepared.why else []), step.text or "Do it, then tick it."]
    await host.ask(TellToCopy(step.title, lines, execute.to_copy(host.conductor, prepared)))
