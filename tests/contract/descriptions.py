"""The systems' own descriptions of their HTTP APIs, where this machine has them."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "api"


@cache
def description(name: str) -> dict[str, Any]:
    """The description called `name`, e.g. "github"; the test that asks is left out where it is not there."""
    found = Path(os.environ.get("WARROOM_API_DESCRIPTIONS", _BESIDE)) / f"{name}.json"
    if not found.is_file():
        pytest.skip(f"no description {name}.json: set WARROOM_API_DESCRIPTIONS to where they lie")
    loaded: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return loaded


def refusals(name: str, method: str, path: str) -> list[int]:
    """The statuses that the description lists for one call and that are no success.

    Without 304, the answer to a condition that warroom never sets.
    """
    call = description(name)["paths"][path][method.lower()]
    listed = (int(status) for status in call["responses"] if status.isdecimal() and status != "304")
    return [status for status in listed if status >= 300]
