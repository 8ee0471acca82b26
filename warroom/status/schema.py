"""The JSON Schema of the status. `python -m warroom.status.schema > docs/status-schema.json` writes it anew."""

import sys

import msgspec

from warroom.status.model import Status


def schema() -> str:
    """JSON Schema (2020-12) of what `warroom status --json` says, as indented JSON text that ends in a newline."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Status)}
    return msgspec.json.format(msgspec.json.encode(found, order="sorted"), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
