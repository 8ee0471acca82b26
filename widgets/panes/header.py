"""Line 1: production, emulator or drill, severity, incident, and the place that it is about."""

from widgets.data import Header, Tone
from widgets.line import Ink, Line, Span, cut, fit, spread, width_of
from widgets.pane import Pane
from widgets.theme import Role


class HeaderLine(Pane[Header]):
    """Where we are. The badge stays at any width; the title is cut first, then the place."""

    DEFAULT_CSS = "HeaderLine { height: 1; }"

    def __init__(self, value: Header | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(value or Header(), frame=None, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """One row."""
        return [header_line(self.value, width, ink)]


def header_line(header: Header, width: int, ink: Ink) -> Line:
    """Line 1 in `width` cells."""
    start: Line = [_badge(header)]
    if header.severity:
        start += [(" ", Tone.PLAIN), ink.say(header.severity, Role.STRONG)]
    if header.incident:
        start += [("  ", Tone.PLAIN), ink.say(header.incident, Role.STRONG)]
    if header.observer:
        start += [("  looking only", Tone.WATCH)]
    room = width - width_of(start) - 3
    place = fit([ink.say(header.place, Tone.DIM)], max(0, room))
    title = cut(ink.text(header.title), max(0, room - width_of(place)))
    # A letter or two of a title tell nothing.
    if len(title) > 3 or title == ink.text(header.title):
        start += [(" " + title, Tone.PLAIN)]
    return spread(start, [*place, (" ", Tone.PLAIN)] if place else [], width)


def _badge(header: Header) -> Span:
    """Where it is acted. The word says so without colours too."""
    if header.drill:
        return " DRILL ", Role.DRILL
    return (" EMULATOR ", Role.EMULATOR) if header.emulator else (" PRODUCTION ", Role.PRODUCTION)
