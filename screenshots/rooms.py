"""Draws docs/architecture.svg from the imports that there are: `python -m screenshots.rooms`.

The layers are those of the contract in pyproject.toml. An arrow says that a room imports from another one often: how
often is told by its width, in three steps, so that the picture changes when the building does and not with each import.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import grimp
import tomli
from msgspec import Struct

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"

STEPS = ((40, 6.0), (16, 3.2), (8, 1.3))
"""From so many imports on an arrow is so wide, in pixels."""
FEW = 0.9
"""What is imported less often has one so wide, and dashed, where it is the most that one of the two rooms has."""

WIDTH, ROW, TOP, MARGIN = 1180, 96, 96, 26
BOX, LETTER = 32, 8.2
COLOURS = ("#1f6feb", "#8250df", "#bf3989", "#cf5a00", "#7d6b00", "#1a7f37", "#0a7d8c", "#57606a")
FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

Arrows = Mapping[tuple[str, str], int]
"""How many modules' imports lead from one room into another."""


class Box(Struct, frozen=True):
    """A room in the picture: the middle of its top, and half its width."""

    x: float
    y: float
    half: float
    row: int


def layers() -> list[list[str]]:
    """The rooms from top to bottom, as the contract has them; under them all the panes, which are no part of it."""
    settings = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if one["type"] == "layers")
    return [*(sorted(row.replace(" ", "").split("|")) for row in rows), ["widgets"]]


def arrows() -> Counter[tuple[str, str]]:
    """What is imported from room to room, counted by modules."""
    graph = grimp.build_graph("warroom", "widgets", cache_dir=None)
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            if _room(module) != _room(other):
                found[_room(module), _room(other)] += 1
    return found


def _room(module: str) -> str:
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "warroom" and rest else package


def widths(found: Arrows) -> dict[tuple[str, str], float]:
    """The arrows that are drawn, and how wide; no room is left without one that leads from it or to it."""
    most = set()
    for room in sorted({room for both in found for room in both}):
        for side in (0, 1):
            own = [(count, both) for both, count in found.items() if both[side] == room]
            most |= {max(own)[1]} if own else set()
    wide = {both: next((wide for least, wide in STEPS if count >= least), 0.0) for both, count in found.items()}
    return {both: wide[both] or FEW for both in sorted(found) if wide[both] or both in most}


def boxes(rows: Sequence[Sequence[str]], found: Mapping[tuple[str, str], float]) -> dict[str, Box]:
    """Where each room lies: in its layer's row, near those above that import it."""
    placed: dict[str, Box] = {}
    for number, row in enumerate(rows):
        above = {room: [placed[one].x for one, other in found if other == room and one in placed] for room in row}
        middle = WIDTH / 2
        order = sorted(row, key=lambda room: (sum(above[room]) / len(above[room]) if above[room] else middle, room))
        # Every other row is shifted, so that a long arrow passes between the boxes on its way.
        space = (WIDTH - 2 * MARGIN) / len(order)
        shift = (0.0, 0.16, -0.16)[number % 3] * space
        for place, room in enumerate(order):
            half = max(44.0, len(room) * LETTER / 2 + 14)
            x = MARGIN + space * (place + 0.5) + shift
            placed[room] = Box(round(x, 1), TOP + ROW * number, half, number)
    return placed


def drawn(rows: Sequence[Sequence[str]], found: Arrows) -> str:
    """The picture as SVG, which needs no font of anyone's."""
    seen = {both: wide for both, wide in widths(found).items() if all(any(one in row for row in rows) for one in both)}
    placed = boxes(rows, seen)
    high = TOP + ROW * (len(rows) - 1) + BOX + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" '
        f'font-family="{FONT}">',
        f"<title>{escape('The rooms of warroom, and what they import')}</title>",
        f'<rect width="{WIDTH}" height="{high}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="36" font-size="20" font-weight="bold" fill="#1f2328">The rooms, and what they import'
        "</text>",
        f'<text x="{MARGIN}" y="60" font-size="13" fill="#57606a">{escape(_legend())}</text>',
    ]
    parts += _bands(rows)
    colour = {room: COLOURS[number % len(COLOURS)] for number, room in enumerate(room for row in rows for room in row)}
    parts += [_arrow(placed[one], placed[other], wide, colour[one]) for (one, other), wide in seen.items()]
    parts += [_box(room, placed[room], colour[room]) for row in rows for room in row]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> str:
    least, some, many = (step for step, _ in reversed(STEPS))
    return (
        f"An arrow leads to what is imported: thin from {least} imports on, wider from {some}, widest from {many}. "
        "Dashed: fewer, but the most that one of the two has."
    )


def _bands(rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f'<rect x="0" y="{TOP + ROW * number - 12}" width="{WIDTH}" height="{BOX + 24}" fill="#f6f8fa"/>'
        for number in range(len(rows))
    ]


def _arrow(one: Box, other: Box, wide: float, colour: str) -> str:
    """A curve from the lower edge to the upper edge, with a head at its end."""
    head = 4 + wide
    begin, end = one.y + BOX, other.y - head
    lean = max(-0.8, min(0.8, (other.x - one.x) / 400))
    x, to = one.x + lean * one.half, other.x - lean * other.half
    bend = (end - begin) * 0.45
    # An arrow that passes rows bulges, so that it does not seem to lead into what lies between.
    bulge = (other.row - one.row - 1) * (26 if (one.x + other.x) / 2 <= WIDTH / 2 else -26)
    curve = (
        f"M{x:.1f} {begin:.1f} C{x - bulge:.1f} {begin + bend:.1f} {to - bulge:.1f} {end - bend:.1f} {to:.1f} {end:.1f}"
    )
    dashes = ' stroke-dasharray="4 4"' if wide == FEW else ""
    tip = f"M{to - head * 0.8:.1f} {end - 1:.1f} L{to + head * 0.8:.1f} {end - 1:.1f} L{to:.1f} {other.y:.1f} Z"
    return (
        f'<path d="{curve}" fill="none" stroke="{colour}" stroke-width="{wide}" stroke-opacity="0.6"{dashes}/>'
        f'<path d="{tip}" fill="{colour}"/>'
    )


def _box(room: str, box: Box, colour: str) -> str:
    return (
        f'<rect x="{box.x - box.half:.1f}" y="{box.y}" width="{2 * box.half:.1f}" height="{BOX}" rx="6" '
        f'fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>'
        f'<text x="{box.x:.1f}" y="{box.y + 21}" font-size="15" text-anchor="middle" fill="#1f2328">{escape(room)}'
        "</text>"
    )


def main(arguments: Sequence[str]) -> int:
    """Write the picture; with `--check` say whether it is current, and return 1 if it is not."""
    if [one for one in arguments if one != "--check"]:
        print("usage: python -m screenshots.rooms [--check]", file=sys.stderr)
        return 2
    picture = drawn(layers(), arrows())
    if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == picture:
        return 0
    if "--check" not in arguments:
        PICTURE.write_text(picture, encoding="utf-8", newline="\n")
    print("docs/architecture.svg", "is not current" if "--check" in arguments else "is new")
    return 1 if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
