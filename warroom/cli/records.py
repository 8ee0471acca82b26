"""Commands that read the journal."""

import shlex
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warroom.cli.arguments import options
from warroom.cli.arguments.completion import incident_names
from warroom.failing import fail

if TYPE_CHECKING:
    from warroom.incident.journal.salvage import Salvage
    from warroom.incident.journal.store import Store

SHOWN = 40
"""So many damaged places are listed one by one."""


@click.command()
@click.argument("incident", shell_complete=incident_names)
@click.option("--format", "kind", type=click.Choice(["md", "html", "json"]), default="md", help="How; else Markdown.")
@click.option(
    "--out", "--output", "-o", "output", type=click.Path(path_type=Path), help="File to write; else standard output."
)
@options.config
@options.journal
@options.of_drill
def report(
    incident: str,
    kind: str,
    output: Path | None,
    config_directory: Path | None,
    journal: Path | None,
    of_drill: bool,
) -> None:
    """Write the report of INCIDENT.

    As Markdown, as an HTML page that needs nothing else, or as JSON with every event.
    """
    from warroom.conductor import reach
    from warroom.incident.fold import fold
    from warroom.incident.place import head
    from warroom.protocol.load import load
    from warroom.report.write import as_text, put
    from warroom.resources import find_config
    from warroom.text import plain
    from warroom.wiring import rooms

    with closing(options.book(journal, of_drill, config_directory)) as book:
        options.known(book, incident)
        log = book.read(incident)
    config, found = load(find_config(config_directory)), fold(log)
    clock = reach.clock(found.declared, rooms.own_clock(config))
    text = as_text(kind, log, config.protocol, clock.now())
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        if output.is_dir():
            fail(f"can't write {output}: it is a folder. Name a file in it with --out.")
        put(output, text)
    except OSError as error:
        fail(f"can't write {output}: {error.strerror}. Name another file with --out.")
    for line in (*head(found, rooms.here(config.services.endpoints)), f"wrote {output}"):
        click.echo(plain(line, 1000))


@click.group()
def journal() -> None:
    """Look after the journal."""


@journal.command()
@options.journal
@options.of_drill
def verify(journal: Path | None, of_drill: bool) -> None:
    """Follow the hash chain of every incident; name what was changed. Exit 1 if anything was.

    The file is only read.
    """
    from warroom.incident.journal.errors import JournalError, look
    from warroom.text import plain

    try:
        book = options.book(journal, of_drill)
    except JournalError as error:
        path = options.place(journal, of_drill)
        fail(f"{error.title}. {error.remedy.replace(f'{look(path)} ', '')}")
    with closing(book):
        damages = book.verify()
        incidents = () if damages else book.incidents()
        labels = {name: _label(book, name) for name in incidents or {one.incident for one in damages}}
    for damage in damages[:SHOWN]:
        click.echo(plain(f"{labels[damage.incident]} {damage.sentence}".lstrip(), 500))
    if len(damages) > SHOWN:
        click.echo(f"… and {len(damages) - SHOWN} more.")
    if damages:
        newer = all(damage.newer for damage in damages)
        mend = "Update warroom: a newer one wrote them." if newer else book.remedies
        way = "" if of_drill else f" {options.way_back(None)}"
        fail(f"{book.where}: {len(damages)} place(s) that are not as they were written. {mend}{way}")
    toys = ", ".join(f"{count} {one}" for one, count in Counter(labels.values()).items() if one)
    of_toys = f" ({toys})" if toys else ""
    click.echo(f"{plain(book.where, 1000)}: {len(incidents)} incident(s){of_toys}, every event as it was written.")


def _label(book: "Store", incident: str) -> str:
    """DRILL or EMULATOR, "" in production and where the declaration itself can't be read."""
    from warroom.incident.events import Declared
    from warroom.incident.journal.errors import JournalError
    from warroom.incident.place import label

    try:
        first = [event.fact for event in book.read(incident, most=1)]
    except JournalError:
        return ""
    return next((label(fact) for fact in first if isinstance(fact, Declared)), "")


@journal.command(epilog="Exit: 0 every event was saved, 1 none was and nothing was written, 2 usage, 3 some were left.")
@options.journal
@options.of_drill
@click.option("--to", "target", type=click.Path(path_type=Path), help="The new file; else one beside the damaged one.")
def repair(journal: Path | None, of_drill: bool, target: Path | None) -> None:
    """Save what is whole of a damaged journal into a new one.

    Of each incident every event before its first damage, proved by its hash chain, also where SQLite can't read the
    file any more. The damaged file is only read, and nothing is ever written over. It says what was left behind, and
    why.
    """
    from warroom.clock import ScaledClock
    from warroom.incident.journal.salvage import salvage, save
    from warroom.text import plain

    path = options.place(journal, of_drill)
    found = salvage(path)
    target = target or path.with_name(f"{path.stem}-repaired{path.suffix}")
    if not found.rows:
        way = "" if of_drill else f" {options.way_back(None)}"
        fail(
            f"{path} holds no event that can be saved, of {found.pages} page(s) that are there. Nothing was written. "
            f"Put back a copy, or go on with a new journal: --journal NEW.{way}"
        )
    save(found, target, ScaledClock().now())
    for line in _told(found, target):
        click.echo(plain(line, 1000))
    sys.exit(0 if found.whole else 3)


def _told(found: "Salvage", target: Path) -> list[str]:
    """What was saved, what was left behind and why, and how to go on."""
    from warroom.incident.events import Declared
    from warroom.incident.journal.hash_chain import event
    from warroom.incident.place import label

    lines = []
    firsts = (event(row) for row in found.rows if row.seq == 1)
    labels = {one.incident: label(one.fact) for one in firsts if isinstance(one.fact, Declared)}
    for one in found.incidents:
        left = f"; {one.left} left behind, from event {one.since} on: {one.why}" if one.why else ""
        name = f"{labels.get(one.incident, '')} {one.incident}".lstrip()
        lines.append(f"{name}: {one.events or 'no'} event(s) saved{left}.")
    if found.lost or found.gone:
        missing = [f"{found.lost} of the {found.pages} pages that are there can't be read"] if found.lost else []
        missing += [f"{found.gone} that its header tells of are gone"] if found.gone else []
        lines.append(
            f"Of the file {' and '.join(missing)}: events that stood there are left behind too, also behind the last "
            "one that was saved of an incident."
        )
    new, old = shlex.quote(str(target)), found.path
    beside = [place for end in ("", "-wal", "-shm") if (place := old.with_name(old.name + end)).exists()]
    away = " && ".join(f"mv {shlex.quote(str(place))} {shlex.quote(str(place))}.damaged" for place in beside)
    return [
        *lines,
        f"Saved {len(found.rows)} event(s) into {target}, whose chain verifies. {old} is as it was.",
        f"Go on with it: warroom open --journal {new}",
        f"Or put it in the old one's place when no warroom has that open: {away} && mv {new} {shlex.quote(str(old))}",
    ]
