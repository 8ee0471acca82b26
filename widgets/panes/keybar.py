"""The key bar: what can be pressed now."""

from rich.cells import cell_len

from widgets.data import KeyRow, Keys, Tone
from widgets.line import Ink, Line, width_of
from widgets.pane import Pane
from widgets.theme import Role

_GAP = 2


class KeyBar(Pane[Keys]):
    """Keys in the order of their weight. What does not fit is cut from the right; the last one (help) always stays."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self, value: Keys | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(value or Keys(), frame=None, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """As many rows of keys as there is height for."""
        lines: list[Line] = []
        for rows in fit_keys(self.value.rows, width, height, ink):
            line: Line = []
            for row in rows:
                line += [("" if not line else " " * (_GAP - 1), Tone.PLAIN), *_key(row, ink)]
            lines.append(line)
        return lines


def fit_keys(rows: tuple[KeyRow, ...], width: int, height: int, ink: Ink) -> list[list[KeyRow]]:
    """The keys that fit into `height` rows of `width` cells. The last key has its place kept at the end."""
    if not rows or height < 1:
        return []
    *others, last = rows
    kept = width_of(_key(last, ink))
    fitted: list[list[KeyRow]] = [[]]
    used = 0
    for row in others:
        need = width_of(_key(row, ink)) + (_GAP - 1 if used else 0)
        reserve = kept + _GAP - 1 if len(fitted) == height else 0
        if used + need + reserve > width:
            if len(fitted) == height:
                break
            fitted.append([])
            used, need = 0, width_of(_key(row, ink))
            if need + (kept + _GAP - 1 if len(fitted) == height else 0) > width:
                break
        fitted[-1].append(row)
        used += need
    if used and used + kept + _GAP - 1 > width and len(fitted) < height:
        fitted.append([])
    fitted[-1].append(last)
    return fitted


def _key(row: KeyRow, ink: Ink) -> Line:
    """` a Advance `: a key with a cell of room on both sides, so that an armed one stands as a block."""
    key, label = ink.text(row.key), ink.text(row.label)
    if row.armed and row.enabled:
        return [(f" {key} {label} ", Role.ARMED)]
    if not row.enabled:
        return [(f" {key} {label} ", Tone.DIM)]
    return [(f" {key} ", Role.KEY), (label + (" " if cell_len(label) else ""), Tone.PLAIN)]
