"""The services beside the focused one, a line each: verdict, name, the candidate's share, and what is wrong."""

from rich.cells import cell_len

from widgets.data import LaneRow, Tone
from widgets.glyphs import MARK
from widgets.line import Ink, Line, cells_of, cut, fit, pad
from widgets.theme import Role

_LEAST_NAME = 8
_MOST_NAME = 0.4
"""The longest name's part of the width; longer ones are cut at their end."""
_BAR = 8
_ROOM_FOR_BAR = 56
_NUMBER = 5


def lane_lines(rows: tuple[LaneRow, ...], width: int, height: int, ink: Ink) -> list[Line]:
    """`✘ FAIL  search-api  ██······  25 %  2/4  5xx 60 of 1 000`, as many as fit; the last line says how many more."""
    if not rows or height < 1:
        return []
    shown = rows if len(rows) <= height else rows[: height - 1]
    verdicts = max(cell_len(ink.text(row.verdict.text)) for row in rows)
    longest = max(cell_len(ink.text(row.service)) for row in rows)
    names = min(longest, max(_LEAST_NAME, int(width * _MOST_NAME)))
    rungs = max(cell_len(row.rung) for row in rows)
    bar = _BAR if width >= _ROOM_FOR_BAR else 0
    lines = [_lane(row, verdicts, names, rungs, bar, width, ink) for row in shown]
    if len(shown) < len(rows):
        lines.append(_more(rows[len(shown) :], width, ink))
    return lines


def _lane(row: LaneRow, verdicts: int, names: int, rungs: int, bar: int, width: int, ink: Ink) -> Line:
    tone = row.verdict.tone
    line: Line = [
        (f"{MARK[tone]} {pad(ink.text(row.verdict.text), verdicts)}  ", tone),
        (pad(cut(ink.text(row.service), names), names) + " ", Tone.PLAIN),
    ]
    if row.percent is None:
        line.append((" " * (bar + (1 if bar else 0) + _NUMBER), Tone.PLAIN))
    else:
        full = cells_of(row.percent, bar)
        if bar:
            line += [(" " + "█" * full, Role.CANDIDATE), ("·" * (bar - full), Role.TRACK)]
        line.append((f"{row.percent:3d} %", Role.STRONG))
    line.append((f"  {pad(row.rung, rungs)}  ", Tone.DIM))
    line.append(ink.tell(row.wrong))
    return fit(line, width)


def _more(rest: tuple[LaneRow, ...], width: int, ink: Ink) -> Line:
    """How many did not fit, and of those how many fail: the worst come first, but there may be many of them."""
    failing = sum(row.verdict.tone is Tone.BAD for row in rest)
    line: Line = [(f"+{len(rest)} more", Tone.DIM)]
    if failing:
        line.append((f", {failing} of them {MARK[Tone.BAD]}", Tone.BAD))
    return fit(line, width)
