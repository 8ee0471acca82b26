"""What screens see of the app, and what actions and dialogs see of the board: neither knows the other's module."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from textual.screen import Screen

from warroom.board import View
from warroom.conductor.conductor import Conductor
from warroom.protocol.keymap import Keymap
from warroom.screens.steady import Result, SteadyApp, SteadyScreen
from warroom.terminal.burst import Gate
from warroom.wording import for_board
from warroom.workspace import Room


class AppHost(SteadyApp):
    """The app as every screen may use it. `room` is what all incidents share; `gate` is where keys come in."""

    room: Room
    gate: Gate
    ascii: bool
    """Whether the terminal shows no more than ASCII."""

    @property
    def keymap(self) -> Keymap:
        """Which keys do what."""
        return self.room.config.keymap

    def word(self, text: str) -> str:
        """A text as this terminal shows it: actions by their present keys."""
        return for_board(text, self.keymap)

    async def enter(self, conductor: Conductor, incident: str = "") -> None:
        """Put an incident on the board: one just declared, or `incident` from the journal. Raises JournalError."""
        raise NotImplementedError

    def to_home(self) -> None:
        """Show what is open, in place of the screen on top."""
        raise NotImplementedError

    def to_declare(self) -> None:
        """Show the declare form, above the screen on top."""
        raise NotImplementedError


class HostedScreen(SteadyScreen[Result]):
    """A screen of our app."""

    app: AppHost


class Host(Protocol):
    """The board as an action may use it: one terminal's way to ask, to say, and to do."""

    conductor: Conductor
    view: View

    @property
    def room(self) -> Room:
        """What all incidents of this process share."""

    @property
    def on_top(self) -> bool:
        """Whether no dialog lies on the board."""

    @property
    def columns(self) -> int:
        """How wide the terminal is."""

    async def ask(self, dialog: Screen[Result]) -> Result:
        """Open a dialog and wait for its answer. Raises Overtaken where another one lies on the board."""

    def spawn(self, work: Coroutine[Any, Any, None], what: str, remedy: str = "") -> asyncio.Future[None]:
        """Do work beside the board; what it raises is told, named `what`, with `remedy` after a fault of ours."""

    def notice(self, words: str, *, good: bool = False) -> None:
        """Say something above the key bar for some seconds."""

    def unsay(self, words: str) -> None:
        """Take a notice back, if it still stands."""

    def refresh_board(self) -> None:
        """Show the board of this moment."""

    def current_view(self) -> View:
        """How this terminal looks at the incident just now."""

    def selected_step(self) -> str:
        """The step that has the cursor; "" when all are done."""

    def leave(self) -> None:
        """Leave the terminal, never the incident."""
