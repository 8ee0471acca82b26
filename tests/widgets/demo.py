"""All panes in the board's layout, on sample data. Run it as a script to look at it; it ticks once a second."""

import sys

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from tests.widgets.sample import START, board, projector
from widgets.data import Board
from widgets.pane import Frame
from widgets.panes.clocks import ClocksLine, ClocksPane
from widgets.panes.header import HeaderLine
from widgets.panes.keybar import KeyBar
from widgets.panes.phases import PhasesPane
from widgets.panes.projector import ProjectorPane
from widgets.panes.roster import RosterPane
from widgets.panes.sentence import SentenceLine
from widgets.panes.signal import SignalPane
from widgets.panes.timeline import TimelinePane
from widgets.panes.traffic import TrafficPane
from widgets.theme import DARK, register_themes
from widgets.tight import TightScreen

OPEN_BELOW = Frame(bottom=False)
BELOW = Frame(corners="├┤╰╯")
BELOW_LEFT = Frame(corners="├┬╰┴", right=False)
BELOW_RIGHT = Frame(corners="┬┤┴╯")


class BoardScreen(TightScreen[None]):
    """The board of the sample."""

    def __init__(self, value: Board) -> None:
        super().__init__()
        self._first = value

    def compose(self) -> ComposeResult:
        """Two lines, three columns, timeline, keys."""
        value = self._first
        yield HeaderLine(value.header, id="header")
        yield SentenceLine(value.sentence, id="sentence")
        yield ClocksLine(value.clocks, id="clocks-row")
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield PhasesPane(value.phases, id="phases")
            with Vertical(id="middle"):
                yield TrafficPane(value.traffic, frame=OPEN_BELOW, id="traffic")
                with Horizontal(id="evidence"):
                    yield SignalPane(value.errors, frame=BELOW_LEFT, id="errors")
                    yield SignalPane(value.latency, frame=BELOW_RIGHT, id="latency")
            with Vertical(id="right"):
                yield ClocksPane(value.clocks, frame=OPEN_BELOW, id="clocks")
                yield RosterPane(value.roster, frame=BELOW, id="roster")
        yield TimelinePane(value.timeline, id="timeline")
        yield KeyBar(value.keys, id="keys")

    def on_resize(self, event: Resize) -> None:
        """Small terminals get the clocks in a row and no roster."""
        self.set_class(event.size.width < 110, "-small")

    def show(self, value: Board) -> None:
        """Hand each pane its slice."""
        self.query_one("#header", HeaderLine).show(value.header)
        self.query_one("#sentence", SentenceLine).show(value.sentence)
        self.query_one("#clocks-row", ClocksLine).show(value.clocks)
        self.query_one("#phases", PhasesPane).show(value.phases)
        self.query_one("#traffic", TrafficPane).show(value.traffic)
        self.query_one("#errors", SignalPane).show(value.errors)
        self.query_one("#latency", SignalPane).show(value.latency)
        self.query_one("#clocks", ClocksPane).show(value.clocks)
        self.query_one("#roster", RosterPane).show(value.roster)
        self.query_one("#timeline", TimelinePane).show(value.timeline)
        self.query_one("#keys", KeyBar).show(value.keys)


class DemoApp(App[None]):
    """The sample board, still unless it is told to tick."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    BoardScreen { background: $background; }
    #main { height: 2fr; }
    #left { width: 30; }
    #right { width: 34; }
    #traffic, #clocks { height: auto; }
    #traffic { max-height: 60%; }
    #evidence { height: 1fr; }
    #timeline { height: 1fr; }
    #clocks-row { display: none; }
    .-small #right, .-small #timeline { display: none; }
    .-small #clocks-row { display: block; }
    .-small #left { width: 26; }
    """

    def __init__(
        self,
        value: Board | None = None,
        *,
        theme: str = DARK,
        ascii_only: bool = False,
        ticking: bool = False,
    ) -> None:
        super().__init__()
        register_themes(self)
        self.theme = theme
        self.ascii = ascii_only
        self._value = value or board()
        self._ticking = ticking
        self._at = START

    def get_default_screen(self) -> BoardScreen:
        """The board is the first screen."""
        return BoardScreen(self._value)

    def on_mount(self) -> None:
        """Start the clock."""
        if self._ticking:
            self.set_interval(1.0, self.tick)

    @property
    def board_screen(self) -> BoardScreen:
        """The board."""
        assert isinstance(self.screen, BoardScreen)
        return self.screen

    def tick(self) -> None:
        """A second later."""
        self._at += 1
        self.board_screen.show(board(self._at))


class ProjectorApp(App[None]):
    """The projector's view of the sample."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: $background; }"

    def __init__(self, *, bad: bool = False, theme: str = DARK, ascii_only: bool = False) -> None:
        super().__init__()
        register_themes(self)
        self.theme = theme
        self.ascii = ascii_only
        self._bad = bad

    def compose(self) -> ComposeResult:
        """One pane."""
        yield ProjectorPane(projector(bad=self._bad))


if __name__ == "__main__":
    (ProjectorApp() if "projector" in sys.argv else DemoApp(ticking=True)).run()
