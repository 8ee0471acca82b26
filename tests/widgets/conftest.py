"""What the panes' tests share."""

import pytest

from widgets.line import Ink
from widgets.theme import DARK, looks

HOSTILE = (
    "[/red] $x [bold]not markup[/]",
    "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "\u202egnp.exe\u2066 \u200bhidden\ufeff",
    "line one\r\nline two\u2028three\tfour",
    "x" * 10_000,
    "日本語テキスト" * 30,
    "e\u0301\u0301\u0301\u0301\u0301 \u0301leading",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd ❤\ufe0f",
    "\ud800 \ue000 \U000e0041 \x00",
)
"""Strings that try to be more than text."""


@pytest.fixture
def ink() -> Ink:
    """The dark theme's ink."""
    return Ink(looks(DARK, plain=False))


@pytest.fixture
def ascii_ink() -> Ink:
    """The dark theme's ink where only ASCII can be shown."""
    return Ink(looks(DARK, plain=False), ascii_only=True)


@pytest.fixture(params=HOSTILE, ids=lambda text: ascii(text[:12]))
def hostile(request: pytest.FixtureRequest) -> str:
    """Each hostile string in turn."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A NO_COLOR in the tester's terminal must not reach the pictures."""
    monkeypatch.delenv("NO_COLOR", raising=False)
