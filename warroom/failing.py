"""How the program fails: in one sentence on stderr, with the details of its own faults in a log file."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from io import TextIOWrapper


def fail(words: str, code: int = 1) -> NoReturn:
    """One sentence to stderr, and out."""
    from warroom.text import plain

    click.echo(f"warroom: {plain(words, 2000)}", err=True)
    sys.exit(code)


def keep_log() -> None:
    """Faults of warroom itself go to a file: the terminal is drawn on, and a traceback helps no operator."""
    from warroom.resources import state_path

    logger = logging.getLogger("warroom")
    logger.propagate = False
    if any(isinstance(handler, _LogFile) for handler in logger.handlers):
        return
    handler = _LogFile(state_path() / "warroom.log", delay=True)
    handler.setFormatter(_WithoutTokens("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)


class _LogFile(logging.FileHandler):
    """The log, its owner's alone. One that can't be written stops nothing, and nothing of it reaches the terminal."""

    def _open(self) -> "TextIOWrapper":
        from warroom import files

        return files.append(Path(self.baseFilename))

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing: the terminal is drawn on."""


class _WithoutTokens(logging.Formatter):
    """Redacts every token, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        from warroom.redaction import clean

        return clean(super().format(record))


def explain(error: Exception) -> NoReturn:
    """Turn an error into words and leave; what is not one of ours is a fault of the program, and says so."""
    from msgspec import MsgspecError

    from warroom.conductor.refusal import Refused
    from warroom.drill.scenario.load import ScenarioError
    from warroom.drill.server.child import EmbeddedCloudFailed
    from warroom.incident.journal.errors import JournalError
    from warroom.protocol.checks.problem import ConfigError
    from warroom.services.errors import ServiceError
    from warroom.text import plain

    if isinstance(error, ConfigError):
        for problem in error.problems:
            click.echo(plain(str(problem), 1000), err=True)
        fail(f"{len(error.problems)} problem(s) in the configuration. Mend them, then run: warroom check")
    if isinstance(error, ServiceError | EmbeddedCloudFailed):
        for line in error.detail.splitlines():
            click.echo(plain(line), err=True)
    if isinstance(error, JournalError | ServiceError | Refused | EmbeddedCloudFailed):
        fail(f"{error.title}. {error.remedy}")
    if isinstance(error, MsgspecError):
        fail(f"a stored value can't be read: {error}")
    if isinstance(error, ScenarioError):
        *others, last = error.problems
        for other in others:
            click.echo(plain(other), err=True)
        fail(last)
    if isinstance(error, OSError) and error.strerror:
        from warroom.actions.answer import failure

        found = failure(error)
        fail(f"{found[0]}. {found[1]}" if found else error.strerror)
    if isinstance(error, OSError):
        fail(str(error))
    keep_log()
    logging.getLogger("warroom").critical("warroom stopped", exc_info=error)
    fail(
        f"stopped because of a fault of its own ({type(error).__name__}). The log in its state folder has the details."
    )
