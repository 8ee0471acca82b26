"""Text from outside, made fit for a terminal: one line, no controls, no tricks with direction or width."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

LIMIT = 512
"""Characters looked at. No row of any board is wider, and a 10 kB line costs no more than a short one."""

_MARKS_ALLOWED = 2
_REGIONAL_A = 0x1F1E6
_UNPRINTABLE = {"Cc", "Cs", "Co", "Cn"}


def safe(text: str, limit: int = LIMIT) -> str:
    """`text` as one printable line of at most `limit` characters, an ellipsis at its end where it was cut.

    Control characters become their pictures (ESC is shown as ␛, a newline as ␤), tabs become spaces. Whatever reorders,
    hides or joins characters (bidi overrides, zero-width joiners, variation selectors, skin tones) goes, so that a
    terminal and we agree about widths. Applied to its own result it changes nothing.
    """
    if len(text) > limit:
        return _safe(text[: limit - 1]) + "…"
    if text.isascii() and text.isprintable():
        return text
    return _safe(text)


@lru_cache(maxsize=2048)
def _safe(text: str) -> str:
    out: list[str] = []
    marks = 0
    for char in text:
        shown = _shown(char)
        if not shown:
            continue
        # A pile of accents on one letter is drawn over the neighbouring rows by some terminals.
        marks = marks + 1 if cell_len(shown) == 0 else 0
        if marks <= (_MARKS_ALLOWED if out else 0):
            out.append(shown)
    return "".join(out)


def _shown(char: str) -> str:
    """What stands for `char` on the screen: one character, or nothing."""
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    if code < 0x20:
        return " " if char == "\t" else "␤" if char == "\n" else chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    category = unicodedata.category(char)
    if category == "Cf" or _selects_variant(code):
        return ""
    if category in _UNPRINTABLE:
        return "�"
    if category.startswith("Z"):
        return "␤" if category in {"Zl", "Zp"} else " "
    if _REGIONAL_A <= code < _REGIONAL_A + 26:
        # Flags are one, two or four cells wide, as the terminal pleases; their letters are not.
        return chr(ord("A") + code - _REGIONAL_A)
    return char


def _selects_variant(code: int) -> bool:
    """True for what only picks a look of the character before: variation selectors and skin tones."""
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x1F3FB <= code <= 0x1F3FF
