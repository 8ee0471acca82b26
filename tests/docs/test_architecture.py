"""docs/architecture.md and its picture show the rooms as they are."""

import re
from itertools import pairwise

import pytest

from screenshots.rooms import FEW, ROOT, boxes, drawn, layers, main, widths

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_picture_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    """`make screenshots` would change nothing: the arrows are those of the imports that there are."""
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_another_argument_is_refused() -> None:
    """There is one option."""
    assert main(["--chek"]) == 2


def test_every_room_has_its_line_in_the_contracts_order() -> None:
    """The table names the rooms of the layers contract, from top to bottom, and no other."""
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == [room for row in layers() for room in row]


def test_boxes_lie_beside_each_other_and_within() -> None:
    """No box covers another one or is cut off, and an arrow never leads upwards."""
    rows = layers()
    placed = boxes(rows, {})
    for row in rows:
        edges = sorted((placed[room].x - placed[room].half, placed[room].x + placed[room].half) for room in row)
        assert edges[0][0] > 0
        assert edges[-1][1] < 1180
        assert all(left[1] < right[0] for left, right in pairwise(edges))


def test_an_arrow_is_as_wide_as_it_is_used() -> None:
    """Three steps; what is used less is drawn where it is the most that one of the two has, and else is not."""
    found = {("a", "b"): 50, ("a", "c"): 20, ("b", "c"): 8, ("a", "d"): 2, ("b", "e"): 7, ("a", "e"): 3}
    assert widths(found) == {("a", "b"): 6.0, ("a", "c"): 3.2, ("a", "d"): FEW, ("b", "c"): 1.3, ("b", "e"): FEW}
    assert drawn([["a"], ["b"], ["c", "d", "e"]], found).count("<path") == 2 * 5
