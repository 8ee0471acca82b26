"""Whether the journal that the next incident would go on in is as it was written."""

from pathlib import Path

from warroom.doctor.finding import Finding
from warroom.incident.journal.errors import JournalError, look, remedies
from warroom.incident.journal.sqlite import Journal


def examine(path: Path) -> Finding | None:
    """What is wrong with the journal at `path`, or that nothing is; None where none was begun. It is only read."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        book = Journal(path, only_read=True)
    except JournalError as error:
        return Finding("journal", "failure", error.title, error.remedy)
    try:
        damages = book.verify()
        if damages:
            more = f" ({len(damages)} places)" if len(damages) > 1 else ""
            newer = all(damage.newer for damage in damages)
            remedy = "Update warroom: a newer one wrote it" if newer else f"{look(path)} {remedies(path)}"
            return Finding("journal", "failure", f"{path}: {damages[0].sentence}{more}", remedy)
        return Finding("journal", "ok", f"{path}: {len(book.incidents())} incident(s), every event as it was written")
    except JournalError as error:
        return Finding("journal", "failure", error.title, error.remedy)
    finally:
        book.close()
