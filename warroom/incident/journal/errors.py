"""What can go wrong with the journal's file, in words and with remedies in the order in which to try them."""

import shlex
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from warroom.incident.events import Declared, Event, LadderStarted
from warroom.incident.journal.hash_chain import Damage
from warroom.protocol.model import ServiceConfig
from warroom.rollout.traffic import ServiceRef


class JournalError(Exception):
    """The journal can't be opened, read or written. `title` says why, `remedy` what to do about it."""

    def __init__(self, title: str, remedy: str) -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy


def told_with(error: JournalError, way_back: str) -> JournalError:
    """The error with the way back of traffic behind its remedy, unless it names one already."""
    if not way_back or "warroom rollback" in error.remedy:
        return error
    return JournalError(error.title, f"{error.remedy} {way_back}")


INDEX_BYTES = 32 * 1024
"""What SQLite lays beside a journal that is open, at the least."""

DAMAGED = "The journal is damaged"
ELSEWHERE = "Free it, or start with --journal on another path."
DIRECTLY = "`warroom rollback SERVICE --project P --region R --to REVISION --yes`"
NAMED = 3
"""So many services have their way back spelled out; of more than that it would be a list, and no sentence."""


def way_back(services: Iterable[ServiceConfig | ServiceRef], targets: Mapping[ServiceRef, str] | None = None) -> str:
    """How traffic goes back while there is no journal to go by: the direct command, for each of a few services.

    `targets` are the revisions to go back to, where they are known; without one the command finds it, or asks.
    """
    known = [ServiceRef(one.name, one.region, one.project) for one in services]
    if not 0 < len(known) <= NAMED or any("[" in one.path for one in known):  # not filled in yet
        return f"Traffic goes back without any journal: {DIRECTLY}."
    commands = []
    for one in known:
        words = ["warroom", "rollback", one.name, "--project", one.project, "--region", one.region]
        revision = (targets or {}).get(one, "")
        commands.append(f"`{shlex.join([*words, *(['--to', revision] if revision else []), '--yes'])}`")
    return f"Traffic goes back without any journal: {', '.join(commands)}."


def way_back_of(read: Sequence[Event]) -> str:
    """The same, by an incident's events before the damage; "" where they do not say of which services it is."""
    declared = read[0].fact if read else None
    if not isinstance(declared, Declared):
        return ""
    ladders = (event.fact for event in read if isinstance(event.fact, LadderStarted))
    targets = {one.service: next(iter(one.target)) if len(one.target) == 1 else "" for one in ladders}
    return way_back(declared.services, targets)


def look(path: Path) -> str:
    """The first remedy of a damaged file."""
    return f"See where with `warroom journal verify --journal {shlex.quote(str(path))}`."


def remedies(path: Path) -> str:
    """What helps after that, the gentlest first."""
    return (
        f"Save every event before the damage with `warroom journal repair --journal {shlex.quote(str(path))}`; or put "
        "back a copy, or go on with a new one: --journal NEW."
    )


def damaged(path: Path, what: str) -> JournalError:
    """The file holds what no warroom wrote: `what` is a sentence without its end."""
    return JournalError(DAMAGED, f"{path}: {what}. {look(path)} {remedies(path)}")


def broken(path: Path, damage: Damage) -> JournalError:
    """An incident's chain ends in something that can't be trusted or read."""
    if damage.newer:
        return JournalError(
            f"Event {damage.seq} of {damage.incident} can't be read: it was written by a newer warroom",
            f"Update warroom to read {path}, or go on with a new one: --journal NEW.",
        )
    return JournalError(
        f"Event {damage.seq} of {damage.incident} can't be read: the journal is damaged",
        f"{path}: {damage.sentence} {look(path)} {remedies(path)}",
    )


def no_file(path: Path) -> JournalError | None:
    """Why no journal can stand at the path that somebody named: a folder, a link to nowhere, a pipe or a device."""
    try:
        if path.is_dir():
            remedy = f"{path} is a folder. Name the file in it with --journal."
            return JournalError("The journal can't be opened", remedy)
        if path.is_symlink() and not path.exists():
            return JournalError(
                "The journal's path leads nowhere",
                f"{path} is a link to {path.readlink()}, which is not there: mend the link, or go on with a new one: "
                "--journal NEW.",
            )
        if path.exists() and not path.is_file():
            remedy = f"{path} is no regular file. Name another path with --journal."
            return JournalError("The journal can't be opened", remedy)
    except OSError as error:  # a folder above it that may not be entered
        return of_system(error, path)
    return None


def not_there(path: Path) -> JournalError | None:
    """Why the path that somebody wants to read leads to no journal: as `no_file`, or an empty file."""
    if error := no_file(path):
        return error
    if path.is_file() and not path.stat().st_size:
        return JournalError(
            "The journal is empty",
            f"{path} holds no byte: nothing was ever written to it, or it was cut. {_of_nothing(path)}",
        )
    return None


def _of_nothing(path: Path) -> str:
    """What helps with an empty file: what stands beside it may be saved, where there is something."""
    log = Path(f"{path}-wal")
    if log.is_file() and log.stat().st_size:
        return remedies(path)
    return "Put back a copy, or go on with a new one: --journal NEW."


FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What a statement raises: SQLite's message may quote damaged bytes, and then Python fails to make an error of it."""


def of_sqlite(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> JournalError:
    """SQLite's error as one of ours. Its primary code is the low byte of the extended one."""
    if isinstance(error, UnicodeDecodeError):
        return damaged(path, "SQLite quotes bytes of it that are no text")
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else None:
        case sqlite3.SQLITE_FULL:
            return JournalError("The journal's disk is full", f"Make room where {path} lies, or use --journal.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return JournalError("The journal is locked by another program", f"End what has {path} open for writing.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return JournalError("The journal can't be written, only read", f"Give yourself write access to {path}.")
        case sqlite3.SQLITE_CANTOPEN:
            return not_there(path) or JournalError(
                "The journal can't be opened",
                f"{path} must be a file that you may read and write, in a folder of which that is true. Mend that, or "
                "go on with a new one: --journal NEW.",
            )
        case sqlite3.SQLITE_NOTADB:
            return JournalError(
                "The journal's file is not a journal", f"{path} was written over, or is another file. {remedies(path)}"
            )
        case sqlite3.SQLITE_CORRUPT:
            return damaged(path, f"SQLite can't make sense of it ({error})")
        case sqlite3.SQLITE_IOERR if _without_room(path):
            return JournalError("The journal's disk is full", f"Make room where {path} lies, or use --journal.")
        case sqlite3.SQLITE_IOERR:
            # A file size limit and a failing disk answer alike.
            return JournalError("The journal's disk does not take or give data", f"Check the disk of {path}.")
        case sqlite3.SQLITE_ERROR:
            # Our statements are right: it is the table or a column that is not what we made.
            return damaged(path, f"SQLite finds it changed ({error})")
    return JournalError(f"The journal answers: {error}", f"Check {path}. {ELSEWHERE}")


def _without_room(path: Path) -> bool:
    """Whether the disk has no room for the index beside a journal: SQLite tells of that as of a disk that fails."""
    try:
        return shutil.disk_usage(path.parent).free < INDEX_BYTES
    except OSError:
        return False


def of_system(error: OSError, path: Path) -> JournalError:
    """An error of the file system as one of ours."""
    return JournalError(f"The journal can't be opened: {error.strerror or error}", f"Check {path}. {ELSEWHERE}")
