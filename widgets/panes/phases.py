"""The phases of the protocol with their times, and the steps of those that are open."""

from widgets.data import PhaseRow, Phases, StepRow, Tone
from widgets.glyphs import BY_HAND, STATE
from widgets.line import Ink, Line, cut, pad, spread, width_of
from widgets.pane import ALONE, Frame, Pane
from widgets.theme import Look, Role

_PHASE_LOOK: dict[str, Look] = {"done": Tone.DIM, "now": Role.STRONG, "open": Tone.PLAIN}
_STEP_LOOK: dict[str, Look] = {"done": Tone.DIM, "now": Tone.ACCENT, "open": Tone.PLAIN, "manual": Tone.PLAIN}


class PhasesPane(Pane[Phases]):
    """The checklist. Where not all fits, the rows around the selected or running step are shown."""

    def __init__(
        self,
        value: Phases | None = None,
        *,
        title: str = "Phases",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Phases(), title=title, frame=frame, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """The rows that fit; the phase of the step in focus always stands above it."""
        lines: list[Line] = []
        heads: list[int] = []
        focus = 0
        best = -1
        for phase in self.value.rows:
            head = len(lines)
            lines.append(phase_line(phase, width, ink))
            heads.append(head)
            if phase.state == "now" and best < 0:
                focus, best = head, 0
            for step in phase.steps:
                rank = 2 if step.selected else 1 if step.state == "now" else 0
                if rank > best:
                    focus, best = len(lines), rank
                lines.append(step_line(step, width, ink))
                heads.append(head)
        return _window(lines, heads, focus, height)

    def wants(self, width: int) -> int:
        """A row for each phase and each of its steps."""
        return sum(1 + len(phase.steps) for phase in self.value.rows)


def phase_line(phase: PhaseRow, width: int, ink: Ink) -> Line:
    """`▶ 4 Deployment   3:10/15`: glyph, number, title, time."""
    look = _PHASE_LOOK.get(phase.state, Tone.PLAIN)
    glyph = STATE.get(phase.state, " ") if phase.state != "open" else " "
    mark: Look = Tone.ACCENT if phase.state == "now" else Tone.GOOD if phase.state == "done" else Tone.DIM
    time: Look = phase.tone if phase.tone != Tone.PLAIN else (Tone.DIM if phase.state == "done" else Tone.PLAIN)
    left: Line = [(glyph + " ", mark), (f"{phase.number} ", look), ink.say(phase.title, look)]
    end, told = ink.text(phase.end), ink.say(phase.time, time)
    gap = " " if phase.time and end else ""
    if end and width_of(left) + width_of([told]) + len(end) + len(gap) < width:
        return spread(left, [(end + gap, Tone.DIM), told], width)
    return spread(left, [told], width)


def step_line(step: StepRow, width: int, ink: Ink) -> Line:
    """`    ✔ backup taken`; the selected one fills its row and has a › before it."""
    glyph = "□" if step.box and step.state == "open" else BY_HAND if step.by_hand else STATE.get(step.state, "○")
    by_hand = "by hand" if step.state == "manual" else ""
    if step.note.text and (step.selected or not step.by_hand):
        return _noted(step, glyph, width, ink)
    text = ink.text(step.text)
    if step.selected:
        room = width - 6 - (len(by_hand) + 1 if by_hand else 0)
        return [(f"  › {glyph} {pad(cut(text, room), room)}" + (f" {by_hand}" if by_hand else ""), Role.SELECTED)]
    look = _STEP_LOOK.get(step.state, Tone.PLAIN)
    mark: Look = Tone.GOOD if step.state == "done" else Tone.ACCENT if step.state == "now" else Tone.DIM
    left: Line = [(f"    {glyph} ", mark), (text, look)]
    if step.by_hand:  # its mark says so where there is no room for who
        noted = [ink.tell(step.note)]
        return spread(left, noted if width_of(left) + width_of(noted) < width else [], width)
    note: Line = [(by_hand, Tone.DIM)] if by_hand and width_of(left) + len(by_hand) < width else []
    return spread(left, note, width)


def _noted(step: StepRow, glyph: str, width: int, ink: Ink) -> Line:
    """With a word at the end, for which the step's own text gives way."""
    note, age = ink.text(step.note.text), ink.text(step.age)
    whole = f"{note} {age}"
    if age and width - 7 - width_of([(whole, Tone.PLAIN)]) >= width_of([(ink.text(step.text), Tone.PLAIN)]):
        note = whole
    room = max(width - 7 - width_of([(note, Tone.PLAIN)]), 1)
    text = pad(cut(ink.text(step.text), room), room)
    if step.selected:
        return [(f"  › {glyph} {text} {note}", Role.SELECTED)]
    mark: Look = Tone.GOOD if step.state == "done" else Tone.ACCENT if step.state == "now" else Tone.DIM
    return [(f"    {glyph} ", mark), (text, _STEP_LOOK.get(step.state, Tone.PLAIN)), (f" {note}", step.note.tone)]


def _window(lines: list[Line], heads: list[int], focus: int, height: int) -> list[Line]:
    if height <= 0:
        return []
    if len(lines) <= height:
        return lines
    start = max(0, min(focus - height // 2, len(lines) - height))
    shown = lines[start : start + height]
    if height > 1 and heads[focus] < start:
        shown[0] = lines[heads[focus]]
    return shown
