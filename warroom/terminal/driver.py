"""The terminal that the board is drawn on: Textual's driver, for terminals that freeze and that go away.

Textual's own waits for a terminal that does not read, and with it everything else; of one that is gone it hears nothing
but an end of input, which it reads over and over. Here output never waits, and a terminal that is gone ends the app.
`tests/e2e/test_textual_canary.py` tells when a new Textual changes what this leans on.
"""

import os
import selectors
import signal
import termios
import threading
from asyncio import Handle, TimerHandle
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from warroom.outlet import Outlet, silence

GONE = 128 + signal.SIGHUP
"""The exit status where the terminal is gone, as shells count."""

LAST_WORDS_SECONDS = 0.75
"""How long a terminal may take at the end for what waits; after that it gets nothing but its modes back."""

NOBODY = "Not suspended: no shell is here to bring it back. Ctrl-C twice leaves; the incident goes on."

_MODES_SECONDS = 0.2  # and for those, once the kernel's buffer was emptied
_OTHERS_SECONDS = 0.05  # within which the signals that are sent with SIGCONT have arrived, by whichever thread
_TICK_SECONDS = 0.1  # how soon a lone escape is told from the beginning of a sequence: as Textual's own
_CANCEL = "\x18\x1b[?2026l"  # ends a sequence and a synchronised update that were cut in the middle


def _is_a_job() -> bool:
    """Whether a shell has made us a job of its own, and sees it stop.

    The terminal's own first group has nobody above it: what is stopped there stays so for good.
    """
    return os.getpgrp() != os.getsid(0)


class TerminalDriver(LinuxDriver):
    """Textual's driver, whose output waits for nobody, and which ends the app with GONE when the terminal is gone."""

    def __init__(self, app: App[Any], **settings: Any) -> None:  # noqa: ANN401
        super().__init__(app, **settings)
        assert self._file is not None
        self._encoding = self._file.encoding
        self._context = copy_context()  # the app's: a thread and a signal handler have none
        self._on = False  # whether the terminal is ours: not while we are suspended
        self._last_words: str | None = None
        self._held: Handle | None = None  # a stop that somebody else has asked for
        self._waking: TimerHandle | None = None
        self._loop.add_signal_handler(signal.SIGTSTP, self._asked_to_stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)
        drained = partial(self._soon, app.refresh)
        self._outlet = Outlet(self._file.fileno(), on_lost=self._lost, on_drained=drained)
        self._outlet.start()

    @property
    def skips(self) -> bool:
        """Whether a picture must not be drawn now. All of the screen is painted anew once it may."""
        return not self._on or self._outlet.behind()

    def write(self, data: str) -> None:
        """Write, without waiting for the terminal."""
        if self._last_words is not None:
            self._last_words += data
        self._outlet.write(data.encode(self._encoding, errors="replace"))

    def start_application_mode(self) -> None:
        """Take the terminal; not where we are in the background, which stops us until we are called back."""
        self._last_words = None
        if self._in_background():
            # All of our job, as `fg` wakes none that its shell has not seen stop. By SIGTTOU `timeout` would run on.
            self._by_default(partial(os.killpg, 0, signal.SIGTSTP))
            return
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._on = self._writer_thread is not None
        if self._writer_thread is not None:
            self._writer_thread.stop()  # it has nothing to do: `write` is ours
            self._writer_thread = None
        elif not self._there():
            self._lost()

    def disable_input(self) -> None:
        """Read no more keys. Touches nothing of a terminal that is not ours: that would stop us in mid-end."""
        if self._on:
            super().disable_input()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        if self._on:
            self._last_words = _CANCEL
            super().stop_application_mode()
            self._on = False

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self.stop_application_mode()
        self._finish()

    def close(self) -> None:
        """Let the terminal go. Of one that takes nothing any more, what is printed after this does not wait either."""
        if not self._finish() or self._outlet.lost:
            silence(1, 2)

    def _finish(self) -> bool:
        """Wait for what is written; of a terminal that does not take it only the last words are left."""
        if self._outlet.drained(LAST_WORDS_SECONDS):
            return True
        if self._last_words is not None:  # once: a terminal that is not ours any more is not touched
            self._outlet.cut_short(self._last_words.encode())
            self._outlet.drained(_MODES_SECONDS)
            self._last_words = None
        return False

    def run_input_thread(self) -> None:
        """Read keys until told to end, or until a terminal's end of input, which means that it is gone."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK_SECONDS):
                    try:
                        data = os.read(self.fileno, 4096)
                    except BlockingIOError:  # taken by another, where somebody has set it so
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        if self.input_tty:
                            self._lost()
                        return
                    self._heard(parser.feed(decode(data)))
                self._heard(parser.tick())

    def _heard(self, events: Iterable[Message]) -> None:
        """Hand on what one read brought, all of it in one turn of the loop.

        One key after the other would let the app take the first of a paste for a single key, where this thread is made
        to wait behind it.
        """
        found = tuple(events)

        def hand_on() -> None:
            for event in found:
                self.process_message(event)

        if found:
            self._soon(hand_on)

    def _there(self) -> bool:
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return False
        return True

    def _lost(self) -> None:
        self._soon(self._end)

    def _end(self) -> None:
        if self._app.return_code is None:  # else it is leaving, for a reason of its own
            self._app.exit(return_code=GONE)

    def stop_the_job(self) -> bool:
        """Give the terminal back and stop until we are called back, with all of our job. False where it is no job.

        Whoever waits for us in our job, such as make, must not stop before us: the shell would take the terminal in
        mid-way, and its SIGCONT would come before our stop, which nothing ends then.
        """
        if not _is_a_job():
            return False
        self._leave()
        self._by_default(partial(os.killpg, 0, signal.SIGTSTP))
        return True

    def _leave(self) -> None:
        self._app.app_suspend_signal.publish(self._app)  # by whatever we are stopped, the app knows since when
        self.suspend_application_mode()

    def _asked_to_stop(self) -> None:
        """Stop alone, as somebody else wants, when the terminal is given back, unless SIGCONT comes before that.

        The stop waits in the kernel, held back from this thread: SIGCONT takes it away from there, whenever it comes.
        """
        if self._held is not None or not _is_a_job():
            return
        if self._waking is not None:  # two that come at once may be heard in either order: none stops us for good
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        self._leave()
        self._held = self._loop.call_later(_OTHERS_SECONDS, self._stop_next)

    def _stop_next(self) -> None:
        """Stop in the next turn of the loop: a busy one reads what came before in this one, and hears it then."""
        self._held = self._loop.call_soon(self._stop)

    def _stop(self) -> None:
        self._held = None
        self._by_default(partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGTSTP}))

    def _by_default(self, stop: Callable[[], object]) -> None:
        """Stop as programs do that know nothing of it: in the kernel, in this call, and not where nobody sees it."""
        self._loop.remove_signal_handler(signal.SIGTSTP)
        stop()
        self._loop.add_signal_handler(signal.SIGTSTP, self._asked_to_stop)
        self._wake()

    def _continued(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # forgets the stop where this came before we held it back
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
            self._loop.add_signal_handler(signal.SIGTSTP, self._asked_to_stop)
        self._wake()

    def _wake(self) -> None:
        # Of signals that come together, one to end counts first, and then leaves alone a terminal that is not ours.
        if self._waking is not None:
            self._waking.cancel()
        self._waking = self._loop.call_later(_OTHERS_SECONDS, self._continue, context=self._context)

    def _continue(self) -> None:
        self._waking = None
        if not self._auto_restart or self._app.return_code is not None:
            return
        self.stop_application_mode()  # where nobody asked us before we were stopped: its modes may be others by now
        self.resume_application_mode()
        if self._on:
            self._app.app_resume_signal.publish(self._app)

    def _in_background(self) -> bool:
        try:
            return _is_a_job() and os.tcgetpgrp(self.fileno) != os.getpgrp()
        except OSError:  # no terminal, or one that is gone
            return False

    def _soon(self, work: Callable[[], object]) -> None:
        """Do it in the app's loop, from wherever; not at all where that is over."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work, context=self._context)
