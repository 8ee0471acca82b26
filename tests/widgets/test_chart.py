"""The plot tells the truth, also about nothing, too much and holes."""

from math import inf, nan
from sys import float_info

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from widgets.chart import LIMIT_MARK, chart, legend, scale
from widgets.data import Plot, Series
from widgets.line import Line, width_of
from widgets.theme import Role

PLOT = Plot(start=0, end=100, top=2.0, limit=1.0, limit_label="1 %")


def text(lines: list[Line]) -> list[str]:
    """The rows without looks."""
    return ["".join(part for part, _ in line) for line in lines]


def series(*values: float | None) -> Series:
    """Values spread over 0…100."""
    return Series(tuple((100 * i / max(1, len(values) - 1), value) for i, value in enumerate(values)))


def dots(lines: list[Line], *wanted: str) -> str:
    """What is drawn in the wanted looks."""
    return "".join(part for line in lines for part, look in line if look in wanted).strip()


def test_the_limit_is_drawn_and_labelled() -> None:
    """One row of the plot is the limit, with its label beside it, also without any data."""
    rows = text(chart(PLOT, 30, 6))
    marked = [row for row in rows if LIMIT_MARK in row]
    assert len(marked) == 1
    assert marked[0].startswith("1 % ")
    assert marked[0].count(LIMIT_MARK) == 26
    assert rows[-1].startswith("  0 ")


def test_without_a_limit_nothing_is_drawn_for_it() -> None:
    """No limit, no line, no gutter."""
    rows = text(chart(replace(PLOT, limit=None), 30, 6))
    assert rows == [" " * 30] * 6


@pytest.mark.parametrize("limit", [0.0, -1.0, nan, inf])
def test_a_limit_that_is_none(limit: float) -> None:
    """A limit that cannot be drawn is left out."""
    assert LIMIT_MARK not in "".join(text(chart(replace(PLOT, limit=limit), 30, 6)))


@given(st.floats(0.001, 1e9), st.floats(0.001, 1e9), st.integers(1, 40))
def test_the_scale_holds_top_and_limit(limit: float, top: float, height: int) -> None:
    """Whatever the top, the limit is seen with room above it, in the middle of its row."""
    plot = replace(PLOT, limit=limit, top=top)
    edge, row = scale(plot, height)
    assert row is not None and 0 <= row < height
    assert edge > limit
    assert edge == pytest.approx(limit * height / (height - row - 0.5))
    if height > 1 and limit < top * (1 - 0.5 / height) and limit > top * 0.5 / height:
        assert edge >= top * 0.999


def test_above_and_below_the_limit_differ() -> None:
    """A candidate just above the limit is drawn otherwise, just below it is not: the picture agrees with the rule."""
    below = chart(replace(PLOT, candidate=series(0.99, 0.99)), 30, 6)
    above = chart(replace(PLOT, candidate=series(1.01, 1.01)), 30, 6)
    assert dots(below, Role.CANDIDATE) and not dots(below, Role.OVER)
    assert dots(above, Role.OVER) and not dots(above, Role.CANDIDATE)


def test_zero_is_a_line_at_the_bottom() -> None:
    """All zero is something else than no data."""
    lines = chart(replace(PLOT, candidate=series(0, 0, 0)), 30, 6)
    assert text(lines)[-1] == "  0 " + "⣀" * 26
    assert not dots(chart(PLOT, 30, 6), Role.CANDIDATE)


def test_gaps_are_gaps() -> None:
    """Between two points with None or NaN between them nothing is drawn."""
    whole = chart(replace(PLOT, limit=None, candidate=series(0, 0, 0, 0, 0)), 20, 1)
    assert text(whole) == ["⣀" * 20]
    for hole in (None, nan):
        lines = chart(replace(PLOT, limit=None, candidate=series(0, 0, hole, 0, 0)), 20, 1)
        row = text(lines)[0]
        assert row[:5] == "⣀" * 5 and row[-5:] == "⣀" * 5
        assert row[7:13] == " " * 6


def test_a_lone_point_is_seen() -> None:
    """One point between gaps is a dot, for stable too."""
    bare = replace(PLOT, limit=None)
    for at in range(40):
        alone = Series(((at * 100 / 39, 0.5),))
        for plot in (replace(bare, candidate=alone), replace(bare, stable=alone)):
            assert "".join(text(chart(plot, 20, 2))).strip()


def test_infinite_and_huge_stand_at_the_top() -> None:
    """Values past the top are clamped, not lost, and cost nothing."""
    for value in (inf, 1e300, 3.0):
        rows = text(chart(replace(PLOT, limit=None, candidate=series(value, value)), 20, 4))
        assert rows[0] == "⠉" * 20
    rows = text(chart(replace(PLOT, limit=None, candidate=series(-5.0, -inf)), 20, 4))
    assert rows[-1] == "⣀" * 20


def test_stable_is_dotted_and_yields() -> None:
    """Stable differs from the candidate without colour; where both are, the candidate is seen."""
    both = replace(PLOT, limit=None, candidate=series(0.5, 0.5), stable=series(1.5, 1.5))
    rows = text(chart(both, 20, 4))
    assert rows[0] == "⡀" * 20
    same = chart(replace(both, stable=series(0.5, 0.5)), 20, 4)
    assert dots(same, Role.CANDIDATE) and not dots(same, Role.STABLE)


def test_ascii_fallback() -> None:
    """Stars for the candidate, dots for stable, nothing but ASCII besides the limit's mark."""
    plot = replace(PLOT, candidate=series(0.2, 0.2), stable=series(1.8, 1.8))
    rows = "".join(text(chart(plot, 30, 6, ascii_only=True)))
    assert "*" in rows and "." in rows
    assert rows.replace(LIMIT_MARK, "-").isascii()


def test_the_window_clips() -> None:
    """Points outside the window do not draw, and a line that comes in from outside begins at the edge."""
    outside = Series(((-50.0, 0.0), (150.0, 0.0)))
    assert text(chart(replace(PLOT, limit=None, candidate=outside), 20, 1)) == ["⣀" * 20]
    assert text(chart(replace(PLOT, limit=None, candidate=Series(((200.0, 0.0),))), 20, 1)) == [" " * 20]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 1), (nan, 1), (0, inf)])
def test_a_window_without_width_is_empty(start: float, end: float) -> None:
    """No window, no curve, no crash."""
    rows = text(chart(replace(PLOT, start=start, end=end, limit=None, candidate=series(1, 1)), 20, 3))
    assert rows == [" " * 20] * 3
    assert legend(replace(PLOT, start=start, end=end), 40) == []


ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
POINTS = st.lists(st.tuples(st.floats(allow_nan=True, allow_infinity=True), ANY), max_size=8).map(tuple)


@settings(max_examples=150)
@given(POINTS, POINTS, ANY, st.floats(), st.integers(0, 40), st.integers(0, 12), st.booleans())
@example((), ((0.0, inf),), float_info.max / 2, 0.0, 1, 1, False)  # the limit's scale overflows
@example(((0.0, 0.0), (5e-324, 1.0)), (), None, 1.0, 20, 5, False)  # no slope between these two is finite
@example(((-float_info.max, 0.0), (float_info.max, 1.0)), (), None, 1.0, 400, 5, False)  # nor this distance
def test_any_data_fills_the_size(
    candidate: tuple[tuple[float, float | None], ...],
    stable: tuple[tuple[float, float | None], ...],
    limit: float | None,
    top: float,
    width: int,
    height: int,
    ascii_only: bool,
) -> None:
    """Whatever the data, the plot has its size and nothing is raised."""
    plot = Plot(0, 100, top, limit, "1 %", Series(candidate), Series(stable))
    lines = chart(plot, width, height, ascii_only)
    assert len(lines) == (height if width else 0)
    assert all(width_of(line) == width for line in lines)
    assert width_of(legend(plot, width)) <= width
