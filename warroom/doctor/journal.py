"""Whether the journal that the next incident would go on in is as it was written, and what its incidents still owe."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress

from warroom.doctor.finding import Finding
from warroom.incident import clocks
from warroom.incident.fold import FoldError, fold
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.store import Store
from warroom.incident.place import kind
from warroom.incident.progress.duties import duties
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol


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


def owed(open_it: Callable[[], Store | None], protocol: Protocol, now: float) -> Iterator[Finding]:
    """What incidents of production that are over still owe at `now` (Unix seconds), each incident in a line.

    What can't be read is `examine`'s to tell.
    """
    try:
        book = open_it()
        if book is None:
            return
        with closing(book):
            for name in book.incidents():
                with suppress(JournalError, FoldError):
                    yield from _owed(fold(book.read(name)), protocol, now)
    except JournalError:
        return


def _owed(incident: Incident, protocol: Protocol, now: float) -> Iterator[Finding]:
    if kind(incident.declared) != "production" or not clocks.over(incident):
        return
    found = duties(incident, protocol, now)
    if found:
        remedy = f"warroom action, post-mortem or personal-data, each with --incident {incident.id}"
        yield Finding("duties", "warning", f"{incident.id}: {'; '.join(one.words for one in found)}", remedy)


def _examined(book: Store) -> Finding:
    damages = book.verify()
    if damages:
        more = f" ({len(damages)} places)" if len(damages) > 1 else ""
        newer = all(damage.newer for damage in damages)
        remedy = "Update warroom: a newer one wrote it" if newer else f"{book.look} {book.remedies}"
        return Finding("journal", "failure", f"{book.where}: {damages[0].sentence}{more}", remedy)
    return Finding("journal", "ok", f"{book.where}: {len(book.incidents())} incident(s), every event as it was written")
