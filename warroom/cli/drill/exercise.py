"""The command that records an exercise which warroom did not run itself."""

from datetime import UTC, datetime
from pathlib import Path

import click

from warroom.cli.arguments import options
from warroom.cli.arguments.completion import exercise_names
from warroom.failing import fail


@click.command()
@click.argument("kind", shell_complete=exercise_names)
@click.option("--on", metavar="DATE", default="", help="When it was, like 2026-11-23; else today.")
@options.config
def exercise(kind: str, on: str, config_directory: Path | None) -> None:
    """Record that an exercise was held.

    KIND is one of the protocol's, like table-top. Full drills need no recording: warroom drill remembers them. Home
    and doctor remind of what is overdue.
    """
    from warroom.clock import ScaledClock
    from warroom.incident.journal.errors import JournalError
    from warroom.incident.journal.exercises import remember
    from warroom.protocol.load import load
    from warroom.resources import find_config, state_path
    from warroom.text import plain

    kinds = {one.id: one.title for one in load(find_config(config_directory)).protocol.drills}
    if kind not in kinds:
        fail(f"The protocol has no exercise of that kind. It has: {', '.join(kinds)}.", 2)
    now = ScaledClock().now()
    try:
        at = datetime.strptime(on, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() if on else now
    except ValueError:
        at = now + 1
    if at > now:
        fail("That is no day of the past. Write it like 2026-11-23.", 2)
    try:
        remember(state_path() / "drills" / "journal.db", kind, at, now)
    except JournalError as error:
        fail(f"{error.title}. {error.remedy}")
    click.echo(f"{plain(kinds[kind])}: held on {datetime.fromtimestamp(at, UTC).date()}")
