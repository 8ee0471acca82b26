"""Whatever stands in the files, loading either works or says what is wrong."""

import copy
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.protocol.checks.problem import ConfigError
from warroom.protocol.load import load
from warroom.resources import config_directory

NAMES = ("protocol", "roster", "services")
SHIPPED = {name: (config_directory() / f"{name}.toml").read_bytes() for name in NAMES}

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["P0", "backup", "[TIME]", "{title}"]
)
numbers = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats()
leaf = numbers | text | st.dates() | st.datetimes() | st.times()
value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3))


def outcome(contents: dict[str, bytes]) -> None:
    """Load it. Anything but success or a ConfigError with well-formed problems fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents.items():
            (Path(folder) / f"{name}.toml").write_bytes(content)
        try:
            load(Path(folder))
        except ConfigError as error:
            assert error.problems
            assert all(one.file.endswith(".toml") and one.sentence.isprintable() for one in error.problems)
            assert all(one.path.isprintable() for one in error.problems)


def mutate(table: Any, data: st.DataObject) -> None:
    """Walk down at random, then set, add, delete or double something there."""
    place = table
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and data.draw(st.integers(0, 4)):
            place = place[key]
            continue
        match data.draw(st.sampled_from(["set", "delete", "add"])):
            case "set":
                place[key] = data.draw(value)
            case "delete":
                del place[key]
            case _ if isinstance(place, dict):
                place[data.draw(text)] = data.draw(value)
            case _:
                place.append(copy.deepcopy(place[key]))
        break


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_changed_values(name: str, data: st.DataObject) -> None:
    """Any value, table or list put anywhere, and anything taken away."""
    table = tomllib.loads(SHIPPED[name].decode())
    for _ in range(data.draw(st.integers(1, 4))):
        mutate(table, data)
    outcome(SHIPPED | {name: tomli_w.dumps(table).encode()})


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_changed_bytes(name: str, data: st.DataObject) -> None:
    """Any bytes put anywhere in a file, and any stretch taken away."""
    raw = SHIPPED[name]
    start = data.draw(st.integers(0, len(raw)))
    end = min(len(raw), start + data.draw(st.integers(0, 40)))
    outcome(SHIPPED | {name: raw[:start] + data.draw(st.binary(max_size=6)) + raw[end:]})
