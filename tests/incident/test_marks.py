"""Taking back: ticks, roles and notes as if they had not been."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.story import Story, logs
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.progress.ticks import ACTS_KEPT

ACTS = (events.Ticked, events.Unticked, events.RoleAssigned, events.RolePaged, events.HandoverOffered, events.Noted)


@settings(max_examples=80, deadline=None)
@given(logs(30), st.data())
def test_taking_back_is_as_if_it_had_not_been(log: list[Event], data: st.DataObject) -> None:
    """Whatever else happened, ticks and roles are those of the log without the act."""
    back = {event.fact.seq for event in log if isinstance(event.fact, events.Undone)}
    acts = [event for event in log if isinstance(event.fact, ACTS) and event.seq not in back]
    assume(acts)
    act = data.draw(st.sampled_from(acts))
    without = fold([event for event in log if event.seq != act.seq])
    after = fold([*log, Event("INC-0001", len(log) + 1, START + 9999, "@rm", events.Undone(act.seq))])
    assert (after.ticks, after.unticked, after.roles) == (without.ticks, without.unticked, without.roles)
    assert act.seq in after.undone


def test_what_was_taken_back_stays_in_the_timeline() -> None:
    """Nothing is deleted: the act is still told, and its number marked."""
    story = Story().at(100, events.Noted("typo"))
    incident = story.at(101, events.Undone(story.last)).incident
    assert [type(event.fact).__name__ for event in incident.tail] == ["Declared", "Noted", "Undone"]
    assert incident.undone == {2}


def test_a_tick_knows_who_when_and_why() -> None:
    """The evidence stands with the tick, and an untick remembers that a person knew better."""
    story = Story().at(100, events.Ticked("backup", "snapshot 7"), actor="@ops")
    tick = story.incident.ticks["backup"]
    assert (tick.seq, tick.at, tick.actor, tick.evidence) == (2, START + 100, "@ops", "snapshot 7")
    after = story.at(110, events.Unticked("backup", "wrong database")).incident
    assert after.ticks == {} and after.unticked == {"backup"}
    again = story.at(120, events.Ticked("backup")).incident
    assert again.unticked == frozenset()


def test_a_new_holder_has_not_acknowledged_yet() -> None:
    """Handing a role over asks for a new acknowledgement; the first one counts; taking back restores the old holder."""
    story = Story().at(100, events.RoleAssigned("qa-lead", "@a")).at(110, events.RoleAcknowledged("qa-lead"))
    story.at(120, events.RoleAcknowledged("qa-lead"))
    assert story.incident.roles["qa-lead"].acknowledged_at == START + 110
    assert story.at(130, events.RoleAssigned("qa-lead", "@b")).incident.roles["qa-lead"].acknowledged_at is None
    back = story.at(140, events.Undone(story.last)).incident.roles["qa-lead"]
    assert (back.person, back.acknowledged_at) == ("@a", START + 110)


def test_only_acts_can_be_taken_back() -> None:
    """A change to production, a declaration, another taking back: their numbers undo nothing."""
    story = Story().at(100, events.SeverityChanged("P2"), events.Ticked("backup"), events.Undone(3))
    before = story.incident
    after = story.at(110, events.Undone(1), events.Undone(2), events.Undone(4), events.Undone(3)).incident
    assert (after.severity, after.undone, after.ticks) == ("P2", before.undone, {})


def test_acts_of_long_ago_stand_for_good() -> None:
    """Beyond the newest acts nothing can be taken back, and what they did stays right."""
    story = Story().at(100, events.Ticked("first"))
    for number in range(ACTS_KEPT):
        story.at(200 + number, events.Noted("later"))
    assert "first" in story.at(999, events.Undone(2)).incident.ticks
    assert story.at(1000, events.Undone(story.last - 1)).incident.ticks.keys() == {"first"}
