"""The services beside the focused one: which lines, in which order, at any size."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.widgets.demo import DemoApp
from tests.widgets.sample import board
from widgets.data import Board, LaneRow, Text, Tone
from widgets.line import Ink, width_of
from widgets.panes.lanes import lane_lines
from widgets.panes.traffic import traffic_lines
from widgets.theme import DARK, looks

Compare = Callable[..., bool]
INK = Ink(looks(DARK, False))
WORST = LaneRow("search-api", 25, "2/4", Text("FAIL", Tone.BAD), Text("errors 8 %, limit 1 %", Tone.BAD))
WEAK = LaneRow("cart", 10, "1/4", Text("WEAK", Tone.WATCH), Text("too little traffic to tell", Tone.WATCH))
IDLE = LaneRow("mail", verdict=Text("–", Tone.DIM), wrong=Text("no hotfix yet", Tone.DIM))
FINE = LaneRow("images-and-a-name-as-long-as-they-come", 50, "3/4", Text("PASS", Tone.GOOD))
HOSTILE = LaneRow("[/red]\x1b[31m\u202eevil" * 9, 100, "4/4", Text("PASS", Tone.GOOD), Text("x" * 10_000))


def rows(count: int) -> tuple[LaneRow, ...]:
    """So many of them, the worst first."""
    fine = tuple(replace(FINE, service=f"service-{number:02}") for number in range(count))
    return (WORST, WEAK, *fine, IDLE)[:count]


def of_several(count: int) -> Board:
    """The sample, of one focused service and the others."""
    sample = board()
    return replace(sample, traffic=replace(sample.traffic, place=f"1 of {count}", lanes=rows(count - 1)))


def said(lines: list[Any]) -> list[str]:
    """The lines as text."""
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_a_lane_says_verdict_name_share_rung_and_what_is_wrong() -> None:
    """State is told by glyph and word; a lane without a candidate has no number."""
    lines = said(lane_lines((WORST, IDLE), 76, 2, INK))
    assert lines[0] == "✘ FAIL  search-api  ██······ 25 %  2/4  errors 8 %, limit 1 %"
    assert lines[1].startswith("· –     mail ") and lines[1].endswith("no hotfix yet") and "%" not in lines[1]


def test_what_does_not_fit_is_counted_and_of_that_what_fails() -> None:
    """The worst come first; when even failing ones do not fit, their number is told."""
    lines = said(lane_lines((WORST,) * 4 + (IDLE,), 60, 3, INK))
    assert lines[2] == "+3 more, 2 of them ✘"
    assert said(lane_lines(rows(5), 60, 1, INK)) == ["+5 more, 1 of them ✘"]
    assert lane_lines(rows(5), 60, 0, INK) == []


@pytest.mark.parametrize("width", [0, 1, 8, 20, 44, 56, 76, 196])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    """At any width, whatever the names and words."""
    for line in lane_lines((WORST, HOSTILE, FINE, IDLE), width, 4, INK):
        assert width_of(line) <= width
        assert "\x1b" not in "".join(text for text, _ in line)


@pytest.mark.parametrize("height", range(1, 20))
def test_a_low_pane_keeps_a_line_for_the_others(height: int) -> None:
    """However low: never more rows than there are, and always a word of the other services."""
    lines = said(traffic_lines(of_several(12).traffic, 55, height, INK))
    assert len(lines) <= height
    assert "FAIL" in "\n".join(lines) or "of them ✘" in lines[-1]


@pytest.mark.parametrize("count", [3, 12])
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_pictures_of_several_services(snap_compare: Compare, size: tuple[int, int], count: int) -> None:
    """Three and twelve services at three sizes."""
    assert snap_compare(DemoApp(of_several(count)), terminal_size=size)
