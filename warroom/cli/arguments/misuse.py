"""What click says of misuse, as text: what was typed comes back in its words, also the bytes that are none."""

import re
from typing import TYPE_CHECKING

from warroom.text import one_line

if TYPE_CHECKING:
    from click import UsageError

_LONGEST = 1000
"""Characters of a line."""

_ODD_BYTE = re.compile(r"(?<!\\)((?:\\\\)*)\\udc([89a-f][0-9a-f])")
"""How Python quotes a byte that is no UTF-8: a backslash that was typed is doubled there."""


def said_as_text(error: "UsageError") -> str:
    """The error's words with nothing in them that a terminal obeys, and an odd byte shown as everywhere else."""
    said = _ODD_BYTE.sub(lambda found: f"{found[1]}{chr(0xDC00 + int(found[2], 16))}", error.format_message())
    return "\n".join(one_line(line, _LONGEST) for line in said.splitlines())
