"""Text from outside stays text."""

import time
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.glyphs import to_ascii
from widgets.safe import LIMIT, safe


def is_harmless(text: str) -> bool:
    """True where `text` holds nothing that a terminal takes for anything but a character."""
    return all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


def test_hostile_strings_come_out_harmless(hostile: str) -> None:
    """No control, escape, bidi or joining character survives, and the result can be written as UTF-8."""
    shown = safe(hostile)
    assert is_harmless(shown)
    assert len(shown) <= LIMIT
    shown.encode()


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=60))
def test_any_text_is_made_harmless_once(text: str) -> None:
    """Whatever comes in, the result is harmless, and made safe again it is the same."""
    shown = safe(text)
    assert is_harmless(shown)
    assert safe(shown) == shown
    shown.encode()


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=60))
def test_width_is_the_sum_of_its_characters(text: str) -> None:
    """After it is made safe, no character changes the width of another: what is cut and padded by cells lines up."""
    shown = safe(text)
    assert cell_len(shown) == sum(cell_len(char) for char in shown)


def test_controls_are_not_obeyed() -> None:
    """They go, as on the command line and in reports; rows keep their spaces."""
    assert safe("a\x1b[31mb\nc\td\x7f  e") == "ab c d  e"


def test_markup_is_left_alone() -> None:
    """Brackets are brackets."""
    assert safe("[/red][bold]") == "[/red][bold]"


def test_accents_stay_but_do_not_pile_up() -> None:
    """Three accents on a letter are kept; a tower of them is not, nor one on nothing."""
    assert safe("e\u0301\u0323") == "e\u0301\u0323"
    assert safe("e" + "\u0301" * 50) == "e\u0301\u0301\u0301"
    assert safe("\u0301x") == "x"


def test_long_text_is_cut_before_it_is_looked_at() -> None:
    """A huge line costs what a short one does."""
    shown = safe("é" * 1_000_000, limit=100)
    assert shown == "é" * 99 + "…"
    huge = "\x1b" * 5_000_000
    started = time.process_time()
    for _ in range(100):
        safe(huge)
    assert time.process_time() - started < 0.5


@settings(max_examples=100)
@given(st.text(st.characters(), max_size=40))
def test_ascii_is_ascii(text: str) -> None:
    """Anything can be shown on a terminal that knows ASCII only."""
    assert to_ascii(safe(text)).isascii()
