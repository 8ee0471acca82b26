"""Who leads, as line 2 and the roster say it."""

import pytest

from tests.board.scenes import begun, said, shown
from tests.clocks import START
from tests.incident.story import Story, protocol
from warroom.board import View
from warroom.board.leading import waiting_level
from warroom.board.people import compact
from warroom.incident import events
from warroom.incident.events import AnyFact
from warroom.marks import unnamed
from widgets.data import Tone

IC = "incident-commander"
ACKED = events.RoleAcknowledged(IC)
NOBODY = Story().at(61, events.PhaseStarted("assessment"))


@pytest.mark.parametrize(
    ("story", "after", "operator", "words"),
    [
        (NOBODY, 100, "", "No Incident Commander."),
        (NOBODY, 200, "", "No Incident Commander for 2:20: p pages one."),
        (begun(), 100, "", "IC @primary-ic."),
        (begun(), 200, "", "IC @primary-ic silent for 2:19: p pages."),
        (begun().at(90, events.RolePaged(IC, "@primary-ic")), 200, "", "IC @primary-ic paged 1:50 ago, silent."),
        (begun().at(90, ACKED), 400, "", "IC @primary-ic."),
        (begun().at(90, ACKED), 400, "@primary-ic", "IC @primary-ic also types: j hands a role over."),
        (begun().at(90, events.RoleDeclined(IC, "@primary-ic")), 95, "", "IC @primary-ic declined: p pages another."),
        (
            begun().at(90, ACKED, events.RoleAway(IC, "@primary-ic")),
            150,
            "",
            "IC @primary-ic is away for 1:00: j hands",
        ),
        (begun().at(90, ACKED, events.Resolved()), 900, "@primary-ic", "IC @primary-ic."),
    ],
)
def test_line_two_says_who_leads_and_what_is_wrong_with_it(
    story: Story, after: float, operator: str, words: str
) -> None:
    """No commander who answered after two minutes, and a commander who types, are warned of; a resolved one is not."""
    assert words in said(story, after, View(operator=operator))


@pytest.mark.parametrize(
    ("facts", "state", "age", "tone"),
    [
        ([], "○ named", "39s", Tone.DIM),
        ([events.RolePaged(IC, "@primary-ic")], "▲ paged", "10s", Tone.WATCH),
        ([ACKED], "✔ acked", "10s", Tone.GOOD),
        ([events.RoleAcknowledged(IC, joined=True)], "✔ joined", "10s", Tone.GOOD),
        ([events.RoleAcknowledged(IC, until=1.0)], "▲ expired", "490001h", Tone.WATCH),
        ([ACKED, events.HandoverOffered(IC, "@b")], "▶ offered", "10s", Tone.ACCENT),
        ([ACKED, events.RoleAway(IC, "@primary-ic")], "▲ away", "10s", Tone.WATCH),
        ([events.RoleDeclined(IC, "@primary-ic")], "✘ declined", "10s", Tone.BAD),
    ],
)
def test_each_state_has_word_glyph_and_age(facts: list[AnyFact], state: str, age: str, tone: Tone) -> None:
    """A word, a glyph and a colour for each, and since when."""
    row = shown(begun().at(90, *facts), 100).roster.rows[0]
    assert (row.role, row.state, row.tone) == ("IC", state, tone)
    assert row.age == age or row.age.endswith("h")


def test_who_is_paged_beside_the_core_shows() -> None:
    """Escalation people stand in the roster from when they hold something."""
    rows = shown(begun().at(90, events.RolePaged("cto", "@cto")), 100).roster.rows
    assert [row.person for row in rows if row.role == "CTO"] == ["@cto"]
    assert len(rows) == 7


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h")]
)
def test_ages_in_few_cells(seconds: float, words: str) -> None:
    """Three cells at most within a working day."""
    assert compact(seconds) == words


def test_a_title_with_a_dot_is_not_cut_where_no_key_can_be_pressed() -> None:
    """A sentence that names a key goes as a whole: "Eng. manager, CTO" leaves no half of itself behind."""
    story = begun()
    assert "Level 3 since 5:00: v pages Eng. manager, CTO." in said(story, 2100, View())
    (level,) = waiting_level(story.incident, protocol(), START + 2100)
    assert unnamed(level.text) == "Level 3 since 5:00."
