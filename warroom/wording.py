"""What a sentence's marks become: keys on the board, commands for scripts, the actions' names in what is kept. Pure."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from warroom.commands import BY_ID, TWINS
from warroom.marks import worded
from warroom.protocol.keymap import Keymap

_Fact = TypeVar("_Fact", bound=Struct)


def for_board(text: str, keymap: Keymap) -> str:
    """A sentence as the board shows it: with the present keys."""
    return worded(text, partial(_pressed, keymap), _on_board, partial(_there, keymap))


def for_scripts(text: str) -> str:
    """A sentence as a command without a board says it: with commands."""
    return worded(text, _run, _in_scripts, _nothing)


def for_record(text: str) -> str:
    """A sentence as it is kept, for whoever reads it later and wherever: with the names of the actions."""
    return worded(text, _called, _in_record, _nothing)


def fact_for_record(fact: _Fact) -> _Fact:
    """A fact as it is kept."""
    texts = ((name, getattr(fact, name)) for name in fact.__struct_fields__)
    said = {name: kept for name, text in texts if isinstance(text, str) and (kept := for_record(text)) is not text}
    return replace(fact, **said) if said else fact


def each(value: Any, word: Callable[[str], str]) -> Any:  # noqa: ANN401 — plain data has no better type
    """Plain data (dicts, lists, tuples, texts) with `word` applied to every text that is no key of it."""
    match value:
        case str():
            return word(value)
        case dict():
            return {name: each(inner, word) for name, inner in value.items()}
        case list() | tuple():
            return [each(inner, word) for inner in value]
    return value


def _on_board(board: str, _scripts: str, _record: str) -> str:
    return board


def _in_scripts(_board: str, scripts: str, _record: str) -> str:
    return scripts


def _in_record(_board: str, _scripts: str, record: str) -> str:
    return record


def _there(keymap: Keymap, action: str, behind: str, before: str) -> str:
    return f"{before}{keymap.shown(action)}{behind}"


def _nothing(_action: str, _behind: str, _before: str) -> str:
    return ""


def _pressed(keymap: Keymap, action: str, verb: str, _options: str, then: str) -> str:
    return f"{verb} {keymap.shown(action)}{then}".lstrip()


def _run(action: str, verb: str, options: str, _then: str) -> str:
    if action not in TWINS:
        return _called(action, verb, options, "")
    run = {"press": "run ", "Press": "Run "}.get(verb, "")
    return f"{run}`{' '.join(part for part in ('warroom', TWINS[action], options) if part)}`"


def _called(action: str, verb: str, _options: str, _then: str) -> str:
    choose = {"press": "choose ", "Press": "Choose "}.get(verb, "")
    return f"{choose}{BY_ID[action].label}"
