"""Saying what came of a command, and what to do where standard output does not take it."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

import click

from warroom.outlet import silence


def say(lines: tuple[str, ...], *, err: bool = False) -> None:
    """Lines on standard output, or on standard error."""
    from warroom.text import plain
    from warroom.wording import for_scripts

    for line in map(for_scripts, lines):
        indent = len(line) - len(line.lstrip(" "))
        click.echo(" " * indent + plain(line, 4000), err=err)


def say_json(data: Any) -> None:  # noqa: ANN401
    """One object in ASCII: what came from outside can then hold no sign that a terminal obeys."""
    from msgspec import to_builtins

    from warroom.redaction import clean
    from warroom.wording import each, for_scripts

    click.echo(clean(json.dumps(each(to_builtins(data), for_scripts), ensure_ascii=True).replace("\x7f", "\\u007f")))


def put(say: Callable[[], None]) -> bool:
    """Whether it could be said: an output that takes nothing may not change how a command ends."""
    try:
        say()
    except BrokenPipeError:
        raise
    except OSError:
        silence(1)
        return False
    return True


def not_told(error: OSError, *, done: bool) -> NoReturn:
    """The work is over, and standard output does not take its answer: whether anything was done must be known."""
    from warroom.failing import fail

    silence(1)
    was = "It was done, but its answer" if done else "The answer"
    remedy = "Do not run it again: look with warroom status." if done else "Run it again with another output."
    fail(f"{was} could not be written to standard output: {error.strerror}. {remedy}")
