"""The table of actions: each has what does it, is asked what that asks, and the command line is made of it."""

import ast
import inspect
from importlib import import_module

import click
import pytest

from warroom.actions.catalogue import ACTIONS, BY_TWIN
from warroom.actions.flow import flow
from warroom.actions.model import Action, Question
from warroom.cli import COMMANDS, made
from warroom.headless.order import Order

ROOM = {"incident", "as_json", "of_drill", "config_directory", "journal", "actor"}
CONSENT = {"reason", "accept_weak"}
"""What firing a plan takes from the line, whatever action it is of."""

BY_OTHERS = {"update": {"template", "text", "to", "approved_by", "notify", "anew"}, "run-step": {"values", "list_only"}}
"""What is not asked for by its action itself, but where its consent is taken."""

MADE = [action for action in ACTIONS if action.twin and action.twin != "rollback"]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_something_does_it(action: Action) -> None:
    """Given the conductor, and whom to ask; and no two actions have one id or one command."""
    assert list(inspect.signature(flow(action.id)).parameters) == ["at", "ask"]
    assert [one.id for one in ACTIONS].count(action.id) == 1
    assert not action.twin or BY_TWIN[action.twin] is action


@pytest.mark.parametrize("action", MADE, ids=lambda action: action.twin)
def test_what_the_line_tells_is_asked_for(action: Action) -> None:
    """By the same name: an option that nothing reads would be taken in silence."""
    module = import_module(f"warroom.actions.{action.does.partition(':')[0]}")
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(one, ast.Call)]
    names = {one.args[0].value for one in calls if one.args and isinstance(one.args[0], ast.Constant)}
    known = names | CONSENT | BY_OTHERS.get(action.id, set()) | set(Order.__struct_fields__)
    assert {one.name for one in action.questions} <= known


@pytest.mark.parametrize("action", MADE, ids=lambda action: action.twin)
def test_a_command_is_made_of_it(action: Action) -> None:
    """Its help, its questions in their order before the shared options, and its place among the commands."""
    command = getattr(made, action.twin.replace("-", "_"))
    assert COMMANDS[action.twin] == f"made:{action.twin.replace('-', '_')}"
    assert command.help.startswith(action.summary)
    names = [one.name for one in command.params]
    assert names[: len(action.questions)] == [one.name for one in action.questions]
    assert set(names[len(action.questions) :]) >= ROOM
    assert len(names) == len(set(names))
    for one, parameter in zip(action.questions, command.params, strict=False):
        assert isinstance(parameter, click.Argument) == one.place
        assert parameter.required == (one.place and not one.optional)


def test_what_is_no_twin_is_no_command() -> None:
    """The module has no other names to offer."""
    with pytest.raises(AttributeError):
        made.__getattr__("nothing")


def test_kinds() -> None:
    """A number's ends, a choice, a flag: what does not fit is refused by the command line."""
    number = made._parameter(Question("minutes", kind="number", place=True, least=0, most=120))
    choice = made._parameter(Question("what", kind="choice", place=True, choices=("a", "b")))
    for parameter, wrong, right in ((number, "0", "1.5"), (number, "121", "120"), (choice, "c", "a")):
        with pytest.raises(click.BadParameter):
            parameter.type.convert(wrong, parameter, None)
        assert parameter.type.convert(right, parameter, None) is not None
