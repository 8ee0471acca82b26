"""The projector's view: a few things, large enough for a room."""

from rich.cells import cell_len

from widgets.data import ClockRow, Projector, Tone
from widgets.digits import digits
from widgets.glyphs import MARK
from widgets.line import Ink, Line, Span, cut, fit, width_of, wrap
from widgets.pane import Pane
from widgets.panes.header import header_line
from widgets.panes.sentence import sentence_lines
from widgets.panes.traffic import rung_lines, share_lines
from widgets.theme import BADGE, Look, Role

_GAP = 4
_COLUMNS = 3
_MARGIN = 2
_BLANK: Line = []
_ROOMY = 24
_LEAST_NOTE = 10


class ProjectorPane(Pane[Projector]):
    """Header, sentence, big clocks, big percent and verdict, the traffic, who leads and what is due."""

    def __init__(self, value: Projector | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(value or Projector(), frame=None, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """24 rows are filled well; with fewer, the blocks at the end are cut, with more they stand apart."""
        show = self.value
        inner = max(0, width - 2 * _MARGIN)
        blocks = [
            sentence_lines(show.sentence, width - _MARGIN, 2, ink),
            _indented(_big_row([_big_clock(clock, ink) for clock in show.clocks], inner)),
            _indented(_big_row([*_big_percent(show, ink), *_big_verdict(show, inner, ink)], inner)),
            _indented(
                [
                    *share_lines(show.traffic.shares, inner, ink, thick=2 if height >= _ROOMY else 1),
                    *rung_lines(show.traffic.rungs, show.traffic.bake, inner, ink),
                ]
            ),
            _indented([[ink.tell(text)] for text in (show.leads, show.due) if text.text]),
        ]
        blocks = [block for block in blocks if block]
        need = 1 + sum(len(block) for block in blocks)
        gap = max(0, min(2, (height - need) // max(1, len(blocks))))
        lines = [header_line(show.header, width, ink)]
        for block in blocks:
            lines += [_BLANK] * gap + block
        return lines[:height]


Block = list[Line]
"""A label row and three rows of something big, all of one width."""


def _big_clock(clock: ClockRow, ink: Ink) -> Block:
    look: Look = Role.STRONG if clock.tone == Tone.PLAIN else clock.tone
    label = " ".join(part for part in (ink.text(clock.label), ink.text(clock.note)) if part)
    return _big(label, ink.text(clock.value), look, ink)


def _big_percent(show: Projector, ink: Ink) -> list[Block]:
    if show.percent is None:
        return []
    return [_big(ink.text(show.percent_label), f"{show.percent} %", Role.CANDIDATE, ink)]


def _big_verdict(show: Projector, width: int, ink: Ink) -> list[Block]:
    if not show.verdict.text:
        return []
    word = f"   {MARK[show.verdict.tone]} {ink.text(show.verdict.text)}   "
    look: Look = BADGE.get(show.verdict.tone, Role.BADGE_PLAIN)
    solid: Span = (" " * cell_len(word), look)
    rows: Block = [[("verdict", Tone.DIM)], [solid], [(word, look)], [solid]]
    # The note stands beside the block, as far as the third column's end.
    room = width - cell_len(word) - 2 - (width // _COLUMNS if show.percent is not None else 0)
    if show.verdict_note.text and room > _LEAST_NOTE:
        note = wrap([ink.tell(show.verdict_note)], room, 3)
        for row, line in zip(rows[2 if len(note) == 1 else 1 :], note, strict=False):
            row += [("  ", Tone.PLAIN), *line]
    return [rows]


def _big(label: str, value: str, look: Look, ink: Ink) -> Block:
    rows = digits(value, ink.ascii_only)
    label = cut(label, max(24, len(rows[0])))
    return [[(label, Tone.DIM)], *([(row, look)] for row in rows)]


def _big_row(blocks: list[Block], width: int) -> list[Line]:
    """The blocks side by side in columns of a third of the width, as many as fit; never half a clock."""
    column = max(1, width // max(_COLUMNS, len(blocks)))
    lines: list[Line] = [[], [], [], []]
    used = 0
    for block in blocks:
        needed = max(width_of(row) for row in block)
        least = max(cell_len(row[0][0]) for row in block)
        start = -(-(used + _GAP) // column) * column if used else 0
        if used and start + least > width:
            start = used + _GAP
        if used and start + least > width:
            break
        for line, row in zip(lines, block, strict=True):
            line.append((" " * (start - used), Tone.PLAIN))
            line.extend(row)
            line.append((" " * (needed - width_of(row)), Tone.PLAIN))
        used = start + needed
    return [fit(line, width) for line in lines] if blocks else []


def _indented(lines: list[Line]) -> list[Line]:
    return [[(" " * _MARGIN, Tone.PLAIN), *line] for line in lines]
