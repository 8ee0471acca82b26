"""What was late, and who was never called: found in the log, so that "None." is true where it stands."""

import pytest

from tests.clocks import START
from tests.incident.story import Story, declared, protocol
from warroom.incident import events
from warroom.incident.comms.comms import UpdateSnoozed
from warroom.incident.triage.triage import LevelCalled
from warroom.report.change_record import change_record
from warroom.report.markdown import markdown

SHIPPED = protocol()
CORE = [role.id for role in SHIPPED.roles if role.kind == "core"]
MINUTE = 60.0


def told(story: Story) -> list[str]:
    """What the record says was late or missing, as one line each."""
    kinds = ("late", "never called", "no answer")
    return [f"{one.kind}: {one.what}" for one in change_record(story.log, SHIPPED).deviations if one.kind in kinds]


def answered(severity: str = "P1") -> Story:
    """Declared in time, with everybody in a core role there."""
    story = Story(declared(severity))
    for role in CORE:
        story.at(70, events.RoleAssigned(role, f"@{role}"), events.RoleAcknowledged(role, f"@{role}"))
    return story


def sent(story: Story, *minutes: float) -> Story:
    """An update at each of these minutes after detection."""
    for minute in minutes:
        story.at(minute * MINUTE, events.UpdateSent("slack", "#x", "text", "progress-update"))
    return story


def resolved(story: Story, minute: float) -> Story:
    """Fixed by going back, and resolved."""
    story.at(minute * MINUTE, events.Mitigated("roll-back"), events.Resolved("fine"))
    return story


def test_in_time_nothing_is_told() -> None:
    """Updates within the quarter of an hour, all roles there, resolved before the first level: nothing is late."""
    assert told(resolved(sent(answered(), 10), 14)) == []


def test_a_limit_that_was_broken_is_told_with_both_figures() -> None:
    """P0 wants its fix in 30 minutes and its resolution in 60."""
    story = sent(answered("P0"), 10, 20, 30, 40, 50, 60).at(
        50 * MINUTE, LevelCalled(2, ("@tl",)), LevelCalled(3, ("@em",))
    )
    found = told(resolved(story, 65))
    assert "late: the resolution came 1:05:00 after detection; P0 allows 1:00:00" in found
    assert "late: the fix came 1:05:00 after detection; P0 allows 30:00" in found


def test_one_that_has_not_come_says_so() -> None:
    """An incident that is still open is told until its newest event."""
    story = answered("P0").at(45 * MINUTE, events.Noted("still there"))
    assert "late: the fix has not come 45:00 after detection; P0 allows 30:00" in told(story)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        ((10, 25), []),
        ((10, 30), ["late: 1 update was late, by up to 5:00; one is owed every 15:00"]),
        ((20, 36), ["late: 2 updates were late, by up to 4:00; one is owed every 15:00"]),
    ],
)
def test_updates_that_were_late_are_counted(minutes: tuple[float, ...], words: list[str]) -> None:
    """One line for all of them, with the worst, each from the one before it or the declaration."""
    story = resolved(sent(answered("P2"), *minutes).at(16 * MINUTE, LevelCalled(2, ("@tl",))), 37)
    assert [one for one in told(story) if "update" in one] == words


def test_an_update_that_was_put_off_is_owed_after_that() -> None:
    """With a reason and a new moment it is late only after that moment."""
    story = answered("P2").at(14 * MINUTE, UpdateSnoozed(1_000_000_000_000.0, "a call instead"))
    assert not [one for one in told(resolved(story, 20)) if "update" in one]


def test_a_level_that_was_reached_and_not_called() -> None:
    """Level 2 from 15 minutes on; what was called is not told, and nothing above the cap."""
    story = resolved(sent(answered("P2"), 10, 20), 34)
    assert "never called: level 2 (Team lead, RM), reached after 15 minutes" in told(story)
    called = resolved(sent(answered("P2"), 10, 20).at(21 * MINUTE, LevelCalled(2, ("@tl",))), 34)
    assert not [one for one in told(called) if "level" in one]


def test_a_role_that_nobody_held_and_one_that_never_answered() -> None:
    """Of the core roles only: the others come when they are needed. Who was not paged owed no answer."""
    story = Story(declared("P1")).at(70, events.RoleAssigned(CORE[0], "@ic"))
    named = told(resolved(sent(Story(declared("P1")).at(70, events.RoleAssigned(CORE[0], "@ic")), 10), 14))
    assert "never called: Incident Commander: @ic was named, and not paged" in named
    story.at(80, events.RolePaged(CORE[0], "@ic", "by hand"))
    found = told(resolved(sent(story, 10), 14))
    assert "no answer: Incident Commander: @ic never answered" in found
    assert [one for one in found if one.startswith("never called")] == [
        f"never called: nobody was {role.title}" for role in SHIPPED.roles if role.id in CORE[1:]
    ]


def test_the_report_says_none_only_of_nothing() -> None:
    """What was late stands in the section of the report that otherwise says "None."."""
    story = resolved(sent(answered("P0"), 10, 20, 30, 40, 50, 60), 65)
    text = markdown(story.log, SHIPPED, START + 66 * MINUTE)
    section = text.partition("Deviations from the protocol")[2].partition("####")[0]
    assert "late: the resolution came 1:05:00 after detection" in section and "None." not in section
