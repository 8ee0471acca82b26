"""The declare form: what is wrong, how bad, which services, since when."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Select, Static

from warroom.conductor.refusal import Refused
from warroom.conductor.triage.severity import cannot_wait, otherwise
from warroom.incident.events import Declared
from warroom.incident.journal.errors import JournalError
from warroom.rollout.traffic import ServiceRef
from warroom.screens.dialogs.base import line
from warroom.screens.dialogs.inputs import Box, Line
from warroom.screens.dialogs.services import ServiceList
from warroom.screens.host import HostedScreen
from warroom.screens.in_view import InView
from warroom.screens.said import said
from widgets.data import Header
from widgets.panes.header import HeaderLine
from widgets.safe import safe


class DeclareScreen(HostedScreen[None], InView[None]):
    """Fills itself from the drill's scenario or the first service; ctrl+s declares, Esc goes back."""

    CSS = """
    DeclareScreen { padding: 0 2; }
    DeclareScreen Static { height: auto; }
    DeclareScreen .title { text-style: bold; margin: 1 0; }
    DeclareScreen .dim { color: $secondary; }
    DeclareScreen .watch { color: $warning; text-style: bold; }
    DeclareScreen VerticalScroll { height: 1fr; }
    DeclareScreen Input, DeclareScreen Select { max-width: 100; }
    DeclareScreen Input { border: none; height: 1; background: $panel; padding: 0 1; margin-bottom: 1; }
    DeclareScreen Select, DeclareScreen ServiceList { margin-bottom: 1; }
    DeclareScreen Select > SelectCurrent { border: none; height: 1; background: $panel; padding: 0 1; }
    DeclareScreen Box { border: none; background: $background; margin-bottom: 1; }
    DeclareScreen #refusal { color: $error; text-style: bold; }
    DeclareScreen .keys { color: $accent; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "declare", "Declare", show=False),
        Binding("escape", "back", "Back", show=False),
    ]
    called = "the form"

    def compose(self) -> ComposeResult:
        """The form."""
        room = self.app.room
        ready = room.exercise.declared if room.exercise else None
        protocol = room.config.protocol
        services = self._services()
        yield line("Declare a drill incident" if ready else "Declare an incident", classes="title")
        if room.place is not None and room.place.kind == "emulator":
            at = room.place.address
            yield HeaderLine(Header(emulator=True, title=f"at {at}: what is declared here is not production's"))
        with VerticalScroll(can_focus=False):
            yield line("What is wrong", classes="dim")
            yield Line(value=safe(ready.title) if ready else "", id="title", max_length=200)
            yield line("What it does to users", classes="dim")
            yield Line(value=safe(ready.impact) if ready else "", id="impact", max_length=400)
            yield line("Ticket, where there is one already", classes="dim")
            yield Line(value=safe(ready.issue) if ready else "", id="issue", max_length=100)
            yield line("Trigger", classes="dim")
            triggers = [
                (Content(said(f"{one.group}: {one.title} → {one.severity}")), one.id) for one in protocol.triggers
            ]
            triggers.append((Content("None of these"), ""))
            yield Select(
                triggers, value=ready.trigger if ready else protocol.triggers[0].id, allow_blank=False, id="trigger"
            )
            yield line("Severity", classes="dim")
            severities = [
                (Content(said(f"{one.id} {one.title}: {one.example}")), one.id) for one in protocol.severities
            ]
            severity = ready.severity if ready else protocol.triggers[0].severity
            yield Select(severities, value=severity, allow_blank=False, id="severity")
            yield line("", classes="watch", id="otherwise")
            yield line("", classes="watch", id="regular")
            yield Line(placeholder="Why can't it wait for a regular release?", id="override", max_length=400)
            yield line("", classes="dim", id="chosen")
            # A drill's scenario says which ones fail; on the job the first is a guess as good as any.
            yield ServiceList(services, services if ready else services[:1], id="services")
            yield line("Detected how many minutes ago", classes="dim")
            minutes = (room.clock.now() - ready.detected_at) / 60 if ready else 0
            yield Input(value=f"{minutes:.0f}", id="minutes", type="number", max_length=6)
            yield Box("Personal data may be affected", value=bool(ready and ready.personal_data), id="personal")
        yield line("", id="refusal")
        yield line("ctrl+s declares   Tab next field   Esc goes back", classes="keys")

    def on_mount(self) -> None:
        """The cursor starts in the first field."""
        self.query_one("#title").focus()
        self.on_selection_list_selected_changed()
        self._ask_why()

    def on_select_changed(self, event: Select.Changed) -> None:
        """A trigger proposes its severity, and whether personal data is at stake."""
        protocol = self.app.room.config.protocol
        if event.select.id == "trigger" and event.select.has_focus:
            proposed = next((one for one in protocol.triggers if one.id == event.value), None)
            if proposed:
                self.query_one("#severity", Select).value = proposed.severity
                self.query_one("#personal", Box).value = proposed.personal_data
            minor = next((one for one in protocol.severities if one.regular_release), None)
            if not event.value and minor:
                self.query_one("#severity", Select).value = minor.id
        self._ask_why()

    def _ask_why(self) -> None:
        """A severity that proposes a regular release says so, and asks why it can't wait for one."""
        severity = str(self.query_one("#severity", Select).value)
        rated = next((one for one in self.app.room.config.protocol.severities if one.id == severity), None)
        asks = rated is not None and rated.regular_release
        self.query_one("#regular", Static).update(f"{severity} has no SLA and goes into a regular release. Or say:")
        for name in ("#regular", "#override"):
            self.query_one(name).display = asks
        told = otherwise(self.app.room.config.protocol, str(self.query_one("#trigger", Select).value), severity)
        self.query_one("#otherwise", Static).update(Content(said(told[:1].upper() + told[1:])))
        self.query_one("#otherwise").display = bool(told)

    def on_selection_list_selected_changed(self) -> None:
        """Say in words which services are chosen."""
        self.query_one("#chosen", Static).update(Content(said(self.query_one(ServiceList).words())))

    async def action_declare(self) -> None:
        """Check the form, begin the incident, show its board."""
        title = self.query_one("#title", Input).value.strip()
        if not safe(title).strip():
            self.say("Say what is wrong, in a few words.")
            return
        try:
            minutes = float(self.query_one("#minutes", Input).value or 0)
        except ValueError:
            minutes = -1.0
        if not 0 <= minutes <= 7 * 24 * 60:
            self.say("Detected how many minutes ago? A number from 0 to 10080.")
            return
        room = self.app.room
        conductor = room.conductor()
        try:
            cannot_wait(
                room.config.protocol,
                str(self.query_one("#severity", Select).value),
                self.query_one("#override", Input).value,
            )
            await conductor.declare(self._declared(title, room.clock.now() - minutes * 60))
        except Refused as refused:
            self.say(f"Not declared. {refused}")
            return
        except JournalError as error:
            self.say(f"Not declared, the journal can't be written: {error.title}. {error.remedy}")
            return
        await self.app.enter(conductor)

    def action_back(self) -> None:
        """To home."""
        self.app.to_home()

    def _services(self) -> tuple[ServiceRef, ...]:
        room = self.app.room
        if room.exercise:
            return room.exercise.declared.services
        return tuple(ServiceRef(one.name, one.region, one.project) for one in room.config.services.services)

    def _declared(self, title: str, detected_at: float) -> Declared:
        room = self.app.room
        trigger = str(self.query_one("#trigger", Select).value)
        security = any(one.security for one in room.config.protocol.triggers if one.id == trigger)
        return Declared(
            title=title,
            severity=str(self.query_one("#severity", Select).value),
            trigger=trigger,
            services=self.query_one("#services", ServiceList).chosen(),
            detected_at=detected_at,
            drill=room.exercise is not None,
            impact=self.query_one("#impact", Input).value.strip(),
            issue=self.query_one("#issue", Input).value.strip(),
            personal_data=self.query_one("#personal", Box).value,
            private=security,
            override=self._override(),
            protocol_version=room.config.protocol.review.version,
            protocol_hash=room.config.protocol_hash,
        )

    def _override(self) -> str:
        """Why it can't wait, where that was asked."""
        field = self.query_one("#override", Input)
        return field.value.strip() if field.display else ""

    def say(self, words: str) -> bool:
        """Say why it is not declared."""
        self.query_one("#refusal", Static).update(Content(said(words)))
        return True
