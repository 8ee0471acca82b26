"""keymap.toml: what may be written there, and what is said of what may not."""

from pathlib import Path
from typing import Any

import pytest
from textual.keys import _character_to_key

from warroom.commands import BY_ID, COMMANDS
from warroom.protocol.checks.keymap import OF_DIALOGS, check_keymap, confusable
from warroom.protocol.checks.problem import ConfigError
from warroom.protocol.keymap import _PUNCTUATION, UNBOUND, Keymap, Keys, keymap_of
from warroom.protocol.load import load
from warroom.protocol.starter import write_starter
from warroom.resources import config_directory

FAULTS = {
    "an unknown id": ({"aborts": "f7"}, "keys.aborts", "There is no such action. Did you mean abort?"),
    "a taken key": ({"note": "p"}, "keys.note", "'p' is the key of page already. Give one of the two another."),
    "a key given twice": ({"note": "f7", "page": "f7"}, "keys.page", "'f7' is the key of note already."),
    "a retreat without a key": ({"abort": ""}, "keys.abort", "A retreat needs a key."),
    "rollback without a key": ({"roll-back": ""}, "keys.roll-back", "A retreat needs a key."),
    "all back without a key": ({"roll-back-all": ""}, "keys.roll-back-all", "A retreat needs a key."),
    "a retreat's key taken": ({"advance": "r"}, "keys.advance", "'r' is the key of roll-back already."),
    "escape": ({"hold": "escape"}, "keys.hold", "'escape' is not free: it is the same on every screen."),
    "the palette's": ({"hold": "ctrl+p"}, "keys.hold", "'ctrl+p' is not free"),
    "a pane's": ({"hold": "3"}, "keys.hold", "'3' is not free: it shows a pane alone."),
    "what fires": ({"hold": "y"}, "keys.hold", "'y' is not free: it fires, sends and confirms."),
    "what accepts": ({"advance": "w", "report": "f7"}, "keys.advance", "'w' is not free: it accepts weak evidence."),
    "no key": ({"hold": "pagup"}, "keys.hold", "'pagup' is no key's name. Did you mean pageup?"),
    "no key at all": ({"hold": "hold it"}, "keys.hold", "'hold it' is no key's name. Write a letter, a digit"),
    "a letter of elsewhere": ({"hold": "ä"}, "keys.hold", "'ä' is no key's name."),
    "another control key": ({"hold": "ctrl+h"}, "keys.hold", "'ctrl+h' is no key's name."),
    "abort on a dialog's": ({"abort": "v", "escalate": "f7"}, "keys.abort", "'v' means something else in a dialog"),
    "one letter in two cases": ({"abort": "A"}, "keys.abort", "Advance on 'a' and abort on 'A' are easily taken"),
    "neighbours": ({"abort": "s", "resolve": "f7"}, "keys.abort", "Advance on 'a' and abort on 's' are easily taken"),
    "neighbours across rows": ({"advance": "d", "deploy": "f7"}, "keys.advance", "Advance on 'd' and abort on 'x'"),
}


@pytest.mark.parametrize(("written", "path", "sentence"), FAULTS.values(), ids=FAULTS)
def test_each_mistake_is_one_sentence_at_its_place(written: dict[str, str], path: str, sentence: str) -> None:
    """With what to write instead; what it leads to is not told as well."""
    ((place, said),) = check_keymap(Keys(written))
    assert place == path and said.startswith(sentence)


RIGHT: tuple[dict[str, str], ...] = (
    {},
    {command.id: command.key for command in COMMANDS},
    {"hold": "n", "note": "h"},
    {"abort": "f12", "roll-back": "x"},
    {"help": "?", "auto-advance": "", "note": ";"},
    {"advance": "j", "roles": "a", "report": "w"},
)


@pytest.mark.parametrize("written", RIGHT)
def test_what_may_be_written(written: dict[str, str]) -> None:
    """The shipped keys, two that change places, a retreat moved, signs, and none at all."""
    assert list(check_keymap(Keys(written))) == []


def test_what_an_action_has_then() -> None:
    """Its key by Textual's name and as people read it; where it has none, the palette's is shown."""
    keymap = keymap_of(Keys({"help": ";", "note": "", "hold": "f7"}))
    assert [keymap.key(one) for one in ("help", "note", "hold", "abort")] == ["semicolon", UNBOUND, "f7", "x"]
    assert [keymap.shown(one) for one in ("help", "note", "hold", "next-step")] == [";", "ctrl+p", "f7", "↓"]
    assert keymap.by_key()["semicolon"] is BY_ID["help"] and "n" not in keymap.by_key()


def test_signs_are_called_as_textual_calls_them() -> None:
    """Else a key would be taken that no terminal ever sends."""
    assert {sign: _character_to_key(sign) for sign in _PUNCTUATION} == _PUNCTUATION


@pytest.mark.parametrize(("one", "other", "taken"), [("a", "z", True), ("z", "a", True), ("a", "x", False)])
def test_neighbours(one: str, other: str, taken: bool) -> None:
    """Whichever is named first; the shipped ones are none."""
    assert confusable(one, other) is taken


def test_no_key_of_a_dialog_is_left_out() -> None:
    """Every dialog's own keys are kept from the abort, whose key works in all of them."""
    from textual.binding import BindingsMap

    from warroom.screens import acting  # loads every dialog
    from warroom.screens.dialogs.base import Dialog

    assert acting.ALONE
    found = set[str]()
    left: list[type[Dialog[Any]]] = [Dialog]
    while left:
        dialog = left.pop()
        left += dialog.__subclasses__()
        keys = BindingsMap(dialog.BINDINGS).key_to_bindings
        found |= {key for key, bindings in keys.items() if bindings[0].id is None and "ctrl+" not in key}
    assert found - {"escape"} <= OF_DIALOGS


def test_it_is_read_with_the_other_files(tmp_path: Path) -> None:
    """Missing it changes nothing; a mistake in it is told with file and place; a wrong table like anywhere else."""
    assert load(config_directory()).keymap == Keymap()
    write_starter(tmp_path / "new")
    for file in ("protocol", "roster", "services"):
        (tmp_path / f"{file}.toml").write_bytes((config_directory() / f"{file}.toml").read_bytes())
    assert load(tmp_path).keymap == Keymap()
    (tmp_path / "keymap.toml").write_bytes((tmp_path / "new" / "keymap.toml").read_bytes())
    assert load(tmp_path).keymap == Keymap()
    (tmp_path / "keymap.toml").write_text('[keys]\nabort = "f12"\n')
    assert load(tmp_path).keymap == Keymap({"abort": "f12"})
    (tmp_path / "keymap.toml").write_text('key = 1\n[keys]\nhold = 3\nabrot = "f12"\n')
    with pytest.raises(ConfigError) as told:
        load(tmp_path)
    assert [(one.file, one.path) for one in told.value.problems] == [("keymap.toml", "key"), ("keymap.toml", "keys")]


def test_the_starter_names_every_action_and_its_key() -> None:
    """Its lines, without their #, are the shipped keymap: none is missing, and each is right."""
    import tomli

    lines = (config_directory() / "keymap.toml").read_text(encoding="utf-8").split("[keys]\n")[1]
    written = tomli.loads("".join(line.removeprefix("# ") for line in lines.splitlines(keepends=True)))
    keymap = keymap_of(Keys(written))
    assert list(written) == [command.id for command in COMMANDS]
    assert all(keymap.key(command.id) == command.key for command in COMMANDS)
