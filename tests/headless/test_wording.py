"""Sentences name actions: the board makes present keys of it, a command's end commands, the record names."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import warroom
import widgets
from tests.incident.story import PAY, climbing, intended, logs, protocol, split
from warroom import cli, marks
from warroom.actions.answer import Code, failure
from warroom.board import View, board
from warroom.cli import looking
from warroom.commands import BY_ID, TWINS
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.lane import retreats
from warroom.incident.place import Elsewhere
from warroom.marks import LOOK, THEN_AGAIN, TIMELINE, either, key, only_board, press
from warroom.protocol.keymap import UNBOUND, Keymap
from warroom.services.errors import Effect, ServiceError
from warroom.status.build import status
from warroom.wording import each, fact_for_record, for_board, for_record, for_scripts

SHIPPED = protocol()

TABLE = {
    f"{press('advance')} for the next rung, {key('abort')} to go back.": (
        "Press a for the next rung, x to go back.",
        "Run `warroom advance` for the next rung, `warroom abort` to go back.",
        "Choose Advance for the next rung, Abort to go back.",
    ),
    f"Adopt, or {key('roll-back', verb='press')}.": (
        "Adopt, or press r.",
        "Adopt, or run `warroom rollback`.",
        "Adopt, or choose Roll back.",
    ),
    retreats.again("abort"): (
        "x y again works at once",
        "`warroom abort --yes` again works at once",
        "Abort again works at once",
    ),
    retreats.again("roll-back"): (
        "r again works at once",
        "`warroom rollback --yes` again works at once",
        "Roll back again works at once",
    ),
    f"{LOOK}, then {THEN_AGAIN}.": (
        "Look at the traffic pane, then press the key again.",
        "Look with `warroom status`, then run it again.",
        "Look at the traffic, then do it again.",
    ),
    f"See {TIMELINE}; {either('press again', 'run it again')}.": (
        "See the timeline; press again.",
        "See the timeline of `warroom report`; run it again.",
        "See the timeline; press again.",
    ),
    f"LOST: {only_board('next-service', ' goes there, then ')}{key('abort', options='--yes')} again.": (
        "LOST: Tab goes there, then x again.",
        "LOST: `warroom abort --yes` again.",
        "LOST: Abort again.",
    ),
    # What has no command is called by its name.
    f"{key('undo')} takes it back.": ("z takes it back.", "Take back takes it back.", "Take back takes it back."),
    "payments-api-x 25 %, press a 10 % | y": ("payments-api-x 25 %, press a 10 % | y",) * 3,
}


@pytest.mark.parametrize(("said", "told"), TABLE.items(), ids=[told[1] for told in TABLE.values()])
def test_what_becomes_of_a_sentence(said: str, told: tuple[str, str, str]) -> None:
    """On a board with the shipped keys, at the end of a command, and where it is kept. Worded once more it stays so."""
    assert (for_board(said, Keymap()), for_scripts(said), for_record(said)) == told
    assert for_scripts(told[1]) == told[1]


def test_the_board_says_the_present_key() -> None:
    """Whatever it is now; the palette's where an action has none."""
    keymap = Keymap({"abort": "f12", "advance": "plus", "note": UNBOUND})
    said = f"{press('abort', '--yes', ' then y')}, {key('advance')} or {key('note')}"
    assert for_board(said, keymap) == "Press f12 then y, + or ctrl+p"


def test_a_fact_is_kept_without_a_mark() -> None:
    """Each of its texts; one without any is the same fact."""
    fact = fact_for_record(events.SourceLost("cloud-run", "gone", f"{press('abort')}."))
    assert fact == events.SourceLost("cloud-run", "gone", "Choose Abort.")
    assert fact_for_record(fact) is fact


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("Co", "Ll", "Po")), max_size=60))
def test_no_text_from_outside_is_a_mark(text: str) -> None:
    """Nor is one between its parts, with the ends of a mark and private characters."""
    forged = f"\ue000{text}|key|abort|||\uf8ff"
    assert for_board(forged, Keymap()) == for_scripts(forged) == for_record(forged) == forged


def test_another_process_has_other_marks() -> None:
    """What one has said and somebody has kept is no mark to the next."""
    code = "from warroom.marks import key; print(ascii(key('abort')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    theirs = ast.literal_eval(run.stdout)
    assert theirs != key("abort") and for_scripts(theirs) == theirs
    assert len(theirs) == len(key("abort")) and theirs.endswith("key|abort|||\uf8ff")


def test_every_text_of_plain_data_is_worded() -> None:
    """Of an answer in JSON: in lists and tables, and nothing else of it is touched."""
    data = {"a": [key("abort"), 1, None], "b": {"c": (key("hold"), True)}}
    assert each(data, for_scripts) == {"a": ["`warroom abort`", 1, None], "b": {"c": ["`warroom hold`", True]}}


def test_every_twin_is_a_command() -> None:
    """Of an action that there is."""
    assert set(TWINS) <= set(BY_ID) and set(TWINS.values()) <= set(cli.COMMANDS)


@pytest.mark.parametrize("kind", ["refused", "cloud"])
def test_every_kind_of_end_is_worded_so(kind: str) -> None:
    """A guard's no, and what Cloud Run's errors say, title and remedy alike."""
    remedy = retreats.again("abort")
    error: Exception = Refused(press("abort"), remedy)
    if kind == "cloud":
        error = ServiceError(press("abort"), remedy, effect=Effect.UNKNOWN)
    assert failure(error) == (
        "Run `warroom abort`",
        "`warroom abort --yes` again works at once",
        Code.REFUSED if kind == "refused" else Code.UNKNOWN,
    )


OWN_KEYS = re.compile(r"\b(y|v|w|c|h|r|i|n|Enter|space|ctrl\+\w|F\d) (?!aborts)[a-z]")
"""What a dialog, the home screen or a form says of its own keys, which no keymap moves."""

KEYS = re.compile(
    r"\b[Pp]ress (?!w to accept|it again)|(?<![\w`'’])[a-z] (again\b|then y)|(?<![\w`'’])x y\b"
    r"|(?<![\w`'’/=+-])[b-hj-xz] (settles|ends|goes|resolves|stages|deploys|pages|picks)"
    r"|(?<![\w`'’/=+-])[b-hj-xz] (hands|takes|tries|aborts|answers)"
    r"|\b(by|under|or) [b-hj-z]\b(?![\w=-])|\bthe \w+ pane\b|\b[Tt]imeline of |\b(Tab|Enter|space) (goes|runs|ticks)"
)
ROOMS = ("board", "conductor", "headless", "incident", "rollout", "services", "steps", "updates", "screens", "widgets")
MARKS = ("key", "press", "either", "only_board")


def texts(*packages: str) -> Iterator[tuple[str, str]]:
    """Every text that these packages hold, docstrings and what becomes a mark left out, with its place."""
    for package in packages:
        root = Path(str((widgets if package == "widgets" else warroom).__file__)).parent
        for path in sorted((root if package == "widgets" else root / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            left = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for call in calls(tree):
                left |= {id(inner) for inner in ast.walk(call)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left:
                    yield node.value, f"{path.relative_to(root)}:{node.lineno}"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that make marks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            yield node


def test_no_sentence_holds_a_bare_key() -> None:
    """Of whatever may be said on a board or at a command's end: a new sentence with a key in it is found here."""
    rooms = (
        "board",
        "conductor",
        "headless",
        "incident",
        "rollout",
        "services",
        "steps",
        "updates",
        "screens",
        "drill",
    )
    left = [(place, text) for text, place in texts(*rooms, "widgets") if KEYS.search(text)]
    assert not [(place, text) for place, text in left if not ("screens/" in place and OWN_KEYS.search(text))]


def test_such_a_sentence_would_be_found() -> None:
    """Each of those that the board says with the shipped keys, but those of names alone."""
    found = [told[0] for said, told in TABLE.items() if said != told[0] and KEYS.search(told[0])]
    assert len(found) >= len(TABLE) - 2


def test_marks_are_made_of_our_own_words() -> None:
    """Every mark names an action that there is; nothing but what stands in the source gets into one."""
    made = 0
    for path in sorted(Path(str(warroom.__file__)).parent.rglob("*.py")):
        if path.name == "marks.py":
            continue
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            assert isinstance(call.func, ast.Name)
            if not imported(path, call.func.id):
                continue
            made += 1
            values = [*call.args, *(one.value for one in call.keywords)]
            action, *others = values if call.func.id != "either" else [ast.Constant("abort"), *values]
            if isinstance(action, ast.Constant):
                assert action.value in BY_ID, f"{path}:{call.lineno}"
            else:
                assert ast.unparse(action) in ("action", "change.action", "command.id"), f"{path}:{call.lineno}"
            for other in others:
                assert isinstance(other, ast.Constant | ast.IfExp), f"{path}:{call.lineno}"
    assert made > 50


def imported(path: Path, name: str) -> bool:
    """Whether a module has a name from `marks`."""
    return bool(re.search(rf"^from warroom\.marks import .*\b{name}\b", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_nor_does_the_line_of_warroom_status() -> None:
    """Line 2, as the command line shows it: with a missed retreat, at a FAIL, held, and with nothing there yet."""
    lost = climbing(25, at=100).at(200, intended("c9", "abort"), events.ChangeFailed("c9", "You may not"))
    stories = [climbing(), climbing(25), climbing(100), climbing(25).at(150, events.LadderHeld(PAY)), lost]
    stories.append(climbing(25).at(150, events.DriftSeen(PAY, "changed traffic", split(25), split(40))))
    for story in stories:
        shown = board(story.incident, protocol(), story.log[-1].at + 1, View()).sentence
        line = for_scripts(" ".join((shown.alarm, *(part.text for part in shown.parts))))
        assert not KEYS.search(line) and marks.worded(line, *(fails,) * 3) == line


@given(logs(), st.booleans(), st.sampled_from([0.0, 700.0, 90_000.0]))
def test_nor_does_any_line_of_warroom_status(log: list[Event], apart: bool, later: float) -> None:
    """Of whatever happened, whenever it is looked at, from its own terminal or another: no key, and no mark is left."""
    incident, now = fold(log), log[-1].at + later
    elsewhere = Elsewhere("declared elsewhere", "Go there") if apart else None
    shown = status(incident, SHIPPED, now, View(operator="@a"), elsewhere.short if elsewhere else "")
    for line in looking._lines(shown, elsewhere):
        assert not KEYS.search(line) and marks.worded(line, *(fails,) * 3) == line


def test_what_is_said_without_an_action() -> None:
    """Where none can be done: the sentences that name none, and of the others what stands before their colon."""
    line = (
        f"Hotfix takes 10 %, 5xx 0. {press('advance')} for 25 %. Level 2 since 3:00: {key('escalate')} pages it. Bye."
    )
    assert marks.unnamed(line) == "Hotfix takes 10 %, 5xx 0. Level 2 since 3:00. Bye."
    assert marks.unnamed(f"Verify, then {key('resolve')} resolves.") == ""
    titled = f"Level 3 since 3:45: {key('escalate')} pages {marks.whole('Eng. Manager, CTO')}. Bye."
    assert marks.unnamed(titled) == "Level 3 since 3:45. Bye."
    assert for_scripts(titled).endswith("pages Eng. Manager, CTO. Bye.")


def fails(*_: str) -> str:
    """Where no mark may be left."""
    raise AssertionError("a mark is left")
