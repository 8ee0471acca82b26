"""The record of every incident: append-only, hash-chained, in a store that is opened here and nowhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warroom.incident.journal.store import Store


def open_store(path: Path, *, way_back: Callable[[], str] = str, only_read: bool = False) -> "Store":
    """The journal that is kept at `path`, which is made with its folders where nothing is. Raises JournalError.

    `way_back` says how traffic goes back without the journal, in each error. With `only_read` nothing is made, and
    nothing that is there is changed, not even what a process that was killed has left beside it.
    """
    from warroom.incident.journal.sqlite import SqliteStore

    return SqliteStore(path, way_back=way_back, only_read=only_read)


def is_begun(path: Path) -> bool:
    """Whether anything stands at `path`, be it a journal or not. Raises JournalError where that can't be seen."""
    from warroom.incident.journal.errors import of_system

    try:
        return path.exists() or path.is_symlink()
    except OSError as error:  # a folder above it that may not be entered
        raise of_system(error, path) from error
