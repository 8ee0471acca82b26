"""A journal that is damaged before the board opens, or under it: told in a sentence, with the way back; no fault."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.test_damaged_journal import BACK, LOOK, NEW, SAVE, change, written
from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import ARMED, advance, declare, deploy, wait_for_traffic
from tests.patience import PATIENCE_SECONDS


def test_an_incident_that_cannot_be_read_opens_no_board(home: Home, start: OpenTerminal) -> None:
    """The terminal is given back; the shell has the sentence, the remedies in order, and the direct rollback."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    change(path, "UPDATE event SET fact = CAST(substr(fact, 1, 20) AS BLOB) WHERE incident = 'INC-0001' AND seq = 9")
    terminal = start("open", "INC-0001", columns=200)
    assert terminal.wait_for_exit() == 1
    assert terminal.restored()
    after = " ".join(terminal.raw.decode().rpartition("\x1b[?1049l")[2].split())
    assert "warroom: Event 9 of INC-0001 can't be read: the journal is damaged" in after
    places = [after.index(one) for one in (str(path), LOOK, SAVE, NEW, BACK)]
    assert places == sorted(places)
    assert "fault of its own" not in after and "Traceback" not in after


def test_a_file_that_cannot_be_opened_takes_no_screen(home: Home, start: OpenTerminal) -> None:
    """Home and board alike: the sentence stands in the shell, and the screen was never taken."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    path.write_bytes(path.read_bytes()[:20_000])
    for arguments in ((), ("open", "INC-0001")):
        terminal = start(*arguments, columns=200)
        assert terminal.wait_for_exit() == 1
        assert b"\x1b[?1049h" not in terminal.raw
        assert "The journal is damaged" in terminal.flat() and "warroom rollback payments-api" in terminal.flat()


def test_home_shows_what_can_be_read(home: Home, start: OpenTerminal) -> None:
    """One damaged incident of two: the other is listed and opens; the damaged one is named with what to do."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    change(path, "UPDATE event SET actor = '@eve' WHERE incident = 'INC-0001' AND seq = 9")
    terminal = start(columns=160)
    terminal.wait_for("1 open, 0 resolved, 1 that can't be read", "Event 9 of INC-0001 can't be read", "journal repair")
    terminal.press("down", "enter")
    terminal.wait_for("INC-0002 cards fail")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def replaced(path: Path) -> None:
    """Something else stands where the journal was."""
    other = path.with_name("other.txt")
    other.write_text("shopping list\n" * 2000)
    other.replace(path)


def test_replaced_under_the_board(home: Home, start: OpenTerminal) -> None:
    """The alarm comes by itself, the board goes on, abort works; leaving prints what was never written, with 1."""
    terminal = start("drill", "good-hotfix", "--speed", "10")
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    replaced(home.journal)
    terminal.wait_for("JOURNAL: The journal's file was moved or deleted", "Retreat works; nothing goes forward.")
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to", ARMED)
    terminal.fire("y")
    terminal.wait_for("aborted, traffic back on payments-api-00041-kol")
    wait_for_traffic(terminal, stable=100, candidate=0)
    terminal.press("q")
    assert terminal.wait_for_exit() == 1
    assert "are not in the journal" in terminal.raw.decode().rpartition("\x1b[?1049l")[2]
    assert home.journal.read_text().startswith("shopping list")


def test_an_event_damaged_by_another_program(home: Home, start: OpenTerminal) -> None:
    """A new event that does not follow is not taken in: the alarm names the journal, and retreat works."""
    terminal = start("drill", "good-hotfix", "--speed", "10")
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    with closing(sqlite3.connect(home.journal, timeout=PATIENCE_SECONDS, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        query = "SELECT max(seq) + 1 FROM event WHERE incident = 'INC-0001'"
        row = ("INC-0001", other.execute(query).fetchone()[0], 1.5, "@eve", b'{"kind":"noted","text":"forged"}', "ff")
        other.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", row)
        other.execute("COMMIT")
    terminal.wait_for("JOURNAL: Event", "can't be read: the journal is damaged", "Retreat works")
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to", ARMED)
    terminal.fire("y")
    wait_for_traffic(terminal, stable=100, candidate=0)
    assert "forged" not in terminal.flat()
