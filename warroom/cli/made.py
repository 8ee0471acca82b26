"""The commands that are made from the table of actions: their arguments, options, help and completion."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from warroom.actions.catalogue import BY_TWIN
from warroom.actions.model import Action, Question, Reach
from warroom.cli import twin
from warroom.cli.arguments import completion, options

if TYPE_CHECKING:
    from warroom.actions.answer import Answer
    from warroom.workspace import Room

Command = TypeVar("Command", bound=Callable[..., None])

OFFERS = {
    "role": completion.role_names,
    "severity": completion.severity_names,
    "item": completion.item_names,
    "step": completion.step_names,
    "service": completion.service_names,
}
"""What a shell offers for each kind of question."""

ROOM = (options.actor, options.journal, options.config, twin.drill, twin.as_json)
SHARED = {
    Reach.WRITE: (*ROOM, twin.yes, twin.incident),
    Reach.LOOK: (*ROOM, twin.yes, twin.incident),
    Reach.SPEAK: (*ROOM, twin.yes, twin.incident),
    Reach.TEST: (*ROOM, twin.wait, twin.service, twin.incident),
    Reach.CHANGE: (*ROOM, twin.dry_run, twin.yes, twin.wait, twin.service, twin.incident),
    Reach.BACK: (*ROOM, twin.dry_run, twin.yes, twin.wait, twin.service, twin.incident),
}
"""The options that a command has beside its own questions, by how far it goes."""

ORDER = {"incident": "incident", "service": "service", "yes": "yes", "dry_run": "dry_run", "wait_seconds": "wait"}
"""What of an order those options say."""

PLACE = ("config_directory", "journal", "actor", "of_drill")


def __getattr__(name: str) -> click.Command:
    """The command of that name, made when it is asked for."""
    found = BY_TWIN.get(name.replace("_", "-"))
    if found is None:
        raise AttributeError(name)
    return made(found)


def made(action: Action) -> click.Command:
    """The command of an action."""
    names = [one.name for one in action.questions]

    def run(**typed: Any) -> None:  # noqa: ANN401
        perform(action.id, typed, {name: typed.pop(name) for name in names if name not in ORDER})

    settings = {"epilog": action.epilog} if action.epilog else {}
    told = f"{action.summary}\n\n{action.more}".strip()
    command = click.command(action.twin, cls=twin.Twin, help=told, **settings)(shared(action.reach)(run))
    command.params[:0] = [_parameter(one) for one in action.questions]
    return command


def shared(reach: Reach) -> Callable[[Command], Command]:
    """The options of everything that goes so far."""

    def decorate(command: Command) -> Command:
        for option in SHARED[reach]:
            command = option(command)
        return command

    return decorate


def perform(action: str, common: dict[str, Any], answers: dict[str, Any]) -> None:
    """Do an action with what was told, and answer."""

    def work() -> "Answer":
        if answers.get("list_only"):
            from warroom.cli.steps import listed

            return listed(common)
        from warroom.headless.order import Order
        from warroom.headless.run import run
        from warroom.wiring import rooms

        place = _room(action, common)
        order = Order(answers, **{field: common[name] for name, field in ORDER.items() if name in common})
        output = action == "run-step"  # a program's own, line by line
        with twin.Progress(all_lines=output, err=not output or common["as_json"]) as say:
            return twin.run(run(place, action, order, rooms.emulated(place.config), say))

    twin.answered(common["as_json"], work)


def _room(action: str, common: dict[str, Any]) -> "Room":
    """The room; where a retreat gets none, the refusal says which way needs none."""
    from warroom.actions.answer import Code, Misused, failure

    try:
        place = (common[name] for name in PLACE)
        return twin.room(*place, begin=False, wait_seconds=common.get("wait_seconds"))
    except Exception as error:
        found = failure(error)
        if found is None or action not in ("abort", "roll-back"):
            raise
        from warroom.conductor.refusal import Refused
        from warroom.incident.journal.errors import DIRECTLY

        title, remedy, code = found
        if "warroom rollback" in remedy:  # a damaged journal has said it already, and with which service
            raise
        kind = Misused if code is Code.USAGE else Refused
        raise kind(title, f"{remedy} Without any of it: {DIRECTLY}.") from error


def _parameter(one: Question) -> click.Parameter:
    settings: dict[str, Any] = {"type": _type(one)}
    if offer := OFFERS.get(one.kind):
        settings["shell_complete"] = offer
    if one.metavar:
        settings["metavar"] = one.metavar
    if one.place:
        return click.Argument([one.name], required=not one.optional, **settings, **_default(one))
    flag = {"is_flag": True} if one.kind == "flag" else {"multiple": True} if one.several else _default(one)
    name = one.option or one.name.replace("_", "-")
    return click.Option([f"--{name}", one.name], help=one.help, **settings, **flag)


def _type(one: Question) -> Any:  # noqa: ANN401
    match one.kind:
        case "flag":
            return click.BOOL
        case "choice":
            return click.Choice(one.choices)
        case "percent":
            return click.IntRange(1, 100)
        case "level":
            return click.IntRange(1, 9)
        case "file":
            return click.Path(allow_dash=True)
        case "number" if one.least is not None or one.most is not None:
            return click.FloatRange(one.least, one.most, min_open=True)
        case "number":
            return click.FLOAT
    return click.STRING


def _default(one: Question) -> dict[str, Any]:
    if one.place and not one.optional:
        return {}
    return {"default": {"number": 0.0, "percent": None, "level": None, "choice": None}.get(one.kind, "")}
