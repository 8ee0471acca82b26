"""Plots of a service over time as SVG of its own: the signals and traffic, with limits, and gaps where data is not."""

from collections.abc import Sequence
from html import escape

from msgspec import Struct

from warroom.clock import clock_time
from warroom.incident.change import Outcome
from warroom.protocol.model import Protocol
from warroom.report.history import History
from warroom.report.sections.impact import limit_of
from warroom.rollout.evidence import Sample
from warroom.rollout.signals import SIGNALS, Judged, Signal
from warroom.text import plain

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 190, 64, 12, 24, 26
GAP_SECONDS = 150.0  # two and a half sample periods: a longer silence is a gap in the line

Points = list[tuple[float, float]]


class Line(Struct, frozen=True):
    """One line of a plot: (Unix seconds, value) in order; `kind` is its class, candidate, stable, or traffic."""

    name: str
    kind: str
    points: Points
    stepped: bool = False


def plots(history: History, protocol: Protocol) -> str:
    """A figure for each signal of each service that was measured; "" where none was."""
    figures: list[str] = []
    for service, samples in history.samples.items():
        candidate = next((climb.candidate for climb in reversed(history.climbs) if climb.service == service), "")
        mine = [one for one in samples if one.revision == candidate]
        theirs = [one for one in samples if one.revision != candidate]
        both = (("the hotfix", "candidate", mine), ("stable", "stable", theirs))
        steps = [
            (one.change.ended_at or one.change.intended_at, float(one.change.candidate_percent))
            for one in history.made
            if one.service == service and one.change.outcome == Outcome.APPLIED
        ]
        name = plain(service, 120)
        for signal in SIGNALS:
            lines = [Line(whose, kind, _points(signal, found)) for whose, kind, found in both]
            limit = limit_of(signal, history, protocol, service) if isinstance(signal, Judged) else None
            figures.append(_figure(f"{signal.title} of {name}, {signal.unit}", lines, (limit or 0.0) * signal.scale))
        traffic = [Line("the hotfix", "traffic", sorted(steps), True)]
        figures.append(_figure(f"Traffic of {name} on the hotfix, %", traffic, None))
    return "\n".join(figure for figure in figures if figure)


def _points(signal: Signal, samples: Sequence[Sample]) -> Points:
    """The signal by the samples' end; revisions together, and nothing where it can't be told."""
    groups: dict[float, list[Sample]] = {}
    for one in samples:
        groups.setdefault(one.end, []).append(one)
    found = ((end, signal.value(*group)) for end, group in sorted(groups.items()))
    return [(end, value * signal.scale) for end, value in found if value is not None]


def _figure(title: str, lines: Sequence[Line], limit: float | None) -> str:
    points = [point for one in lines for point in one.points]
    if not points:
        return ""
    start, end = min(at for at, _ in points), max(at for at, _ in points)
    if lines[0].stepped:
        end += 60.0  # the last step lasts, if only a little
    top = max([value for _, value in points] + ([limit * 1.5] if limit else [])) or 1.0
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f'<line class="axis" x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" y2="{HEIGHT - BOTTOM}"/>',
        f'<line class="axis" x1="{LEFT}" y1="{TOP}" x2="{LEFT}" y2="{HEIGHT - BOTTOM}"/>',
        _text(LEFT - 6, HEIGHT - BOTTOM, "0", "end"),
        _text(LEFT - 6, TOP + 8, f"{top:.3g}", "end"),
        _text(LEFT, HEIGHT - 8, clock_time(start), "start"),
        _text(WIDTH - RIGHT, HEIGHT - 8, clock_time(end), "end"),
    ]
    if limit:
        height = _y(limit, top)
        parts.append(f'<line class="limit" x1="{LEFT}" y1="{height}" x2="{WIDTH - RIGHT}" y2="{height}"/>')
        parts.append(_text(WIDTH - RIGHT, height - 4, f"limit {limit:.3g}", "end"))
    for one in lines:
        parts += _drawn(one, start, end, top)
    legend = ", ".join(f'<span class="{one.kind}">{escape(one.name)}</span>' for one in lines if one.points)
    caption = f"<figcaption>{escape(title)}: {legend}</figcaption>"
    return f"<figure>{caption}\n" + "\n".join(parts) + "\n</svg></figure>"


def _drawn(line: Line, start: float, end: float, top: float) -> list[str]:
    """The line in pieces: where data is missing there is none; a piece of one point is a dot."""
    if line.stepped:
        return [_stepped(line, start, end, top)]
    pieces: list[Points] = []
    for point in line.points:
        if not pieces or point[0] - pieces[-1][-1][0] > GAP_SECONDS:
            pieces.append([])
        pieces[-1].append(point)
    drawn = []
    for piece in pieces:
        where = [(_x(at, start, end), _y(value, top)) for at, value in piece]
        if len(where) == 1:
            drawn.append(f'<circle class="{line.kind}" cx="{where[0][0]}" cy="{where[0][1]}" r="2.5"/>')
        else:
            drawn.append(f'<polyline class="{line.kind}" points="{" ".join(f"{x},{y}" for x, y in where)}"/>')
    return drawn


def _stepped(line: Line, start: float, end: float, top: float) -> str:
    where: list[str] = []
    for at, value in line.points:
        x, y = _x(at, start, end), _y(value, top)
        if where:
            where.append(f"{x},{where[-1].partition(',')[2]}")
        where.append(f"{x},{y}")
    where.append(f"{_x(end, start, end)},{where[-1].partition(',')[2]}")
    return f'<polyline class="{line.kind}" points="{" ".join(where)}"/>'


def _x(at: float, start: float, end: float) -> float:
    return round(LEFT + (at - start) / max(end - start, 1.0) * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - min(value, top) / top * (HEIGHT - BOTTOM - TOP), 1)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
