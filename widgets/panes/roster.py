"""Who holds which role, and whether they know."""

from rich.cells import cell_len

from widgets.data import Roster, Tone
from widgets.line import Ink, Line, cut, pad
from widgets.pane import ALONE, Frame, Pane
from widgets.theme import Look, Role


class RosterPane(Pane[Roster]):
    """One role a row: short name, person, state, and its age where there is room. A vacant role keeps its row."""

    def __init__(
        self,
        value: Roster | None = None,
        *,
        title: str = "Roster",
        frame: Frame | None = ALONE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value or Roster(), title=title, frame=frame, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """The first roles that fit, in aligned columns."""
        rows = [
            (ink.text(row.role), ink.text(row.person), ink.text(row.state), row.tone, ink.text(row.age))
            for row in self.value.rows[:height]
        ]
        roles = max((cell_len(row[0]) for row in rows), default=0)
        states = max((cell_len(row[2]) for row in rows), default=0)
        people = max((cell_len(row[1]) for row in rows), default=0)
        roles = min(roles, max(2, width // 4))
        # Both are cut where both are long; a name gets the half that a handle needs.
        people = max(0, min(people, max(width - roles - states - 2, (width - roles) // 2 - 1)))
        lines: list[Line] = []
        for role, person, state, tone, age in rows:
            room = max(0, width - roles - people - 2)
            look: Look = Tone.DIM if tone == Tone.PLAIN else tone
            # The age goes before a state is cut.
            aged = bool(age) and cell_len(state) + 1 + cell_len(age) <= room
            lines.append(
                [
                    (pad(role, roles) + " ", Role.TITLE),
                    (pad(person, people) + " ", Tone.PLAIN),
                    (cut(state, room), look),
                    (f" {age}" if aged else "", Tone.DIM),
                ]
            )
        return lines

    def wants(self, width: int) -> int:
        """A row for each role."""
        return len(self.value.rows)
