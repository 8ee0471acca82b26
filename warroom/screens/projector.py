"""The projector's view of the host: large, nothing secret, no keys but leaving and retreat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from warroom.board.projector import projector
from warroom.commands import BY_ID
from warroom.screens.host import Host, HostedScreen
from warroom.terminal.burst import BURST_SECONDS
from warroom.text import own_fault
from widgets.data import Projector
from widgets.panes.projector import ProjectorPane
from widgets.tight import TightScreen


class ProjectorScreen(HostedScreen[None], TightScreen[None]):
    """Shows the same incident as the board that it came from."""

    called = "the projector's view"
    may_be_left = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back to the board", show=False),
        *(Binding(BY_ID[one].key, "leave", "Back to the board", show=False, id=one) for one in ("projector", "quit")),
        Binding(BY_ID["abort"].key, "app.retreat", "Abort", show=False, id="abort"),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host

    def compose(self) -> ComposeResult:
        """One pane fills the screen."""
        yield ProjectorPane(self._slice())

    def on_mount(self) -> None:
        """Redraw when the clock's second turns."""
        self.set_timer(1.01 - self.host.conductor.clock.now() % 1, self._begin_ticking)

    def action_leave(self) -> None:
        """Back to the host."""
        self.dismiss()

    def patience(self, key: str) -> float:
        """Seconds that a key of text waits for more to come."""
        return 0.0 if key == self.app.keymap.key("abort") else BURST_SECONDS

    def _slice(self) -> Projector:
        conductor = self.host.conductor
        return projector(conductor.incident, conductor.config.protocol, conductor.clock.now(), self.host.current_view())

    def _begin_ticking(self) -> None:
        self._tick()
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        pane = self.query_one(ProjectorPane)
        try:
            pane.show(self._slice())
        except Exception as fault:  # what is shown must not stand there as if it were of this second
            pane.fail(f"{own_fault(self.called, fault)}.")
            self.app.tell_once(self.called, fault)
