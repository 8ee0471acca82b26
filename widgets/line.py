"""Rows of text before they are drawn: spans with a look, measured, cut and aligned by cells."""

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.data import Text, Tone
from widgets.glyphs import to_ascii
from widgets.safe import safe
from widgets.theme import Look

Span = tuple[str, Look]
Line = list[Span]


class Ink:
    """How things are drawn just now: the looks of the theme, and whether only ASCII can be shown.

    `word` makes words of what the program marks in its own texts, before anything else.
    """

    def __init__(
        self, looks: dict[str, Style], ascii_only: bool = False, word: Callable[[str], str] | None = None
    ) -> None:
        self.looks = looks
        self.ascii_only = ascii_only
        self.word = word

    def say(self, text: str, look: Look = Tone.PLAIN) -> Span:
        """A span of text from anywhere, made safe. Every text of a slice goes through here."""
        return self.text(text), look

    def text(self, text: str) -> str:
        """Text from anywhere, made safe, as it will stand on the screen."""
        shown = safe(text if self.word is None else self.word(text))
        return to_ascii(shown) if self.ascii_only else shown

    def tell(self, text: Text) -> Span:
        """A toned text of a slice as a span."""
        return self.say(text.text, text.tone)

    def strip(self, line: Iterable[Span], width: int) -> Strip:
        """The line as a Strip of exactly `width` cells."""
        fitted = fit(line, width)
        fitted.append((" " * (width - width_of(fitted)), Tone.PLAIN))
        runs: list[tuple[str, Style]] = []
        for text, look in fitted:
            style = self.looks[look]
            if runs and (runs[-1][1] == style or (text.isspace() and _same_ground(runs[-1][1], style))):
                runs[-1] = (runs[-1][0] + text, runs[-1][1])
            elif text:
                runs.append((text, style))
        if self.ascii_only:
            runs = [(to_ascii(text), style) for text, style in runs]
        return Strip([Segment(text, style) for text, style in runs], width)


def _same_ground(one: Style, other: Style) -> bool:
    """True where a space looks the same in both. Each change of style costs some forty bytes on the line."""
    return one.bgcolor == other.bgcolor and not (one.underline or one.reverse or other.underline or other.reverse)


def width_of(line: Iterable[Span]) -> int:
    """How many cells the line takes."""
    return sum(cell_len(text) for text, _ in line)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells, ending in … where something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…" * max(0, width)


def cut_start(text: str, width: int) -> str:
    """Like `cut`, but the end stays: revision names differ in their last letters."""
    if cell_len(text) <= width:
        return text
    tail = ""
    for char in reversed(text):
        if cell_len(char + tail) > width - 1:
            break
        tail = char + tail
    return ("…" + tail) if width > 0 else ""


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells, cut or filled with spaces; `right` puts it at the right end."""
    text = cut(text, width)
    fill = " " * (width - cell_len(text))
    return fill + text if right else text + fill


def fit(line: Iterable[Span], width: int) -> Line:
    """The line cut to `width` cells, with … at the edge; empty spans are left out."""
    spans = [(text, look) for text, look in line if text]
    if width_of(spans) <= width:
        return spans
    out: Line = []
    for text, look in spans:
        if cell_len(text) >= width:
            # The last span that fits is cut even if it ends at the edge: more would follow.
            out.append((cut(text + " ", width), look))
            break
        out.append((text, look))
        width -= cell_len(text)
    return [(text, look) for text, look in out if text]


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """`left` at the left, `right` at the right edge; the left is cut first, and then the right."""
    right = fit(right, width)
    room = width - width_of(right)
    if right:
        room -= 1
    start = fit(left, max(0, room))
    gap = width - width_of(start) - width_of(right)
    return [*start, (" " * gap, Tone.PLAIN), *right]


def cells_of(percent: int, width: int) -> int:
    """How many of `width` cells show `percent`: none only for 0, all only for 100."""
    if percent <= 0:
        return 0
    if percent >= 100:
        return width
    return min(width - 1, max(1, round(percent * width / 100)))


def wrap(line: Iterable[Span], width: int, height: int, indent: int = 0) -> list[Line]:
    """The line broken between words into at most `height` lines; what is left over is cut with ….

    Following lines start `indent` cells in.
    """
    lines: list[Line] = [[]]
    used = 0
    for text, look in _words(line):
        if used + cell_len(text.rstrip()) > width and used > (indent if len(lines) > 1 else 0) and len(lines) < height:
            lines.append([(" " * indent, Tone.PLAIN)] if indent else [])
            used = indent
        lines[-1].append((text, look))
        used += cell_len(text)
    return [fit(_trim(spans), width) for spans in lines]


def _words(line: Iterable[Span]) -> Iterable[Span]:
    """The words of the line, each with the spaces behind it."""
    for text, look in line:
        start = 0
        while start < len(text):
            end = text.find(" ", start)
            if end < 0:
                end = len(text)
            while end < len(text) and text[end] == " ":
                end += 1
            yield text[start:end], look
            start = end


def _trim(line: Line) -> Line:
    """The line without spaces at its end, neighbours of one look joined."""
    out: Line = []
    for text, look in line:
        if out and out[-1][1] == look:
            out[-1] = (out[-1][0] + text, look)
        else:
            out.append((text, look))
    while out and not out[-1][0].rstrip():
        out.pop()
    if out:
        out[-1] = (out[-1][0].rstrip(), out[-1][1])
    return out
