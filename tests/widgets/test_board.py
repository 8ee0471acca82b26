"""Pictures of all panes together. They are compared; when one differs, look at the report before believing either."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.widgets.demo import DemoApp, ProjectorApp
from tests.widgets.sample import board
from widgets.theme import LIGHT

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 36), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_board_at_three_sizes(snap_compare: Compare, size: tuple[int, int]) -> None:
    """A healthy rollout in a drill."""
    assert snap_compare(DemoApp(), terminal_size=size)


@pytest.mark.parametrize(
    "options",
    [{"theme": LIGHT}, {"ascii_only": True}, {"value": board(bad=True, drill=False)}],
    ids=["light", "ascii", "failing-in-production"],
)
def test_the_board_in_other_lights(snap_compare: Compare, options: dict[str, Any]) -> None:
    """The light theme, ASCII only, and a failing candidate in production."""
    assert snap_compare(DemoApp(**options), terminal_size=(120, 36))


def test_the_board_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the states are still told apart."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(DemoApp(board(bad=True)), terminal_size=(120, 36))


@pytest.mark.parametrize("bad", [False, True], ids=["pass", "fail"])
def test_the_projector(snap_compare: Compare, bad: bool) -> None:
    """The view for the room, passing and failing."""
    assert snap_compare(ProjectorApp(bad=bad), terminal_size=(100, 26))
