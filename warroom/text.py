"""Text from outside, made safe to say: no token, no escape sequence, not markup's business, no longer than asked."""

import re

from warroom.redaction import clean

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI … final byte: colours, cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC … end
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str, limit: int = 300) -> str:
    """`text` as one line of at most `limit` characters that a terminal shows as it is.

    Escape sequences, C0 and C1 controls and what reorders or hides text (bidi controls, zero-width marks, tag
    characters) go; line breaks, tabs and runs of spaces become one space; lone surrogates, which no terminal's
    encoding takes, become U+FFFD. What is cut off is told by "…". A sequence that never ends loses its introducer
    only, so that it cannot hide the text behind it. Markup is left alone: it is text like any other. Tokens are
    redacted before anything is cut, and again at the end.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    # An escape sequence can be long, so the cut before cleaning is generous; it keeps 10 MB from costing seconds.
    text = clean(text)[: limit * 8 + 1024]
    text = _SEQUENCES.sub("", text)
    text = _INVISIBLE.sub("", text)
    text = _CONTROLS.sub("", text)
    text = _BREAKS.sub(" ", text).strip()
    text = clean(_SURROGATES.sub("\ufffd", text))  # again: what was taken out may have stood within a token
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def own_fault(what: str, fault: Exception) -> str:
    """What to tell the operator of a fault of warroom's own, begun with what it hinders; its traceback is the log's."""
    return clean(f"{what} fails in warroom itself ({type(fault).__name__}: {fault})")
