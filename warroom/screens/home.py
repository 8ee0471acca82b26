"""Home: open incidents, declare, the way into a drill."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from warroom.clock import Clock, duration
from warroom.conductor import reach
from warroom.incident import clocks
from warroom.incident.journal.errors import JournalError
from warroom.incident.place import Place, elsewhere, kind
from warroom.incident.progress.duties import duties
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from warroom.screens.dialogs.base import line
from warroom.screens.host import HostedScreen
from warroom.screens.said import said
from widgets.data import Header
from widgets.panes.header import HeaderLine

SHOWN_DUTIES = 2
"""So many of an incident's open duties stand in its line."""


class HomeScreen(HostedScreen[None]):
    """What is open, and how to begin."""

    CSS = """
    HomeScreen { padding: 1 2; }
    HomeScreen Static { height: auto; }
    HomeScreen .title { text-style: bold; margin-bottom: 1; }
    HomeScreen .dim { color: $secondary; }
    HomeScreen #due { color: $warning; display: none; }
    HomeScreen #trouble { color: $error; text-style: bold; }
    HomeScreen OptionList { min-width: 8; height: auto; max-height: 1fr; border: round $panel; background: $surface; }
    HomeScreen .keys { color: $accent; text-style: bold; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "declare", "Declare", show=False),
        Binding("r", "reload", "Reload", show=False),
        Binding("q", "app.quit", "Leave", show=False),
    ]
    called = "home"

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        drill = self.app.room.exercise
        yield line(f"warroom — drill {drill.title}" if drill else "warroom", classes="title")
        if (here := self.app.room.place) is not None and here.kind == "emulator":
            yield HeaderLine(Header(emulator=True, title=f"at {here.address}: nothing here is production's"))
        yield line("", id="trouble")
        yield line("", id="due")
        yield line("Reading the journal …", id="state", classes="dim")
        yield OptionList(id="incidents")
        yield line("d declare   Enter opens   r reads again   q leaves", classes="keys")
        if not drill:
            yield line("To practise: `warroom drill` in another terminal.", classes="dim")

    async def on_mount(self) -> None:
        """Fill the list."""
        await self.action_reload()
        await self._remind()

    async def on_screen_resume(self) -> None:
        """Coming back from an incident: it may have changed."""
        await self.action_reload()

    async def action_reload(self) -> None:
        """Read the journal again, off the loop."""
        room = self.app.room
        try:
            found = await asyncio.get_running_loop().run_in_executor(room.thread, room.incidents)
        except JournalError as error:
            self._trouble([error])
            return
        self._trouble(list(room.unread.values()))
        if not found and not room.unread and room.journal.was_empty:
            words = f"{room.journal.where} was there and empty. If it held incidents, put a copy back, then declare."
            self.query_one("#trouble", Static).update(Content(said(words)))
        options = self.query_one(OptionList)
        options.clear_options()
        still_open = [one for one in found if one.closed_at is None and one.resolved_at is None]
        done = [one for one in found if one not in still_open]
        protocol = room.config.protocol
        owing = [one for one in done if _duty(one, protocol, room.clock)]
        shown = [*still_open, *owing, *[one for one in done if one not in owing][:20]]
        rows = {one.id: _row(one, room.clock, room.place, _duty(one, protocol, room.clock)) for one in shown}
        options.add_options([Option(Content(said(words)), id=name) for name, words in rows.items()])
        options.display = bool(found)
        unread = f", {len(room.unread)} that can't be read" if room.unread else ""
        words = f"{len(still_open)} open, {len(done)} resolved{unread}"
        words = words if found or unread else "No incident yet. d declares one."
        self.query_one("#state", Static).update(words)
        if found:
            options.focus()

    async def _remind(self) -> None:
        """Say that a drill is overdue; what can't be read is the doctor's to tell."""
        from warroom.doctor.here import drills

        room = self.app.room
        if room.drills is None:
            return
        try:
            last = await asyncio.get_running_loop().run_in_executor(room.thread, room.exercises)
        except JournalError:
            return
        found = drills(room.config.protocol.drills, last, room.clock.now())
        due = [f"{one.what}. {one.remedy}" for one in found if one.state == "warning"]
        self.query_one("#due", Static).update(Content(said("Drill overdue: " + " ".join(due), 400)))
        self.query_one("#due").display = bool(due)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the incident on the board."""
        event.stop()
        await self.app.telling(self.app.enter(self.app.room.conductor(), str(event.option_id)), "opening it")

    def say(self, words: str) -> bool:
        """Say what is wrong below the title."""
        self.query_one("#trouble", Static).update(Content(said(words, 1200)))
        return True

    def _trouble(self, errors: list[JournalError]) -> None:
        """Say what of the journal can't be read; nothing where all can."""
        said = [f"{error.title}." for error in errors[1:4]]
        self.say(" ".join([*(f"{error.title}. {error.remedy}" for error in errors[:1]), *said]))

    def action_declare(self) -> None:
        """To the declare form."""
        self.app.to_declare()


def _duty(incident: Incident, protocol: Protocol, clock: Clock) -> str:
    """The gravest duties that are still open, two at most, and how many more; "" for none."""
    now = reach.clock(incident.declared, clock).now()
    found = [one.short for one in duties(incident, protocol, clocks.moment(incident, now))]
    more = f" +{len(found) - SHOWN_DUTIES}" if len(found) > SHOWN_DUTIES else ""
    return f"{', '.join(found[:SHOWN_DUTIES])}{more}  " if found else ""


def _row(incident: Incident, clock: Clock, here: Place | None, duty: str) -> str:
    state = "resolved" if incident.resolved_at else "closed" if incident.closed_at else incident.phase
    now = reach.clock(incident.declared, clock).now()
    age = duration(clocks.since_detection(incident, clocks.moment(incident, now)))
    # What was declared elsewhere can only be looked at from here.
    apart = f"{kind(incident.declared).upper()} " if here is not None and elsewhere(incident, here) is not None else ""
    return f"{incident.id}  {incident.severity}  {state:<16} {age:>9}  {apart}{duty}{incident.title}"
