"""The status' schema: the files in docs are what the program says."""

import json
from pathlib import Path

from warroom.status.model import SCHEMA, LaneStatus, Status
from warroom.status.schema import schema

DOCS = Path(__file__).parents[2] / "docs"


def test_the_schema_file_is_current() -> None:
    """docs/status-schema.json is made from the types: `python -m warroom.status.schema > docs/status-schema.json`."""
    assert (DOCS / "status-schema.json").read_text(encoding="utf-8") == schema()


def test_words_of_the_journal_are_open_texts() -> None:
    """A newer warroom's word is kept as its text, and so is valid in the status: known ones are examples."""
    known = json.loads(schema())["$defs"]
    for name in ("Action", "Outcome", "Ended"):
        assert known[name]["type"] == "string" and "enum" not in known[name]
    assert "superseded" in known["Outcome"]["examples"] and "enum" in known["Grade"]


def test_the_page_tells_of_every_field() -> None:
    """docs/status-schema.md names the version, and all fields of the object and of a lane."""
    page = (DOCS / "status-schema.md").read_text(encoding="utf-8")
    assert SCHEMA in page
    for name in (*Status.__struct_encode_fields__, *LaneStatus.__struct_encode_fields__):
        assert f"`{name}`" in page, name
