"""The entrance of the command line: what is typed as text must be text, whichever command it is typed to."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Text(click.types.StringParamType):
    """A text. A byte that is no UTF-8 would be refused by every service, or replaced silently in the journal."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """The text as it was typed. Fails in words, with 2 as all misuse."""
        from warroom.text import not_text

        text = super().convert(value, param, ctx)
        if trouble := not_text(text):
            self.fail(trouble, param, ctx)
        return text


TEXT = _Text()


def guarded(command: click.Command) -> click.Command:
    """The command, with every text that it takes looked at. Paths are none: a file may be called anything."""
    for one in _commands(command):
        for parameter in one.params:
            if parameter.type is click.STRING:
                parameter.type = TEXT
    return command


def _commands(command: click.Command) -> "Iterator[click.Command]":
    yield command
    if isinstance(command, click.Group):
        for one in command.commands.values():
            yield from _commands(one)
