"""What an incident that is over still owes: its end takes none of it away."""

import pytest

from tests.clocks import START
from tests.incident.story import Story, declared, protocol
from warroom.incident import events
from warroom.incident.comms.comms import ActionAdded, ActionChanged, ActionDone, PostMortemSet
from warroom.incident.events import AnyFact
from warroom.incident.progress.duties import duties

SHIPPED = protocol()
DAY = 86_400.0


def owed(story: Story, days: float) -> list[tuple[str, bool]]:
    """In words, and whether it is late, so many days after START."""
    return [(one.words, one.late) for one in duties(story.incident, SHIPPED, START + days * DAY)]


def over(*facts: AnyFact, **more: object) -> Story:
    """A P0 that was resolved on a Monday, so that its post-mortem is due on the Thursday, and these facts."""
    return Story(declared(**more)).at(100, events.Mitigated("roll-back"), events.Resolved(), *facts)  # type: ignore[arg-type]


def test_a_post_mortem_is_owed_until_it_has_a_date_in_time() -> None:
    """Due, then overdue; a date in time ends it, one that is too late is told until it has passed."""
    assert owed(over(), 1) == [("the post-mortem has no date yet: due by 2025-11-27", False)]
    assert owed(over(), 4) == [("the post-mortem is overdue since 2025-11-27 and has no date", True)]
    assert owed(over(PostMortemSet(START + 2 * DAY)), 4) == []
    late = over(PostMortemSet(START + 9 * DAY))
    assert owed(late, 4) == [("the post-mortem is set for 2025-12-03, it was due by 2025-11-27", True)]
    assert owed(late, 10) == []


def test_actions_are_owed_once_they_are_late_or_nobodys() -> None:
    """Not before their day is over, and not when they are done; while the incident goes on nobody is reminded."""
    set_for = PostMortemSet(START)
    story = over(set_for, ActionAdded("a1", "mend it", "@ld", "2025-11-26"))
    assert owed(story, 2) == []
    assert owed(story, 3) == [("action a1 is overdue since 2025-11-26 (@ld): mend it", True)]
    story.at(200, ActionAdded("a2", "look into it"), ActionChanged("a2", owner="@qa"))
    assert owed(story, 2) == [("action a2 has no date yet: look into it", False)]
    assert owed(story.at(300, ActionDone("a1"), ActionDone("a2")), 9) == []
    assert owed(Story().at(60, ActionAdded("a1", "mend it")), 9) == []


@pytest.mark.parametrize("end", [events.Resolved(), events.Closed()])
def test_the_authority_comes_first_and_an_exercise_leaves_no_paperwork(end: AnyFact) -> None:
    """A running 72-hour clock is told however the incident ended; of a drill nothing else is."""
    told = owed(Story(declared(personal_data=True)).at(60, end), 1)
    assert told[0][0].startswith("the authority is not notified of the personal-data breach yet: 4")
    drill = over(ActionAdded("a1", "mend it"), drill=True, place="drill")
    assert owed(drill, 9) == []
