"""The JSON Schema of the status. `python -m warroom.status.schema > docs/status-schema.json` writes it anew."""

import sys
from inspect import cleandoc

import msgspec

from warroom.status.model import Status


def schema() -> str:
    """JSON Schema (2020-12) of what `warroom status --json` says, as indented JSON text that ends in a newline."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Status)}
    return msgspec.json.format(msgspec.json.encode(_dedented(found), order="sorted"), indent=2).decode() + "\n"


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
