"""The one place for what goes wrong behind a key or beside the board: it is said and logged, and the board goes on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from warroom.conductor.refusal import Refused
from warroom.incident.journal.errors import JournalError
from warroom.services.errors import ServiceError
from warroom.text import own_fault, plain

Result = TypeVar("Result")
KNOWN = (Refused, ServiceError, JournalError)
"""What has a title and a remedy, and is nobody's fault here."""

AGAIN_SECONDS = 8.0
"""What fails again and again beside the board is said no oftener than this, and logged once."""


class Overtaken(Exception):
    """A key's dialog was ready when another one lay on the board already: the later key holds."""


class SteadyApp(App[str]):
    """An app that a fault of its own does not end as long as it can be drawn and told."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.faults: list[str] = []
        """What was said of faults of our own, each once."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._standing = False
        self._drawn: Screen[Any] | None = None
        self._leaving: set[Screen[Any]] = set()
        self._telling = False
        self._said_at: dict[str, float] = {}

    def stands(self) -> None:
        """From now on there is a screen to say things on."""
        self._standing = True

    def go(self, work: Coroutine[Any, Any, None], what: str, remedy: str = "") -> asyncio.Task[None]:
        """Run something to its end that no screen's leaving may stop; what it raises is told as for `telling`."""
        task = asyncio.ensure_future(self.telling(work, what, remedy))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def telling(self, work: Awaitable[object], what: str, remedy: str = "") -> None:
        """Await `work` and tell whatever it raises; `what` names it, `remedy` says what to do after a fault of ours."""
        try:
            await work
        except Overtaken:
            pass
        except Exception as error:
            self.tell(what, error, remedy)

    def tell(self, what: str, error: Exception, remedy: str = "") -> None:
        """Say what an error means, where the key was pressed; the traceback of one of our own goes into the log."""
        error = _innermost(error)
        if isinstance(error, KNOWN):
            self.say(str(error))
            return
        words = f"{own_fault(what, error)}. {remedy}".rstrip()
        self._note(what, words, error)
        self.say(words)

    def tell_once(self, what: str, error: Exception) -> None:
        """As `tell`, of what nobody has pressed a key for and what may come again with each second."""
        error = _innermost(error)
        if self.cut_short(error):
            return
        words, now = own_fault(what, error), time.monotonic()
        self._note(what, words, error)
        if now - self._said_at.get(words, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._said_at[words] = now
            self.say(f"{words}.")

    def word(self, text: str) -> str:
        """A text in the words of this app."""
        return text

    def say(self, words: str) -> None:
        """Say something on the screen on top, and on the one beneath that stays when it is left."""
        if self._telling or not self.is_running:
            return
        self._telling = True
        try:
            said = [screen.say(words) for screen in reversed(self.screen_stack) if isinstance(screen, SteadyScreen)]
            if not any(said):
                self.notify(plain(self.word(words), 400), severity="error", timeout=AGAIN_SECONDS, markup=False)
        except Exception as fault:  # nothing is left to say it on
            self.stop(fault)
        finally:
            self._telling = False

    def stop(self, error: Exception) -> None:
        """End in good order, with a sentence for the operator and the traceback in the log."""
        if self.cut_short(error):
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def cut_short(self, error: Exception) -> bool:
        """Whether it is no fault: a screen whose making is cut short by leaving misses its parts."""
        return self.return_code is not None and isinstance(error, NoMatches)

    def take_back(self, screens: tuple[Screen[Any], ...]) -> None:
        """Close what lies above `screens`, and what is about to."""
        for screen in self.screen_stack:
            if isinstance(screen, SteadyScreen):
                screen.take_back()
        while self.screen not in screens and len(self.screen_stack) > 1:
            self.screen.dismiss(None)

    @contextmanager
    def drawing(self, screen: Screen[Any]) -> Iterator[None]:
        """While a screen is laid out or drawn: what fails now leaves nothing to be looked at."""
        before, self._drawn = self._drawn, screen
        try:
            yield
        finally:
            self._drawn = before

    def undrawn(self, screen: Screen[Any], error: Exception) -> None:
        """What can't be drawn is left, if it may be; without the board there is nothing to go on with."""
        if screen in self._leaving:
            return
        called, may_be_left = "this screen", True
        if isinstance(screen, SteadyScreen):
            called, may_be_left = screen.called, screen.may_be_left
        if may_be_left and screen in self.screen_stack[2:]:
            self._leaving.add(screen)
            self.tell(called, error)
            self.call_later(self._leave, screen)
        else:
            self.stop(error)

    def unheard(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The event loop's hook: a task failed and nobody asked it."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self.tell_once("something beside the board", error)
        else:
            logging.getLogger("warroom").error("the event loop says: %s", context.get("message"))

    def _note(self, what: str, words: str, error: Exception) -> None:
        if words not in self.faults:
            logging.getLogger("warroom").error("%s failed", what, exc_info=error)
            self.faults.append(words)
            del self.faults[:-100]

    def _leave(self, screen: Screen[Any]) -> None:
        self._leaving.discard(screen)
        if self.screen is screen:
            screen.dismiss(None)

    async def _dispatch_message(self, message: Message) -> None:
        """Textual's: what a handler raises would end the app. Before it stands there is nothing to go on with."""
        if not self._standing:
            await super()._dispatch_message(message)
            return
        try:
            await super()._dispatch_message(message)
        except Exception as fault:
            self.tell_once("warroom", fault)

    async def _dispatch_action(self, namespace: DOMNode, action_name: str, params: tuple[object, ...]) -> bool:
        """Textual's: every key that is bound comes through here."""
        try:
            return await super()._dispatch_action(namespace, action_name, params)
        except Exception as error:
            self.tell(action_name.replace("_", " "), error)
            return True

    def _handle_exception(self, error: Exception) -> None:
        """Textual's, for what nobody caught: timers, handlers of widgets, composing, drawing. It would end the app."""
        pump = active_message_pump.get(None)
        if self._drawn is not None:
            self.undrawn(self._drawn, error)
        elif not self._standing or self._telling:
            self.stop(error)
        elif isinstance(pump, Screen) and not (isinstance(pump, SteadyScreen) and pump.is_mounted):
            self.undrawn(pump, error)  # Textual has ended its loop: it would answer to no key any more
        else:
            self.tell_once(pump.called if isinstance(pump, SteadyScreen) else "warroom", error)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        with self.drawing(screen):
            super()._display(screen, renderable)


def _innermost(error: Exception) -> Exception:
    """What a group of tasks met first says more than that one of them failed."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


class SteadyScreen(Screen[Result]):
    """A screen whose handlers may fail without ending it, and that says what went wrong."""

    called = "this screen"
    may_be_left = False
    """Whether the board is still there without it."""
    app: SteadyApp

    def say(self, words: str) -> bool:
        """Say why a key did nothing; False where there is no place for it."""
        return False

    def take_back(self) -> None:
        """Open nothing that is being prepared."""

    def heard(self) -> None:
        """The incident, or a second, went on beneath this screen."""

    async def _dispatch_message(self, message: Message) -> None:
        """Textual's: what a handler raises would end the screen's loop, and the app."""
        try:
            await super()._dispatch_message(message)
        except Exception as fault:
            if isinstance(message, events.Compose | events.Mount) and self.may_be_left:
                self.app.undrawn(self, fault)
            else:
                self.app.tell_once(self.called, fault)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        with self.app.drawing(self):
            super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        """Textual's: a picture. While several changes are made as one it would make it and throw it away."""
        if self.app._batch_count and self is self.app.screen:
            return  # what has changed stays noted for the picture at the end
        try:
            super()._compositor_refresh()
        except Exception as fault:
            self.app.undrawn(self, fault)
