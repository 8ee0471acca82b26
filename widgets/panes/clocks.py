"""The clocks of the protocol: SLA, escalation, updates."""

from rich.cells import cell_len

from widgets.data import ClockRow, Clocks, Tone
from widgets.line import Ink, Line, cut, pad, width_of
from widgets.pane import ALONE, Frame, Pane
from widgets.theme import Look, Role

_LEAST_LABEL = 6


class ClocksPane(Pane[Clocks]):
    """One clock a row: label, value flush right in its column, and what it stands against."""

    def __init__(
        self,
        value: Clocks | None = None,
        *,
        title: str = "Clocks",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Clocks(), title=title, frame=frame, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """The first clocks that fit."""
        rows = self.value.rows[:height]
        values = max((cell_len(ink.text(row.value)) for row in rows if row.value), default=0)
        labels = max((cell_len(ink.text(row.label)) for row in rows if row.value), default=0)
        labels = min(labels, max(_LEAST_LABEL, width - values - 1))
        return [_clock_line(row, width, labels, values, ink) for row in rows]

    def wants(self, width: int) -> int:
        """A row for each clock."""
        return len(self.value.rows)


class ClocksLine(Pane[Clocks]):
    """All clocks in one row, for small terminals; the last ones are left out where they do not fit."""

    DEFAULT_CSS = "ClocksLine { height: 1; }"

    def __init__(self, value: Clocks | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(value or Clocks(), frame=None, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """One row: `since 31:07 · resolve 28:53`. Rows of words have no place here."""
        line: Line = []
        for row in self.value.rows:
            if not row.value:
                continue
            label = ink.text(row.short or row.label)
            item: Line = [(" · " if line else " ", Tone.DIM), (label + " ", Tone.DIM)]
            item.append(ink.say(row.value, _value_look(row)))
            if line and width_of(line) + width_of(item) > width:
                break
            line += item
        return [line]


def _clock_line(row: ClockRow, width: int, labels: int, values: int, ink: Ink) -> Line:
    label = ink.text(row.label)
    note = ink.text(row.note)
    if not row.value:
        # Words instead of a time: they need the width, so they ignore the columns.
        return [(cut(label, width) + " ", Tone.DIM), (note, row.tone)]
    value = (pad(ink.text(row.value), values, right=True), _value_look(row))
    line: Line = [(pad(label, labels) + " ", Tone.DIM), value]
    room = width - width_of(line) - 1
    # Half a note misleads more than none: "of 3…".
    if note and (cell_len(note) <= room or room >= 6):
        line.append((" " + cut(note, room), row.tone if row.tone != Tone.PLAIN else Tone.DIM))
    return line


def _value_look(row: ClockRow) -> Look:
    return Role.STRONG if row.tone == Tone.PLAIN else row.tone
