"""keymap.toml: which key does what on the board, by the ids of the actions."""

from msgspec import Struct, field

from warroom.commands import BY_ID, COMMANDS, Command
from warroom.protocol.part import Part

UNBOUND = "unbound"
"""In place of a key where an action has none: no key of any terminal is called so."""

PALETTE = "ctrl+p"
"""What opens the palette, which has the actions without a key as well."""

_PUNCTUATION = {
    "!": "exclamation_mark",
    '"': "quotation_mark",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less_than_sign",
    "=": "equals_sign",
    ">": "greater_than_sign",
    "?": "question_mark",
    "@": "at",
    "[": "left_square_bracket",
    "\\": "backslash",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "_": "underscore",
    "`": "grave_accent",
    "{": "left_curly_bracket",
    "|": "vertical_line",
    "}": "right_curly_bracket",
    "~": "tilde",
}
_MOVING = frozenset({"tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown"})
_OTHERS = frozenset({"space", "enter", "insert", "delete", *_PUNCTUATION.values()})
NAMES = _MOVING | _OTHERS | {*(f"f{number}" for number in range(1, 13))}
"""The keys that have a name, as Textual has it; all others are one letter or digit."""

_SHOWN = {name: character for character, name in _PUNCTUATION.items()} | {
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def named(key: str) -> str:
    """A key as it was written, by Textual's name for it: ? is question_mark."""
    return _PUNCTUATION.get(key, key)


class Keys(Part, frozen=True):
    """keymap.toml, whole: keys by the ids of actions, "" for none. What is not named there keeps its own."""

    keys: dict[str, str] = field(default_factory=dict)


class Keymap(Struct, frozen=True):
    """The keys as they are now, by Textual's names; `changed` are those that are not as shipped."""

    changed: dict[str, str] = {}

    def key(self, action: str) -> str:
        """The key of an action, by Textual's name; UNBOUND where it has none."""
        return self.changed.get(action) or BY_ID[action].key

    def shown(self, action: str) -> str:
        """The key of an action as people read it; the palette's where it has none."""
        key = self.key(action)
        return PALETTE if key == UNBOUND else _SHOWN.get(key, key)

    def by_key(self) -> dict[str, Command]:
        """The actions by their keys, by Textual's names."""
        return {self.key(command.id): command for command in COMMANDS}


def keymap_of(written: Keys) -> Keymap:
    """The keymap of a file that was found to be right."""
    return Keymap({action: named(key) or UNBOUND for action, key in written.keys.items() if action in BY_ID})
