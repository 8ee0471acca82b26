"""What is whole in a damaged journal, saved into a new one: of each incident every event before its first damage."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp

from msgspec import Struct

from warroom import files
from warroom.clock import clock_time
from warroom.incident.events import Closed, Resolved, SourceLost
from warroom.incident.journal import hash_chain
from warroom.incident.journal.errors import JournalError, no_file, of_system
from warroom.incident.journal.hash_chain import Row
from warroom.incident.journal.pages import scan
from warroom.incident.journal.sqlite import SqliteStore


class Saved(Struct, frozen=True):
    """What became of one incident: its first `events` were saved; `left` behind stand from event `since` on, for `why`.

    `left` counts what can still be seen of them; `why` is a sentence, "" where nothing was left.
    """

    incident: str
    events: int
    left: int = 0
    since: int = 0
    why: str = ""


class Salvage(Struct, frozen=True):
    """What a damaged file gave: `rows` that were proved, and each incident's fate.

    Of the `pages` that are there `lost` can't be read; `gone` are those that its header tells of besides.
    """

    path: Path
    rows: list[Row]
    incidents: list[Saved]
    pages: int
    lost: int
    gone: int

    @property
    def whole(self) -> bool:
        """Whether nothing was left behind."""
        return bool(self.rows) and not (self.lost or self.gone) and not any(one.why for one in self.incidents)


def salvage(path: Path) -> Salvage:
    """What can be saved of the file at `path`, which is only read. Raises JournalError."""
    if why := no_file(path):
        raise why
    try:
        found = scan(path)
    except OSError as error:
        raise of_system(error, path) from error
    by_incident: dict[str, list[tuple[Row, bool]]] = defaultdict(list)
    for row, in_log in dict.fromkeys(found.rows):
        by_incident[row.incident].append((row, in_log))
    rows: list[Row] = []
    fates: list[Saved] = []
    for name, known in sorted(by_incident.items(), key=lambda one: (len(one[0]), one[0])):
        proved = _proved(known)
        rows += proved
        fates.append(_fate(name, proved, {row for row, _ in known}))
    return Salvage(path, rows, fates, found.pages, found.lost, found.gone)


def save(found: Salvage, target: Path, now: float = 0.0) -> None:
    """Write what was saved into a new journal at `target`, which appears when it is whole. Raises JournalError.

    An incident that has lost events, or may have, says so from then on, at `now` (Unix seconds) or its last event.
    """
    if target.is_dir():
        raise JournalError(f"{target} is a folder", "Nothing was written. Name a new file with --to.")
    try:
        files.make_folder(target.parent)
        files.create(target)  # nothing is ever written over
    except FileExistsError:
        raise JournalError(f"{target} is there already", "Nothing was written. Name another file with --to.") from None
    except OSError as error:
        raise of_system(error, target) from error
    try:
        folder = Path(mkdtemp(prefix=".warroom-repair-", dir=target.parent))
    except OSError as error:
        target.unlink(missing_ok=True)
        raise of_system(error, target) from error
    try:
        new = SqliteStore(folder / target.name)
        try:
            new.take_over(found.rows)
            for incident, fact, at, last in _told_of(found, now):
                new.append(incident, [fact], "warroom", at, last)
        finally:
            new.close()
        (folder / target.name).replace(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told_of(found: Salvage, now: float) -> Iterator[tuple[str, SourceLost, float, int]]:
    """What each incident says of its lost events, when, and after which event; nothing where none can be missed.

    Where pages are lost nobody knows whose they were: of an incident that is over none is missed.
    """
    by_incident = {name: list(rows) for name, rows in groupby(found.rows, lambda row: row.incident)}
    for fate in found.incidents:
        rows = by_incident.get(fate.incident, [])
        over = any(isinstance(hash_chain.event(row).fact, Resolved | Closed) for row in rows)
        if not rows or not (fate.why or ((found.lost or found.gone) and not over)):
            continue
        last = rows[-1]
        lost = f"{fate.left} events after {clock_time(last.at)} were lost" if fate.why else ""
        words = lost or f"events after {clock_time(last.at)} may be lost"
        fact = SourceLost("journal", f"repaired: {words}; what happened after that is not known")
        yield fate.incident, fact, max(now, last.at), last.seq


def _proved(known: Sequence[tuple[Row, bool]]) -> list[Row]:
    """The longest chain from the first event on; where several begin, one that begins in the file, not in its log."""
    by_seq: dict[int, list[tuple[Row, bool]]] = defaultdict(list)
    for row, in_log in known:
        by_seq[row.seq].append((row, in_log))
    starts = [one for one in by_seq.get(1, ()) if _follows("", one[0])]
    starts = [one for one in starts if not one[1]] or starts
    return max((_chain(row, by_seq) for row, _ in starts), key=len, default=[])


def _chain(first: Row, by_seq: dict[int, list[tuple[Row, bool]]]) -> list[Row]:
    found = [first]
    while True:
        after = [row for row, _ in by_seq.get(found[-1].seq + 1, ()) if _follows(found[-1].hash, row)]
        after = list(dict.fromkeys(after))
        if not after:
            return found
        if len(after) > 1:  # two histories from here on: a transaction that never was, or a foreign log
            return found + max((_chain(row, by_seq) for row in after), key=len)
        found += after


def _follows(before: str, row: Row) -> bool:
    if not hash_chain.fits(before, row):
        return False
    try:
        hash_chain.event(row)
    except (ValueError, TypeError):
        return False
    return True


def _fate(name: str, proved: Sequence[Row], known: Iterable[Row]) -> Saved:
    kept = set(proved)
    behind = sorted({row for row in known if row not in kept}, key=lambda row: row.seq)
    if not behind:
        return Saved(name, len(proved))
    last, before = (proved[-1].seq, proved[-1].hash) if proved else (0, "")
    since = behind[0].seq
    at_next = [row for row in behind if row.seq == last + 1]
    if since <= last:
        why = f"another version of event {since} stands there, which fits no hash or is of another history"
    elif not at_next:
        why = f"event {last + 1} is missing, so that nothing proves those behind it"
    elif any(hash_chain.fits(before, row) for row in at_next):
        why = f"event {last + 1} {hash_chain.unreadable(at_next[0], fits=True).what}"
    else:
        why = f"event {last + 1} does not fit its hash: it, or the hash, was changed"
    return Saved(name, len(proved), len({row.seq for row in behind}), since, why)
