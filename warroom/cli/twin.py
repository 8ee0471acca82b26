"""What the commands share that are keys of the board: options, exit codes, one JSON object, and a line of progress."""

import asyncio
import io
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import click

from warroom.cli.arguments import options
from warroom.cli.arguments.completion import incident_names, service_names
from warroom.cli.arguments.misuse import said_as_text
from warroom.cli.saying import not_told, put, say, say_json
from warroom.outlet import Outlet, silence

if TYPE_CHECKING:
    from warroom.actions.answer import Answer
    from warroom.incident.place import Place
    from warroom.incident.state import Incident
    from warroom.workspace import Room

EPILOG = "Exit: 0 done, 1 refused by a guard, 2 usage, 3 the cloud said no, 4 outcome unknown."
_ROOM, _PLACE, _TOLD, _ABOUT = "warroom.workspace", "warroom.place", "warroom.told", "warroom.about"
"""In click's context: where an answer was done, and whether standard output says so already."""

MOST_WAITING_BYTES = 16 * 1024 * 1024
"""So much of what is said may wait for its reader; what comes on top is not shown (a program's log has all of it)."""

STALLED_SECONDS = 1.0
"""Output that takes nothing for so long holds up no end that was asked for."""

_T = TypeVar("_T")
_Command = Callable[..., None]

incident = click.option(
    "--incident",
    metavar="ID",
    default="",
    help="Which incident; else the only open one.",
    shell_complete=incident_names,
)
service = click.option(
    "--service",
    metavar="NAME",
    default="",
    help="Which service; else the incident's only one.",
    shell_complete=service_names,
)
yes = click.option("--yes", is_flag=True, help="Do it; without it only the plan is shown.")
as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object on standard output.")
dry_run = click.option("--dry-run", is_flag=True, help="Ask Cloud Run whether it would take it; change nothing.")
reason = click.option("--reason", metavar="TEXT", default="", help="Why it is right, where the guard asks for it.")
wait = click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(0, 3600),
    default=60.0,
    metavar="SECONDS",
    help="How long to wait for all of it: an answer of Cloud Run, and that it shows the change; else 60.",
)
drill = click.option("--drill", "of_drill", is_flag=True, help="Use the drills' journal.")


class Twin(click.Command):
    """A command whose misuse is told as JSON too, where --json stands in the line."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **{"epilog": EPILOG, **settings})

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> click.Context:
        """Take the line apart. Leaves with 2 where it can't."""
        in_json = "--json" in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if not in_json:
                raise
            say_json({"error": _error(said_as_text(error), f"See: warroom {info_name} --help", 2)})
            sys.exit(2)


def answered(in_json: bool, work: "Callable[[], Answer]") -> None:
    """Do the work and say its answer; or say why not, and leave with the code that the epilog tells of."""
    try:
        answer = work()
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    except Exception as error:
        from warroom.actions.answer import failure

        found = failure(error)
        if found is not None:
            _leave(error, *found, in_json)
        if in_json:
            say_json({"error": _error("warroom stopped because of a fault of its own", "Look into its log.", 1)})
        raise
    try:
        if in_json:
            say_json({**answer.data, **_where(answer)})
        else:
            say((*_badge(answer), *answer.lines))
    except BrokenPipeError:
        raise
    except OSError as error:
        not_told(error, done=answer.data.get("done") is True)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end; SIGTERM, and SIGHUP where nohup does not hold it off, leave in good order, as Ctrl-C does."""
    told = False

    async def main() -> _T:
        task = asyncio.current_task()
        assert task is not None

        def leave() -> None:
            nonlocal told
            told = True
            task.cancel()

        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, leave)
        return await work

    try:
        return asyncio.run(main())
    finally:
        for fd in (1, 2) if told else ():
            if not select.select([], [fd], [], STALLED_SECONDS)[1]:
                silence(fd)


def room(
    config_directory: Path | None,
    journal: Path | None,
    actor: str,
    of_drill: bool,
    *,
    begin: bool,
    wait_seconds: float | None = None,
    only_read: bool = False,
) -> "Room":
    """The room that the command acts in. Only `begin` makes a journal. Raises Misused, ConfigError, JournalError.

    All that the command asks of Cloud Run, and watches there, has `wait_seconds`.
    """
    from warroom.actions.answer import Misused
    from warroom.incident.journal import is_begun
    from warroom.incident.journal.errors import not_there, told_with
    from warroom.resources import state_path
    from warroom.wiring import rooms

    folder = state_path() / "drills" if of_drill else state_path()
    path = journal or folder / "journal.db"
    if not begin and (error := not_there(path)):
        raise told_with(error, "" if of_drill else options.way_back(config_directory))
    if not begin and not is_begun(path):
        raise Misused(f"There is no journal at {path}", "Name one with --journal, or --drill for the drills'.")
    made = rooms.production(config_directory, path, actor, patience_seconds=wait_seconds, only_read=only_read)
    click.get_current_context().meta[_ROOM] = made
    return made


def at(place: "Place") -> None:
    """Where a command acts that opens no room: its answer says so too."""
    click.get_current_context().meta[_PLACE] = place


def about(incident: "Incident") -> None:
    """What a command tells of that opens no incident: its answer says where that was declared."""
    click.get_current_context().meta[_ABOUT] = incident


def _place() -> "Place":
    """Where this terminal leads. Before it is known from the configuration, the environment says it."""
    meta = click.get_current_context().meta
    room: Room | None = meta.get(_ROOM)
    found: Place | None = room.place if room is not None else meta.get(_PLACE)
    if found is not None:
        return found
    from warroom.protocol.model import Endpoints
    from warroom.wiring.rooms import here

    return here(Endpoints())


def _incident() -> "Incident | None":
    """What the answer is about; None before it is found, and where it is about no incident."""
    meta = click.get_current_context().meta
    if (told := meta.get(_ABOUT)) is not None:
        found: Incident = told
        return found
    room: Room | None = meta.get(_ROOM)
    return room.latest.recorder.incident if room is not None and room.latest is not None else None


def _where(answer: "Answer | None" = None) -> dict[str, Any]:
    """The badge as data: `place` and an emulator's `address` of this terminal, and where the incident was declared."""
    if answer is not None and answer.badged:
        return {}
    from warroom.incident.place import declared_at, elsewhere

    here, incident = _place(), _incident()
    if incident is None:
        return {"place": here.kind, "address": here.address}
    there, apart = declared_at(incident, here), elsewhere(incident, here)
    return {
        "place": here.kind if apart is not None else there.kind,
        "address": here.address,
        "declared_in": {"place": there.kind, "address": there.address},
        "elsewhere": apart.short if apart is not None else "",
    }


def _badge(answer: "Answer | None" = None, *, besides: str = "") -> tuple[str, ...]:
    """What an answer begins with, but for what it says already, by itself or as `besides`."""
    if answer is not None and (answer.badged or click.get_current_context().meta.get(_TOLD)):
        return ()
    from warroom.incident.place import head

    return tuple(line for line in head(_incident(), _place()) if line != f"{besides}.")


class Progress:
    """What is said while the work goes on: the work never waits for whoever reads it, and goes on where nobody does.

    One line on standard error, written over on a terminal, a line each where there is none. With `all_lines` each is
    kept, on standard output unless `err`.
    """

    def __init__(self, *, all_lines: bool = False, err: bool = True) -> None:
        stream: TextIO | None = sys.stderr if err else sys.stdout
        tty = stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._over = tty and not all_lines
        self._longest = 4000 if all_lines else 2000
        self._err = err
        self._written = False
        self._outlet: Outlet | None = None
        self._encoding = stream.encoding if stream is not None else ""
        with suppress(io.UnsupportedOperation):  # in memory, which takes all at once
            self._outlet = Outlet(stream.fileno()) if stream is not None else None
        if self._outlet is not None:
            self._outlet.start()

    def __enter__(self) -> Callable[[str], None]:
        return self.say

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._written:
            self._write("\n")
        if self._outlet is not None:  # work that is done waits for its reader, as any program does
            self._outlet.drained(STALLED_SECONDS if kind else None)

    def say(self, words: str) -> None:
        """Say how far it is."""
        from warroom.text import plain
        from warroom.wording import for_scripts

        words = for_scripts(words)
        if self._outlet is not None and self._outlet.waiting > MOST_WAITING_BYTES:
            return
        if not self._err:
            self._begin()
        if not self._over:
            self._write(f"{plain(words, self._longest)}\n")
            return
        width = max(20, shutil.get_terminal_size().columns - 1)
        self._write(f"\r\x1b[2K{plain(words, width)}")
        self._written = True

    def _begin(self) -> None:
        """What comes on standard output before the answer is a part of it: the badge stands before all."""
        from warroom.text import plain

        meta = click.get_current_context().meta
        if meta.get(_TOLD):
            return
        meta[_TOLD] = True
        for line in _badge():
            self._write(f"{plain(line, self._longest)}\n")

    def _write(self, text: str) -> None:
        if self._outlet is None:
            click.echo(text, err=self._err, nl=False)
        else:
            self._outlet.write(text.encode(self._encoding, errors="replace"))


def _leave(error: Exception, title: str, remedy: str, code: int, in_json: bool) -> NoReturn:
    from warroom.actions.answer import Answer, Partly, Planned, Unread
    from warroom.failing import fail
    from warroom.services.errors import ServiceError

    plan = error.plan if isinstance(error, Planned | Partly | Unread) else None
    if isinstance(error, ServiceError) and error.lines:
        plan = Answer(error.lines, error.data)
    detail, link = getattr(error, "detail", ""), getattr(error, "link", "")
    if in_json:
        more = {name: text for name, text in (("detail", detail), ("link", link)) if text}
        answer = {"error": {**_error(title, remedy, code), **more}, **(plan.data if plan else {}), **_where(plan)}
        if put(lambda: say_json(answer)):
            sys.exit(code)
        fail(f"{title}. {remedy}", code)
    put(lambda: say((*_badge(plan, besides=title), *(plan.lines if plan is not None else ())), err=plan is None))
    for words in (*detail.splitlines(), link):
        if words:
            say((words,), err=True)
    fail(f"{title}. {remedy}", code)


def _error(title: str, remedy: str, code: int) -> dict[str, Any]:
    return {"title": title, "remedy": remedy, "code": int(code)}
