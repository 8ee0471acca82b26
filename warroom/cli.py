"""The command line: the composition root. Everything heavy is imported inside the command that needs it."""

import asyncio
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from warroom import __version__
from warroom.failing import explain, fail, keep_log
from warroom.parameters import Speed, scenario_names

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor
    from warroom.drill.scenario import Scenario
    from warroom.incident.journal import Journal
    from warroom.room import Room

HEADLESS_SPEED = 60.0
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_config = click.option(
    "--config",
    "config_directory",
    type=click.Path(path_type=Path),
    help="Configuration directory; else $WARROOM_CONFIG, the user's, the shipped one.",
)
_journal = click.option(
    "--journal", type=click.Path(path_type=Path), help="Journal file; else one in the state folder."
)
_actor = click.option(
    "--as", "actor", metavar="HANDLE", default="", help="Who you are; else $WARROOM_OPERATOR or the login."
)
_ascii = click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only.")
_light = click.option("--light", is_flag=True, help="Light theme, for lit rooms.")
_of_drill = click.option("--drill", "of_drill", is_flag=True, help="Look in the drills' journal.")


@click.group(context_settings=SETTINGS, invoke_without_command=True)
@click.version_option(__version__, prog_name="warroom")
@click.pass_context
def cli(context: click.Context) -> None:
    """Emergency releases on Google Cloud Run from one terminal.

    Without a command it opens the war room's home screen.
    """
    if context.invoked_subcommand is None:
        context.invoke(open_room)


@cli.command("open")
@click.argument("incident", default="")
@_config
@_journal
@_actor
@_ascii
@_light
def open_room(
    incident: str = "",
    config_directory: Path | None = None,
    journal: Path | None = None,
    actor: str = "",
    ascii_only: bool = False,
    light: bool = False,
) -> None:
    """Open the war room: the home screen, or the board of INCIDENT."""
    from warroom import compose

    _needs_terminal("open")
    room = compose.production(config_directory, journal, actor)
    room.ascii, room.light, room.incident = ascii_only, light, incident
    if incident:
        _known(room.journal, incident)
    _show(room)


@cli.command()
@click.argument("scenario", default="good-hotfix", shell_complete=scenario_names)
@click.option(
    "--speed",
    type=Speed(),
    help="Protocol time runs this much faster (default 1; 60 without a terminal).",
)
@click.option("--list", "list_only", is_flag=True, help="List the scenarios and leave.")
@_config
@_journal
@_actor
@_ascii
@_light
def drill(
    scenario: str,
    speed: float | None,
    list_only: bool,
    config_directory: Path | None,
    journal: Path | None,
    actor: str,
    ascii_only: bool,
    light: bool,
) -> None:
    """Practise SCENARIO on the embedded cloud: same code, same keys, nothing leaves this machine.

    Without a terminal it plays the scenario by the book, one line per event.
    """
    from warroom import compose
    from warroom.drill.library import load_scenario
    from warroom.resources import config_directory as shipped

    if list_only:
        _list_scenarios()
        return
    on_terminal = _on_terminal()
    pace = speed or (1.0 if on_terminal else HEADLESS_SPEED)
    chosen = load_scenario(scenario, shipped() / "scenarios")
    room = compose.drill(chosen, config_directory, journal, actor, pace)
    if on_terminal:
        room.ascii, room.light = ascii_only, light
        _show(room)
    else:
        _play(room, chosen)


@cli.command()
@click.argument("scenario", default="good-hotfix", shell_complete=scenario_names)
@click.option("--speed", type=Speed(), default=1.0, show_default=True, help="How fast its time runs.")
@click.option("--run-port", type=click.IntRange(0, 65535), default=0, help="Port for Cloud Run; 0 picks a free one.")
@click.option(
    "--monitoring-port", type=click.IntRange(0, 65535), default=0, help="Port for Monitoring; 0 picks a free one."
)
@click.option("--http-port", type=click.IntRange(0, 65535), default=0, help="Port for health URLs; 0 picks a free one.")
def emulator(scenario: str, speed: float, run_port: int, monitoring_port: int, http_port: int) -> None:
    """Run the embedded cloud alone, for anyone's client, until Ctrl-C."""
    from warroom.clock import ScaledClock
    from warroom.drill.library import load_scenario
    from warroom.drill.standalone import serve
    from warroom.resources import config_directory as shipped

    ports = (run_port, monitoring_port, http_port)
    asyncio.run(serve(load_scenario(scenario, shipped() / "scenarios"), ScaledClock(speed=speed), ports, _say))


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
def check(directory: Path | None) -> None:
    """Check a configuration directory; list every problem with file and key."""
    from warroom.protocol.load import load
    from warroom.resources import find_config

    config = load(find_config(directory))
    steps = sum(len(phase.steps) for phase in config.protocol.phases)
    click.echo(
        f"{config.directory}: fine. Protocol {config.protocol.review.version}, {len(config.protocol.phases)} phases, "
        f"{steps} steps, {len(config.roster.duties)} duties, {len(config.services.services)} services."
    )


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Write a commented starter configuration into DIRECTORY; never over an existing file."""
    from warroom.protocol.starter import write_starter

    for path in write_starter(directory):
        click.echo(f"wrote {path}")
    click.echo(f"Fill in what stands in [brackets], then run: warroom check {directory}")


@cli.command()
@click.argument("incident")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File to write; else standard output.")
@_config
@_journal
@_of_drill
def report(
    incident: str, output: Path | None, config_directory: Path | None, journal: Path | None, of_drill: bool
) -> None:
    """Write the report of INCIDENT as Markdown."""
    from warroom.clock import ScaledClock
    from warroom.protocol.load import load
    from warroom.report.markdown import markdown
    from warroom.resources import find_config

    book = _book(journal, of_drill)
    _known(book, incident)
    text = markdown(book.read(incident), load(find_config(config_directory)).protocol, ScaledClock().now())
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"can't write {output}: {error.strerror}. Name another file with --output.")
    click.echo(f"wrote {output}")


@cli.group()
def journal() -> None:
    """Look after the journal."""


@journal.command()
@_journal
@_of_drill
def verify(journal: Path | None, of_drill: bool) -> None:
    """Follow the hash chain of every incident; name what was changed. Exit 1 if anything was."""
    book = _book(journal, of_drill)
    damages = book.verify()
    for damage in damages:
        click.echo(str(damage))
    if damages:
        fail(f"{book.path}: {len(damages)} damaged place(s). Keep the file, and restore it from a backup.")
    click.echo(f"{book.path}: {len(book.incidents())} incident(s), every event as it was written.")


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL: eval "$(warroom completion bash)"."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "warroom", "_WARROOM_COMPLETE").source())


def main() -> None:
    """Run the command line; every foreseeable error becomes one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale without × must not stop an emergency
    try:
        cli(prog_name="warroom")
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)
    except Exception as error:
        explain(error)


def _on_terminal() -> bool:
    """Whether there is a terminal on every side; Textual draws on standard error."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def _say(text: str) -> None:
    """One line for people and for logs, whatever it is made of."""
    from widgets.safe import safe

    click.echo(safe(text, 2000))


def _needs_terminal(command: str) -> None:
    if not _on_terminal():
        fail(f"{command} draws on a terminal and there is none. For scripts: warroom drill, warroom report.", 2)


def _show(room: "Room") -> None:
    from warroom.app import WarRoom

    keep_log()
    app = WarRoom(room)
    app.run()
    if app.conductor is not None and app.conductor.recorder.unwritten:
        _tell_unwritten(app.conductor)
    sys.exit(app.return_code or 0)


def _tell_unwritten(conductor: "Conductor") -> NoReturn:
    """Say what the journal never took: the shell's scrollback is then the last place that has it."""
    from warroom.clock import clock_time
    from warroom.incident.words import names, timeline
    from warroom.text import plain

    owed, incident = conductor.recorder.unwritten, conductor.incident
    known = names(conductor.config.protocol, incident.tail)
    for event in incident.tail:
        said = timeline(event, known) if event.seq > incident.last_seq - len(owed) else None
        if said is not None:
            click.echo(plain(f"{clock_time(event.at)}  {event.actor}  {said[0]}"), err=True)
    fail(f"{len(owed)} events of {incident.id} are not in the journal. {conductor.recorder.trouble}.")


def _play(room: "Room", scenario: "Scenario") -> None:
    from warroom.by_the_book import play

    outcome = asyncio.run(play(room, scenario.by_the_book, _say))
    _say(f"Outcome: {outcome.ended} ({outcome.why}).")
    _say(f"Report: {outcome.report}")


def _book(journal: Path | None, of_drill: bool) -> "Journal":
    from warroom.incident.journal import Journal
    from warroom.resources import state_directory

    own = state_directory() / "drills" / "journal.db" if of_drill else state_directory() / "journal.db"
    path = journal or own
    if not path.exists():
        fail(
            f"there is no journal at {path}. Name one with --journal"
            + ("." if of_drill else ", or --drill for drills.")
        )
    return Journal(path)


def _known(book: "Journal", incident: str) -> None:
    known = book.incidents()
    if incident not in known:
        newest = ", ".join(known[-5:]) or "none"
        fail(f"no incident {incident} in {book.path}. The newest there: {newest}.")


def _list_scenarios() -> None:
    from warroom.drill.library import list_scenarios
    from warroom.resources import config_directory

    for one in list_scenarios(config_directory() / "scenarios"):
        _say(f"{one.id:<16} {one.title}")
