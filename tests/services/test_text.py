"""Text from outside becomes one harmless line."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.text import plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no change", "no change"),
        ("[/red] stays text", "[/red] stays text"),
        ("\x1b[31mred\x1b[0m alert", "red alert"),
        ("\x9b31mred", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ends", "0;never ends"),
        ("\x1b\x1b[31m[32mtwice", "[32mtwice"),
        ("\x1bcreset", "reset"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("a\x00b\x08c\x7fd\x85e", "abcd e"),
        ("user\u202eexe.txt\u2066\u200f", "userexe.txt"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("Grüße 日本 👍🏽", "Grüße 日本 👍"),
    ],
)
def test_hostile_text_is_made_plain(text: str, said: str) -> None:
    """Escapes, controls and bidi overrides go, breaks become spaces, letters and markup stay."""
    assert plain(text) == said


def test_long_text_is_cut_and_says_so() -> None:
    """A 10 kB line ends in … at the limit; one of just the limit is whole."""
    assert plain("x" * 10_000, 20) == "x" * 19 + "…"
    assert plain("x" * 20, 20) == "x" * 20


def test_a_limit_below_one_is_refused() -> None:
    """There is no text of no length that could say it was cut."""
    with pytest.raises(ValueError, match="limit"):
        plain("x", 0)


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=80), st.integers(1, 40))
def test_whatever_comes_is_printable_and_short(text: str, limit: int) -> None:
    """Nothing that a terminal obeys is left, it fits, it can be encoded, and doing it twice changes nothing."""
    said = plain(text, limit)
    assert len(said) <= limit
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in said)
    said.encode()
    assert plain(said, limit) == said
