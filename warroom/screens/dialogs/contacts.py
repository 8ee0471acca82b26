"""The contacts: everybody with their numbers, found by typing, copied to the terminal's clipboard, edited in place."""

from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warroom.actions.ask import Line as Told
from warroom.actions.ask import Shown
from warroom.protocol import keep
from warroom.protocol.contacts import Contact, contacts, matching
from warroom.protocol.keep import NotKept
from warroom.protocol.model import Config
from warroom.protocol.roster import Person
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.dialogs.inputs import Line
from warroom.screens.dialogs.prompts import Show
from warroom.screens.host import Host
from widgets.digits import digits
from widgets.safe import safe

FIELDS = ("handle", "name", "phone", "email", "slack")
LABELS = {"handle": "Handle", "name": "Name", "phone": "Phone", "email": "E-mail", "slack": "Slack"}
KEPT = "Saved in roster.toml; what else stands there, comments too, stays."


class ContactsDialog(Dialog[None]):
    """A list that narrows as one types; the chosen one's number stands large below it."""

    CSS = """
    ContactsDialog > VerticalScroll { height: 100%; max-height: 34; }
    ContactsDialog OptionList { height: 1fr; min-height: 3; border: none; padding: 0; }
    ContactsDialog #who { height: auto; margin-top: 1; }
    ContactsDialog Input { height: 3; }
    ContactsDialog .phone { color: $accent; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "copy('phone')", "Copy phone", show=False),
        Binding("f3", "copy('email')", "Copy e-mail", show=False),
        Binding("f4", "copy('slack')", "Copy Slack", show=False),
        Binding("f5", "edit", "Edit", show=False),
        Binding("f6", "swap", "Swap", show=False),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.shown: tuple[Contact, ...] = ()

    def compose(self) -> ComposeResult:
        """Field, list, whoever is chosen, keys."""
        with self.box():
            yield line("Contacts", classes="title")
            yield Line(placeholder="type to find: name, role, number", max_length=80)
            yield OptionList()
            with Vertical(id="who"):
                yield line("", id="name")
                yield Static("", id="phone", classes="phone")
                yield line("", id="address")
            yield line("", id="refusal")
            yield line("↑ ↓ choose   Enter/F2 copies the phone   F3 e-mail   F4 Slack", classes="dim")
            yield line("F5 edits   F6 swaps primary and backup   Esc leaves it", classes="keys")

    def on_mount(self) -> None:
        """Everybody, with the cursor in the field."""
        super().on_mount()
        self.query_one(OptionList).can_focus = False
        self._fill("")
        self.query_one(Line).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Fewer, or more of them."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter copies the number."""
        event.stop()
        if not self.too_soon():
            self.action_copy("phone")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show whom it is."""
        event.stop()
        self._show()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click does what Enter does."""
        event.stop()
        self.action_copy("phone")

    def action_scroll_box(self, lines: int) -> None:
        """The keys that scroll other dialogs move the choice here."""
        found = self.query_one(OptionList)
        if found.option_count:
            at = (found.highlighted or 0) + lines
            found.highlighted = min(max(at, 0), found.option_count - 1)

    def action_copy(self, what: str) -> None:
        """To the terminal's clipboard by OSC 52: it works over SSH, where the terminal allows it."""
        chosen = self.chosen
        text = getattr(chosen.person, what) if chosen else ""
        if not text:
            self.refuse(f"There is no {LABELS[what].lower()} to copy.")
            return
        self.app.copy_to_clipboard(safe(text))
        self.refuse(f"Copied {text}, if your terminal lets programs copy.")

    async def action_edit(self) -> None:
        """Another person, or other numbers."""
        chosen = self.chosen
        if chosen is None or self.too_soon():
            return

        def edited(person: Person | None) -> None:
            if person is not None:
                self._fill(self.query_one(Line).value)
                self.refuse("Saved.")

        self.app.push_screen(EditDialog(self.host, chosen), edited)

    def action_swap(self) -> None:
        """Primary and backup change places."""
        chosen = self.chosen
        if chosen is None or self.too_soon():
            return

        def swap(yes: str | None) -> None:
            if not yes:
                return
            try:
                config = self.host.conductor.config
                take(self.host, keep.keep(config, keep.swapped(keep.current(config), chosen.role)))
            except NotKept as refused:
                self.refuse(str(refused))
                return
            self._fill(self.query_one(Line).value)

        shown = Shown(f"Swap primary and backup of {chosen.title}?", (Told(KEPT),))
        self.app.push_screen(Show(shown, self.host.columns), swap)

    @property
    def chosen(self) -> Contact | None:
        """The one that is highlighted."""
        at = self.query_one(OptionList).highlighted
        return self.shown[at] if at is not None and at < len(self.shown) else None

    def _fill(self, typed: str) -> None:
        config = self.host.conductor.config
        self.shown = matching(contacts(config.roster, config.protocol.roles), typed)
        found = self.query_one(OptionList)
        found.clear_options()
        found.add_options([Option(Content(safe(_row(one)))) for one in self.shown])
        found.highlighted = 0 if self.shown else None
        self._show()

    def _show(self) -> None:
        chosen = self.chosen
        person = chosen.person if chosen else Person("Nobody fits what is typed.")
        named = f"{person.name}  " if person.name and person.name != person.handle else ""
        self.query_one("#name", Static).update(Content(safe(f"{named}{person.handle}")))
        rows = digits(safe(person.phone), self.app.ascii)
        fits = bool(person.phone) and len(rows[0]) <= self.query_one("#who").size.width
        phone = "\n".join(rows) if fits else ""
        self.query_one("#phone", Static).update(Content(phone))
        addresses = [text for text in (person.phone, person.email, person.slack) if text]
        self.query_one("#address", Static).update(Content(safe("   ".join(addresses))))


class EditDialog(Dialog[Person]):
    """One person's fields; ctrl+s keeps them in roster.toml."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", "Save", show=False)]
    CSS = """
    EditDialog Input { height: 1; border: none; background: $panel; margin-bottom: 0; }
    """

    def __init__(self, host: Host, contact: Contact) -> None:
        super().__init__()
        self.host, self.contact = host, contact

    def compose(self) -> ComposeResult:
        """A field for each thing that the roster keeps."""
        contact = self.contact
        with self.box():
            yield line(f"{contact.title}, {contact.place}", classes="title")
            for field in self.fields:
                yield line(LABELS[field], classes="dim")
                yield Line(value=safe(getattr(contact.person, field)), id=field, max_length=200)
            yield line(KEPT, classes="dim")
            yield line("", id="refusal")
            yield line("ctrl+s saves   Tab goes on   Esc leaves it", classes="keys")

    @property
    def fields(self) -> tuple[str, ...]:
        """What is kept of somebody outside the company is less."""
        return FIELDS if self.contact.place != "outside" else ("handle", "phone", "email")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        event.stop()
        self.focus_next()

    def action_save(self) -> None:
        """Check it, write it, use it from now on."""
        if self.too_soon():
            return
        typed = {field: self.query_one(f"#{field}", Line).value.strip() for field in self.fields}
        person = replace(self.contact.person, **typed)
        config = self.host.conductor.config
        try:
            take(self.host, keep.keep(config, keep.edited(keep.current(config), self.contact, person)))
        except NotKept as refused:
            self.refuse(str(refused))
            return
        self.dismiss(person)


def take(host: Host, config: Config) -> None:
    """Use the edited roster in this process from now on."""
    host.conductor.config = config
    room = host.room
    room.config = replace(room.config, roster=config.roster)


def _row(one: Contact) -> str:
    name = f"{one.person.name} " if one.person.name and one.person.name != one.person.handle else ""
    return f"{one.title:<22} {one.place:<8} {name}{one.person.handle}"
