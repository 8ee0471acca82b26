"""Rows are measured and cut by cells, not by characters."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.data import Tone
from widgets.line import Ink, Line, cut, cut_start, fit, pad, spread, width_of, wrap
from widgets.safe import safe
from widgets.theme import DARK, looks

WORDS = st.lists(
    st.tuples(st.text("ab 日é…\U0001f44d", max_size=12), st.sampled_from(list(Tone))),
    max_size=6,
)


def test_wide_characters_are_cut_by_cells() -> None:
    """A wide character that would only half fit is left out."""
    assert cut("日本語", 6) == "日本語"
    assert cell_len(cut("日本語", 5)) <= 5
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4).startswith("日") and cell_len(cut("日本語", 4)) <= 4


def test_cut_at_no_width() -> None:
    """Nothing fits into nothing, one cell holds the ellipsis."""
    assert cut("abc", 0) == ""
    assert cut("abc", 1) == "…"
    assert cut_start("abc", 0) == ""
    assert cut_start("abc", 1) == "…"


def test_revision_names_keep_their_end() -> None:
    """Two revisions of a service differ at the end of their names."""
    assert cut_start("payments-api-00042-fix", 10) == "…00042-fix"


@given(st.text("ab日é\U0001f44d", max_size=20), st.integers(0, 30), st.booleans())
@settings(max_examples=100)
def test_pad_makes_the_width(text: str, width: int, right: bool) -> None:
    """Padded text has exactly the width asked for."""
    assert cell_len(pad(text, width, right=right)) == width


@given(WORDS, st.integers(0, 30))
@settings(max_examples=150)
def test_a_strip_has_its_width(line: Line, width: int) -> None:
    """Whatever is in a row, it fills its cells and not one more."""
    strip = Ink(looks(DARK, plain=False)).strip([(safe(text), look) for text, look in line], width)
    assert sum(cell_len(segment.text) for segment in strip) == width


@given(WORDS, WORDS, st.integers(0, 40))
@settings(max_examples=150)
def test_spread_never_overlaps(left: Line, right: Line, width: int) -> None:
    """Left and right together never take more than the width."""
    assert width_of(spread(left, right, width)) <= max(width, 0)


@given(WORDS, st.integers(1, 30), st.integers(1, 4))
@settings(max_examples=150)
def test_wrapped_lines_fit(line: Line, width: int, height: int) -> None:
    """Wrapping keeps to the width and to the number of lines."""
    lines = wrap(line, width, height, indent=1)
    assert 1 <= len(lines) <= height
    assert all(width_of(row) <= width for row in lines)


def test_wrapping_breaks_between_words() -> None:
    """Words stay whole, looks stay theirs, what is left over is cut."""
    line: Line = [("one two ", Tone.PLAIN), ("three four five", Tone.BAD)]
    assert wrap(line, 9, 2) == [[("one two", Tone.PLAIN)], [("three fo…", Tone.BAD)]]
    assert wrap(line, 80, 1) == [[("one two ", Tone.PLAIN), ("three four five", Tone.BAD)]]


def test_what_ends_at_the_edge_is_marked_when_more_follows() -> None:
    """A cut row always shows that it is cut."""
    assert fit([("abcd", Tone.PLAIN), ("efg", Tone.BAD)], 4) == [("abc…", Tone.PLAIN)]
