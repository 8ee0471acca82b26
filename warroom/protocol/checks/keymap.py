"""What is wrong with a keymap.toml of the right shape. The protocol's other checks know nothing of it."""

from collections.abc import Iterator

from warroom.commands import BY_ID, COMMANDS, Breaks
from warroom.protocol.checks.problem import Finding, join, nearest, quote
from warroom.protocol.keymap import NAMES, UNBOUND, Keymap, Keys, keymap_of, named

_APPS = frozenset({"escape", "ctrl+c", "ctrl+p", "ctrl+x", "ctrl+z", "ctrl+q", "ctrl+s", "ctrl+t"})
_PANES = frozenset("123456")
_DIALOGS = {"y": "fires, sends and confirms", "w": "accepts weak evidence"}
_OWN = {"w": "report"}
"""Who has such a key from the beginning, and may keep it."""

OF_DIALOGS = frozenset(
    {*"yvwchinr", *"123456", "space", "enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end"}
    | {"pageup", "pagedown", "insert", "delete", "f2", "f3", "f4", "f5", "f6"}
)
"""What means something else in one of the dialogs, in which the key of the abort works as well."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def check_keymap(keys: Keys) -> Iterator[Finding]:
    """Every contradiction in `keys`, each beside the action whose line is to be changed."""
    faulty = False
    for action, key in keys.keys.items():
        if sentence := _line(action, named(key), key):
            faulty = True
            yield join("keys", action), sentence
    if not faulty:
        yield from _together(keys, keymap_of(keys))


def confusable(one: str, other: str) -> bool:
    """Whether a finger or an eye may take one key for the other: one letter in two cases, or neighbours on QWERTY.

    Neighbours are the keys that touch each other, in a row or from row to row; each begins half a key further right.
    """
    one, other = one.lower(), other.lower()
    places = [(row, keys.index(key)) for key in (one, other) for row, keys in enumerate(_ROWS) if key in keys]
    if one == other:
        return True
    if len(one) != 1 or len(other) != 1 or len(places) < 2:
        return False
    (row, column), (other_row, other_column) = sorted(places)
    if row == other_row:
        return abs(column - other_column) == 1
    return other_row - row == 1 and other_column in (column - 1, column)


def _line(action: str, key: str, written: str) -> str:
    """What is wrong with one line of the file; "" when nothing is."""
    if action not in BY_ID:
        return f"There is no such action. {nearest(action, BY_ID)}"
    if not key:
        if BY_ID[action].breaks in (Breaks.RETREAT, Breaks.FINAL):
            return "A retreat needs a key. Write one, or take the line away."
        return ""
    if key in _APPS or key in _PANES or (key in _DIALOGS and _OWN.get(key) != action):
        why = _DIALOGS.get(key) or ("shows a pane alone" if key in _PANES else "is the same on every screen")
        return f"{quote(written)} is not free: it {why}. Write another key."
    if not (len(key) == 1 and key.isascii() and key.isalnum()) and key not in NAMES:
        guess = nearest(key, NAMES)
        advice = guess if guess.startswith("Did") else "Write a letter, a digit, or a name such as f7, space or pageup."
        return f"{quote(written)} is no key's name. {advice}"
    if action == "abort" and key in OF_DIALOGS:
        return f"{quote(written)} means something else in a dialog, where abort works too. Write another key."
    return ""


def _together(keys: Keys, keymap: Keymap) -> Iterator[Finding]:
    """What is wrong between the lines, and with the keys that are not named in them."""
    taken: dict[str, str] = {}
    unnamed = [one.id for one in COMMANDS if one.id not in keys.keys]
    for action in (*unnamed, *keys.keys):  # of two the one that stands last in the file is to yield
        key = keymap.key(action)
        if key != UNBOUND and key in taken:
            yield (
                join("keys", action),
                f"{quote(keymap.shown(action))} is the key of {taken[key]} already. Give one of the two another.",
            )
        taken.setdefault(key, action)
    advance, abort = keymap.key("advance"), keymap.key("abort")
    if advance != abort and UNBOUND not in (advance, abort) and confusable(advance, abort):
        yield (
            join("keys", "abort" if "abort" in keys.keys else "advance"),
            f"Advance on {quote(keymap.shown('advance'))} and abort on {quote(keymap.shown('abort'))} are easily taken "
            "for each other: one letter in two cases, or neighbours on the keyboard. Write a key further away.",
        )
