"""Options and arguments that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from warroom.failing import fail

if TYPE_CHECKING:
    from warroom.incident.journal.store import Store

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


def place(journal: Path | None, of_drill: bool) -> Path:
    """The journal to read: the one named, else the default one or the drills' one. Something must be there."""
    from warroom.incident.journal import is_begun
    from warroom.incident.journal.errors import JournalError, told_with
    from warroom.resources import state_directory

    own = state_directory() / "drills" / "journal.db" if of_drill else state_directory() / "journal.db"
    path = journal or own
    try:
        there = is_begun(path)
    except JournalError as error:
        raise told_with(error, "" if of_drill else way_back(None)) from error
    if not there:
        fail(
            f"there is no journal at {path}. Name one with --journal"
            + ("." if of_drill else ", or --drill for drills.")
        )
    return path


def book(journal: Path | None, of_drill: bool, config_directory: Path | None = None) -> "Store":
    """That journal, opened for reading alone. Raises JournalError."""
    from warroom.incident.journal import open_store

    path = place(journal, of_drill)
    return open_store(path, way_back=str if of_drill else lambda: way_back(config_directory), only_read=True)


def way_back(config_directory: Path | None) -> str:
    """How traffic goes back without this journal, by the configuration as far as it can be read; and which traffic."""
    from warroom.incident.journal.errors import way_back
    from warroom.protocol.load import read
    from warroom.protocol.model import Endpoints
    from warroom.resources import find_config
    from warroom.wiring.rooms import here

    config, _ = read(find_config(config_directory))
    place = here(config.services.endpoints if config else Endpoints())
    leads = "" if place.kind == "production" else f" This terminal leads to {place.words}."
    return f"{way_back(config.services.services if config else ())}{leads}"


def known(book: "Store", incident: str) -> None:
    """Leave with a sentence unless the journal knows the incident."""
    known = book.incidents()
    if incident not in known:
        newest = ", ".join(known[-5:]) or "none. If it held incidents, put back a copy"
        fail(f"no incident {incident} in {book.where}. The newest there: {newest}.")
