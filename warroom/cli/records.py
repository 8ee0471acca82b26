"""Commands that read the journal."""

from pathlib import Path

import click

from warroom.cli import options
from warroom.cli.completing import incident_names
from warroom.failing import fail


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
    from warroom.clock import ScaledClock
    from warroom.protocol.load import load
    from warroom.report.write import as_text, put
    from warroom.resources import find_config

    book = options.book(journal, of_drill)
    options.known(book, incident)
    log = book.read(incident)
    # A drill's hours may be over in minutes: its last event then lies ahead of this machine's clock.
    now = max(ScaledClock().now(), log[-1].at)
    text = as_text(kind, log, load(find_config(config_directory)).protocol, now)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        put(output, text)
    except OSError as error:
        fail(f"can't write {output}: {error.strerror}. Name another file with --out.")
    click.echo(f"wrote {output}")


@click.group()
def journal() -> None:
    """Look after the journal."""


@journal.command()
@options.journal
@options.of_drill
def verify(journal: Path | None, of_drill: bool) -> None:
    """Follow the hash chain of every incident; name what was changed. Exit 1 if anything was."""
    book = options.book(journal, of_drill)
    damages = book.verify()
    for damage in damages:
        click.echo(str(damage))
    if damages:
        fail(f"{book.path}: {len(damages)} damaged place(s). Keep the file, and restore it from a backup.")
    click.echo(f"{book.path}: {len(book.incidents())} incident(s), every event as it was written.")
