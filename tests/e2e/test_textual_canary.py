"""What our driver leans on within Textual, word for word: a new Textual that changes it makes this fail."""

import hashlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from textual._parser import Parser
from textual.app import App
from textual.driver import Driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

LEANS_ON: tuple[tuple[Callable[..., Any], str, str], ...] = (
    (
        LinuxDriver.__init__,
        "8ffb11d084a6",
        "it draws on sys.__stderr__, and our handlers take the place of its own for SIGTSTP and SIGCONT",
    ),
    (LinuxDriver._sigtstp_application, "8044421ac7ab", "it does no more than our _asked_to_stop"),
    (LinuxDriver._sigcont_application, "5c1afbf36f9e", "it does no more than our _continue"),
    (LinuxDriver.write, "4a377e7dab65", "it is the only place that reaches the writer thread"),
    (
        LinuxDriver.start_application_mode,
        "a6a78976dcf6",
        "it sets _writer_thread where the terminal is ours, for write alone, and reads keys in _run_input_thread",
    ),
    (LinuxDriver.disable_input, "d19b820bfe91", "it joins the key thread by exit_event"),
    (
        LinuxDriver.stop_application_mode,
        "8fb0dc87358d",
        "all that it restores goes through write, and it waits for no output",
    ),
    (LinuxDriver.close, "e53d5bcd4921", "it does nothing but stop the writer thread"),
    (LinuxDriver._run_input_thread, "f535433fe281", "it calls run_input_thread"),
    (LinuxDriver.run_input_thread, "03c4634c663e", "ours reads as it does, but for an end of input"),
    (LinuxDriver.process_message, "b97b81acaba6", "it is where events of the parser go"),
    (Driver.suspend_application_mode, "9a8ae20cee08", "it does no more than stop_application_mode and close"),
    (Driver.resume_application_mode, "1aaf528d2990", "it starts the application mode"),
    (WriterThread.run, "fd4498352f54", "it writes nothing when nothing is queued"),
    (WriterThread.stop, "d985df744ec8", "it waits for nothing but an empty queue"),
    (Parser.feed, "73c101c78046", "run_input_thread may feed it text"),
    (Parser.tick, "ca5178b1f48d", "run_input_thread may ask it for timed-out sequences"),
    (App._display, "2dc2767da903", "every picture goes through it, and the modes of a terminal do not"),
    (App._process_messages, "a05030d9eb74", "it stops the driver's application mode at its end"),
    (App._shutdown, "4ca9f862901a", "it closes the driver before it prints what is left to say"),
    (App.exit, "7ede7e8e1108", "it may be called before the first message, and return_code is None until then"),
    (Screen._on_timer_update, "af1f31e0921c", "a refresh of the screen paints all of it"),
)


def digest(function: Callable[..., Any]) -> str:
    """The first signs of a hash of its source."""
    return hashlib.sha256(textwrap.dedent(inspect.getsource(function)).encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("function", "known", "check"), LEANS_ON, ids=[function.__qualname__ for function, *_ in LEANS_ON]
)
def test_what_the_driver_leans_on_is_as_it_was(function: Callable[..., Any], known: str, check: str) -> None:
    """A function of Textual's that we replace, or whose steps we count on, reads as when it was looked at last."""
    found = digest(function)
    assert found == known, (
        f"Textual's {function.__qualname__} has changed (now {found}). Read it, and see that {check}; mend "
        f"warroom/terminal/driver.py where needed, run tests/e2e/test_terminal_lost.py, and put the new digest here."
    )
