"""Digits for the back of the room."""

from itertools import combinations

import pytest

from widgets.digits import digits

KNOWN = "0123456789:.%/-hms "


@pytest.mark.parametrize("ascii_only", [False, True])
def test_rows_are_equally_wide(ascii_only: bool) -> None:
    """Three rows of one width for any known text, so that they stand straight."""
    for char in KNOWN:
        rows = digits(char, ascii_only)
        assert len({len(row) for row in rows}) == 1, char
    rows = digits("0:31:07 25 % -1h2m3s 10/50.5", ascii_only)
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_two_look_the_same(ascii_only: bool) -> None:
    """Every character can be told from every other."""
    for one, other in combinations(KNOWN, 2):
        assert digits(one, ascii_only) != digits(other, ascii_only), (one, other)


def test_a_clock_is_drawn() -> None:
    """The shapes are what they should be."""
    assert digits("4:12") == (
        "█ █ ▄ ▀█  ▀▀█",
        "▀▀█ ▄  █  █▀▀",
        "  ▀   ▀▀▀ ▀▀▀",
    )


def test_unknown_is_blank() -> None:
    """A letter that has no shape takes a blank, and nothing at all is nothing."""
    assert digits("1x1") == digits("1 1")
    assert digits("") == ("", "", "")


def test_ascii_digits_are_ascii() -> None:
    """The other font needs nothing but ASCII."""
    assert all(row.isascii() for row in digits(KNOWN, ascii_only=True))
