"""Whether the journal that the next incident would go on in is as it was written."""

from collections.abc import Callable
from contextlib import closing

from warroom.doctor.finding import Finding
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.store import Store


def examine(open_it: Callable[[], Store | None]) -> Finding | None:
    """What is wrong with the journal that `open_it` opens for reading, or that nothing is.

    None where `open_it` says that none was begun.
    """
    try:
        book = open_it()
        if book is None:
            return None
        with closing(book):
            return _examined(book)
    except JournalError as error:
        return Finding("journal", "failure", error.title, error.remedy)


def _examined(book: Store) -> Finding:
    damages = book.verify()
    if damages:
        more = f" ({len(damages)} places)" if len(damages) > 1 else ""
        newer = all(damage.newer for damage in damages)
        remedy = "Update warroom: a newer one wrote it" if newer else f"{book.look} {book.remedies}"
        return Finding("journal", "failure", f"{book.where}: {damages[0].sentence}{more}", remedy)
    return Finding("journal", "ok", f"{book.where}: {len(book.incidents())} incident(s), every event as it was written")
