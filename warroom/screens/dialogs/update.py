"""Wording an update, and looking at exactly what goes where before it goes."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from warroom.conductor.comms.updates import Draft
from warroom.conductor.refusal import Refused
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.dialogs.inputs import Line, safe_lines
from warroom.screens.dialogs.prompts import AskText
from warroom.screens.said import said

Worded = tuple[str, str, str]
"""A template's id, its title, and its text for this moment."""


class Compose(AskText):
    """The text of an update; ctrl+t goes through the templates, ctrl+s hands it back if it may be said.

    `check` raises Refused for what may not. `template` is that of the text when it is handed back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "template", "Template", show=False)]

    def __init__(self, worded: Sequence[Worded], check: Callable[[str], None]) -> None:
        keys = "ctrl+s shows what goes where   ctrl+t other template   Esc leaves it"
        super().__init__("", worded[0][2], keys)
        self.worded, self.check, self.number = worded, check, 0

    @property
    def template(self) -> str:
        """The id of the template that is shown."""
        return self.worded[self.number][0]

    def on_mount(self) -> None:
        """Name the template."""
        super().on_mount()
        self._titled()

    def action_template(self) -> None:
        """The next template, in the place of what stands there."""
        self.number = (self.number + 1) % len(self.worded)
        self.query_one(TextArea).text = safe_lines(self.worded[self.number][2])
        self._titled()

    def action_send(self) -> None:
        """Hand the text back; nothing is sent yet."""
        if self.too_soon():
            return
        try:
            self.check(self.query_one(TextArea).text)
        except Refused as refused:
            self.refuse(str(refused))
            return
        super().action_send()

    def _titled(self) -> None:
        title = f"Update to stakeholders: {self.worded[self.number][1]}"
        self.query_one(".title", Static).update(Content(said(title)))


class Preview(Dialog[Draft]):
    """Each channel with its envelope, on or off, and the text. y hands the draft back to be sent; Enter never does.

    `show` gives a line for each channel as the draft has it, `check` raises Refused for what can't be sent.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"channel({number - 1})", "Channel", show=False) for number in range(1, 5)),
        Binding("i", "approve", "Approval", show=False),
        Binding("n", "subscribers", "Notify", show=False),
        Binding("w", "anew", "Anew", show=False),
        Binding("c", "copy", "Copy", show=False),
        Binding("y", "yes", "Send", show=False),
    ]

    def __init__(
        self,
        draft: Draft,
        ids: Sequence[str],
        show: Callable[[Draft], Sequence[str]],
        check: Callable[[Draft], None],
        approver: str = "",
    ) -> None:
        super().__init__()
        self.draft, self.ids, self.show, self.check, self.approver = draft, ids, show, check, approver

    def compose(self) -> ComposeResult:
        """Channels, approval, text."""
        with self.box():
            yield line("What goes where", classes="title")
            yield line("", id="channels")
            if self.approver:
                yield line(
                    f"{self.approver} approves what goes outside; i types the name when they have:", classes="dim"
                )
                yield Line(placeholder=self.approver, id="approver", max_length=100)
            yield Static(Content(safe_lines(self.draft.text)), classes="command")
            yield line("", id="refusal")
            keys = "y sends   1-4 on/off   i approval   n subscribers   w anew   c copies   Esc"
            yield line(keys, classes="keys")

    def on_mount(self) -> None:
        """Show the channels."""
        super().on_mount()
        self._shown()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The name is typed: leave the field, so that y can send."""
        event.stop()
        self.draft = replace(self.draft, approved_by=event.value.strip())
        self.set_focus(None)
        self._shown()

    def action_channel(self, number: int) -> None:
        """A channel on or off."""
        if number < len(self.ids):
            wanted, chosen = self.ids[number], set(self.draft.to)
            chosen ^= {wanted}
            self.draft = replace(self.draft, to=tuple(one for one in self.ids if one in chosen))
            self._shown()

    def action_approve(self) -> None:
        """Type who approved."""
        for field in self.query("#approver").results(Input):
            field.focus()

    def action_subscribers(self) -> None:
        """Tell the status page's subscribers too, or not."""
        self.draft = replace(self.draft, notify=not self.draft.notify)
        self._shown()

    def action_anew(self) -> None:
        """Send also what may have arrived before: somebody looked there."""
        self.draft = replace(self.draft, anew=not self.draft.anew)
        self._shown()

    def action_copy(self) -> None:
        """The text to the clipboard, over the terminal."""
        self.app.copy_to_clipboard(self.draft.text)
        self.refuse("Copied.")

    def action_yes(self) -> None:
        """Hand the draft back, if it can be sent."""
        if self.too_soon():
            return
        try:
            self.check(self.draft)
        except Refused as refused:
            self.refuse(str(refused))
            return
        self.dismiss(self.draft)

    def _shown(self) -> None:
        self.refuse("")
        lines = "\n".join(said(one) for one in self.show(self.draft))
        self.query_one("#channels", Static).update(Content(lines))
