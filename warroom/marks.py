"""How a sentence names an action, so that whoever shows it says how it is done: by its present key, or by its command.

A mark stands in a sentence as text, through f-strings, errors and slices, until `wording` makes words of it for the
board, for scripts or for the record. It begins with characters that are drawn at random when the process starts and
never leave it: no text from outside can hold a mark, whether it was cleaned before or not. They are private ones, so
that a mark which is forgotten somewhere is shown as such, and taken for no word, token or escape.
"""

import os
import re
from collections.abc import Callable

_END = "\uf8ff"
_BETWEEN = "|"
_OURS = "".join(chr(0xE000 + number % 0x18FF) for number in memoryview(os.urandom(16)).cast("H"))
"""Eight of 6399 private characters, none of them the end: about 100 bits."""

_SENTENCE = re.compile(r"(?<=[.!?]) ")
_MARK = re.compile(f"{_OURS}([^{_END}]*){_END}")


def key(action: str, *, verb: str = "", options: str = "", then: str = "") -> str:
    """The mark of an action of `commands`, by its id.

    The board shows its key, with `then` behind it; scripts its command, with `options`. `verb` is "press" or "Press",
    which they replace by what one does with a command.
    """
    return _mark("key", action, verb, options, then)


def press(action: str, options: str = "", then: str = "") -> str:
    """As `key`, at the beginning of a sentence: Press x."""
    return key(action, verb="Press", options=options, then=then)


def either(board: str, scripts: str, record: str = "") -> str:
    """The mark of words that differ without naming an action; `record` is as the board's. Only for words of our own."""
    return _mark("either", board, scripts, record or board)


def unnamed(text: str) -> str:
    """What `text` says without naming an action, for where none can be done: of such a sentence what a colon ends."""
    said: list[str] = []
    for one in _SENTENCE.split(text):
        mark = _MARK.search(one)
        before = one[: mark.start()].rpartition(": ")[0] if mark else ""
        said += [one] if mark is None else [f"{before}."] if before else []
    return " ".join(said)


def whole(text: str) -> str:
    """Somebody else's name, as it stands in a sentence: its dots end none (Eng. manager)."""
    return _SENTENCE.sub(either(" ", " "), text)


def only_board(action: str, behind: str, before: str = "") -> str:
    """The mark of an action that only a board has: its key between two texts, and nothing anywhere else."""
    return _mark("only_board", action, behind, before)


def worded(
    text: str,
    key: Callable[[str, str, str, str], str],
    either: Callable[[str, str, str], str],
    only_board: Callable[[str, str, str], str],
) -> str:
    """`text` with words in the place of its marks; what was given to the functions of these names is given to these."""
    if _OURS not in text:
        return text
    say: dict[str, Callable[..., str]] = {"key": key, "either": either, "only_board": only_board}

    def word(found: "re.Match[str]") -> str:
        kind, *parts = found[1].split(_BETWEEN)
        return say[kind](*parts)

    return _MARK.sub(word, text)


def _mark(*parts: str) -> str:
    return f"{_OURS}{_BETWEEN.join(parts)}{_END}"


LOOK = either("Look at the traffic pane", "Look with `warroom status`", "Look at the traffic")
THEN_LOOK = either("look at the traffic pane", "look with `warroom status`", "look at the traffic")
TIMELINE = either("the timeline", "the timeline of `warroom report`")
THEN_AGAIN = either("press the key again", "run it again", "do it again")
