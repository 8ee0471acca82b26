"""The board: composes the panes, shows them the newest slices, and hands keys to the actions."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from warroom.board import View
from warroom.board.build import focused, slices
from warroom.board.checklist import first_open, steps_in_order
from warroom.commands import BY_ID, COMMANDS
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.incident.events import Event
from warroom.rollout.signals import JUDGED
from warroom.screens.acts import Acts
from warroom.screens.host import HostedScreen
from warroom.screens.layout import CSS, PANES, SMALLEST, arrange
from warroom.screens.said import said
from warroom.screens.steady import Result, SteadyScreen
from warroom.terminal.burst import BURST_SECONDS
from warroom.text import own_fault
from warroom.workspace import Room
from widgets.pane import Pane
from widgets.panes.clocks import ClocksLine, ClocksPane
from widgets.panes.header import HeaderLine
from widgets.panes.keybar import KeyBar
from widgets.panes.phases import PhasesPane
from widgets.panes.roster import RosterPane
from widgets.panes.sentence import SentenceLine
from widgets.panes.signal import SignalPane
from widgets.panes.timeline import TimelinePane
from widgets.panes.traffic import TrafficPane
from widgets.tight import TightScreen

NOTICE_SECONDS = 8.0
STEPS = {"previous-step": -1, "next-step": 1}
SERVICES = {"previous-service": -1, "next-service": 1}


class BoardScreen(HostedScreen[None], TightScreen[None]):
    """One incident, live. Holds nothing of it but the view: cursor, focused service, which pane is alone."""

    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(one.key, f"command('{one.id}')", one.label, show=False, id=one.id) for one in COMMANDS),
        *(Binding(str(n), f"alone('{pane}')", pane, show=False, id=f"pane-{pane}") for n, pane in enumerate(PANES, 1)),
        Binding("escape", "alone('')", "All panes", show=False),
    ]
    called = "the board"

    def __init__(self, conductor: Conductor) -> None:
        super().__init__()
        self.conductor = conductor
        self.view = View(operator=conductor.recorder.actor)
        self.alone = ""
        self._stale = False
        self._notice = "", 0
        self._panes: list[tuple[Pane[Any], str]] = []
        self._acts = Acts(self)
        self._by_key = conductor.config.keymap.by_key()

    def compose(self) -> ComposeResult:
        """Every pane once; sizes and classes decide which are seen."""
        made = self._slices()
        first = {name: None if isinstance(value, Exception) else value for name, value in made.items()}
        yield HeaderLine(first["header"])
        yield SentenceLine(first["sentence"])
        yield ClocksLine(first["clocks"])
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield PhasesPane(first["phases"], id="phases")
            with Vertical(id="middle"):
                yield TrafficPane(first["traffic"], id="traffic")
                with Horizontal(id="signals"):
                    for signal in JUDGED:
                        yield SignalPane(first[signal.id], id=signal.id)
            with Vertical(id="right"):
                yield ClocksPane(first["clocks"], id="clocks")
                yield RosterPane(first["roster"], id="roster")
        yield TimelinePane(first["timeline"], id="timeline")
        yield Static(id="notice")
        yield KeyBar(first["keys"])
        yield Static(Content(f"warroom needs {SMALLEST[0]}×{SMALLEST[1]}"), id="too-small")

    def on_mount(self) -> None:
        """Listen to the incident and to the clock."""
        find = self.query_one
        self._panes = [
            (find(HeaderLine), "header"),
            (find(SentenceLine), "sentence"),
            (find(ClocksLine), "clocks"),
            (find(PhasesPane), "phases"),
            (find(TrafficPane), "traffic"),
            *((find(f"#{signal.id}", SignalPane), signal.id) for signal in JUDGED),
            (find(ClocksPane), "clocks"),
            (find(RosterPane), "roster"),
            (find(TimelinePane), "timeline"),
            (find(KeyBar), "keys"),
        ]
        self.conductor.listen(self._heard)
        self.refresh_board()
        self.set_timer(1.01 - self.conductor.clock.now() % 1, self._begin_ticking)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout that the size carries."""
        width, height = event.size
        tiny = width < 60 or height < 16
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "none")
        self.set_class(tiny, "tiny")
        self.set_class(tiny or width < 100 or height < 30, "small")
        self.set_class(len(self.conductor.incident.lanes) > 1, "several")
        arrange(self, self.alone)

    def refresh_board(self) -> None:
        """Show the board of this moment; equal slices cost nothing."""
        self._stale = False
        if not self.is_mounted:
            return
        several = len(self.conductor.incident.lanes) > 1
        if self.has_class("several") != several:  # a service joined, or was taken off
            self.set_class(several, "several")
            arrange(self, self.alone)
        now = self._slices()
        with self.app.batch_update():
            for pane, name in self._panes:
                if isinstance(now[name], Exception):
                    pane.fail(_unshown(name, now[name]))
                else:
                    pane.show(now[name])
        for above in self.app.screen_stack:
            if above is not self and isinstance(above, SteadyScreen):
                above.heard()

    def on_pane_failed(self, event: Pane.Failed) -> None:
        """A pane met a fault while it was drawn; it says so itself, in its place."""
        event.stop()
        self.app.tell_once("drawing a pane", event.fault)

    def _slices(self) -> dict[str, Any]:
        """The slices of this moment; where one can't be made, the fault in its place."""
        conductor, made = self.conductor, {}
        makers = slices(conductor.incident, conductor.config.protocol, conductor.clock.now(), self.current_view())
        for name, make in makers.items():
            try:
                made[name] = make()
            except Exception as fault:
                made[name] = fault
                self.app.tell_once(f"showing the {name}", fault)
        return made

    def notice(self, words: str, *, good: bool = False) -> None:
        """Say something above the key bar for some seconds: why a key was refused, or what it did."""
        found = self.query_one("#notice", Static)
        found.update(Content(said(words)))
        found.set_class(good, "good")
        found.display = True
        self._notice = words, self._notice[1] + 1
        self.set_timer(NOTICE_SECONDS, partial(self._over, self._notice[1]))

    def say(self, words: str) -> bool:
        """As `notice`, of what went wrong."""
        if self.is_mounted:
            self.notice(words)
        return self.is_mounted

    def patience(self, key: str) -> float:
        """Seconds that a key of text waits for more to come: none where it only opens and shows."""
        command = self._by_key.get(key)
        return 0.0 if command is not None and not command.waits else BURST_SECONDS

    @property
    def opening(self) -> bool:
        """Whether a key's dialog is being prepared, or what follows from its answer is being done."""
        return self._acts.opening

    def take_back(self) -> None:
        """Open no dialog that is being prepared: what only opens has done nothing yet."""
        self._acts.call_off()

    def action_command(self, command: str) -> None:
        """Do what the table of commands says under this id."""
        if command in STEPS:
            self.select_step(STEPS[command])
            return
        if command in SERVICES:
            self.focus_service(SERVICES[command])
            return
        if (preparing := self._acts.preparing) and self._by_key.get("enter") is BY_ID[command]:
            self.notice(f"{preparing} is still being prepared: Enter did nothing.")  # it was meant for that list
            return
        self._act(command, BY_ID[command].label)

    def action_step(self, step: str) -> None:
        """Do a step by its id, as Enter on it does."""
        self._act("run-step", self.conductor.config.protocol.step(step).title, step)

    def _act(self, command: str, called: str, step: str = "") -> None:
        """Run a command, or a step, beside the board; what it raises is told."""
        # The actions bring every dialog along; the app loads them when the board is painted.
        from warroom.screens import acting

        self._acts.begin(command, called, acting.act(self, command, step))

    @property
    def room(self) -> Room:
        """What all incidents of this process share."""
        return self.app.room

    @property
    def on_top(self) -> bool:
        """Whether no dialog lies on the board."""
        return self.app.screen is self

    @property
    def columns(self) -> int:
        """How wide the terminal is."""
        return self.size.width

    async def ask(self, dialog: Screen[Result]) -> Result:
        """Open a dialog and wait for its answer. Raises Overtaken where another one lies on the board."""
        return await self.app.push_screen_wait(dialog)

    def spawn(self, work: Coroutine[Any, Any, None], what: str, remedy: str = "") -> "asyncio.Future[None]":
        """Do work beside the board; what it raises is told, named `what`, with `remedy` after a fault of ours."""
        return self.app.go(work, what, remedy)

    def leave(self) -> None:
        """Leave the terminal, never the incident."""
        self.app.exit()

    def action_alone(self, pane: str) -> None:
        """Show one pane alone, or all again."""
        self.alone = "" if pane == self.alone else pane
        arrange(self, self.alone)

    def select_step(self, by: int) -> None:
        """Move the cursor over the steps."""
        order = [step.id for step in steps_in_order(self.conductor.incident, self.conductor.config.protocol)]
        here = self.selected_step()
        at = order.index(here) if here in order else 0
        self.view = replace(self.view, step=order[min(max(at + by, 0), len(order) - 1)])
        self.refresh_board()

    def focus_service(self, by: int) -> None:
        """Move the keys to another service of the incident, round and round."""
        order = list(self.conductor.incident.lanes)
        if len(order) < 2:
            self.notice("This incident has one service only.")
            return
        here = focused(self.conductor.incident, self.view).ref.name
        self.view = replace(self.view, service=order[(order.index(here) + by) % len(order)])
        self.refresh_board()

    def selected_step(self) -> str:
        """The step that space and enter mean; "" when all are done."""
        return self.view.step or first_open(self.conductor.incident, self.conductor.config.protocol)

    def _logs(self) -> dict[str, str]:
        """What the request logs say of the service that is shown."""
        shown = focused(self.conductor.incident, self.view)
        told = self.conductor.watching.tails.line(shown, self.conductor.clock.now())
        return {shown.ref.name: told} if told else {}

    def current_view(self) -> View:
        """How this terminal looks at the incident just now."""
        recorder, apart = self.conductor.recorder, reach.apart(self.conductor)
        return replace(
            self.view,
            trouble=recorder.trouble,
            unwritten=len(recorder.unwritten),
            connected=self.conductor.clients is not None,
            progress=dict(self.conductor.changes.progress),
            fault=next(iter(self.conductor.faults.values()), ""),
            elsewhere=apart.short if apart is not None else "",
            logs=self._logs(),
        )

    def _heard(self, _new: tuple[Event, ...]) -> None:
        """Bursts of events make one redraw."""
        if not self._stale:
            self._stale = True
            self.call_later(self.refresh_board)

    def _begin_ticking(self) -> None:
        """Redraw when the clock's second turns; one interval, as Textual looks anew at what each new timer calls."""
        self.refresh_board()
        self.set_interval(1.0, self.refresh_board)

    def unsay(self, words: str) -> None:
        """Take a notice back, if it still stands."""
        if self._notice[0] == words:
            self._over(self._notice[1])

    def _over(self, number: int) -> None:
        """The time of a notice is over; one that says the same anew has its own."""
        if self._notice[1] == number and self.is_mounted:
            self.query_one("#notice").display = False


def _unshown(name: str, fault: Exception) -> str:
    return f"{own_fault(f'showing the {name}', fault)}."
