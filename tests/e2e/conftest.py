"""What every journey starts from: a home of its own, and a way to open warroom in a terminal there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.home import Home
from tests.e2e.terminal import Terminal

OpenTerminal = Callable[..., Terminal]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home folder."""
    return Home(tmp_path)


@pytest.fixture
def start(home: Home) -> Iterator[OpenTerminal]:
    """`start("drill", "good-hotfix", columns=80, rows=24)`: warroom in a PTY; killed at the test's end if it lives."""
    with ExitStack() as stack:

        def starts(
            *arguments: str, columns: int = 120, rows: int = 36, deaf: bool = False, **variables: str
        ) -> Terminal:
            command, environment = home.command(*arguments), home.environment(**variables)
            return stack.enter_context(Terminal(command, environment, columns=columns, rows=rows, deaf=deaf))

        yield starts
