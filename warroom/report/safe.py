"""Text from outside in a Markdown file: shown as it is, never as markup, HTML, a table's edge or a link."""

import re
from collections.abc import Sequence

from warroom.text import plain

SHORT, LONG = 300, 1000
"""So many characters of a field, and of a sentence in the timeline; the journal has the rest."""

# Entities where a renderer might look before it unescapes: HTML, and the bars between a table's cells.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"})
_FENCE = str.maketrans("`<>", "'‹›")
_MARKUP = re.compile(r"[\\`*_{}\[\]#~$!^]")
_LINKS = re.compile(r"(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_LIST = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))")


def inline(text: str, limit: int = LONG) -> str:
    """`text` as one line of Markdown that reads like the text itself, in a paragraph, a list item or a table's cell."""
    shown = _MARKUP.sub(r"\\\g<0>", plain(text, limit))
    shown = _LIST.sub(r"\1\\", _LINKS.sub(r"\\", shown))
    return shown.translate(_ENTITIES)


def fenced(text: str) -> str:
    """`text` as part of a line inside a fenced code block."""
    return plain(text, SHORT).translate(_FENCE)


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def bullets(sentences: Sequence[str], otherwise: str) -> str:
    """A list of sentences that are Markdown already, or `otherwise` when there is none."""
    return "\n".join(f"- {sentence}" for sentence in sentences) or otherwise
