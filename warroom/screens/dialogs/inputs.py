"""What is typed into. What is pasted is made text first, and as much of it is taken as there is room for."""

from textual import events
from textual.widgets import Checkbox, Input, TextArea

from widgets.safe import safe


def safe_lines(text: str) -> str:
    """Text of several lines, each made safe on its own, none of them cut."""
    return "\n".join(safe(one, 4 * len(one) + 1) for one in text.splitlines())


class Line(Input):
    """One line. Textual's own would take nothing of a paste that is too long, and only the first of several lines."""

    def on_paste(self, event: events.Paste) -> None:
        """Several lines become one; what goes over the field's length is left out."""
        event.stop()
        event.prevent_default()
        start, end = sorted(self.selection)
        text = " ".join(safe_lines(event.text).splitlines())
        if self.max_length:
            text = text[: max(self.max_length - len(self.value) + end - start, 0)]
        self.replace(text, start, end)


class Page(TextArea):
    """Several lines."""

    def on_paste(self, event: events.Paste) -> None:
        """Put it in at the cursor."""
        event.stop()
        event.prevent_default()
        done = self.replace(safe_lines(event.text), *self.selection, maintain_selection_offset=False)
        self.move_cursor(done.end_location)


class Box(Checkbox):
    """Yes or no. Textual's own has the same sign for both, and without colours nobody could tell them apart."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802
        """The sign in the box."""
        return "X" if self.value else " "
