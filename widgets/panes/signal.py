"""One signal of the evidence: its plot, what it says in words, the verdict, and how old that is."""

from widgets.chart import chart, legend
from widgets.data import Plot, Signal, Text, Tone
from widgets.glyphs import MARK
from widgets.line import Ink, Line, Span, wrap
from widgets.pane import ALONE, Frame, Pane
from widgets.theme import BADGE

_LEAST_PLOT_ROWS = 2
_ROWS_FOR_LEGEND = 5
_ROWS_OF_FIRST = 3  # what is said of the candidate, to the end
_ROWS_PER_SAYING = 2


class SignalPane(Pane[Signal]):
    """Error rate or response time. The verdict stays at any height; then come the words, then the plot."""

    def __init__(
        self,
        value: Signal | None = None,
        *,
        title: str = "",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Signal(), title=title, frame=frame, id=id, classes=classes)
        self._charted: tuple[tuple[Plot, int, int, bool], list[Line]] | None = None

    def heading(self) -> str:
        """The signal's own title."""
        return self.value.title or self._title

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """Plot, legend, words, verdict, from the top; dropped in the order plot, words."""
        signal = self.value
        last = verdict_line(signal.verdict, signal.age, ink)
        if height <= 0:
            return []
        room = height - (1 if last else 0)
        rows = (_ROWS_PER_SAYING if number else _ROWS_OF_FIRST for number, _ in enumerate(signal.lines))
        sayings = zip(signal.lines, rows, strict=True)
        words = [row for line, most in sayings for row in wrap([ink.tell(line)], width, most)][:room]
        room -= len(words)
        lines: list[Line] = []
        if room >= _LEAST_PLOT_ROWS and (signal.plot.candidate.points or signal.plot.stable.points):
            with_legend = room >= _ROWS_FOR_LEGEND
            lines = list(self._chart(signal.plot, width, room - with_legend, ink.ascii_only))
            if with_legend:
                lines.append(legend(signal.plot, width))
        lines += words
        return [*lines, last] if last else lines

    def _chart(self, plot: Plot, width: int, height: int, ascii_only: bool) -> list[Line]:
        """The plot's rows, drawn anew only for new data: the age beside it changes each second."""
        wanted = (plot, width, height, ascii_only)
        if self._charted is None or self._charted[0] != wanted:
            self._charted = (wanted, chart(*wanted))
        return self._charted[1]


def verdict_line(verdict: Text, age: Text, ink: Ink) -> Line:
    """`✔ PASS   40 s old`. Only what needs an answer is a solid badge; a PASS is quiet."""
    if not verdict.text:
        return [ink.tell(age)] if age.text else []
    return [verdict_word(verdict, ink), ("   ", Tone.PLAIN), ink.tell(age)]


def verdict_word(verdict: Text, ink: Ink) -> Span:
    """The verdict's glyph and word."""
    word = f"{MARK[verdict.tone]} {ink.text(verdict.text)}"
    if verdict.tone in (Tone.WATCH, Tone.BAD):
        return f" {word} ", BADGE[verdict.tone]
    return word, verdict.tone
