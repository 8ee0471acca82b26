"""The command line: the composition root. A command's module is imported when the command is asked for."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from warroom import __version__
from warroom.cli.arguments.misuse import said_as_text
from warroom.failing import explain
from warroom.outlet import silence
from warroom.protocol.integrations import USUAL_VARIABLES
from warroom.redaction import learn

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

COMMANDS = {
    "open": "rooms:open_room",
    "declare": "declare:declare",
    "stage": "made:stage",
    "smoke": "made:smoke",
    "deploy": "made:deploy",
    "advance": "made:advance",
    "hold": "made:hold",
    "abort": "made:abort",
    "rollback": "traffic:rollback",
    "unpin": "made:unpin",
    "settle": "made:settle",
    "run": "made:run",
    "alert": "made:alert",
    "update": "made:update",
    "snooze": "made:snooze",
    "sends": "made:sends",
    "page": "made:page",
    "assign": "made:assign",
    "acknowledge": "made:acknowledge",
    "handover": "made:handover",
    "away": "made:away",
    "roster": "made:roster",
    "tick": "made:tick",
    "note": "made:note",
    "resolve": "made:resolve",
    "mitigated": "made:mitigated",
    "answer": "made:answer",
    "services": "made:services",
    "decide": "made:decide",
    "data-change": "made:data_change",
    "severity": "made:severity",
    "escalate": "made:escalate",
    "personal-data": "made:personal_data",
    "status": "looking:status",
    "incidents": "looking:incidents",
    "drill": "rooms:drill",
    "exercise": "drill.exercise:exercise",
    "emulator": "rooms:emulator",
    "inject": "drill.inject:inject",
    "sent": "drill.sent:sent",
    "report": "records:report",
    "ticket": "made:ticket",
    "action": "made:action",
    "post-mortem": "made:post_mortem",
    "journal": "records:journal",
    "doctor": "doctor:doctor",
    "check": "setup:check",
    "init": "setup:init",
    "completion": "setup:completion",
}
"""Where each command lives in this package, in the order of the help."""


class Lazy(click.Group):
    """A group whose commands cost nothing until they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        from warroom.cli.arguments.text import guarded

        module, _, name = COMMANDS[cmd_name].partition(":")
        return guarded(getattr(import_module(f"warroom.cli.{module}"), name))

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:  # noqa: ANN401
        """As click does; misuse is told as text."""
        with _misuse_as_text():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """As click does; misuse of any command is told as text."""
        with _misuse_as_text():
            return super().invoke(ctx)


@contextmanager
def _misuse_as_text() -> Iterator[None]:
    """What was typed comes back in click's words: a terminal must find nothing in it to obey."""
    try:
        yield
    except click.UsageError as error:
        shown = said_as_text(error)
        if shown == error.format_message():
            raise
        raise click.UsageError(shown, error.ctx) from None


@click.group(cls=Lazy, context_settings=SETTINGS, invoke_without_command=True)
@click.version_option(__version__, prog_name="warroom")
@click.pass_context
def cli(context: click.Context) -> None:
    """Emergency releases on Google Cloud Run from one terminal.

    Without a command it opens the war room's home screen.
    """
    if context.invoked_subcommand is None:
        from warroom.cli.rooms import open_room

        context.invoke(open_room)


def main() -> None:
    """Run the command line; every foreseeable error becomes one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale without × must not stop an emergency
    learn(os.environ, USUAL_VARIABLES)
    try:
        cli(prog_name="warroom")
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)
    except Exception as error:
        with suppress(OSError):  # nobody is there any more to be told
            explain(error)
        sys.exit(1)
    finally:
        _print_no_more()


def _print_no_more() -> None:
    """Write what is still to be written. Where that fails, Python must not try it again, and complain, at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            silence(stream.fileno())
