"""Dialogs that ask for one thing: a line of text, a choice, a number from a list, a plain yes."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from warroom.actions.ask import Known, Shown
from warroom.actions.ask import Line as Told
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.dialogs.inputs import Line, Page, safe_lines
from warroom.screens.said import said
from widgets.digits import digits
from widgets.safe import safe


class AskLine(Dialog[str]):
    """One line of text; Enter hands it back."""

    def __init__(self, title: str, *, hint: str = "", value: str = "", required: bool = True) -> None:
        super().__init__()
        self.title_text, self.hint, self.value, self.required = title, hint, value, required

    def compose(self) -> ComposeResult:
        """Title, field, hint."""
        with self.box():
            yield line(self.title_text, classes="title")
            yield Line(value=self.value, placeholder=self.hint, max_length=1000)
            yield line("", id="refusal")
            yield line("Enter goes on   Esc leaves it   ctrl+x aborts the ladder", classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the text back."""
        event.stop()
        if self.required and not event.value.strip():
            self.refuse("Type something, or leave with Esc.")
            return
        self.dismiss(event.value.strip())


class AskText(Dialog[str]):
    """A text of several lines to look over and change; ctrl+s hands it back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "send", "Send", show=False)]

    def __init__(self, title: str, value: str, keys: str) -> None:
        super().__init__()
        self.title_text, self.value, self.keys = title, value, keys

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with self.box():
            yield line(self.title_text, classes="title")
            area = Page(safe_lines(self.value), soft_wrap=True, tab_behavior="focus")
            area.styles.height = 14
            yield area
            yield line("", id="refusal")
            yield line(self.keys, classes="keys")

    def action_send(self) -> None:
        """Hand the text back."""
        if not self.too_soon():
            self.dismiss(self.query_one(TextArea).text)


class Choose(Dialog[str]):
    """One of several; Enter hands its id back. Choosing is not firing: what follows asks on its own."""

    def __init__(
        self,
        title: str,
        choices: Sequence[tuple[str, str]],
        empty: str = "Nothing to choose from.",
        *,
        about: Sequence[Told] = (),
        keys: str = "",
        live: Callable[[], Known] | None = None,
    ) -> None:
        super().__init__()
        self.title_text, self.choices, self.empty, self.about = title, choices, empty, about
        self.live = live
        self.keys = keys or "↑ ↓ choose   Enter takes it   Esc leaves it"

    def compose(self) -> ComposeResult:
        """Title, what there is to know first, and list."""
        with self.box():
            yield line(self.title_text, classes="title")
            with Vertical(id="about"):
                yield from self._about()
            if self.choices:
                yield OptionList(*self._options())
            else:
                yield line(self.empty, classes="dim")
            yield line("", id="refusal")
            yield line(self.keys, classes="keys")

    def _about(self) -> list[Static]:
        return [line(one.text, classes=one.tone) for one in self.about]

    def _options(self) -> list[Option]:
        """Of a list that follows what is known each choice has its lines, else it is one."""
        return [Option(Content(self._words(words)), id=name) for name, words in self.choices]

    def _words(self, words: str) -> str:
        return "\n".join(map(said, words.splitlines())) if self.live is not None else said(words)

    def heard(self) -> None:
        """Follow what is known by now. Whoever has moved the cursor keeps it; else it stays on the first.

        An Enter that was meant for the list as it was is too soon then.
        """
        if self.live is None or not self.choices or not self.is_mounted:
            return
        choices, about = self.live()
        if (list(choices), list(about)) == (list(self.choices), list(self.about)) or not choices:
            return
        shown = self.query_one(OptionList)
        held = shown.highlighted_option
        first, moved = self.choices[0][0], [name for name, _ in choices] != [name for name, _ in self.choices]
        self.choices, self.about = tuple(choices), tuple(about)
        with self.app.batch_update():
            shown.clear_options().add_options(self._options())
            kept = held.id if held is not None and held.id != first else None
            names = [name for name, _ in self.choices]
            shown.highlighted = names.index(kept) if kept in names else 0
            told = self.query_one("#about", Vertical)
            told.remove_children()
            told.mount_all(self._about())
        if moved:
            self.opened_at = self.app.room.monotonic()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Hand the choice back."""
        event.stop()
        if not self.too_soon():
            self.dismiss(event.option_id)


class Tell(Dialog[None]):
    """Lines to read and to copy."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.title_text, self.lines = title, lines

    def compose(self) -> ComposeResult:
        """Title and lines."""
        with self.box():
            yield line(self.title_text, classes="title")
            for text in self.lines:
                yield line(text)
            yield line("Esc leaves it", classes="keys")


class Show(Dialog[str]):
    """What would be done, before it is: y agrees, h says that it was done by hand, c copies the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('yes')", "Yes", show=False),
        Binding("h", "answer('by-hand')", "By hand", show=False),
        Binding("c", "copy", "Copy", show=False),
    ]

    def __init__(self, shown: Shown, columns: int) -> None:
        super().__init__()
        self.shown, self.room = shown, min(columns, 84) - 4

    def compose(self) -> ComposeResult:
        """Title, lines, the number to call, keys."""
        shown = self.shown
        with self.box():
            yield line(shown.title, classes="title")
            for one in shown.lines:
                if one.tone == "command":
                    yield Static(Content(safe_lines(one.text)), classes="command")
                else:
                    yield line(one.text, classes=one.tone)
            if shown.phone:
                yield large(shown.phone, self.room, ascii_only=self.app.ascii)
            yield line("", id="refusal")
            yield line(shown.keys or self._keys(), classes="keys")

    def _keys(self) -> str:
        shown = self.shown
        does = [f"y {shown.yes}"] if not shown.off else []
        does += ["h you did it by hand"] if shown.by_hand else []
        does += [f"c copies the {shown.copied}"] if shown.copy else []
        return "   ".join([*does, "Esc leaves it"])

    def action_answer(self, answer: str) -> None:
        """Hand the answer back, where that is one."""
        if self.too_soon():
            return
        if answer == "yes" and self.shown.off:
            self.refuse(self.shown.refused or self.shown.off)
        elif answer == "yes" or self.shown.by_hand:
            self.dismiss(answer)

    def action_copy(self) -> None:
        """Into the clipboard of the terminal that is looked at (OSC 52), also over SSH."""
        if self.shown.copy:
            self.app.copy_to_clipboard(self.shown.copy)
            self.refuse("Copied.")


def large(phone: str, room: int, *, ascii_only: bool) -> Static:
    """A phone number in three rows where it fits in `room` cells, else in one."""
    rows = digits(safe(phone), ascii_only)
    text = "\n".join(rows) if len(rows[0]) <= room else safe(phone)
    return Static(Content(text), classes="phone")
