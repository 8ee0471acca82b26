"""Dialogs that ask for one thing: a line of text, a choice, a number from a list, a plain yes."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, TextArea
from textual.widgets.option_list import Option

from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.dialogs.inputs import Line, Page, safe_lines
from warroom.screens.said import said


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

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], empty: str = "Nothing to choose from.") -> None:
        super().__init__()
        self.title_text, self.choices, self.empty = title, choices, empty

    def compose(self) -> ComposeResult:
        """Title and list."""
        with self.box():
            yield line(self.title_text, classes="title")
            if self.choices:
                yield OptionList(*(Option(Content(said(words)), id=name) for name, words in self.choices))
            else:
                yield line(self.empty, classes="dim")
            yield line("", id="refusal")
            yield line("↑ ↓ choose   Enter takes it   Esc leaves it", classes="keys")

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


class Confirm(Dialog[bool]):
    """A plain yes, given with y."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "yes", "Yes", show=False)]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.title_text, self.lines = title, lines

    def compose(self) -> ComposeResult:
        """Title and what it means."""
        with self.box():
            yield line(self.title_text, classes="title")
            for text in self.lines:
                yield line(text)
            yield line("", id="refusal")
            yield line("y does it   Esc leaves it", classes="keys")

    def action_yes(self) -> None:
        """Hand the yes back."""
        if not self.too_soon():
            self.dismiss(True)
