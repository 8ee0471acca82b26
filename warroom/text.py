"""Text from outside, made safe to say: no token, no escape sequence, not markup's business, no longer than asked."""

import re

from warroom.redaction import clean
from widgets.safetext import one_line as one_line

_SPACES = re.compile(" {2,}")


def plain(text: str, limit: int = 300) -> str:
    """`text` as one line of at most `limit` characters, as `safetext` has it for every outlet.

    Runs of spaces become one. What is cut off is told by "…". Markup is left alone: it is text like any other. Tokens
    are redacted before anything is cut, and again at the end: what was taken out may have stood within one.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    text = clean(_SPACES.sub(" ", one_line(clean(text), limit * 8 + 1024)).strip())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def not_text(text: str) -> str:
    """Why `text` can't be sent or kept as it is, in a sentence; "" where it can.

    A byte that was no UTF-8 came as a lone surrogate, which no UTF-8 carries; a NUL ends a text for most who read it.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"{plain(text, 60)} is no UTF-8 text: give it in UTF-8."
    return f"{plain(text, 60)} holds a NUL character: give it without." if "\0" in text else ""


def own_fault(what: str, fault: Exception) -> str:
    """What to tell the operator of a fault of warroom's own, begun with what it hinders; its traceback is the log's."""
    return clean(f"{what} fails in warroom itself ({type(fault).__name__}: {fault})")
