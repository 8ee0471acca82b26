"""What an action answers: a notice for the board, lines and data for scripts; and how it ends when it is not done."""

from enum import IntEnum
from errno import EMFILE, ENFILE
from typing import Any

from msgspec import Struct

from warroom.conductor.refusal import Refused
from warroom.incident.journal.errors import JournalError
from warroom.incident.state import Incident
from warroom.protocol.checks.problem import ConfigError
from warroom.services.errors import Effect, ServiceError
from warroom.wording import for_scripts


class Code(IntEnum):
    """The exit codes."""

    DONE = 0
    REFUSED = 1  # a guard said no, or the journal did: nothing was sent
    USAGE = 2  # what was typed, or configured, does not fit
    CLOUD = 3  # Cloud Run said no: nothing changed, or the change failed
    UNKNOWN = 4  # it was sent, and nothing says what became of it


class Answer(Struct, frozen=True):
    """What was done or found: lines for people, and the same as one JSON object.

    A board shows the `notice` for some seconds, "" for nothing, as bad news unless `good`; where there is a `title`, it
    shows the lines to be read, below it. `badged`: lines and data say already where what they tell of is.
    """

    lines: tuple[str, ...]
    data: dict[str, Any]
    badged: bool = False
    notice: str = ""
    good: bool = True
    title: str = ""


NOTHING = Answer((), {})
"""Where there is nothing to say, or not yet."""


def told(incident: Incident, words: str, /, *lines: str, notice: str = "", **facts: object) -> Answer:
    """What was done to an incident."""
    return Answer((f"{incident.id}: {words}", *lines), {"incident": incident.id, "done": True, **facts}, notice=notice)


class Misused(Exception):
    """What was typed does not fit: `title` says why, `remedy` what to type."""

    def __init__(self, title: str, remedy: str) -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy


class DryRun(Exception):
    """What would be done was asked, and is shown."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Planned(Refused):
    """Nothing was done, for the consent is missing that the plan asks; `plan` shows it."""

    def __init__(self, title: str, remedy: str, plan: Answer) -> None:
        super().__init__(title, remedy)
        self.plan = plan


class Unread(Refused):
    """Some of the journal can't be read; `plan` shows what can."""

    def __init__(self, title: str, remedy: str, plan: Answer) -> None:
        super().__init__(title, remedy)
        self.plan = plan


class Partly(ServiceError):
    """Some of it was done and some was not; `plan` shows which."""

    def __init__(self, title: str, remedy: str, plan: Answer) -> None:
        super().__init__(title, remedy, effect=Effect.FAILED)
        self.plan = plan


def failure(error: Exception) -> tuple[str, str, Code] | None:
    """Title, remedy and exit code of an error that is no fault of warroom's own; None for one that is."""
    match error:
        case Misused() | Refused() | JournalError():
            code = Code.USAGE if isinstance(error, Misused) else Code.REFUSED
            return for_scripts(error.title), for_scripts(error.remedy), code
        case ServiceError():
            code = Code.UNKNOWN if error.effect is Effect.UNKNOWN else Code.CLOUD
            return for_scripts(error.title), for_scripts(error.remedy), code
        case ConfigError():
            problems = "; ".join(str(problem) for problem in error.problems)
            return (
                f"{len(error.problems)} problem(s) in the configuration: {problems}",
                "Run: warroom check",
                Code.USAGE,
            )
        case OSError() if error.strerror:
            place = f"{error.filename}: " if error.filename else ""
            return f"{place}{error.strerror}", _remedy(error), Code.REFUSED
    return None


def _remedy(error: OSError) -> str:
    """What to do about it: not every error of the system is about a path, and not every one names it."""
    if error.errno in (EMFILE, ENFILE):
        return "End other programs, or raise the limit with ulimit -n; then run it again."
    return "Check that path." if error.filename else "Mend that, then run it again."
