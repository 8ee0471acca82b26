"""What has happened, newest at the bottom."""

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from widgets.data import Timeline, TimelineRow, Tone
from widgets.line import Ink, Line, pad, width_of, wrap
from widgets.pane import ALONE, Frame, Pane
from widgets.theme import Look

_ACTOR_CELLS = 16
_WRAPPED_ROWS = 8


class TimelinePane(Pane[Timeline]):
    """As many events as fit. With `wrapped` long ones take several rows instead of being cut.

    Whoever shows it full-screen makes it focusable; then the keys below look back. Looked-back rows stay where they are
    while new ones arrive, and the frame says how many are newer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", "Older", show=False, id="timeline-older"),
        Binding("down", "look(1)", "Newer", show=False, id="timeline-newer"),
        Binding("pageup", "page(-1)", "Page back", show=False, id="timeline-page-back"),
        Binding("pagedown", "page(1)", "Page on", show=False, id="timeline-page-on"),
        Binding("home", "look(-1000000)", "Oldest", show=False, id="timeline-oldest"),
        Binding("end", "look(1000000)", "Newest", show=False, id="timeline-newest"),
    ]

    def __init__(
        self,
        value: Timeline | None = None,
        *,
        title: str = "Timeline",
        frame: Frame | None = ALONE,
        wrapped: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Timeline(), title=title, frame=frame, id=id, classes=classes)
        self._wrapped = wrapped
        self._last_seq: int | None = None

    def set_wrapped(self, wrapped: bool) -> None:
        """Break long events into several rows, or cut them."""
        if wrapped != self._wrapped:
            self._wrapped = wrapped
            self.redraw()

    def look(self, events: int) -> None:
        """Move the newest shown event by `events`: back when negative. At the newest it follows again."""
        rows = self.value.rows
        at = min(len(rows) - 1, max(0, len(rows) - 1 - self._newer() + events))
        self._last_seq = None if at >= len(rows) - 1 else rows[at].seq
        self.redraw()

    def action_look(self, events: int) -> None:
        """Look back or on by some events."""
        self.look(events)

    def action_page(self, pages: int) -> None:
        """Look back or on by a screenful."""
        self.look(pages * max(1, self.size.height - 3))

    def corner_note(self) -> str:
        """How many events are below the last one shown."""
        newer = self._newer()
        return f"↓ {newer} newer" if newer else ""

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """The newest events that fill `height`, from the bottom up."""
        rows = self.value.rows[: len(self.value.rows) - self._newer()]
        # Columns come from what can be seen, and a little before, so that they seldom jump.
        seen = rows[-max(1, height) - 20 :]
        actors = min(_ACTOR_CELLS, max((cell_len(ink.text(row.actor)) for row in seen), default=0))
        lines: list[Line] = []
        for row in reversed(seen):
            lines[:0] = _event_lines(row, width, actors, ink, self._wrapped)
            if len(lines) >= height:
                break
        return lines[-height:] if height else []

    def _newer(self) -> int:
        if self._last_seq is None:
            return 0
        return sum(1 for row in self.value.rows if row.seq > self._last_seq)


def _event_lines(row: TimelineRow, width: int, actors: int, ink: Ink, wrapped: bool) -> list[Line]:
    look: Look = row.tone
    start: Line = [(ink.text(row.time) + " ", Tone.DIM), (pad(ink.text(row.actor), actors) + "  ", Tone.DIM)]
    line: Line = [*start, ink.say(row.text, look)]
    if not wrapped or width_of(line) <= width:
        return [line]
    indent = width_of(start)
    if width - indent < 20:
        indent = 2
    return wrap(line, width, _WRAPPED_ROWS, indent=indent)
