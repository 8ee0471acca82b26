"""The Textual app: wiring only."""

import asyncio
import gc
import logging
import shutil
import signal
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.binding import Binding, BindingType
from textual.events import Event, Key, Paste, Resize
from textual.geometry import Size
from textual.screen import Screen

from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.process import this_process
from warroom.incident.events import SourceLost
from warroom.incident.journal.errors import JournalError
from warroom.screens.acts import opens
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.base import Dialog
from warroom.screens.host import AppHost
from warroom.screens.palette import BoardCommands
from warroom.screens.steady import KNOWN, Overtaken, Result
from warroom.services.errors import ServiceError
from warroom.terminal.away import Away
from warroom.terminal.burst import Gate, pasted, takes_text
from warroom.terminal.driver import NOBODY, TerminalDriver
from warroom.text import own_fault, plain
from warroom.workspace import Room
from widgets.theme import DARK, LIGHT, register_themes

RECONNECT_SECONDS = 5.0
INTERRUPT_SECONDS = 3.0
SIZE_SECONDS = 2.0
STILL_SECONDS = 1.0
"""How long Ctrl-Z waits for the end of a write."""


def _load_keys() -> None:
    """Load what keys need: no first press shall wait for it. By name mypy would not miss one that moved."""
    from warroom.actions.catalogue import ACTIONS
    from warroom.actions.flow import flow
    from warroom.screens import acting  # noqa: F401

    for action in ACTIONS:
        flow(action.id)


class WarRoom(AppHost):
    """One terminal of the war room. Leaving it never ends an incident."""

    TITLE = "warroom"
    COMMANDS: ClassVar[set[Any]] = {BoardCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "Leave", show=False, priority=True),
        # Here and not on the screens: Textual's own palette and a text field must let it through as well.
        Binding("ctrl+x", "retreat", "Abort", show=False, priority=True),
        # Textual's own has priority: it would overtake an escape on its way to the screen below, and be closed by it.
        Binding("ctrl+p", "command_palette", "Palette", show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),  # in a text it undoes
    ]

    def __init__(self, room: Room) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.room = room
        self.ascii = room.ascii
        self.conductor: Conductor | None = None
        self.unopened: JournalError | None = None
        self.gate = Gate(self, super().on_event, room.pause, self.keymap.key("abort"))
        self.set_keymap(self.keymap.changed)
        self._conducting: asyncio.Task[None] | None = None
        self._interrupted_at = -INTERRUPT_SECONDS
        self._sized: Size | None = None
        self._away = Away(room.clock, room.monotonic)
        register_themes(self)
        self.theme = LIGHT if room.light else DARK

    async def on_mount(self) -> None:
        """Show the first screen at once; everything heavy comes after it is painted."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:  # a test runner's signals are its own
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))  # as shells count
            self.app_suspend_signal.subscribe(self, lambda _: self._away.goes(), immediate=True)
            self.app_resume_signal.subscribe(self, self._is_back, immediate=True)
            self.go(self._away.beats(), "noting when it looked last")
            loop.set_exception_handler(self.unheard)
        if self.room.incident:
            try:
                await self.enter(self.room.conductor(), self.room.incident)
            except JournalError as error:
                self.unopened = error  # a sentence for the shell, when the screen is given back
                self.exit(return_code=self.return_code or 1)  # a terminal that is gone by now counts first
                return
        elif self.room.exercise is not None:
            self.to_declare()
        else:
            from warroom.screens.home import HomeScreen

            self.push_screen(HomeScreen())
        self.call_after_refresh(self._begin)
        self.stands()

    async def on_event(self, event: Event) -> None:
        """Keys go through the gate; a paste goes where text is typed, and anywhere else is told and does nothing."""
        if isinstance(event, Key) and not event.is_forwarded:
            await self.gate.key(event)
        elif isinstance(event, Key):
            await self.gate.comes_back(event)
        elif isinstance(event, Paste) and not event.is_forwarded and not takes_text(self.focused):
            self.say(pasted(len(event.text)))
        else:
            await super().on_event(event)

    def on_resize(self, event: Resize) -> None:
        """Paint anew where the size is what it was: a terminal that changed and came back has lost its picture."""
        if event.size == self._sized and self.screen_stack:
            self.screen.refresh()
        self._sized = event.size

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's hook for a picture: none for a terminal that is behind, which gets all of it anew afterwards."""
        if not (isinstance(self._driver, TerminalDriver) and self._driver.skips):
            super()._display(screen, renderable)

    def _fatal_error(self) -> None:
        """Textual's hook for what ends it: a sentence for the operator, the traceback for the log."""
        error = self._exception
        logging.getLogger("warroom").critical("warroom stopped", exc_info=error)
        where = f" {self.conductor.incident.id}" if self.conductor is not None else ""
        why = str(error) if isinstance(error, KNOWN) else f"This is a fault of its own: {type(error).__name__}."
        self._exit_renderables.append(
            plain(
                f"warroom stopped. {why} Nothing is lost: start it again with `warroom open{where}`. Traffic goes back "
                "with `gcloud run services update-traffic` meanwhile.",
                600,
            )
        )
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        """Stop watching and write down what is still to be written."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # each tells its own faults
        async with self.room:
            if self.conductor is not None:
                await self.conductor.recorder.follow()  # behind the writes under way; tries what is owed once more
                await self.conductor.recorder.settled()

    async def enter(self, conductor: Conductor, incident: str = "") -> None:
        """Put an incident on the board: one just declared, or `incident` from the journal. Raises JournalError."""
        if incident:
            try:
                await conductor.open(incident)
            except LookupError:
                where = self.room.journal.where
                raise JournalError(f"The journal holds no {incident}", f"Was {where} put back from a copy?") from None
        self.conductor = conductor
        if self.room.clients is not None:  # connected meanwhile, when nobody could be attached
            conductor.attach(self.room.clients)
        await self.push_screen(BoardScreen(conductor))
        self.call_after_refresh(self._conduct)

    def to_home(self) -> None:
        """Show what is open, in place of the screen on top."""
        from warroom.screens.home import HomeScreen

        self.switch_screen(HomeScreen())

    def to_declare(self) -> None:
        """Show the declare form, above the screen on top."""
        from warroom.screens.declare import DeclareScreen

        self.push_screen(DeclareScreen())

    def _conduct(self) -> None:
        """Begin to look and to read, now that the board stands."""
        if self.conductor is not None and self._conducting is None:
            self._conducting = self.go(self._conducts(self.conductor), "watching")

    async def _conducts(self, conductor: Conductor) -> None:
        """A fault of ours that ends the looking is told, and it begins anew: a board must not stop in silence."""
        while True:
            await self.telling(conductor.run(), "watching", f"It begins anew in {RECONNECT_SECONDS:g} seconds.")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def push_screen_wait(  # type: ignore[override]  # none of ours is known by a name
        self, screen: Screen[Result], *, mode: str | None = None
    ) -> Result:
        """Open a dialog for a key of the board. Raises Overtaken where something lies on the board already.

        Retreat goes before: for its panel whatever else is open is left.
        """
        await self._flush_next_callbacks()  # as Textual does; from here to the stack nothing comes between
        retreats = isinstance(screen, Dialog) and screen.aborting
        above = self.screen
        if retreats and not (isinstance(above, Dialog) and above.aborting):
            self._to_the_board()
        elif not isinstance(above, BoardScreen):
            raise Overtaken
        opens()
        return await asyncio.shield(self.push_screen(screen, wait_for_dismiss=True, mode=mode))

    def _to_the_board(self) -> BoardScreen | None:
        """Leave whatever lies on the board; not only popped: whoever waits for a dialog's answer goes on."""
        board = next((screen for screen in self.screen_stack if isinstance(screen, BoardScreen)), None)
        while board is not None and self.screen is not board:
            self.screen.dismiss(None)
        return board

    def action_retreat(self) -> None:
        """The abort dialog, from wherever the operator is; not within a dialog's first 300 ms."""
        if isinstance(self.screen, Dialog) and (self.screen.aborting or self.screen.too_soon()):
            return
        board = self._to_the_board()
        if board is not None:
            board.action_command("abort")

    def action_interrupt(self) -> None:
        """Ctrl-C: say how to leave; again within three seconds: leave."""
        now = self.room.monotonic()
        if now - self._interrupted_at < INTERRUPT_SECONDS:
            self.exit()
            return
        self._interrupted_at = now
        self.notify("Ctrl-C again leaves the terminal; the incident goes on.", timeout=INTERRUPT_SECONDS)

    async def action_suspend_process(self) -> None:  # type: ignore[override]  # actions may wait
        """Ctrl-Z: give the shell its terminal until it calls back; or say why not."""
        async with AsyncExitStack() as still:
            try:
                async with asyncio.timeout(STILL_SECONDS):
                    if self.conductor is not None:
                        await still.enter_async_context(self.conductor.recorder.still())
            except TimeoutError:
                self.say("Not suspended: the journal is being written. Press it again.")
                return
            if not (isinstance(self._driver, TerminalDriver) and self._driver.stop_the_job()):
                self.say(NOBODY)

    def _is_back(self, _: object) -> None:
        """Say how long nobody looked from here; what holds now is read at once by the loops."""
        if away := self._away.back():
            self.say(away)

    def _begin(self) -> None:
        """Start connecting. Returns nothing: Textual would await a task, and paint no more until it is done."""
        gc.enable()
        self.go(self._connect(), "connecting")
        if not self.is_headless:
            self.set_interval(SIZE_SECONDS, self._look_at_size)

    def _look_at_size(self) -> None:
        """Take the terminal's size where it is not what we believe, and paint anew.

        Textual reads it in a signal handler, and of a burst of changes may hear the last one before an earlier one.
        """
        size = Size(*shutil.get_terminal_size())
        if size != self.size:
            self.post_message(Resize(size, size))

    async def _lost(self, title: str, remedy: str) -> None:
        """Say once that Cloud Run is not reached, and why; then wait before the next try."""
        looks_only = self.conductor is None or reach.apart(self.conductor) is not None
        if self.conductor is not None and not looks_only and "cloud-run" not in self.conductor.incident.lost:
            await self.conductor.recorder.record(SourceLost("cloud-run", title, remedy), actor="warroom")
        await asyncio.sleep(RECONNECT_SECONDS)

    async def _connect(self) -> None:
        """Load what keys need, then the clients; where that fails say so, and try again."""
        while self.room.clients is None:
            try:
                await self._try_to_connect()
            except Exception as fault:  # saying it failed as well: the journal's, most likely
                self.tell_once("connecting", fault)
                await asyncio.sleep(RECONNECT_SECONDS)
        if self.conductor is not None:
            self.conductor.attach(self.room.clients)
        gc.freeze()

    async def _try_to_connect(self) -> None:
        try:
            await asyncio.to_thread(_load_keys)
            await asyncio.to_thread(this_process)  # brings psutil along: no change shall wait for that
            self.room.clients = await self.room.connect()
        except ServiceError as error:
            await self._lost(error.title, error.remedy)
        except Exception as fault:  # a fault of our own must not leave the board without Cloud Run for good
            logging.getLogger("warroom").exception("connecting failed")
            await self._lost(own_fault("connecting", fault), "It tries again.")
