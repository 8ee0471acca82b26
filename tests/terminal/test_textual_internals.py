"""Each private name of Textual's that warroom leans on, with why: a new Textual without it makes this fail.

What the terminal's driver counts on word for word stands in tests/e2e/test_textual_canary.py.
"""

import inspect
from contextvars import ContextVar
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual._context import active_message_pump
from textual._xterm_parser import XTermParser
from textual.screen import Screen

from tests.terminal.internals import privates, used


class Leaning(NamedTuple):
    """What is leant on: why, by whom, and the parameters of what is called or replaced (None of what is only a value).

    `waits`: it is a coroutine.
    """

    why: str
    by: tuple[str, ...]
    parameters: tuple[str, ...] | None = None
    waits: bool = False


STEADY, APP, TERMINAL = "warroom/screens/steady.py", "warroom/app.py", "warroom/terminal/driver.py"
TIGHT, BACKDROP = "widgets/tight.py", "warroom/screens/dialogs/backdrop.py"

LEANS_ON = {
    "textual._compositor.ChopsUpdate": Leaning("changed spans are cut at both ends", (TIGHT,)),
    "textual._compositor.Compositor": Leaning("it makes the updates that are cut", (TIGHT,)),
    "textual._compositor.Compositor._dirty_regions": Leaning("what has changed is all that is drawn", (TIGHT,)),
    "textual._compositor.Compositor._get_renders": Leaning(
        "it draws all widgets around what has changed; ours those that did", (TIGHT,), ("self", "crop")
    ),
    "textual._context.active_app": Leaning("it says which keymap a sentence is shown by", ("warroom/screens/said.py",)),
    "textual._context.active_message_pump": Leaning("it says whose fault an exception is", (STEADY,)),
    "textual._xterm_parser.XTermParser": Leaning("our key thread reads as Textual's does", (TERMINAL,)),
    "textual.app.App._dispatch_action": Leaning(
        "every key that is bound comes through it",
        (STEADY,),
        ("self", "namespace", "action_name", "params"),
        waits=True,
    ),
    "textual.app.App._display": Leaning(
        "every picture goes through it, and what fails in it is told", (APP, STEADY), ("self", "screen", "renderable")
    ),
    "textual.app.App._driver": Leaning("it is asked whether the terminal is behind", (APP,)),
    "textual.app.App._exception": Leaning("what ended the app, for its last sentence", (APP, STEADY)),
    "textual.app.App._exception_event": Leaning("a pilot in a test waits for it", (STEADY,)),
    "textual.app.App._exit_renderables": Leaning("what is printed once the terminal is given back", (APP,)),
    "textual.app.App._fatal_error": Leaning("it prints the traceback; ours says a sentence", (APP, STEADY), ("self",)),
    "textual.app.App._handle_exception": Leaning("what nobody caught would end the app", (STEADY,), ("self", "error")),
    "textual.app.App._return_code": Leaning("an end by a fault exits with 1", (STEADY,)),
    "textual.driver.Driver._app": Leaning("the terminal that is gone ends its app", (TERMINAL,)),
    "textual.driver.Driver._auto_restart": Leaning("whether the app wants its terminal back", (TERMINAL,)),
    "textual.driver.Driver._debug": Leaning("the parser wants it", (TERMINAL,)),
    "textual.driver.Driver._loop": Leaning("threads and signal handlers speak to the app in it", (TERMINAL,)),
    "textual.drivers.linux_driver.LinuxDriver._file": Leaning("the terminal that is written to", (TERMINAL,)),
    "textual.drivers.linux_driver.LinuxDriver._writer_thread": Leaning(
        "it is ended: our output waits for nobody", (TERMINAL,)
    ),
    "textual.message_pump.MessagePump._close_messages_no_wait": Leaning(
        "how the app ends from within", (APP,), ("self",)
    ),
    "textual.message_pump.MessagePump._dispatch_message": Leaning(
        "what a handler raises would end the screen or the app", (STEADY,), ("self", "message"), waits=True
    ),
    "textual.message_pump.MessagePump._flush_next_callbacks": Leaning(
        "as Textual's push_screen_wait, before a dialog is opened", (APP,), ("self",), waits=True
    ),
    "textual.screen.Screen._compositor": Leaning("replaced by the one that cuts its updates", (TIGHT,)),
    "textual.screen.Screen._compositor_refresh": Leaning("what fails in drawing is told", (STEADY,), ("self",)),
    "textual.screen.Screen._refresh_layout": Leaning(
        "what fails in laying out is told", (STEADY,), ("self", "size", "scroll")
    ),
    "*._batch_count": Leaning("no picture is made that nobody gets", (STEADY,)),
    "*._compositor": Leaning("a screen as the background of another", (BACKDROP,)),
}


def signature(function: Any) -> tuple[str, ...]:
    """The names of its parameters."""
    return tuple(inspect.signature(function).parameters)


def test_every_private_name_stands_in_the_table() -> None:
    """What is leant on is written down, with its users; what is not leant on any more goes."""
    found = {name: tuple(sorted(places)) for name, places in used().items()}
    assert found == {name: tuple(sorted(one.by)) for name, one in LEANS_ON.items()}, (
        "Lean on a public name of Textual's; where there is none, put the private one into LEANS_ON, with why."
    )


@pytest.mark.parametrize("name", [name for name in LEANS_ON if "textual._" not in name and not name.startswith("*")])
def test_a_private_name_is_there_as_we_use_it(name: str) -> None:
    """A value is set by its class; what is called or replaced takes the same parameters, and is waited for or not."""
    module, owner, attribute = name.rsplit(".", 2)
    made, leaning = getattr(import_module(module), owner), LEANS_ON[name]
    assert attribute in privates(made), f"{name} is gone; {leaning.by} wants it: {leaning.why}"
    if leaning.parameters is not None:
        function = getattr(made, attribute)
        assert signature(function) == leaning.parameters
        assert inspect.iscoroutinefunction(function) == leaning.waits


def test_the_private_modules_are_as_we_use_them() -> None:
    """What comes from a module with an underscore: compositor, updates, the pump at work, the parser of keys."""
    assert isinstance(active_message_pump, ContextVar)
    assert signature(ChopsUpdate) == ("chops", "spans", "chop_ends")
    assert {"chops", "spans", "chop_ends"} <= set(vars(ChopsUpdate([], [], [])))
    assert signature(ChopsUpdate.render_segments) == ("self", "console")
    assert signature(Compositor) == ()
    assert signature(Compositor.render_partial_update) == ("self",)
    assert signature(Compositor.render_strips) == ("self", "size")
    assert signature(Compositor._get_renders) == ("self", "crop")
    assert Compositor()._dirty_regions == set()
    assert isinstance(vars(Compositor)["visible_widgets"], property)
    parser = XTermParser(False)
    assert [list(parser.feed("")), list(parser.tick())] == [[], []]


def test_the_scan_sees_what_is_leant_on() -> None:
    """A scan that sees nothing would be content with everything."""
    found = used()
    assert set(found["textual.app.App._display"]) == {APP, STEADY}
    assert "_compositor" in privates(Screen)
    assert not privates(Leaning)
