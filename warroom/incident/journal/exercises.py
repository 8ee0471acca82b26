"""When each kind of exercise was last held: full drills by their journal, the others as somebody recorded them."""

import json
from contextlib import closing
from math import inf
from pathlib import Path

from warroom import files
from warroom.incident.journal import is_begun, open_store
from warroom.incident.journal.errors import JournalError

FULL = "full"
"""The kind of exercise that warroom runs, and so remembers by itself."""


def exercises(path: Path) -> dict[str, float]:
    """When each kind was last held (Unix seconds), by its id; `path` is the drills' journal.

    A missing journal is not made. Blocks. Raises JournalError.
    """
    held = _recorded(_beside(path))
    drill = _last_drill(path)
    if drill is not None:
        held[FULL] = max(drill, held.get(FULL, 0.0))
    return held


def remember(path: Path, kind: str, at: float, now: float = inf) -> None:
    """Record that an exercise of that kind was held then, beside the drills' journal. Raises JournalError.

    The latest holds, but for one that lies ahead of `now`: a clock ran ahead when that was recorded.
    """
    own = _beside(path)
    held = _recorded(own)
    known = held.get(kind, 0.0)
    held[kind] = at if known > now else max(at, known)
    try:
        files.make_folder(own.parent)
        files.put(own, json.dumps(held, indent=2))
    except OSError as error:
        raise JournalError(f"{own} can't be written: {error.strerror}", "Mend its permissions.") from error


def _beside(path: Path) -> Path:
    return path.with_name("exercises.json")


def _recorded(own: Path) -> dict[str, float]:
    try:
        return {str(kind): float(at) for kind, at in json.loads(own.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise JournalError(f"{own} can't be read", "Mend it, or take it away and record them anew.") from error


def _last_drill(path: Path) -> float | None:
    if not is_begun(path):
        return None
    with closing(open_store(path, only_read=True)) as book:
        known = book.incidents()
        return book.read(known[-1], most=1)[0].at if known else None
