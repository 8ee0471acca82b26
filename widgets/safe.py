"""Text from outside, made fit for a terminal: one line, no controls, no tricks with direction or width."""

from widgets.safetext import one_line

LIMIT = 512
"""Characters looked at. No row of any board is wider, and a 10 kB line costs no more than a short one."""


def safe(text: str, limit: int = LIMIT) -> str:
    """`text` as one printable line of at most `limit` characters, as `safetext` has it for every outlet.

    Spaces stay: rows are laid out with them. Applied to its own result it changes nothing.
    """
    return one_line(text, limit)
