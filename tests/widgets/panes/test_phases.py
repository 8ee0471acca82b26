"""How a step's program stands, beside the step's name."""

import pytest

from widgets.data import StepRow, Text, Tone
from widgets.line import Ink, width_of
from widgets.panes.phases import step_line


@pytest.mark.parametrize("selected", [True, False])
@pytest.mark.parametrize("width", [12, 27, 60])
def test_a_note_has_its_room(width: int, selected: bool) -> None:
    """The step's own text gives way; nothing is wider than the pane."""
    row = StepRow("x", "a very long name of a step", "now", selected=selected, note=Text("failed", Tone.BAD))
    line = step_line(row, width, Ink({}))
    assert width_of(line) <= max(width, 14)
    assert "failed" in "".join(text for text, _ in line)
