"""The glyphs that go with the words for states, and what stands for them where only ASCII can be shown."""

import unicodedata
from functools import lru_cache

from widgets.data import Tone

MARK = {
    Tone.PLAIN: "○",
    Tone.DIM: "·",
    Tone.ACCENT: "▶",
    Tone.GOOD: "✔",
    Tone.WATCH: "▲",
    Tone.BAD: "✘",
}
"""The glyph of a tone, for a word that has none of its own."""

STATE = {"done": "✔", "now": "▶", "open": "○", "manual": "◇"}
"""The glyph of a step's state."""

BY_HAND = "◆"
"""In place of the tick: a person says that it is done."""

_ASCII = str.maketrans(
    "✔✘▶▲▼●○◇◆□█░▌…·×–—−≤≥→←↑↓╭╮╰╯├┤┬┴┼─│╌┄━⠒⠤⠂›␛␤«»„“”‘’",
    "+x>!v*ooh_#.#~.x---<>><^v++++++" + "+++-|--=*:.>^/" + '<>"""\'\'',
)
"""One cell for one cell, so that a row laid out for one fits the other."""


@lru_cache(maxsize=2048)
def to_ascii(text: str) -> str:
    """`text` in ASCII: glyphs by their stand-ins, letters without accents, anything else as a question mark."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return kept.encode("ascii", "replace").decode("ascii")
