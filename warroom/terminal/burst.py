"""Keys that come faster than fingers: a paste without brackets is told from typing, and nothing of it is done."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from textual.events import Key
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

BURST_SECONDS = 0.05
"""More than two keys of text within this time were pasted: a fast typist has 15 keys a second, 67 ms between two."""

GLANCE_SECONDS = 0.005
"""A retreat's y waits no longer: what is pasted in one piece is there within this time."""

TYPED_AHEAD_SECONDS = 0.25
"""The longest that keys wait for the dialog which the key before them opens."""

_LINE_ENDS = ("enter", "tab", "ctrl+j")  # as terminals name the control characters that texts have


def is_text(key: Key) -> bool:
    """Whether a pasted text can hold this key: arrows, Esc and function keys come from fingers only."""
    return key.is_printable or key.key in _LINE_ENDS


def pasted(characters: int) -> str:
    """What to say of a paste where nothing takes text."""
    if not characters:
        return "That was an empty paste: nothing was done."
    return f"That was a paste ({characters} {'character' if characters == 1 else 'characters'}): nothing was done."


class Typed(Protocol):
    """What the gate needs of the app that is typed into."""

    @property
    def focused(self) -> Widget | None:
        """What the keys go to."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """All screens, the one on top last."""

    def go(self, work: Coroutine[Any, Any, None], what: str, remedy: str = "") -> "asyncio.Future[None]":
        """Do work beside the app."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:  # noqa: ANN401 — as Textual's
        """Call it behind what has arrived."""

    def say(self, words: str) -> None:
        """Say something where the keys were pressed."""

    def take_back(self, screens: tuple[Screen[Any], ...]) -> None:
        """Close what lies above `screens`, and what is about to."""


class Burst:
    """Knows a burst by when its keys arrived (seconds of any clock that only goes forward)."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=2)
        self._going = False

    def key(self, at: float) -> bool:
        """Whether the key that arrived at `at` belongs to a burst: the third within 50 ms, and all close behind it."""
        near = [at - time <= BURST_SECONDS for time in self._times]
        self._times.append(at)
        self._going = len(near) == 2 and (near[0] or (self._going and near[1]))
        return self._going


class _Pressed:
    """A key of text that is meant for a screen, and what lay on the stack when it came."""

    def __init__(self, key: Key, screens: tuple[Screen[Any], ...]) -> None:
        self.key = key
        self.screens = screens


class _Held:
    """A key that waits. `ripe`: nothing came close behind it; `late`: it waits for no dialog; `typed`: into a field."""

    def __init__(self, key: Key, *, ripe: bool = False, typed: bool = False) -> None:
        self.key = key
        self.ripe = ripe
        self.typed = typed
        self.late = False


class Gate:
    """Stands between the terminal and the screens, and passes keys on in their order.

    Where text is typed it goes in at once. Elsewhere a key that only opens something acts at once, and what it opened
    is closed again when it turns out to begin a paste; a key that does something waits until it is clear that it does
    not. A screen says how long, in seconds, by `patience(key)`; while it is `opening` a dialog, keys wait for that,
    all but the key `retreat`: on the board it is the way back.
    """

    def __init__(
        self,
        app: Typed,
        pass_on: Callable[[Key], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]],
        retreat: str,
    ) -> None:
        self._app = app
        self._pass_on = pass_on
        self._pause = pause
        self._retreat = retreat
        self._burst = Burst()
        self._before: deque[_Pressed] = deque(maxlen=2)
        self._held: deque[_Held] = deque()
        self._on_its_way: Key | None = None
        self._called_off: deque[Key] = deque(maxlen=2)
        self._dropped = 0

    @property
    def holds(self) -> bool:
        """Whether keys wait, or a paste is not told yet."""
        return bool(self._held or self._dropped)

    async def key(self, key: Key) -> None:
        """Take one key as it arrives."""
        if not is_text(key):
            await self._in_turn(_Held(key, ripe=True), 0.0)
            return
        bursting = self._burst.key(key.time)
        typing = takes_text(self._app.focused)
        if not bursting and self._dropped:
            self._told()
        if bursting and (self._dropped or not typing):
            self._drop(key)
            await self.go_on()
            return
        if typing:
            await self._in_turn(_Held(key, ripe=True, typed=True), 0.0)
            return
        self._before.append(_Pressed(key, tuple(self._app.screen_stack)))
        await self._in_turn(_Held(key), _patience(self._app.screen, key))

    async def go_on(self) -> None:
        """Pass on the keys that have waited long enough, as far as the first that has not."""
        while self._held:
            first = self._held[0]
            if not first.ripe or (self._ahead(first.key) and not first.late):
                return
            self._held.popleft()
            await self._pass(first)

    async def comes_back(self, key: Key) -> None:
        """Let a key act that has come through the widgets to the app, unless it has turned out to begin a paste."""
        if not any(key is one for one in self._called_off):
            await self._pass_on(key)
        if key is self._on_its_way:
            self._on_its_way = None
            await self.go_on()

    async def _pass(self, held: _Held) -> None:
        if is_text(held.key) and not held.typed:
            self._on_its_way = held.key
        await self._pass_on(held.key)

    def _ahead(self, key: Key) -> bool:
        """Whether a key is typed for a dialog that is not there yet. What a widget keeps never comes back."""
        before = self._on_its_way
        coming = before is not None and key.time - before.time < TYPED_AHEAD_SECONDS
        return coming or bool(getattr(self._app.screen, "opening", False))

    async def _in_turn(self, held: _Held, seconds: float) -> None:
        """Pass a key on, at once where nothing keeps it; else hold it."""
        ahead = not held.ripe and held.key.key != self._retreat and self._ahead(held.key)
        if not (self._held or seconds or ahead):
            await self._pass(held)
            return
        self._held.append(held)
        self._app.go(self._ripen(held, seconds), "waiting for a key")

    async def _ripen(self, held: _Held, seconds: float) -> None:
        if not held.ripe:
            await self._quiet(seconds)
            self._app.call_later(self._ripe, held)
        await self._pause(TYPED_AHEAD_SECONDS)
        self._app.call_later(self._late, held)

    async def _quiet(self, seconds: float) -> None:
        """Wait, and until what has arrived meanwhile is with the app: that takes three turns of the loop."""
        await self._pause(seconds)
        for _ in range(3):
            await asyncio.sleep(0)

    async def _ripe(self, held: _Held) -> None:
        """Called behind the keys that have arrived by now."""
        held.ripe = True
        await self.go_on()

    async def _late(self, held: _Held) -> None:
        held.late = True
        await self.go_on()

    def _drop(self, key: Key) -> None:
        """Nothing of a burst is done: what waits of it never will be, what it opened is closed."""
        if not self._dropped:
            own = [one for one in self._before if key.time - one.key.time <= BURST_SECONDS]
            self._called_off.extend(one.key for one in own)
            self._before.clear()
            kept = [one for one in self._held if not is_text(one.key) or key.time - one.key.time > BURST_SECONDS]
            self._held = deque(kept)
            if own:
                self._app.take_back(own[0].screens)
            self._dropped = len(own)
            self._app.go(self._wait_for_its_end(), "waiting for the end of a paste")
        self._dropped += 1

    async def _wait_for_its_end(self) -> None:
        known = 0
        while known != self._dropped:
            known = self._dropped
            await self._quiet(BURST_SECONDS)
        self._app.call_later(self._ended, known)

    def _ended(self, known: int) -> None:
        """Say it once, when nothing more comes."""
        if not self._dropped:
            return  # a key behind it has told it already
        if self._dropped == known:
            self._told()
        else:
            self._app.go(self._wait_for_its_end(), "waiting for the end of a paste")

    def _told(self) -> None:
        count, self._dropped = self._dropped, 0
        self._app.say(pasted(count))


def _patience(screen: Screen[Any], key: Key) -> float:
    """How long a key of text waits on a screen, in seconds."""
    patience: Callable[[str], float] | None = getattr(screen, "patience", None)
    return BURST_SECONDS if patience is None else patience(key.key)


def takes_text(widget: Widget | None) -> bool:
    """Whether what is typed goes into a field of text."""
    if isinstance(widget, Input) or widget is None:
        return widget is not None
    from textual.widgets import TextArea  # a lot of modules, none of which the first picture needs

    return isinstance(widget, TextArea)
