"""The board: composes the panes, shows them the newest slices, and hands keys to the actions."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from warroom.board import View
from warroom.board.build import focused, slices
from warroom.board.checklist import first_open, steps_in_order
from warroom.commands import BY_ID, BY_KEY, COMMANDS, PANES
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.incident.events import Event
from warroom.screens.acts import Acts
from warroom.screens.burst import BURST_SECONDS
from warroom.screens.steady import SteadyScreen
from warroom.text import own_fault
from widgets.clocks import ClocksLine, ClocksPane
from widgets.header import HeaderLine
from widgets.keybar import KeyBar
from widgets.pane import Pane
from widgets.phases import PhasesPane
from widgets.roster import RosterPane
from widgets.safe import safe
from widgets.sentence import SentenceLine
from widgets.signal import SignalPane
from widgets.tight import TightScreen
from widgets.timeline import TimelinePane
from widgets.traffic import TrafficPane

if TYPE_CHECKING:
    from warroom.app import WarRoom

NOTICE_SECONDS = 8.0
SMALLEST = (24, 6)
STEPS = {"previous-step": -1, "next-step": 1}
SERVICES = {"previous-service": -1, "next-service": 1}


class BoardScreen(SteadyScreen[None], TightScreen[None]):
    """One incident, live. Holds nothing of it but the view: cursor, focused service, which pane is alone."""

    DEFAULT_CSS = """
    BoardScreen { layout: vertical; overflow: hidden; }
    BoardScreen SentenceLine { height: auto; max-height: 2; }
    BoardScreen #main { height: 2fr; min-height: 9; max-height: 28; }
    BoardScreen #left { width: 29; }
    BoardScreen #middle { width: 1fr; }
    BoardScreen #right { width: 32; }
    BoardScreen #signals { height: 1fr; }
    BoardScreen #signals SignalPane { width: 1fr; }
    BoardScreen TrafficPane { height: auto; }
    BoardScreen #clocks { height: auto; }
    BoardScreen #roster { height: 1fr; }
    BoardScreen #timeline { height: 1fr; min-height: 3; }
    BoardScreen #notice { height: auto; max-height: 3; display: none; color: $error; text-style: bold; }
    BoardScreen #notice.good { color: $success; }
    BoardScreen ClocksLine { display: none; }
    BoardScreen #too-small { display: none; }

    BoardScreen.small ClocksLine { display: block; }
    BoardScreen.small #right { display: none; }
    BoardScreen.small #timeline { display: none; }
    BoardScreen.small #main { layout: vertical; max-height: 100%; }
    BoardScreen.small #left { dock: bottom; width: 100%; height: 4; }
    BoardScreen.small #middle { width: 100%; height: 100%; }
    BoardScreen.small #signals { height: 1fr; }

    BoardScreen.tiny ClocksLine, BoardScreen.tiny #left, BoardScreen.tiny #signals { display: none; }

    BoardScreen.several TrafficPane { max-height: 60%; }
    BoardScreen.tiny TrafficPane, BoardScreen.alone TrafficPane { max-height: 100%; }

    BoardScreen.alone #left, BoardScreen.alone #right, BoardScreen.alone #middle { width: 100%; }
    BoardScreen.alone #left, BoardScreen.alone #middle { dock: none; height: 100%; }
    BoardScreen.alone ClocksLine { display: none; }
    BoardScreen.alone #main { max-height: 100%; }

    BoardScreen.none > * { display: none; }
    BoardScreen.none #too-small { display: block; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(one.key, f"command('{one.id}')", one.label, show=False, id=one.id) for one in COMMANDS),
        *(Binding(str(n), f"alone('{pane}')", pane, show=False, id=f"pane-{pane}") for n, pane in enumerate(PANES, 1)),
        Binding("escape", "alone('')", "All panes", show=False),
    ]
    called = "the board"
    app: "WarRoom"

    def __init__(self, conductor: Conductor) -> None:
        super().__init__()
        self.conductor = conductor
        self.view = View(operator=conductor.recorder.actor)
        self.alone = ""
        self._stale = False
        self._notice = "", 0
        self._panes: list[tuple[Pane[Any], str]] = []
        self._acts = Acts(self)

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
                    yield SignalPane(first["errors"], id="errors")
                    yield SignalPane(first["latency"], id="latency")
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
            (find("#errors", SignalPane), "errors"),
            (find("#latency", SignalPane), "latency"),
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
        self._arrange()

    def refresh_board(self) -> None:
        """Show the board of this moment; equal slices cost nothing."""
        self._stale = False
        if not self.is_mounted:
            return
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
        found.update(Content(safe(words)))
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
        command = BY_KEY.get(key)
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
        self._act(command, BY_ID[command].label)

    def action_step(self, step: str) -> None:
        """Do a step by its id, as Enter on it does."""
        self._act("run-step", self.conductor.config.protocol.step(step).title, step)

    def _act(self, command: str, called: str, step: str = "") -> None:
        """Run a command, or a step, beside the board; what it raises is told."""
        # The actions bring every dialog along; the app loads them when the board is painted.
        from warroom.screens.actions import table

        self._acts.begin(command, called, table.act(self, command, step))

    def action_alone(self, pane: str) -> None:
        """Show one pane alone, or all again."""
        self.alone = "" if pane == self.alone else pane
        self._arrange()

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

    def _arrange(self) -> None:
        """Apply `alone`: hide every other pane, and give the one its room."""
        self.set_class(bool(self.alone), "alone")
        home = {"phases": "left", "traffic": "middle", "errors": "middle", "latency": "middle", "clocks": "right"}
        for box in ("left", "middle", "right"):
            self.query_one(f"#{box}").styles.display = _shown(not self.alone or home.get(self.alone) == box, self.alone)
        self.query_one("#main").styles.display = _shown(self.alone != "timeline", self.alone)
        self.query_one("#signals").styles.display = _shown(self.alone != "traffic", self.alone)
        for pane in ("errors", "latency"):
            self.query_one(f"#{pane}").styles.display = _shown(self.alone in ("", pane), self.alone)
        self.query_one("#traffic").styles.display = _shown(self.alone not in ("errors", "latency"), self.alone)
        timeline = self.query_one(TimelinePane)
        timeline.styles.display = _shown(self.alone in ("", "timeline"), self.alone)
        timeline.can_focus = self.alone == "timeline"
        self.set_focus(timeline if self.alone == "timeline" else None)


def _unshown(name: str, fault: Exception) -> str:
    return f"{own_fault(f'showing the {name}', fault)}."


def _shown(shown: bool, alone: str) -> str | None:
    """The display style while a pane is alone; None leaves it to the style sheet."""
    if not alone:
        return None
    return "block" if shown else "none"
