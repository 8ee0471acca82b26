"""What was worded for the board, worded for the command line: commands in the place of keys and panes. Pure.

Conductor, board and journal say one sentence for both; here, and nowhere else, it is made the command line's.
"""

import re
from collections.abc import Callable

COMMANDS = {
    "a": "advance",
    "d": "deploy",
    "e": "settle",
    "h": "hold",
    "l": "unpin",
    "r": "rollback",
    "s": "resolve",
    "t": "stage",
    "w": "report",
    "x": "abort",
}
"""The key bar's letters, and the command of the same."""

_ALONE = r"(?<![\w`'’.-])"  # a letter that stands for itself
_KEY = rf"{_ALONE}([{''.join(COMMANDS)}])(?![\w`'’-])"


def _command(match: "re.Match[str]") -> str:
    return f"`warroom {COMMANDS[match[1]]}`"


def _run(match: "re.Match[str]") -> str:
    run = "Run" if match[0][0] == "P" else "run"
    return f"{run} `warroom {COMMANDS[match[1]]}`"


_RULES: tuple[tuple[str, str | Callable[["re.Match[str]"], str]], ...] = (
    (r"Tab goes there, then ", ""),
    (rf"{_ALONE}x (then )?y\b", "`warroom abort --yes`"),
    (rf"{_ALONE}x again", "`warroom abort --yes` again"),
    (rf"{_ALONE}r again", "`warroom rollback --yes` again"),
    (rf"{_ALONE}h goes on", "`warroom hold --resume` goes on"),
    (r"Press Enter on it, or run", "Run"),
    (r"Enter runs the step", "`warroom run` does the step"),
    (r"Press( the key)? again", "Run it again"),
    (r"press( the key)? again", "run it again"),
    (r"Press (?=`)", "Run "),
    (r"press (?=`)", "run "),
    (rf"[Pp]ress {_KEY}", _run),
    (rf"(?<=[,;] ){_KEY}(?= to )", _command),
    (rf"(?<=by ){_KEY}(?= or )", _command),
    (rf"(?<=by `warroom abort` or ){_KEY}", _command),
    (rf"{_KEY}(?= (?:settles|resolves|stages|deploys|tries again))", _command),
    (r"Look at the traffic pane", "Look with `warroom status`"),
    (r"look at the traffic pane", "look with `warroom status`"),
    (r"([Tt]he) timeline\b(?! of `)", r"\1 timeline of `warroom report`"),
)
_COMPILED = tuple((re.compile(pattern), said) for pattern, said in _RULES)


def for_scripts(words: str) -> str:
    """The same without a key, a pane or a panel of the board."""
    for pattern, said in _COMPILED:
        words = pattern.sub(said, words)
    return words
