"""The commands that are made from the table of twins: their arguments, options, help and completion."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from warroom.actions.twins import BY_NAME, Question
from warroom.actions.twins import Twin as Description
from warroom.cli import twin
from warroom.cli.arguments import completion
from warroom.cli.writing import shared, write_down

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from warroom.conductor.conductor import Conductor
    from warroom.headless.answer import Answer

OFFERS = {
    "role": completion.role_names,
    "severity": completion.severity_names,
    "item": completion.item_names,
    "service": completion.service_names,
}
"""What a shell offers for each kind of question."""


def __getattr__(name: str) -> click.Command:
    """The command of that name, made when it is asked for."""
    found = BY_NAME.get(name.replace("_", "-"))
    if found is None:
        raise AttributeError(name)
    return made(found)


def made(told: Description) -> click.Command:
    """The command that a description tells of."""

    def run(**typed: Any) -> None:  # noqa: ANN401
        answers = {one.name: typed.pop(one.name) for one in told.questions}
        if told.consents:
            answers["yes"] = typed["yes"]

        def work(conductor: "Conductor") -> "Awaitable[Answer]":
            module, _, function = told.does.partition(":")
            done: Awaitable[Answer] = getattr(import_module(f"warroom.headless.{module}"), function)(
                conductor, **answers
            )
            return done

        write_down(typed, work, looks=told.looks)

    command = click.command(told.name, cls=twin.Twin, help=f"{told.summary}\n\n{told.more}".strip())(shared(run))
    command.params[:0] = [_parameter(one) for one in told.questions]
    return command


def _parameter(one: Question) -> click.Parameter:
    settings: dict[str, Any] = {"type": _type(one)}
    if offer := OFFERS.get(one.kind):
        settings["shell_complete"] = offer
    if one.metavar:
        settings["metavar"] = one.metavar
    if one.place:
        return click.Argument([one.name], required=not one.optional, **settings, **_default(one))
    flag = {"is_flag": True} if one.kind == "flag" else _default(one)
    return click.Option([f"--{one.option or one.name}", one.name], help=one.help, **settings, **flag)


def _type(one: Question) -> Any:  # noqa: ANN401
    match one.kind:
        case "flag":
            return click.BOOL
        case "choice":
            return click.Choice(one.choices)
        case "number" if one.least is not None or one.most is not None:
            return click.FloatRange(one.least, one.most, min_open=True)
        case "number":
            return click.FLOAT
    return click.STRING


def _default(one: Question) -> dict[str, Any]:
    if one.place and not one.optional:
        return {}
    return {"default": 0.0 if one.kind == "number" else ""}
