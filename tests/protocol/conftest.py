"""A configuration to break: the shipped one as tables, written out again and loaded."""

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from warroom.protocol.checks.problem import ConfigError, Problem
from warroom.protocol.load import load
from warroom.resources import config_directory

Tables = dict[str, dict[str, Any]]
"""File name without .toml → what stands in it."""

SHIPPED: Tables = {
    name: tomllib.loads((config_directory() / f"{name}.toml").read_text(encoding="utf-8"))
    for name in ("protocol", "roster", "services")
}


@pytest.fixture
def tables() -> Tables:
    """The shipped configuration, for this test alone."""
    return copy.deepcopy(SHIPPED)


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[Tables], tuple[Problem, ...]]:
    """Writes tables into a directory and returns what loading it complains of."""

    def complain(tables: Tables) -> tuple[Problem, ...]:
        for name, table in tables.items():
            (tmp_path / f"{name}.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
        try:
            load(tmp_path)
        except ConfigError as error:
            return error.problems
        return ()

    return complain
