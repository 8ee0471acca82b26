"""Options and arguments that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from warroom.failing import fail

if TYPE_CHECKING:
    from warroom.incident.journal import Journal

config = click.option(
    "--config",
    "config_directory",
    type=click.Path(path_type=Path),
    help="Configuration directory; else $WARROOM_CONFIG, the user's, the shipped one.",
)
journal = click.option("--journal", type=click.Path(path_type=Path), help="Journal file; else one in the state folder.")
actor = click.option(
    "--as", "actor", metavar="HANDLE", default="", help="Who you are; else $WARROOM_OPERATOR or the login."
)
ascii = click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only.")
light = click.option("--light", is_flag=True, help="Light theme, for lit rooms.")
of_drill = click.option("--drill", "of_drill", is_flag=True, help="Look in the drills' journal.")


def book(journal: Path | None, of_drill: bool) -> "Journal":
    """The journal to read: the one named, else the default one or the drills' one. It must exist."""
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


def known(book: "Journal", incident: str) -> None:
    """Leave with a sentence unless the journal knows the incident."""
    known = book.incidents()
    if incident not in known:
        newest = ", ".join(known[-5:]) or "none"
        fail(f"no incident {incident} in {book.path}. The newest there: {newest}.")
