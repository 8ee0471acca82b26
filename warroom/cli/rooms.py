"""Commands that open a room: on Google Cloud, on the embedded cloud, and the embedded cloud alone."""

import asyncio
import gc
import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from warroom.cli.arguments import options
from warroom.cli.arguments.completion import incident_names, scenario_names
from warroom.cli.arguments.parameters import Speed
from warroom.failing import fail, keep_log

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor
    from warroom.drill.scenario.model import Scenario
    from warroom.workspace import Room

HEADLESS_SPEED = 60.0


@click.command("open")
@click.argument("incident", default="", shell_complete=incident_names)
@options.config
@options.journal
@options.actor
@options.ascii
@options.light
def open_room(
    incident: str = "",
    config_directory: Path | None = None,
    journal: Path | None = None,
    actor: str = "",
    ascii_only: bool = False,
    light: bool = False,
) -> None:
    """Open home, or the board of INCIDENT."""
    _needs_terminal("open")
    _collect_later()
    from warroom.wiring import rooms

    room = rooms.production(config_directory, journal, actor)
    room.ascii, room.light, room.incident = ascii_only, light, incident
    if incident:
        with ExitStack() as refused:
            refused.callback(room.journal.close)
            options.known(room.journal, incident)
            refused.pop_all()
    _show(room)


@click.command()
@click.argument("scenario", default="good-hotfix", shell_complete=scenario_names)
@click.option(
    "--speed",
    type=Speed(),
    help="Protocol time runs this much faster (default 1; 60 without a terminal).",
)
@click.option("--list", "list_only", is_flag=True, help="List the scenarios and leave.")
@options.config
@options.journal
@options.actor
@options.ascii
@options.light
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
    """Practise SCENARIO on the embedded cloud.

    Same code, same keys, and nothing leaves this machine.

    Without a terminal it plays the scenario by the book, one line per event.
    """
    on_terminal = _on_terminal()
    if on_terminal and not list_only:
        _collect_later()
    from warroom.drill.scenario.load import load_scenario
    from warroom.resources import config_directory as shipped
    from warroom.wiring import rooms

    if list_only:
        _list_scenarios()
        return
    pace = speed or (1.0 if on_terminal else HEADLESS_SPEED)
    chosen = load_scenario(scenario, shipped() / "scenarios")
    room = rooms.drill(chosen, config_directory, journal, actor, pace)
    if on_terminal:
        room.ascii, room.light = ascii_only, light
        _show(room)
    else:
        _play(room, chosen)


@click.command()
@click.argument("scenario", default="good-hotfix", shell_complete=scenario_names)
@click.option("--speed", type=Speed(), default=1.0, show_default=True, help="How fast its time runs.")
@click.option("--run-port", type=click.IntRange(0, 65535), default=0, help="Port for Cloud Run; 0 picks a free one.")
@click.option(
    "--monitoring-port", type=click.IntRange(0, 65535), default=0, help="Port for Monitoring; 0 picks a free one."
)
@click.option("--logging-port", type=click.IntRange(0, 65535), default=0, help="Port for Logging; 0 picks a free one.")
@click.option("--http-port", type=click.IntRange(0, 65535), default=0, help="Port for health URLs; 0 picks a free one.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one object on one line.")
def emulator(
    scenario: str,
    speed: float,
    run_port: int,
    monitoring_port: int,
    logging_port: int,
    http_port: int,
    as_json: bool,
) -> None:
    """Run the embedded cloud alone, until Ctrl-C.

    For anyone's client: it prints what to export, and how each of the official ones is built.
    """
    from warroom.clock import ScaledClock
    from warroom.drill.scenario.load import load_scenario
    from warroom.drill.server.standalone import serve
    from warroom.protocol.load import load
    from warroom.resources import config_directory as shipped
    from warroom.resources import runtime_path
    from warroom.wiring import drilled, systems

    ports = (run_port, monitoring_port, http_port)
    chosen = load_scenario(scenario, shipped() / "scenarios")
    config = load(shipped())
    chosen = drilled.with_pages(chosen, config)
    cast = systems.cast(config)
    say = click.echo if as_json else _say
    clock = ScaledClock(speed=speed)
    asyncio.run(serve(chosen, clock, ports, say, cast, runtime_path(), as_json=as_json, logging_port=logging_port))


def _on_terminal() -> bool:
    """Whether there is a terminal on every side; Textual draws on standard error."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def _say(text: str) -> None:
    """One line for people and for logs, whatever it is made of."""
    from widgets.safe import safe

    click.echo(safe(text, 2000))


def _collect_later() -> None:
    """No garbage is looked for before the board is painted, which takes a tenth of that time; the app does it again."""
    gc.disable()


def _needs_terminal(command: str) -> None:
    if not _on_terminal():
        fail(f"{command} draws on a terminal and there is none. For scripts: warroom drill, warroom report.", 2)


def _show(room: "Room") -> None:
    from warroom.app import WarRoom

    keep_log()
    app = WarRoom(room)
    app.run()
    if app.unopened is not None and app.return_code == 1:
        raise app.unopened
    if app.conductor is not None and app.conductor.recorder.unwritten:
        _tell_unwritten(app.conductor, app.return_code or 1)
    sys.exit(app.return_code or 0)


def _tell_unwritten(conductor: "Conductor", code: int) -> NoReturn:
    """Say what the journal never took: the shell's scrollback, or the log, is then the last place that has it.

    `code` is the exit status: what ended the board otherwise, a signal or a terminal that is gone, counts first.
    """
    from warroom.clock import clock_time
    from warroom.incident.place import head
    from warroom.incident.timeline import names, timeline
    from warroom.text import plain

    owed, incident = conductor.recorder.unwritten, conductor.incident
    for line in head(incident, conductor.place) if conductor.place is not None else ():
        click.echo(plain(line), err=True)
    known = names(conductor.config.protocol, incident.tail)
    for event in incident.tail:
        said = timeline(event, known) if event.seq > incident.last_seq - len(owed) else None
        if said is not None:
            line = plain(f"{clock_time(event.at)}  {event.actor}  {said[0]}")
            click.echo(line, err=True)
            logging.getLogger("warroom").error("not in the journal: %s", line)  # a terminal that is gone keeps nothing
    fail(f"{len(owed)} events of {incident.id} are not in the journal. {conductor.recorder.trouble}.", code)


def _play(room: "Room", scenario: "Scenario") -> None:
    from warroom.autopilot import play

    outcome = asyncio.run(play(room, scenario.by_the_book, _say))
    _say(f"Outcome: {outcome.ended} ({outcome.why}).")
    _say(f"Report: {outcome.report}")


def _list_scenarios() -> None:
    from warroom.drill.scenario.load import list_scenarios
    from warroom.resources import config_directory

    for one in list_scenarios(config_directory() / "scenarios"):
        _say(f"{one.id:<16} {one.title}")
