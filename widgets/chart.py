"""A small plot in braille: two curves, a limit, no library. Pure functions from data to rows."""

import sys
from collections.abc import Callable
from math import floor, isfinite, isnan

from rich.cells import cell_len

from widgets.data import Plot, Series, Tone
from widgets.glyphs import to_ascii
from widgets.line import Line, pad
from widgets.safe import safe
from widgets.theme import Look, Role

CANDIDATE_MARK, STABLE_MARK, LIMIT_MARK = "⠒⠒", "⠂⠂", "╌"
"""How the legend shows the curves and the limit."""

_BRAILLE = 0x2800
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_UPPER_HALF = 0x1B
_LOWEST = 0x40
_LEAST_PLOT = 10

LARGEST = sys.float_info.max
FAR = 1e9
"""Columns past which a point is no farther away: the arithmetic stays finite, whatever an outside answers."""

Mask = list[list[int]]
"""Braille bits of one curve, per row and column of cells."""

_Dot = Callable[[int, int], None]


def chart(plot: Plot, width: int, height: int, ascii_only: bool = False) -> list[Line]:
    """The plot as `height` rows of `width` cells, with the limit's label and 0 at the left where there is room.

    Values past the top stand at the top, below 0 at the bottom; None and NaN are gaps. Where candidate and stable meet,
    the candidate is seen; its cells above the limit look different. Stable is dotted, so that the two differ
    without colour. The scale is stretched a little so that the limit lies between dots, never on one.
    """
    if width < 1 or height < 1:
        return []
    label = safe(plot.limit_label) if _has_limit(plot) else ""
    label = to_ascii(label) if ascii_only else label
    gutter = cell_len(label) + 1 if label and width - cell_len(label) - 1 >= _LEAST_PLOT else 0
    columns = width - gutter
    top, limit_row = scale(plot, height)
    candidate = _mask(plot, plot.candidate, columns, height, top, ascii_only, dotted=False)
    stable = _mask(plot, plot.stable, columns, height, top, ascii_only, dotted=True)
    lines: list[Line] = []
    for row in range(height):
        mark = label if row == limit_row else "0" if row == height - 1 else ""
        line: Line = [(pad(mark, gutter - 1, right=True) + " ", Tone.DIM)] if gutter else []
        for column in range(columns):
            cell = _cell(candidate[row][column], stable[row][column], row, limit_row, ascii_only)
            if line and line[-1][1] == cell[1]:
                line[-1] = (line[-1][0] + cell[0], cell[1])
            else:
                line.append(cell)
        lines.append(line)
    return lines


def scale(plot: Plot, height: int) -> tuple[float, int | None]:
    """The value at the upper edge of `height` rows, and the row (from the top) through whose middle the limit goes.

    The edge is at least `plot.top`, and above the limit, which is always seen.
    """
    top = plot.top if isfinite(plot.top) and plot.top > 0 else 1.0
    if not _has_limit(plot):
        return top, None
    limit = plot.limit or 0.0
    below = max(0, min(height - 1, floor(limit / max(top, limit) * height - 0.5)))
    return min(LARGEST, limit * height / (below + 0.5)), height - 1 - below


def legend(plot: Plot, width: int) -> Line:
    """What the curves are, as much of it as fits, and how much time the plot spans."""
    items: list[tuple[str, Look]] = []
    if plot.candidate.points:
        items.append((f"{CANDIDATE_MARK} candidate", Role.CANDIDATE))
    if plot.stable.points:
        items.append((f"{STABLE_MARK} {'serves' if plot.elsewhere else 'stable'}", Role.STABLE))
    line: Line = []
    used = 0
    for text, look in items:
        gap = 2 if line else 0
        if used + gap + cell_len(text) > width:
            break
        line += [(" " * gap, Tone.PLAIN), (text, look)]
        used += gap + cell_len(text)
    span = _span(plot.end - plot.start)
    if span and used + 2 + len(span) <= width:
        line.append((" " * (width - used - len(span)) + span, Tone.DIM))
    return line


def _span(seconds: float) -> str:
    if not isfinite(seconds) or seconds <= 0:
        return ""
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{round(seconds)} s"


def _has_limit(plot: Plot) -> bool:
    return plot.limit is not None and isfinite(plot.limit) and plot.limit > 0


def _cell(candidate: int, stable: int, row: int, limit_row: int | None, ascii_only: bool) -> tuple[str, Look]:
    """One cell: the candidate over the stable over the limit."""
    bits = candidate | stable
    if not bits:
        return (LIMIT_MARK, Role.LIMIT) if row == limit_row else (" ", Tone.PLAIN)
    look: Look = Role.STABLE
    if candidate:
        # In the limit's own row only the upper half of the dots is at or past it.
        past = limit_row is not None and (row < limit_row or (row == limit_row and bool(candidate & _UPPER_HALF)))
        look = Role.OVER if past else Role.CANDIDATE
    if ascii_only:
        return ("*" if candidate else ".", look)
    return chr(_BRAILLE | bits), look


def _mask(plot: Plot, series: Series, columns: int, rows: int, top: float, ascii_only: bool, *, dotted: bool) -> Mask:
    """The curve's dots: points joined by lines, unless a gap lies between. ASCII has one dot a cell."""
    across, down = (1, 1) if ascii_only else (2, 4)
    wide, high = columns * across, rows * down
    mask: Mask = [[0] * columns for _ in range(rows)]
    if not (isfinite(plot.start) and isfinite(plot.end) and plot.end > plot.start):
        return mask

    def dot(x: int, y: int) -> None:
        row = (high - 1 - y) // down
        bit = _LOWEST if ascii_only else _BITS[x % 2][(high - 1 - y) % 4]
        mask[row][x // across] |= bit

    before: tuple[float, float] | None = None
    for at, value in series.points:
        if value is None or isnan(value) or not isfinite(at):
            before = None
            continue
        x = min(FAR, max(-FAR, (at - plot.start) / (plot.end - plot.start) * (wide - 1)))
        y = min(high - 1.0, max(0.0, floor(min(max(value, 0.0), top) / top * high)))
        if before is None or x <= before[0]:
            if 0 <= x <= wide - 1:
                dot(round(x), int(y))
        else:
            _join(before, (x, y), wide, dotted, dot)
        before = (x, y)
    return mask


def _join(before: tuple[float, float], after: tuple[float, float], wide: int, dotted: bool, dot: _Dot) -> None:
    """Dots from one point to the next, without holes where it is steep; clipped to the columns there are."""
    (x0, y0), (x1, y1) = before, after
    level: int | None = None
    for x in range(max(0, round(x0)), min(wide - 1, round(x1)) + 1):
        # How far along and not how steep: between two points that all but coincide no slope is finite.
        now = round(y0 + (y1 - y0) * (min(max(x, x0), x1) - x0) / (x1 - x0))
        # A steep line goes on from where the last column ended, one dot further.
        start = now if level is None or level == now else level + (1 if now > level else -1)
        if not dotted or x % 2 == 0:
            for y in range(min(start, now), max(start, now) + 1):
                dot(x, y)
        level = now
