"""What happens to the journal's files while they are open is noticed with the next look, not with the next write."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clocks import START
from tests.incident.conftest import OpenJournal
from tests.incident.story import declared
from warroom.incident import events
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore


def open_and_saved(path: Path) -> SqliteStore:
    """A journal whose file holds all of it, held open as a board does."""
    journal = SqliteStore(path)
    journal.begin(declared(), "@rm", START)
    journal.append("INC-0001", [events.Noted("n" * 900) for _ in range(60)], "@rm", START, 1)
    journal.close()
    journal = SqliteStore(path)
    journal.read("INC-0001")
    return journal


def moved(path: Path) -> None:
    """Somebody tidies up."""
    path.rename(path.with_name("moved.db"))


def replaced(path: Path) -> None:
    """Another file takes its place."""
    other = path.with_name("other.txt")
    other.write_text("shopping list")
    other.replace(path)


def without_log(path: Path) -> None:
    """What SQLite keeps beside it goes."""
    path.with_name(f"{path.name}-wal").unlink()


def written_over(path: Path) -> None:
    """Garbage within the file."""
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * 20_000)


def cut(path: Path) -> None:
    """The end is gone."""
    with path.open("r+b") as file:
        file.truncate(12_288)


def cut_to_nothing(path: Path) -> None:
    """Nothing is left of the file."""
    with path.open("r+b") as file:
        file.truncate(0)


def another_copied_over(path: Path) -> None:
    """Another journal's bytes, in the same file."""
    other = SqliteStore(path.with_name("other.db"))
    other.begin(declared("P1"), "@eve", START)
    other.close()
    shutil.copyfile(path.with_name("other.db"), path)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (moved, "moved or deleted"),
        (replaced, "moved or deleted"),
        (without_log, "-wal file was moved or deleted"),
        (written_over, "is damaged"),
        (cut, "is damaged"),
        (cut_to_nothing, "is damaged"),
        (another_copied_over, "is damaged"),
    ],
)
def test_it_is_noticed(tmp_path: Path, happens: Callable[[Path], None], why: str) -> None:
    """Looking and writing both say so at once, and nothing is written; what SQLite keeps beside stays there."""
    journal = open_and_saved(tmp_path / "journal.db")
    happens(journal.path)
    beside = journal.path.with_name("journal.db-wal")
    stood = beside.exists()
    for ask in (
        lambda: journal.read("INC-0001", 61),
        lambda: journal.incidents(),
        lambda: journal.append("INC-0001", [events.Noted("x")], "@rm", START, 61),
    ):
        with pytest.raises(JournalError, match=why):
            ask()
    assert beside.exists() == stood
    journal.close()


def test_a_checkpoint_is_no_damage(tmp_path: Path, opened: OpenJournal) -> None:
    """Another process that takes the log into the file changes it as SQLite does: both go on."""
    path = tmp_path / "journal.db"
    one, two = opened(path), opened(path)
    one.begin(declared(), "@rm", START)
    before = path.stat().st_size
    for number in range(12):
        two.append("INC-0001", [events.Noted("n" * 40_000) for _ in range(10)], "@rm", START, 1 + 10 * number)
    assert path.stat().st_size > before
    assert len(one.read("INC-0001")) == 121
    one.append("INC-0001", [events.Noted("on")], "@rm", START, 121)
    assert two.verify() == []
