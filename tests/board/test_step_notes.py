"""How a step's program or its review stands, beside the step in the phases pane."""

import pytest

from tests.clocks import START
from tests.incident.story import Story, protocol
from warroom.board.checklist import phases
from warroom.incident.events import PhaseStarted, Ticked
from warroom.incident.steps.steps import CommandEnded, CommandStarted, ReviewSeen, StepFact
from widgets.data import Text, Tone

STARTED = CommandStarted("r1", "critical-tests", ("npm",), 600.0, "host/1")


def note(step: str, *facts: StepFact | Ticked) -> Text:
    """The note beside a step, 100 s after these facts."""
    story = Story().at(60, PhaseStarted("testing")).at(100, *facts)
    found = phases(story.incident, protocol(), START + 200, step)
    return next(row.note for phase in found.rows for row in phase.steps if row.id == step)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((), Text("")),
        ((STARTED,), Text("1:40", Tone.ACCENT)),
        ((STARTED, CommandEnded("r1", "failed", 2)), Text("failed", Tone.BAD)),
        ((STARTED, CommandEnded("r1", "timed out")), Text("failed", Tone.BAD)),
        ((STARTED, CommandEnded("r1", "cancelled")), Text("cancelled", Tone.WATCH)),
        ((STARTED, CommandEnded("r1", "unknown")), Text("unknown", Tone.WATCH)),
        ((STARTED, CommandEnded("r1", "done", 0), Ticked("critical-tests", "exit 0")), Text("")),
        ((Ticked("critical-tests"),), Text("by hand @rm", Tone.DIM)),
        ((Ticked("critical-tests", "it looked well", by_hand=True),), Text("by hand @rm", Tone.DIM)),
    ],
)
def test_a_program(facts: tuple[StepFact | Ticked, ...], expected: Text) -> None:
    """Its age while it runs, then a word where it did not end well; unknown where nobody saw its end."""
    assert note("critical-tests", *facts) == expected


@pytest.mark.parametrize(("names", "tone"), [((), Tone.DIM), (("ann", "bob"), Tone.ACCENT)])
def test_the_review(names: tuple[str, ...], tone: Tone) -> None:
    """How many approve."""
    assert note("review", ReviewSeen(7, "HOTFIX: x", approvals=names)) == Text(f"{len(names)} approve", tone)
