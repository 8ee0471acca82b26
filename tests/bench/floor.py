"""The floor: the smallest Textual app, one Static. A key changes its text, d opens an empty dialog."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class FloorDialog(ModalScreen[None]):
    """A dialog with one line."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static("DIALOG")


class Floor(App[None]):
    """One Static."""

    BINDINGS: ClassVar[list[BindingType]] = [("down", "count", "Count"), ("n", "dialog", "Dialog")]

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static("READY")

    def action_count(self) -> None:
        """Change what is shown."""
        self.counted = getattr(self, "counted", 0) + 1
        self.query_one(Static).update(f"READY {self.counted}")

    def action_dialog(self) -> None:
        """Open the dialog."""
        self.push_screen(FloorDialog())


if __name__ == "__main__":
    Floor().run()
