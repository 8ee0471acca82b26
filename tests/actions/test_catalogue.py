"""The table of twins: what each is told is what its function takes, and the command line is made of it."""

import inspect
from importlib import import_module

import click
import pytest

from warroom.actions.catalogue import TWINS, Question, Twin
from warroom.cli import COMMANDS, made

SHARED = {"incident", "yes", "as_json", "of_drill", "config_directory", "journal", "actor"}


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_a_function_takes_what_is_asked(twin: Twin) -> None:
    """By the same names, and nothing else; --yes where it is told of that."""
    module, _, name = twin.does.partition(":")
    function = getattr(import_module(f"warroom.headless.{module}"), name)
    _, *taken = inspect.signature(function).parameters
    assert sorted(taken) == sorted([*(one.name for one in twin.questions), *(["yes"] if twin.consents else [])])


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_a_command_is_made_of_it(twin: Twin) -> None:
    """Its help, its questions in their order before the shared options, and its place among the commands."""
    command = getattr(made, twin.name.replace("-", "_"))
    assert COMMANDS[twin.name] == f"made:{twin.name.replace('-', '_')}"
    assert command.help.startswith(twin.summary)
    names = [one.name for one in command.params]
    assert names[: len(twin.questions)] == [one.name for one in twin.questions]
    assert set(names[len(twin.questions) :]) == SHARED
    for one, parameter in zip(twin.questions, command.params, strict=False):
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
