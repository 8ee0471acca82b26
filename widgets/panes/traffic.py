"""The traffic split, the ladder, and where abort would go."""

from rich.cells import cell_len

from widgets.data import RungRow, ShareRow, Text, Tone, Traffic
from widgets.line import Ink, Line, Span, cells_of, cut_start, pad, spread, width_of
from widgets.pane import ALONE, Frame, Pane
from widgets.panes.lanes import lane_lines
from widgets.theme import Look, Role

_LEAST_BAR = 6
_RUNG_LOOK: dict[str, Look] = {"done": Tone.PLAIN, "now": Tone.ACCENT, "open": Tone.DIM}


class TrafficPane(Pane[Traffic]):
    """One service: who serves how much, the rungs, the way back."""

    def __init__(
        self,
        value: Traffic | None = None,
        *,
        title: str = "Traffic",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Traffic(), title=title, frame=frame, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """Service, shares, rungs, retreat, note."""
        return traffic_lines(self.value, width, height, ink)

    def wants(self, width: int) -> int:
        """All rows of the service."""
        return len(traffic_lines(self.value, width, 1000, self.ink))


def traffic_lines(traffic: Traffic, width: int, height: int, ink: Ink) -> list[Line]:
    """The focused service's rows, then the other services in a line each.

    In a low pane first the service's name goes, then the note, then the way back; one line is kept for the others.
    """
    shares = share_lines(traffic.shares, width, ink)
    rungs = rung_lines(traffic.rungs, traffic.bake, width, ink)
    head: list[Line] = [_head(traffic, ink)] if traffic.service else []
    retreat: list[Line] = [[ink.tell(traffic.retreat)]] if traffic.retreat.text else []
    note: list[Line] = [[ink.tell(traffic.note)]] if traffic.note.text else []
    kept = 1 if traffic.lanes else 0
    for spare in (head, note, retreat):
        if spare and len(head) + len(shares) + len(rungs) + len(retreat) + len(note) + kept > height:
            spare.clear()
    own = [*head, *shares, *rungs, *retreat, *note][: max(0, height - kept)]
    return [*own, *lane_lines(traffic.lanes, width, height - len(own), ink)]


def _head(traffic: Traffic, ink: Ink) -> Line:
    if not traffic.place:
        return [ink.say(traffic.service, Role.STRONG)]
    return [("▶ ", Tone.ACCENT), ink.say(traffic.service, Role.STRONG), ink.say(f"  {traffic.place}", Tone.DIM)]


def share_lines(shares: tuple[ShareRow, ...], width: int, ink: Ink, thick: int = 1) -> list[Line]:
    """`candidate 00042-fix █████      25 %`, all columns aligned, each bar `thick` rows high.

    While a change is on its way, the wanted percent stands behind and as a light bar.
    """
    if not shares:
        return []
    roles = max(cell_len(ink.text(row.role)) for row in shares)
    names = max(cell_len(ink.text(row.revision)) for row in shares)
    moving = any(row.wanted != row.percent for row in shares)
    numbers = 5 + (8 if moving else 0)
    names = min(names, max(8, width - roles - numbers - 3 - max(_LEAST_BAR, width // 4)))
    bar = width - roles - names - numbers - 3
    if bar < _LEAST_BAR:
        # No room for a bar that says something: the numbers do.
        names, bar = min(names, max(0, width - roles - numbers - 3)), 0
    lines: list[Line] = []
    for row in shares:
        look = _share_look(row)
        role = ink.text(row.role)
        words: Line = [
            (role, Tone.PLAIN if look == Role.STABLE else look),
            (" " * (roles - cell_len(role) + 1), Tone.PLAIN),
            (pad(cut_start(ink.text(row.revision), names), names) + " ", Tone.PLAIN),
        ]
        number: Line = [(f"{row.percent:3d} %", Role.STRONG)]
        if moving:
            number.append((f" → {row.wanted:3d} %" if row.wanted != row.percent else " " * 8, Tone.ACCENT))
        lines.append(spread([*words, *_bar(row, bar, look)], number, width))
        blank: Span = (" " * width_of(words), Tone.PLAIN)
        lines += [[blank, *_bar(row, bar, look)] for _ in range(thick - 1)]
    return lines


def rung_lines(rungs: tuple[RungRow, ...], bake: Text, width: int, ink: Ink) -> list[Line]:
    """`●10 ●25 ○50 ○100   bake 3:10 of 5:00`, in two rows where one is too short."""
    line: Line = []
    for rung in rungs:
        glyph = "○" if rung.state == "open" else "●"
        line += [(f"{glyph}{rung.percent}", _RUNG_LOOK.get(rung.state, Tone.DIM)), (" ", Tone.PLAIN)]
    if not bake.text:
        return [line] if line else []
    told = ink.tell(bake)
    if not line:
        return [[told]]
    if width_of(line) + 2 + cell_len(told[0]) <= width:
        return [spread(line, [told], width)]
    return [line, [told]]


def _bar(row: ShareRow, width: int, look: Look) -> Line:
    if width <= 0:
        return []
    full = cells_of(row.percent, width)
    light = max(0, cells_of(row.wanted, width) - full)
    return [("█" * full, look), ("░" * light, look), ("·" * (width - full - light), Role.TRACK)]


def _share_look(row: ShareRow) -> Look:
    if row.tone != Tone.PLAIN:
        return row.tone
    return Role.CANDIDATE if row.role == "candidate" else Role.STABLE
