"""The base of all dialogs: what every one of them guards, and the way out and the way back that every one keeps."""

from math import inf
from typing import ClassVar, TypeVar, cast

from rich.console import RenderableType
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from warroom.commands import BY_ID
from warroom.screens.dialogs.backdrop import Beneath
from warroom.screens.host import HostedScreen
from warroom.screens.in_view import InView
from warroom.screens.said import said
from warroom.terminal.burst import BURST_SECONDS

Result = TypeVar("Result")
TOO_SOON_SECONDS = 0.3
"""Keys within this time of a dialog's opening were meant for something else."""


def line(text: str, *, classes: str = "", id: str | None = None) -> Static:
    """Text from anywhere as a widget: never markup, never an escape."""
    return Static(Content(said(text)), classes=classes, id=id)


class Dialog(HostedScreen[Result | None], InView[Result | None], ModalScreen[Result | None]):
    """A box in the middle. Esc leaves it; abort's key goes to its dialog; ctrl+x, the app's, also while typing."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > VerticalScroll {
        width: 84; max-width: 100%; height: auto; max-height: 100%;
        border: round $accent; padding: 0 1; background: $surface;
    }
    Dialog > VerticalScroll > * { height: auto; }
    Dialog .title { text-style: bold; }
    Dialog .dim { color: $secondary; }
    Dialog .watch { color: $warning; text-style: bold; }
    Dialog .bad { color: $error; text-style: bold; }
    Dialog .command { color: $accent; margin: 1 0; }
    Dialog .keys { dock: bottom; max-height: 2; margin-top: 1; color: $accent; text-style: bold; background: $surface; }
    Dialog #refusal { color: $error; text-style: bold; }
    Dialog Input { border: tall $panel; }
    Dialog OptionList { min-width: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding(BY_ID["abort"].key, "app.retreat", "Abort", show=False, id="abort"),
        Binding("ctrl+z", "app.suspend_process", "Suspend", show=False),
        Binding("up", "scroll_box(-1)", "Up", show=False),
        Binding("down", "scroll_box(1)", "Down", show=False),
        Binding("pageup", "scroll_box(-10)", "Page up", show=False),
        Binding("pagedown", "scroll_box(10)", "Page down", show=False),
    ]
    called = "this dialog"
    may_be_left = True
    laid_out: Size | None = None
    opened_at = inf
    """On the room's monotonic clock; a key can come before it is mounted, and is then too soon."""
    aborting = False
    """True on the abort panel itself: pressing its key once more must not begin it anew."""

    def render(self) -> RenderableType:
        """What is beneath stays to be seen, and nothing of it is drawn anew."""
        stack = self.app.screen_stack
        # Textual takes a Visual as well, only its annotation doesn't say so.
        return cast(RenderableType, Beneath(stack[stack.index(self) - 1])) if self in stack[1:] else super().render()

    def on_screen_resume(self) -> None:
        """Textual lays it out now, for the size that the terminal has; then it takes what was typed ahead for it."""
        self.laid_out = self.app.size
        self.app.call_later(self.app.gate.go_on)

    def on_resize(self, event: events.Resize) -> None:
        """Lay nothing out twice: Textual does on opening, the board beneath too, though every size is as it was."""
        if event.size == self.laid_out:
            event.prevent_default()
        self.laid_out = event.size

    def on_mount(self) -> None:
        """Begin the time in which keys are not meant for this dialog."""
        self.opened_at = self.app.room.monotonic()

    def box(self) -> VerticalScroll:
        """The box that the dialog's widgets go into."""
        return VerticalScroll(can_focus=False)

    def too_soon(self) -> bool:
        """True within 300 ms of opening; says so where the key was pressed."""
        soon = self.app.room.monotonic() - self.opened_at < TOO_SOON_SECONDS
        if soon:
            self.refuse("Too fast to be meant: press it again.")
        return soon

    def patience(self, key: str) -> float:
        """Seconds that a key of text waits for more to come: a guard takes none of a paste. The way back waits less."""
        return 0.0 if key == self.app.keymap.key("abort") else BURST_SECONDS

    def refuse(self, words: str) -> None:
        """Say on this dialog why a key did nothing."""
        self.say(words)

    def say(self, words: str) -> bool:
        """As `refuse`; False where the dialog has no line for it."""
        places = list(self.query("#refusal").results(Static))
        for found in places:
            found.update(Content(said(words)))
            if words:  # below a long text it would be answered out of sight
                found.call_after_refresh(found.scroll_visible, animate=False)
        return bool(places)

    def action_scroll_box(self, lines: int) -> None:
        """Move on in a dialog that is higher than the terminal; a list or a text of its own takes the keys first."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False, immediate=True)

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)
