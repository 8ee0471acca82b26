"""The JSON Schema of the status. `python -m warroom.status.schema > docs/status-schema.json` writes it anew."""

import sys
from inspect import cleandoc
from typing import Any

import msgspec

from warroom.incident.change import Word
from warroom.status.model import Status


def schema() -> str:
    """JSON Schema (2020-12) of what `warroom status --json` says, as indented JSON text that ends in a newline."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Status)}
    for word in Word.__subclasses__():
        if word.__name__ in found["$defs"]:
            found["$defs"][word.__name__] = _open(found["$defs"][word.__name__])
    return msgspec.json.format(msgspec.json.encode(_dedented(found), order="sorted"), indent=2).decode() + "\n"


def _open(closed: dict[str, Any]) -> dict[str, Any]:
    """A word of the journal as any text, with those known here as examples: one of a newer warroom is valid too."""
    kept = {name: value for name, value in closed.items() if name != "enum"}
    newer = f"{kept['description']} A text that stands not among the examples was written by a newer warroom."
    return {**kept, "description": newer, "type": "string", "examples": closed["enum"]}


def _dedented(node: object) -> object:
    """Every text without its docstring's indentation, which Python cuts off by itself only from 3.13 on."""
    match node:
        case dict():
            return {name: _dedented(value) for name, value in node.items()}
        case list():
            return [_dedented(value) for value in node]
        case str():
            return cleandoc(node)
        case _:
            return node


if __name__ == "__main__":
    sys.stdout.write(schema())
