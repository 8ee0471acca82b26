"""A command's end names commands, never a key or a pane of the board."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import warroom
from tests.incident.story import PAY, climbing, intended, protocol, split
from warroom.board import View, board
from warroom.conductor.refusal import Refused
from warroom.headless.answer import Code, failure
from warroom.headless.wording import for_scripts
from warroom.incident import events
from warroom.incident.lane import retreats
from warroom.services.errors import Effect, ServiceError

TABLE = {
    "Press a for the next rung, x to go back.": (
        "Run `warroom advance` for the next rung, `warroom abort` to go back."
    ),
    "Look at the evidence, then press the key again.": "Look at the evidence, then run it again.",
    "Press r and choose a revision.": "Run `warroom rollback` and choose a revision.",
    "Adopt, or press r.": "Adopt, or run `warroom rollback`.",
    "Wait a moment, then press e again.": "Wait a moment, then run `warroom settle` again.",
    "It takes a second or two after the start; press again.": "It takes a second or two after the start; run it again.",
    "Press again in a moment.": "Run it again in a moment.",
    "x y again works at once; it is read again meanwhile": (
        "`warroom abort --yes` again works at once; it is read again meanwhile"
    ),
    "r again works at once": "`warroom rollback --yes` again works at once",
    "Look at the traffic pane, then decide.": "Look with `warroom status`, then decide.",
    "Only ticks and notes can be; changes go back by x or r.": (
        "Only ticks and notes can be; changes go back by `warroom abort` or `warroom rollback`."
    ),
    "ABORT OF cart DID NOT HAPPEN: Tab goes there, then x again. Denied": (
        "ABORT OF cart DID NOT HAPPEN: `warroom abort --yes` again. Denied"
    ),
    "Press x then y to go back.": "Run `warroom abort --yes` to go back.",
    "Verify, then s resolves.": "Verify, then `warroom resolve` resolves.",
    "The ladder holds: e settles it.": "The ladder holds: `warroom settle` settles it.",
    "Press Enter on it, or run `warroom decide`: who": "Run `warroom decide`: who",
    # What holds no key stays as it is.
    "payments-api-x 25 %, a 10 % is Ivan's; r2 again": "payments-api-x 25 %, a 10 % is Ivan's; r2 again",
    "Run `warroom abort`, x-ray to it": "Run `warroom abort`, x-ray to it",
}


@pytest.mark.parametrize(("said", "told"), TABLE.items())
def test_keys_become_commands(said: str, told: str) -> None:
    """Worded once more it stays so."""
    assert for_scripts(said) == told
    assert for_scripts(told) == told


@pytest.mark.parametrize("kind", ["refused", "cloud"])
def test_every_kind_of_end_is_worded_so(kind: str) -> None:
    """A guard's no, and what Cloud Run's errors say, title and remedy alike."""
    remedy = retreats.again("abort")
    error: Exception = Refused("Press x", remedy)
    if kind == "cloud":
        error = ServiceError("Press x", remedy, effect=Effect.UNKNOWN)
    assert failure(error) == (
        "Run `warroom abort`",
        "`warroom abort --yes` again works at once",
        Code.REFUSED if kind == "refused" else Code.UNKNOWN,
    )


BOARD_ONLY = (
    "Export what its board shows under g",  # of another terminal, which has a board
    "; y goes back all the same",  # on the arm panel
)
KEYS = re.compile(
    r"\b[Pp]ress\b|(?<![\w`'’])[a-z] (again|y\b|then y)"
    r"|(?<![\w`'’])[b-hj-z] (settles|ends|goes|resolves|stages|deploys)"
    r"|\b(by|under|or|press) [b-hj-z]\b(?!\w)|\bpane\b|\btimeline\b(?! of `)|\bEnter\b|\bTab\b"
)


def sentences() -> Iterator[tuple[str, str]]:
    """Every text that these packages hold, docstrings left out, with its place."""
    root = Path(warroom.__file__).parent
    for package in ("conductor", "headless", "services", "rollout", "steps", "updates"):
        for path in sorted((root / package).rglob("*.py")):
            if path.name == "wording.py":
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                    yield node.value, f"{path.relative_to(root)}:{node.lineno}"


def test_no_sentence_leaves_a_key() -> None:
    """Of whatever a command may end with: a new sentence with a key in it is found here."""
    texts = list(sentences())
    assert sum(bool(KEYS.search(text)) for text, _ in texts) > 20  # there is something to look for
    left = [(place, text) for text, place in texts if KEYS.search(for_scripts(text))]
    assert not [(place, text) for place, text in left if not text.startswith(BOARD_ONLY)]


def test_nor_does_the_line_of_warroom_status() -> None:
    """Line 2, as the command line shows it: with a missed retreat, at a FAIL, held, and with nothing there yet."""
    lost = climbing(25, at=100).at(200, intended("c9", "abort"), events.ChangeFailed("c9", "You may not"))
    stories = [climbing(), climbing(25), climbing(100), climbing(25).at(150, events.LadderHeld(PAY)), lost]
    stories.append(climbing(25).at(150, events.StrangerSeen(PAY, "changed traffic", split(25), split(40))))
    for story in stories:
        shown = board(story.incident, protocol(), story.log[-1].at + 1, View()).sentence
        line = for_scripts(" ".join((shown.alarm, *(part.text for part in shown.parts))))
        assert not KEYS.search(line), line
