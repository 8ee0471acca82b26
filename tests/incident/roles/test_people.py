"""Who holds which role, and how far they are."""

import pytest

from tests.clocks import START
from tests.incident.story import Story
from warroom.incident import events
from warroom.incident.roles.roles import BEFORE_KEPT, STATES, Holder, standing
from warroom.incident.timeline import timeline

ROLE = "incident-commander"
ASSIGNED = events.RoleAssigned(ROLE, "@a")
PAGED = events.RolePaged(ROLE, "@a", "pagerduty", "host/1")
ACKED = events.RoleAcknowledged(ROLE, "@a")
JOINED = events.RoleAcknowledged(ROLE, "@a", joined=True)
OFFERED = events.HandoverOffered(ROLE, "@b", "traffic 25 %")
ACCEPTED = events.HandoverAccepted(ROLE, "@b")


def holder(story: Story) -> Holder:
    """Who leads."""
    return story.incident.roles[ROLE]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([], "unassigned"),
        ([ASSIGNED], "assigned"),
        ([ASSIGNED, PAGED], "paged"),
        ([PAGED], "paged"),
        ([ASSIGNED, PAGED, events.RoleDeclined(ROLE, "@a")], "declined"),
        ([ASSIGNED, PAGED, ACKED], "acknowledged"),
        ([ASSIGNED, events.RoleAcknowledged(ROLE, until=START + 150)], "expired"),
        ([ASSIGNED, PAGED, ACKED, JOINED], "joined"),
        ([ASSIGNED, ACKED, OFFERED], "handing over"),
        ([ASSIGNED, ACKED, OFFERED, ACCEPTED], "acknowledged"),
        ([ASSIGNED, ACKED, events.RoleAway(ROLE, "@a")], "away"),
        ([ASSIGNED, ACKED, events.RoleAway(ROLE, "@a"), events.RoleAway(ROLE, "@a", back=True)], "acknowledged"),
    ],
)
def test_states(facts: list[events.AnyFact], state: str) -> None:
    """Each state, with its age since the fact that brought it."""
    story = Story()
    for number, fact in enumerate(facts):
        story.at(100 + number, fact)
    incident = story.incident
    found = standing(incident.roles.get(ROLE), START + 200, incident.declared_at)
    assert found.state == state and state in STATES
    assert START + 60 <= found.since <= START + 150


def test_a_handover_needs_both_sides() -> None:
    """An offer changes nothing by itself; only the one to whom it was offered can accept; the giver is remembered."""
    story = Story().at(100, ASSIGNED, ACKED).at(110, OFFERED)
    assert holder(story).person == "@a"
    assert holder(story.at(111, events.HandoverAccepted(ROLE, "@c"))).person == "@a"
    after = holder(story.at(120, ACCEPTED))
    assert (after.person, after.acknowledged_at) == ("@b", START + 120)
    assert [(one.person, one.how, one.at) for one in after.before] == [("@a", "handed over", START + 120)]


def test_of_two_stand_ins_the_first_counts() -> None:
    """Two processes may both see that nobody answers: only one of them gets to page the backup."""
    story = Story().at(100, ASSIGNED, PAGED)
    story.at(400, events.RoleAssigned(ROLE, "@b", stand_in_for="@a", owner="host/1"))
    story.at(401, events.RoleAssigned(ROLE, "@b", stand_in_for="@a", owner="host/2"))
    assert (holder(story).person, holder(story).owner) == ("@b", "host/1")


def test_a_late_answer_is_remembered_and_changes_no_role() -> None:
    """The primary who answers after the backup stands in is told of, and the stand-in keeps the role."""
    story = Story().at(100, ASSIGNED, PAGED).at(400, events.RoleAssigned(ROLE, "@b", stand_in_for="@a"))
    after = holder(story.at(500, JOINED))
    assert (after.person, after.joined_at, after.before[0].answered_at) == ("@b", None, START + 500)


def test_an_acknowledgement_may_be_renewed() -> None:
    """The first moment stays, the end moves."""
    story = Story().at(100, ASSIGNED, events.RoleAcknowledged(ROLE, "@a", until=START + 200))
    after = holder(story.at(190, events.RoleAcknowledged(ROLE, "@a", until=START + 900)))
    assert (after.acknowledged_at, after.until) == (START + 100, START + 900)


def test_the_past_is_bounded() -> None:
    """A role that is passed on all night keeps its newest holders."""
    story = Story()
    for number in range(20):
        story.at(100 + number, events.RoleAssigned(ROLE, f"@{number}"))
    assert [one.person for one in holder(story).before] == [f"@{n}" for n in range(19 - BEFORE_KEPT, 19)]


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (events.RoleAssigned("x", "@b", stand_in_for="@a"), "x: @b stands in for @a, who does not answer"),
        (PAGED, f"{ROLE}: @a paged by PagerDuty"),
        (events.RolePaged("x", "@a"), "x: @a paged by hand"),
        (events.RoleAcknowledged("x", "@a", until=START + 60), "x acknowledged (@a), until 16:01:00Z"),
        (events.RoleAcknowledged("x", joined=True), "x joined"),
        (events.RoleDeclined("x", "@a"), "x: @a declined"),
        (events.RoleAway("x", "@a"), "x: @a is away"),
        (events.RoleAway("x", "@a", back=True), "x: @a is back"),
        (events.HandoverOffered("x", "@b", "25 %"), "x offered to @b: 25 %"),
        (events.HandoverAccepted("x", "@b"), "x handed over to @b, who accepts"),
    ],
)
def test_words(fact: events.AnyFact, words: str) -> None:
    """What the timeline says."""
    said = timeline(Story().at(100, fact).log[-1])
    assert said is not None and said[0] == words
