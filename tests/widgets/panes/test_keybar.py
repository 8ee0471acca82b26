"""What fits into the key bar."""

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.data import KeyRow, Keys
from widgets.line import Ink, width_of
from widgets.panes.keybar import KeyBar, fit_keys
from widgets.theme import DARK, Role, looks

ROWS = (
    KeyRow("a", "Advance", armed=True),
    KeyRow("h", "Hold"),
    KeyRow("x", "Abort"),
    KeyRow("space", "Tick", enabled=False),
    KeyRow("?", "Help"),
)


def shown(width: int, height: int, ink: Ink) -> list[str]:
    """The keys in the bar, row by row."""
    return ["".join(row.key[0] for row in line) for line in fit_keys(ROWS, width, height, ink)]


def test_all_where_there_is_room(ink: Ink) -> None:
    """A wide bar shows everything in order."""
    assert shown(80, 1, ink) == ["ahxs?"]


def test_cut_from_the_right_but_help_stays(ink: Ink) -> None:
    """The narrower, the fewer; the last key is there to the end."""
    assert shown(40, 1, ink) == ["ahx?"]
    assert shown(30, 1, ink) == ["ah?"]
    assert shown(20, 1, ink) == ["a?"]
    assert shown(5, 1, ink) == ["?"]


def test_more_rows_hold_more(ink: Ink) -> None:
    """Given the height, the keys go on in the next row."""
    assert shown(30, 2, ink) == ["ahx", "s?"]
    assert shown(20, 3, ink) == ["a", "hx", "s?"] or "?" in shown(20, 3, ink)[-1]


@given(st.integers(1, 100), st.integers(1, 3))
@settings(max_examples=100)
def test_rows_never_overflow(width: int, height: int) -> None:
    """No row is wider than the bar, but for help in a bar narrower than help; help is always last."""
    ink = Ink(looks(DARK, plain=False))
    lines = KeyBar(Keys(ROWS)).draw(width, height, ink)
    assert len(lines) <= height
    assert all(width_of(line) <= max(width, len(" ? Help ")) for line in lines)
    assert fit_keys(ROWS, width, height, ink)[-1][-1] == ROWS[-1]


def test_no_keys(ink: Ink) -> None:
    """An empty bar is empty."""
    assert fit_keys((), 80, 1, ink) == []


def test_the_recommended_key_is_a_block(ink: Ink) -> None:
    """Armed is drawn as a block, but never on a key that cannot be pressed."""
    line = KeyBar(Keys(ROWS)).draw(80, 1, ink)[0]
    assert (" a Advance ", Role.ARMED) in line
    dead = KeyBar(Keys((KeyRow("a", "Advance", enabled=False, armed=True),))).draw(80, 1, ink)[0]
    assert Role.ARMED not in [look for _, look in dead]
