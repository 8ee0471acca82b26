"""What the board and the wall say of escalation, budgets, awareness, and of what is confidential."""

from msgspec import to_builtins

from tests.clocks import START
from tests.incident.story import Story, declared, protocol
from tests.spoken import spoken
from warroom.board import View, board
from warroom.board.projector import projector
from warroom.incident import events
from warroom.incident.events import Declared
from warroom.incident.triage.triage import LevelCalled, PersonalDataKnown

SHIPPED = protocol()
VIEW = View(connected=True)


def sentence(story: Story, after: float) -> str:
    """Line 2."""
    return spoken(" ".join(part.text for part in board(story.incident, SHIPPED, START + after, VIEW).sentence.parts))


def test_line_2_asks_for_the_call_until_it_is_made() -> None:
    """From the boundary on, by the second; once the level is called it is silent until the next one."""
    story = Story()
    assert "Level" not in sentence(story, 899)
    assert "Level 2 since 0:12: v pages Team lead, RM." in sentence(story, 912)
    story.at(920, LevelCalled(2, ("@tl",), "page"))
    assert "Level" not in sentence(story, 930)
    assert "Level 3 since 0:00: v pages Eng. manager, CTO." in sentence(story, 1800)


def test_phases_say_what_was_used_and_when_they_end() -> None:
    """Budget used of the current one, and the earliest end of it and of those to come; a past one has none."""
    story = Story().at(60, events.PhaseStarted("assessment")).at(300, events.PhaseStarted("preparation"))
    rows = {row.id: row for row in board(story.incident, SHIPPED, START + 600, VIEW).phases.rows}
    assert rows["preparation"].time == "5:00/30"
    assert rows["assessment"].end == ""
    ends = [rows[name].end for name in ("preparation", "testing", "deployment", "verification", "post-deployment")]
    assert ends == sorted(ends) and all(end.startswith("~") for end in ends)
    left = SHIPPED.phase("preparation").least_minutes * 60 - 300
    later = {row.id: row for row in board(story.incident, SHIPPED, START + 600 + left, VIEW).phases.rows}
    assert later["preparation"].end == rows["preparation"].end  # on the least path the end stays where it was


def test_awareness_that_came_later_has_its_own_row() -> None:
    """No row before; then 72 hours from when somebody knew, in the colour of what is left."""
    story = Story().at(600, PersonalDataKnown(START))
    rows = {row.label: row for row in board(story.incident, SHIPPED, START + 3600, VIEW).clocks.rows}
    assert (rows["GDPR notice"].value, rows["GDPR notice"].note) == ("71:00:00", "left")
    for hours, tone in ((3, "plain"), (61, "watch"), (73, "bad")):
        rows = {row.label: row for row in board(story.incident, SHIPPED, START + hours * 3600, VIEW).clocks.rows}
        assert rows["GDPR notice"].tone == tone
    assert "GDPR notice" not in [row.label for row in board(Story().incident, SHIPPED, START, VIEW).clocks.rows]


def test_the_wall_shows_neither_title_nor_impact_of_a_security_incident() -> None:
    """Nowhere in its slice, whatever the state; of another incident it shows the title."""
    secret = Declared("tokens leak", "P0", "exposed-data", declared().services, START, impact="all users", private=True)
    story = Story(secret).at(100, events.Noted("tokens leak in the logs"))
    shown = str(to_builtins(projector(story.incident, SHIPPED, START + 1000, VIEW)))
    assert "tokens" not in shown and "all users" not in shown and "confidential" in shown
    assert "checkout answers 500" in str(to_builtins(projector(Story().incident, SHIPPED, START + 1000, VIEW)))
