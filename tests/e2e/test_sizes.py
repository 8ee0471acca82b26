"""Any size of terminal: at the start, in flight, under a dialog. It never crashes and says what it needs."""

import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.steps import ARMED, FORM, advance, declare, deploy, wait_for_traffic
from tests.e2e.terminal import Terminal

FLIGHT = (
    (80, 24), (200, 60), (59, 15), (40, 10), (24, 6), (23, 6), (24, 5), (20, 5), (10, 3), (3, 10), (2, 2), (1, 1),
    (1, 50), (300, 1), (300, 100), (60, 16), (59, 16), (60, 15), (99, 30), (100, 29), (100, 30), (120, 36),
)  # fmt: skip


def fly_to(terminal: Terminal, columns: int, rows: int) -> None:
    """Change the size, and wait until a whole picture was drawn for it: down to its last row."""
    seen = len(terminal.raw)
    terminal.resize(columns, rows)
    last_row = f"\x1b[{rows};1H".encode()
    terminal.wait_until(lambda: last_row in terminal.raw[seen:], f"a picture of {columns}×{rows}")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36), (200, 60)])
def test_the_board_opens_and_works_at_any_usual_size(start: OpenTerminal, columns: int, rows: int) -> None:
    """Sentence, traffic, both shares after a deploy, and the keys are there; q leaves."""
    terminal = start("drill", "good-hotfix", "--speed", "60", columns=columns, rows=rows)
    declare(terminal)
    deploy(terminal)
    wait_for_traffic(terminal, stable=100, candidate=0)
    terminal.wait_for("DRILL", "P0", "INC-0001", "x Abort", "? Help")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_a_tiny_board_still_retreats(start: OpenTerminal) -> None:
    """At 59×15 help can be read to its end; the hotfix goes up, and x then y bring it back."""
    terminal = start("drill", "good-hotfix", "--speed", "60", columns=59, rows=15)
    declare(terminal)
    terminal.press("?")
    terminal.wait_for("Retreat: arms", "Esc leaves it")
    terminal.press(*["pagedown"] * 8)
    terminal.wait_for("The same as x", "Esc leaves it")
    terminal.press("escape")
    terminal.wait_until_gone("The same as x")
    deploy(terminal)
    advance(terminal, 10)
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to", ARMED)
    terminal.fire("y")
    terminal.wait_for("Aborted: traffic is back on 00041-kol")
    wait_for_traffic(terminal, stable=100, candidate=0)


def test_too_small_a_terminal_says_what_it_needs(start: OpenTerminal) -> None:
    """Started at 20×5, the board says the size it needs, keeps its keys, and is whole when it gets the size."""
    terminal = start("drill", "good-hotfix", "--speed", "60", columns=20, rows=5)
    terminal.wait_for("ctrl+s")
    terminal.press("ctrl+s")
    terminal.wait_for("warroom needs 24×6")
    terminal.press("n")
    terminal.wait_until_gone("warroom needs 24×6")
    terminal.press("small but awake", "enter")
    terminal.wait_for("warroom needs 24×6")
    terminal.resize(120, 36)
    terminal.wait_for("Press d to deploy it at 0 %", "small but awake", "? Help")


def test_every_size_in_flight(start: OpenTerminal) -> None:
    """Twenty-two sizes down to 1×1 over form, board, dialog, help and projector: it lives and is whole afterwards."""
    terminal = start("drill", "good-hotfix", "--speed", "20")
    terminal.wait_for(FORM)
    places = (("", FORM), ("ctrl+s", "Press d to deploy"), ("n", "Note for the timeline"), ("?", "All traffic to"))
    for key, shows in (*places, ("m", "detected ago"), ("ctrl+p", "Search for commands")):
        terminal.press(*[key] if key else [])
        terminal.wait_for(shows)
        for columns, rows in FLIGHT:
            fly_to(terminal, columns, rows)
        terminal.wait_for(shows)
        if key in ("n", "?", "m", "ctrl+p"):
            terminal.press("escape")
            terminal.wait_until_gone(shows)
    terminal.wait_for("Press d to deploy", "? Help")
    assert "Traceback" not in terminal.flat()
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("key", ["", "n", "?", "m"])
def test_there_and_back_between_two_looks(start: OpenTerminal, key: str) -> None:
    """A terminal that was another size for a moment has lost its picture: board, dialog, help and projector come back.

    The size is then what it was, so nothing has to be laid out anew; all of it has to be drawn all the same.
    """
    terminal = start("drill", "good-hotfix", "--speed", "1")
    declare(terminal)
    shows = {"": "Press d to deploy", "n": "Note for the timeline", "?": "All traffic to", "m": "detected ago"}[key]
    terminal.press(*[key] if key else [])
    terminal.wait_for(shows)
    terminal.there_and_back(60, 20)
    terminal.wait_for(shows, "DRILL P0")


def test_a_change_of_size_that_was_missed(start: OpenTerminal) -> None:
    """Without the signal, or with its last one overtaken by an earlier one, the new size is taken all the same."""
    terminal = start("drill", "good-hotfix", "--speed", "1", deaf=True)
    declare(terminal)
    terminal.resize(80, 24)
    terminal.wait_for("T+", "upd", "Press d to deploy")
    terminal.resize(160, 50)
    terminal.wait_until(lambda: terminal.shown().splitlines()[-1].startswith(" a Advance"), "the key bar at the bottom")
