"""What the screens' tests share."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from tests.screens import scenes
from warroom.app import WarRoom

Then = Callable[[Pilot[Any]], Awaitable[None]]


class Picture(Protocol):
    """Compares the app in a scene with its picture in `__snapshots__`."""

    def __call__(
        self,
        name: str,
        *keys: str,
        size: tuple[int, int] = (120, 36),
        shows: type[Screen[Any]] | None = None,
        then: Then | None = None,
        **changes: Any,
    ) -> bool:
        """Open scene `name`, press `keys`, wait until `shows` is on top, do `then`; the rest as for `scenes.room`."""
        ...


@pytest.fixture
def picture(snap_compare: Callable[..., bool], tmp_path: Path) -> Picture:
    """Pictures are made anew with `--snapshot-update`; look at each before you keep it."""

    def compare(
        name: str,
        *keys: str,
        size: tuple[int, int] = (120, 36),
        shows: type[Screen[Any]] | None = None,
        then: Then | None = None,
        **changes: Any,
    ) -> bool:
        async def before(pilot: Pilot[Any]) -> None:
            await scenes.settled(pilot, connected=changes.get("connected", True))
            await scenes.press(pilot, *keys, shows=shows)
            if then is not None:
                await then(pilot)
                await scenes.still(pilot)

        app = WarRoom(scenes.room(name, tmp_path, **changes))
        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the tester's own terminal may reach the pictures."""
    for variable in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(variable, raising=False)
