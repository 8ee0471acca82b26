r"""The one rule for text from outside: what of it is shown on the screen, on the command line and in reports alike.

Nothing that a terminal obeys is left, nothing that reorders, hides or joins characters, and nothing that one terminal
draws wider than another. It is decided by Unicode's categories, so that what is shown is what stands there:

* Escape sequences and control characters go. Line breaks and tabs become one space.
* Format characters (bidi controls, zero-width joiners and spaces, soft hyphens, byte order marks, tags), variation
  selectors, skin tones and all else that Unicode gives no look of its own go: an emoji sequence becomes its parts.
* A byte that is no UTF-8, which Python carries as a lone surrogate, becomes what it is: `\xff`. Other lone surrogates,
  private and unassigned characters become U+FFFD.
* Flags become their letters, spaces of any width one space.
* A letter keeps its first three combining marks: Hindi, Thai, Vietnamese and pointed Hebrew need no more, and a pile of
  them is drawn over the rows beside it.
"""

import re
import unicodedata
from functools import lru_cache

MARKS = 3
"""So many combining marks stay on one letter."""

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI … final byte: colours, cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC … end
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# What Unicode's Default_Ignorable_Code_Point has beside format characters, and the skin tones.
_WITHOUT_LOOK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
_BEFORE_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7fb]")
_REGIONAL_A = 0x1F1E6
_REPLACED = {"Cs", "Co", "Cn"}


def one_line(text: str, limit: int) -> str:
    """`text` as one harmless line of at most `limit` characters, with an ellipsis where it was cut.

    Spaces stay as they stand. Applied to its own result it changes nothing. A sequence that never ends loses its
    introducer only, so that it cannot hide what comes after it.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    # What goes can be long, so the cut before is generous; it keeps 10 MB from costing seconds.
    shown = _shown(text[: limit * 8 + 1024])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


@lru_cache(maxsize=2048)
def _shown(text: str) -> str:
    text = _BREAKS.sub(" ", _SEQUENCES.sub("", text))
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    marks = 0
    for char in text:
        shown, mark = _stands_for(char)
        if mark and _JAMO.match(char) and not (out and _BEFORE_JAMO.match(out[-1])):
            shown, mark = "\ufffd", False  # without its syllable's beginning nobody knows how wide it is
        if shown:
            marks = marks + 1 if mark else 0
            if marks <= (MARKS if out and out[-1] != " " else 0):
                out.append(shown)
    return "".join(out)


@lru_cache(maxsize=4096)
def _stands_for(char: str) -> tuple[str, bool]:
    """What is shown for a character, "" for nothing; and whether it has no width behind what it belongs to."""
    code = ord(char)
    category = unicodedata.category(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}", False
    if category in ("Cc", "Cf") or _WITHOUT_LOOK.match(char):
        return "", False
    if category in _REPLACED:
        return "\ufffd", False
    if category.startswith("Z"):
        return " ", False
    if _REGIONAL_A <= code < _REGIONAL_A + 26:
        # Flags are one, two or four cells wide, as the terminal pleases; their letters are not.
        return chr(ord("A") + code - _REGIONAL_A), False
    return char, category.startswith("M") or _JAMO.match(char) is not None
