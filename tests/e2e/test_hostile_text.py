"""Text from outside is text: on every screen it goes through, and in every byte that reaches the terminal."""

import re

import pytest

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import FORM, deploy
from tests.e2e.terminal import Terminal

EVIL = "\x1b]0;owned\x07\x1b[31m[/red][bold]\u202egnp\u2066\x9b2J\x00\x08\r\nend"
"""A title that a terminal would set, colours, markup, direction overrides, 8-bit CSI, controls, a line break."""

DIGEST = "@sha256:" + "4" * 64

FORBIDDEN = ("\x1b]0;", "owned\x07", "\u202e", "\u2066", "\x9b", "\x00", "\x08")


def nothing_got_through(terminal: Terminal) -> None:
    """None of what was injected is among the bytes that were drawn."""
    raw = bytes(terminal.raw)
    for one in FORBIDDEN:
        assert one.encode() not in raw, repr(one)
    # Textual itself colours with whole "38;2;r;g;b" sequences: a bare 31 can only be the injected one.
    assert b"\x1b[31m" not in raw


def toml(text: str) -> str:
    """A text as a basic TOML string."""
    return '"' + re.sub(r'[\x00-\x1f\x7f-\x9f"\\]', lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


@pytest.fixture
def evil(home: Home) -> str:
    """A scenario whose title, description and images are hostile, 10 kB of them: so are the cloud's answers."""
    path = home.scenario("evil", title=toml(EVIL + "A" * 10_000), description=toml(EVIL * 200))
    text = path.read_text(encoding="utf-8")
    text = re.sub(
        r'(?m)^(hotfix_image|image) = ".*"', lambda found: f"{found[1]} = {toml(EVIL + 'B' * 500 + DIGEST)}", text
    )
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_hostile_scenario_and_a_hostile_cloud(home: Home, start: OpenTerminal, evil: str) -> None:
    """Form, board, image field, arm panel, revision list, gcloud panel, projector, report: all show it as text."""
    terminal = start("drill", evil, "--speed", "60")
    terminal.wait_for(FORM, "AAAAAAAA…")
    terminal.press("ctrl+s")
    terminal.wait_for("Press d to deploy it at 0 %", "[/red]", "100 %")
    deploy(terminal)
    for key, shows in (("r", "Roll back to which revision?"), ("g", "Done so far"), ("u", "Update to stake")):
        terminal.press(key)
        terminal.wait_for(shows)
        terminal.press("escape")
        terminal.wait_until_gone(shows)
    terminal.press("m")
    terminal.wait_for("hotfix takes")
    terminal.press("escape")
    terminal.wait_for("? Help")
    terminal.press("w")
    terminal.wait_for("Report written")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    nothing_got_through(terminal)
    written = (home.drills / "INC-0001.md").read_text(encoding="utf-8")
    assert r"\[/red\]" in written
    assert not any(one in written for one in (*FORBIDDEN, "\x1b"))


def test_bytes_that_are_no_utf_8_do_not_end_the_board(home: Home, start: OpenTerminal) -> None:
    """A terminal of another encoding types and pastes: each is seen, no other key is lost, and none makes an image."""
    terminal = start("drill", "good-hotfix", "--speed", "60")
    terminal.wait_for(FORM)
    terminal.press("ctrl+s")
    terminal.wait_for("Press d to deploy it at 0 %", "100 %")
    terminal.press_bytes(b"\xff\xfe")
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.press_bytes(b"caf\xe9 \x1b[200~au l\xe4it\x1b[201~\r")
    terminal.wait_for("@primary-rm caf\ufffd au l\ufffdit")
    terminal.press("d")
    terminal.wait_for("Deploy which image?")
    terminal.press_bytes(b"\xe9\r")
    terminal.wait_for("it is no UTF-8 text", "Copy its name anew")
    terminal.press("escape")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert b"Traceback" not in terminal.raw


def test_typed_and_pasted_text_is_text(home: Home, start: OpenTerminal) -> None:
    """A title with markup, a note pasted with escapes and a 10 kB line: on the board as text, in the report as well."""
    terminal = start("drill", "good-hotfix", "--speed", "60")
    terminal.wait_for(FORM)
    # The field is selected as a whole: typing replaces what the drill has put there.
    terminal.press("[/red] [bold]$x[/bold] \\[", "ctrl+s")
    terminal.wait_for("INC-0001 [/red] [bold]$x[/bold] \\[")
    for text, shows in (("[/red] note", "[/red] note"), ("\u202egnp \x9b2J evil", "evil"), ("C" * 10_000, "C" * 60)):
        terminal.press("n")
        terminal.wait_for("Note for the timeline")
        terminal.paste(text)
        terminal.press("enter")
        terminal.wait_until_gone("Note for the timeline")
        terminal.wait_for(f"@primary-rm {shows}" if shows == text else shows)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    nothing_got_through(terminal)
    written = home.run("report", "INC-0001", "--drill").stdout
    assert r"\[/red\] note" in written
    assert not any(one in written for one in (*FORBIDDEN, "\x1b"))
