"""What is wrong with a configuration, and how its places and values are written in a sentence."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

Finding = tuple[str, str]
"""A key path within one file, and a sentence with the remedy."""

_BYTE = re.compile(r"\\udc([89a-f][0-9a-f])")
"""A byte that is no UTF-8, as Python writes it; in a file's name it is legal."""

_IDENTITY = {"duties": "role", "escalation": "level", "external": "service", "services": "name", "tools": "name"}
"""What tells the rows of a list apart, by the list's key; elsewhere it is `id`."""


class Problem(Struct, frozen=True):
    """One thing to mend: in which file of the directory, at which key path ("" for the whole file), and how."""

    file: str
    path: str
    sentence: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.sentence}"


class ConfigError(Exception):
    """A configuration directory that can't be used, with everything that is wrong with it."""

    def __init__(self, directory: Path, problems: Sequence[Problem]) -> None:
        self.directory = directory
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{count} in {literal(str(directory))}", *map(str, self.problems)]))


def literal(value: object) -> str:
    """A value as a literal; control and direction characters are escaped, and so are bytes that are no UTF-8."""
    return _BYTE.sub(r"\\x\1", repr(value))


def quote(value: object) -> str:
    """A value as one short line of at most 60 characters; control and direction characters are escaped."""
    try:
        text = literal(value[:80] if isinstance(value, str) else value)
    except ValueError:  # Python does not write out numbers of more than 4300 digits
        return "a number far too long"
    return text if len(text) <= 60 else f"{text[:59]}…"


def nearest(word: object, known: Iterable[str]) -> str:
    """A sentence that proposes the known word next to `word`, or one that lists what there is."""
    from difflib import get_close_matches  # only a broken configuration pays for it

    words = sorted(known)
    asked = word[:80] if isinstance(word, str) else ""
    longer = [one for one in words if len(asked) > 2 and one.startswith(asked)]
    if close := longer or get_close_matches(asked, words, n=1, cutoff=0.6):
        return f"Did you mean {join('', close[0])}?"
    if not words:
        return "There is none yet."
    return f"There is: {', '.join(join('', word) for word in words[:30])}{' …' if len(words) > 30 else ''}."


def join(parent: str, key: str) -> str:
    """A key path one key longer; a key that is no plain word is quoted."""
    plain = 0 < len(key) <= 60 and key.replace("-", "").replace("_", "").isalnum() and key.isascii()
    part = key if plain else quote(key)
    return f"{parent}.{part}" if parent else part


def row(key: str, rows: Sequence[object], index: int) -> str:
    """How row `index` of the list `key` is named in a path: by its id where only it has that id, else by its number."""
    name = _identity(key, rows[index])
    if not name or sum(_identity(key, other) == name for other in rows) > 1:
        name = str(index)
    return f"{key}[{name}]"


def covered(path: str, places: Collection[str]) -> bool:
    """True where `path` is one of `places` or lies beneath one."""
    return any(path == place or (path.startswith(place) and path[len(place)] in ".[") for place in places)


def identifies(path: str) -> bool:
    """True where the last key of `path` is what other places may refer to its row by."""
    parent, _, key = path.rpartition(".")
    return key == _IDENTITY.get(parent.rpartition(".")[2].partition("[")[0], "id")


def _identity(key: str, item: object) -> str:
    field = _IDENTITY.get(key, "id")
    name = item.get(field) if isinstance(item, Mapping) else getattr(item, field, None)
    if isinstance(name, str):
        return name if len(name) <= 40 and name.isprintable() and not set(name) & set("[].") else ""
    return str(name) if isinstance(name, int) and 0 < name < 1000 and not isinstance(name, bool) else ""
