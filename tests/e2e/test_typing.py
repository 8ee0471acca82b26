"""What fingers press is done, as fast as fingers are; what is pasted is not, with brackets or without."""

import sqlite3
import time
from contextlib import closing

import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import ARMED, advance, declare, deploy, wait_for_traffic
from tests.e2e.terminal import Terminal

TOLD = "That was a paste"
ACTOR = "@primary-rm"
KEY_SECONDS = 0.07
"""Between two keys of a fast typist: 15 a second."""

REPEAT_SECONDS = 0.03
"""Between two of a key that is held down."""

TEXT = "…please retry today"


def written(home: Home) -> list[str]:
    """What the operator's keys have written into the journal, as it stands there."""
    with closing(sqlite3.connect(f"file:{home.journal}?mode=ro", uri=True)) as journal:
        found = journal.execute("SELECT fact FROM event WHERE actor = ? ORDER BY seq", (ACTOR,)).fetchall()
    return [bytes(fact).decode() for (fact,) in found]


def typed(terminal: Terminal, *keys: str, apart: float = KEY_SECONDS) -> None:
    """Press keys at a pace, each when the one before is read: a machine that stands still makes a typist slower."""
    for key in keys:
        terminal.wait_until_read()
        time.sleep(apart)
        terminal.press(key, apart=0.0)


def works(terminal: Terminal) -> None:
    """The next key that is pressed is done."""
    terminal.press("g")
    terminal.wait_for("The same with gcloud")
    terminal.press("escape")
    terminal.wait_until_gone("The same with gcloud")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_a_paste_on_the_board_does_nothing(home: Home, start: OpenTerminal, size: tuple[int, int]) -> None:
    """In one piece, byte by byte, with line ends, and in brackets: nothing is written, no dialog stays, it is told."""
    terminal = start("drill", "good-hotfix", columns=size[0], rows=size[1])
    declare(terminal)
    before = written(home)
    terminal.press(TEXT)
    terminal.wait_for(f"{TOLD} ({len(TEXT)} characters): nothing was done.")
    works(terminal)
    terminal.press(*"hold on\r \r z", apart=0.0)
    terminal.wait_for(f"{TOLD} (12 characters)")
    works(terminal)
    terminal.paste("hq \r")
    terminal.wait_for(f"{TOLD} (4 characters)")
    works(terminal)
    assert written(home) == before


def test_a_paste_on_the_arm_panel_fires_nothing(home: Home, start: OpenTerminal) -> None:
    """Forward and back, with its y in the middle and first; then one y fires."""
    terminal = start("drill", "good-hotfix", "--speed", "20")
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    before = written(home)
    terminal.press("x")
    terminal.wait_for(ARMED)
    for text in ("nothing to judge yet", "yes, all back", "yyyy"):
        terminal.fire(text)
        terminal.wait_for(f"{TOLD} ({len(text)} characters)", ARMED)
    assert written(home) == before
    wait_for_traffic(terminal, stable=90, candidate=10)
    terminal.fire("y")
    wait_for_traffic(terminal, stable=100, candidate=0)


def test_fingers_lose_nothing(home: Home, start: OpenTerminal) -> None:
    """Commands and text in turn at 15 keys a second: every note is whole, every box ticked once, no key too many."""
    terminal = start("drill", "good-hotfix")
    declare(terminal)
    before = len(written(home))
    typed(terminal, "n", *"quick brown fox", "enter", "space", "down", "h", "n", *"jumps over", "enter", "up", "n")
    typed(terminal, *"lazy dog", "enter", "z")
    terminal.wait_until(lambda: len(written(home)) >= before + 5, "all of it")
    assert TOLD not in terminal.flat()
    new = written(home)[before:]
    kinds = [one.partition('"kind":"')[2].partition('"')[0] for one in new]
    assert kinds == ["noted", "ticked", "noted", "noted", "undone"], new
    assert ["quick brown fox" in new[0], "jumps over" in new[2], "lazy dog" in new[3]] == [True] * 3


def test_an_arrow_that_is_held_down_moves_each_time(start: OpenTerminal) -> None:
    """30 times a second, down and up again: the cursor is where it must be, and nothing is told."""
    terminal = start("drill", "good-hotfix")
    declare(terminal)
    first = cursor(terminal)
    typed(terminal, *["down"] * 4, apart=REPEAT_SECONDS)
    terminal.wait_until(lambda: cursor(terminal) == first + 4, "the cursor four steps further down")
    typed(terminal, *["up"] * 3, apart=REPEAT_SECONDS)
    terminal.wait_until(lambda: cursor(terminal) == first + 1, "the cursor three steps further up")
    assert TOLD not in terminal.flat()


def cursor(terminal: Terminal) -> int:
    """The number of the step at the cursor, among the steps on the screen; -1 where there is none."""
    steps = [row[1:28] for row in terminal.shown().splitlines() if set("✔▶□○") & set(row[5:10])]
    return next((number for number, step in enumerate(steps) if "›" in step), -1)
