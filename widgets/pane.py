"""The base of all panes: a frozen value in, rows out, and only the cells that changed go to the terminal."""

from collections.abc import Sequence
from functools import cache
from typing import Generic, TypeVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.data import Tone
from widgets.line import Ink, Line, Span, cut, fit, wrap
from widgets.theme import Role, looks

Value = TypeVar("Value")

_Cell = tuple[str, Style | None]
_LEAST_WIDTH = 8
_LEAST_HEIGHT = 3
_TROUBLE_ROWS = 3


class Frame(Struct, frozen=True):
    """The lines around a pane. Panes that share a line leave one side out and join with their corners.

    `corners` are top left, top right, bottom left, bottom right.
    """

    corners: str = "╭╮╰╯"
    top: bool = True
    right: bool = True
    bottom: bool = True
    left: bool = True


ALONE = Frame()


class Pane(Widget, Generic[Value]):
    """Draws one slice. `show` it a new one; an equal one costs nothing.

    Subclasses write `draw`, which makes rows of spans for a size and may not depend on anything but the value.
    """

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    class Failed(Message):
        """A value could not be drawn: a fault of the pane's own. A sentence stands in its place."""

        def __init__(self, fault: Exception) -> None:
            super().__init__()
            self.fault = fault

    def __init__(
        self,
        value: Value,
        *,
        title: str = "",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.value = value
        self._title = title
        self._frame = frame
        self._rows: list[Line] = []
        self._strips: list[Strip] = []
        self._painted: tuple[Size, Ink] | None = None
        self._ink: Ink | None = None
        self._wanted = 0
        self._trouble = ""

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """Rows for the inside of the pane, at most `height` of them, in any width; the base cuts and fills."""
        raise NotImplementedError

    def wants(self, width: int) -> int:
        """The rows that the value fills at an inner `width`, for panes with `height: auto`."""
        return 1

    def heading(self) -> str:
        """What stands in the frame's top line."""
        return self._title

    def corner_note(self) -> str:
        """What stands at the right of the frame's bottom line."""
        return ""

    def show(self, value: Value) -> None:
        """Draw `value` from now on."""
        if value == self.value and not self._trouble:
            return
        self.value, self._trouble = value, ""
        self.redraw()

    def fail(self, words: str) -> None:
        """Show a sentence in the place of the value, until there is one again."""
        if words != self._trouble:
            self._trouble = words
            self.redraw()

    def set_frame(self, frame: Frame | None) -> None:
        """Change the lines around the pane, e.g. when it fills the screen alone."""
        if frame != self._frame:
            self._frame = frame
            self.redraw()

    @property
    def ink(self) -> Ink:
        """How to draw now: by the app's theme, its `no_color`, and its `ascii` and `word` if it has them."""
        styles = looks(self.app.theme, self.app.no_color)
        ascii_only = bool(getattr(self.app, "ascii", False))
        if self._ink is None or self._ink.looks is not styles or self._ink.ascii_only != ascii_only:
            self._ink = Ink(styles, ascii_only, getattr(self.app, "word", None))
        return self._ink

    def redraw(self) -> None:
        """Draw again; refresh the cells that came out different."""
        if self._painted is None:
            return
        if self.styles.is_auto_height and self._outer_rows(self.size.width) != self._wanted:
            self.refresh(layout=True)
        if self._painted != (self.size, self.ink):
            self._painted = None
            self.refresh()
            return
        before = self._strips
        self._paint(self.size, self.ink)
        regions = changed_regions(before, self._strips)
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row of the pane, its frame included."""
        return self._row(y, self._up_to_date())

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells that Textual asks for. Its own way, through styles that no pane has, costs a third of a tick."""
        size = self._up_to_date()
        strips = [self._row(y, size) for y in crop.line_range]
        ground = _ground(self.ink.looks[Tone.PLAIN])
        for one in self.get_line_filters():
            strips = [strip.apply_filter(one, ground) for strip in strips]
        return strips if crop.width == size.width else [strip.crop(*crop.column_span) for strip in strips]

    def _up_to_date(self) -> Size:
        """Make the strips where the size or the looks are others by now; the size. Asked once a picture, not a row."""
        size, ink = self.size, self.ink
        if self._painted != (size, ink):
            self._rows, self._strips = [], []
            self._paint(size, ink)
            self._painted = (size, ink)
        return size

    def _row(self, y: int, size: Size) -> Strip:
        return self._strips[y] if y < len(self._strips) else Strip.blank(size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows wanted, frame included."""
        self._wanted = self._outer_rows(width)
        return self._wanted

    def on_focus(self) -> None:
        """Show by the frame that keys go here."""
        self.redraw()

    def on_blur(self) -> None:
        """Take the focused frame back."""
        self.redraw()

    def _outer_rows(self, width: int) -> int:
        frame = self._frame
        if frame is None:
            return self._rows_wanted(width)
        inner = max(0, width - frame.left - frame.right - 2)
        return self._rows_wanted(inner) + frame.top + frame.bottom

    def _rows_wanted(self, width: int) -> int:
        if not self._trouble:
            try:
                return self.wants(width)
            except Exception as fault:
                self._failed(fault)
        return len(wrap([(self._trouble, Tone.BAD)], max(width, 1), _TROUBLE_ROWS))

    def _drawn(self, width: int, height: int, ink: Ink) -> list[Line]:
        """The value's rows, or the sentence in their place."""
        if self._trouble:
            return wrap([ink.say(self._trouble, Tone.BAD)], max(width, 1), max(height, 1))
        return self.draw(width, height, ink)

    def _failed(self, fault: Exception) -> None:
        """One pane that can't be drawn must not take the others along."""
        self._trouble = f"This can't be shown just now ({type(fault).__name__})."
        self.post_message(self.Failed(fault))

    def _paint(self, size: Size, ink: Ink) -> None:
        """Make the rows and their strips; where that fails, those of a sentence that says so."""
        try:
            self._rows, self._strips = self._made(size, ink)
        except Exception as fault:
            self._failed(fault)
            self._rows, self._strips = self._made(size, ink)

    def _made(self, size: Size, ink: Ink) -> tuple[list[Line], list[Strip]]:
        """The rows, and their strips; those of rows that say the same stay."""
        rows = self._compose_rows(size, ink)
        known = len(self._strips)
        strips = [
            self._strips[y] if y < known and self._rows[y] == row else ink.strip(row, size.width)
            for y, row in enumerate(rows)
        ]
        return rows, strips

    def _compose_rows(self, size: Size, ink: Ink) -> list[Line]:
        """All rows of the pane, as many as it is high."""
        width, height = size
        if not width or not height:
            return []
        frame = self._frame
        if frame is None or width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
            return _filled(self._drawn(width, height, ink), height)
        inner_width = width - frame.left - frame.right - 2
        inner_height = height - frame.top - frame.bottom
        look = Role.FRAME_FOCUS if self.has_focus else Role.FRAME
        lines = _filled(self._drawn(inner_width, inner_height, ink), inner_height)
        rows = [_sides(line, inner_width, frame, look) for line in lines]
        if frame.top:
            rows.insert(
                0, _top(frame, cut(ink.text(self._title if self._trouble else self.heading()), width - 6), width, look)
            )
        if frame.bottom:
            rows.append(
                _bottom(frame, cut("" if self._trouble else ink.text(self.corner_note()), width - 6), width, look)
            )
        return rows


@cache
def _ground(style: Style) -> Color:
    """What a style is drawn on."""
    return Color.from_rich_color(style.bgcolor)


def _filled(lines: list[Line], height: int) -> list[Line]:
    return lines[:height] + [[] for _ in range(height - len(lines))]


def _sides(line: Line, width: int, frame: Frame, look: Role) -> Line:
    inside = fit(line, width)
    fill = width - sum(cell_len(text) for text, _ in inside)
    left: Span = ("│" if frame.left else "", look)
    right: Span = ("│" if frame.right else "", look)
    return [left, (" ", Tone.PLAIN), *inside, (" " * (fill + 1), Tone.PLAIN), right]


def _top(frame: Frame, title: str, width: int, look: Role) -> Line:
    left = frame.corners[0] if frame.left else "─"
    right = frame.corners[1] if frame.right else "─"
    label = f" {title} " if title else ""
    rest = "─" * (width - 2 - cell_len(label))
    return [(left, look), (label, Role.TITLE), (rest + right, look)]


def _bottom(frame: Frame, note: str, width: int, look: Role) -> Line:
    left = frame.corners[2] if frame.left else "─"
    right = frame.corners[3] if frame.right else "─"
    label = f" {note} " if note else ""
    rest = "─" * (width - 2 - cell_len(label))
    return [(left + rest, look), (label, Tone.ACCENT), (right, look)]


def changed_regions(old: Sequence[Strip], new: Sequence[Strip]) -> list[Region]:
    """Where `new` differs from `old`: one region per changed row, first to last changed column.

    Both have as many rows, of the same width.
    """
    regions = []
    for y, (before, after) in enumerate(zip(old, new, strict=True)):
        if before is after or before == after:
            continue
        at, was, now = _differing(list(before), list(after))
        start, end = 0, len(now)
        while start < end and was[start] == now[start]:
            start += 1
        while end > start and was[end - 1] == now[end - 1]:
            end -= 1
        if start == end:
            continue
        # Never begin or stop in the middle of a wide character.
        while "" in (was[start][0], now[start][0]):
            start -= 1
        while end < len(now) and "" in (was[end][0], now[end][0]):
            end += 1
        regions.append(Region(at + start, y, end - start, 1))
    return regions


def _differing(before: list[Segment], after: list[Segment]) -> tuple[int, list[_Cell], list[_Cell]]:
    """Where the spans end that both rows begin with, and the cells from there to those that both end with.

    Most of a row stays as it is: looking at all of it cell by cell would be a good part of what a tick costs.
    """
    most = min(len(before), len(after))
    start = next((n for n in range(most) if before[n] != after[n]), most)
    while start and (_clings(before[start:]) or _clings(after[start:])):
        start -= 1
    most -= start
    end = next((n for n in range(most) if before[-1 - n] != after[-1 - n]), most)
    while end and _clings(after[-end:]):
        end -= 1
    at = sum(span.cell_length for span in before[:start])
    return at, _cells(before[start : len(before) - end]), _cells(after[start : len(after) - end])


def _clings(spans: list[Segment]) -> bool:
    """Whether these begin with an accent for the character before them."""
    return bool(spans) and cell_len(spans[0].text[:1]) == 0


def _cells(spans: list[Segment]) -> list[_Cell]:
    """What stands in each cell: its character with its accents, or "" in the second half of a wide one."""
    cells: list[_Cell] = []
    for text, style, _ in spans:
        if text.isascii() and text.isprintable():  # most of what changes each second: a cell for each character
            cells.extend([(char, style) for char in text])
            continue
        for char in text:
            width = cell_len(char)
            if width:
                cells.append((char, style))
                cells.extend([("", style)] * (width - 1))
            elif cells:
                base = len(cells) - (1 if cells[-1][0] else 2)
                cells[base] = (cells[base][0] + char, cells[base][1])
    return cells
