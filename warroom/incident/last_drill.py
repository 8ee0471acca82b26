"""When the drills' journal was last written a new incident into: which full drill was the last on this machine."""

from pathlib import Path

from warroom.incident.journal import Journal


def last_drill(path: Path) -> float | None:
    """When the newest incident of the drills' journal at `path` was declared (Unix seconds), None without one.

    A missing journal is not made. Blocks. Raises JournalError.
    """
    if not path.exists():
        return None
    book = Journal(path)
    try:
        known = book.incidents()
        return book.read(known[-1])[0].at if known else None
    finally:
        book.close()
