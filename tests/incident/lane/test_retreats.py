"""A retreat that does not hold: on line 2 as an alarm until something answers it."""

import pytest

from tests.incident.story import CART, PAY, Story, climbing, declared, intended, ladder, protocol, split
from tests.spoken import spoken
from warroom.board import View, board
from warroom.incident import events
from warroom.incident.change import Outcome
from warroom.incident.events import AnyFact
from warroom.status.build import status

NEVER = events.ChangeFailed("c9", "Cloud Run never took it", outcome=Outcome.NOT_APPLIED, serving=split(25))


def lost(action: str = "abort", *then: AnyFact) -> Story:
    """At 25 %: a retreat whose outcome is unknown, and what comes then."""
    story = climbing(25, at=100).at(200, intended("c9", action), events.ChangeUnknown("c9", "timed out"))
    return story.at(260, *then)


def alarm(story: Story) -> str:
    """Line 2's alarm."""
    return spoken(board(story.incident, protocol(), story.log[-1].at + 1, View()).sentence.alarm)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("abort", "ABORT DID NOT HAPPEN: x again. Cloud Run never took it; 00041-kol 75 %, 00042-fix 25 % now."),
        ("roll-back", "ROLLBACK DID NOT HAPPEN: r again. Cloud Run never took it; 00041-kol 75 %, 00042-fix 25 % now."),
    ],
)
def test_one_that_was_never_taken_is_an_alarm(action: str, says: str) -> None:
    """With the key that answers it, why, and what is served; also in `status`. While it is unknown it is none."""
    assert alarm(lost(action)) == ""
    story = lost(action, NEVER)
    assert alarm(story) == says
    shown = status(story.incident, protocol(), story.log[-1].at, View())
    assert spoken(shown.board.sentence.alarm) == says
    missed = shown.lanes[0].missed
    assert missed is not None
    assert (missed.change.id, missed.change.outcome) == ("c9", "not applied")


def test_until_then_it_says_that_the_key_works_at_once() -> None:
    """Of a retreat; whatever goes forward is looked at first."""
    said = {
        action: " ".join(part.text for part in board(story.incident, protocol(), 0.0, View()).sentence.parts)
        for action, story in {"abort": lost(), "roll-back": lost("roll-back"), "advance": lost("advance")}.items()
    }
    assert "outcome unknown, re-reading. x y again works at once." in spoken(said["abort"])
    assert "outcome unknown, re-reading. r again works at once." in spoken(said["roll-back"])
    assert "outcome unknown, re-reading. Look before you act." in said["advance"]


ANSWERS: dict[str, tuple[AnyFact, ...]] = {
    "another one is sent": (intended("c10", "abort"),),
    "a rollback is sent": (intended("c10", "roll-back"),),
    "it is served all the same": (events.Observed(PAY, split(0), split(0)),),
    "somebody goes forward in its knowledge": (
        intended("c10", "advance", 50),
        events.ChangeApplied("c10", split(50), 1.0, split(50)),
    ),
    "what somebody did is adopted": (
        events.DriftSeen(PAY, "changed traffic", split(25), split(40)),
        events.DriftAnswered(PAY, "adopt", split(40), 40),
    ),
    "the incident is resolved": (events.Mitigated("flag-off"), events.Resolved("by a flag")),
}


@pytest.mark.parametrize("facts", ANSWERS.values(), ids=ANSWERS)
def test_what_answers_it(facts: tuple[AnyFact, ...]) -> None:
    """Then the sentence is the ordinary one."""
    story = lost("abort", NEVER)
    assert alarm(story)
    assert alarm(story.at(300, *facts)) == ""


NO_ANSWERS: dict[str, tuple[AnyFact, ...]] = {
    "a look that shows it elsewhere": (events.Observed(PAY, split(25), split(25), last_modifier="@rm"),),
    "asked for and not served": (events.Observed(PAY, split(25), split(0), settled=False),),
    "a note": (events.Noted("hm"),),
    "a hold": (events.LadderHeld(PAY),),
    "an advance that is refused": (intended("c10", "advance", 50), events.ChangeFailed("c10", "no")),
}


@pytest.mark.parametrize("facts", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_does_not_answer_it(facts: tuple[AnyFact, ...]) -> None:
    """The alarm stays."""
    assert alarm(lost("abort", NEVER).at(300, *facts))


def test_one_that_is_refused_at_once_is_an_alarm_too() -> None:
    """Other boards did not see the notice."""
    story = climbing(25, at=100).at(200, intended("c9", "abort"), events.ChangeFailed("c9", "You may not"))
    assert alarm(story).startswith("ABORT DID NOT HAPPEN: x again. You may not")


def test_one_that_moves_nothing_is_not_missed() -> None:
    """At the ladder's foot traffic is where it should go."""
    story = climbing(0, at=100).at(190, events.Observed(PAY, split(0), split(0)))
    assert alarm(story.at(200, intended("c9", "abort"), events.ChangeFailed("c9", "You may not"))) == ""


def test_one_that_a_later_one_went_before_is_not_missed() -> None:
    """Pressed twice: the second one holds, or is still on its way."""
    twice = lost("abort", intended("c10", "abort"))
    twice.at(261, events.ChangeFailed("c9", "a later change was sent over it", outcome=Outcome.SUPERSEDED))
    assert alarm(twice) == ""
    twice.at(262, events.ChangeApplied("c10", split(0), 2.0, split(0)))
    assert alarm(twice) == ""


def test_one_that_an_unknowing_hand_went_over_is_missed() -> None:
    """Its advance was sent before anybody knew that the abort's outcome was unknown: that was no answer."""
    story = climbing(25, at=100).at(200, intended("c9-a", "abort"), intended("c9-b", "advance", 50))
    story.at(201, events.ChangeUnknown("c9-a", "timed out"))
    story.at(202, events.ChangeApplied("c9-b", split(50), 1.0, split(50)))
    story.at(203, events.ChangeFailed("c9-a", "what holds now is later", outcome=Outcome.SUPERSEDED, serving=split(50)))
    assert alarm(story).startswith("ABORT DOES NOT HOLD: x again.")


def test_another_service_has_its_alarm_on_every_board() -> None:
    """It names the service and the way there."""
    story = Story(declared("P0", PAY, CART)).at(100, ladder(PAY), ladder(CART))
    story.at(110, intended("c1", "advance", 25, CART), events.ChangeApplied("c1", split(25), 1.0, split(25)))
    story.at(200, intended("c9", "abort", service=CART), NEVER)
    assert alarm(story).startswith("ABORT OF cart DID NOT HAPPEN: Tab goes there, then x again.")
    row = next(one for one in board(story.incident, protocol(), 0.0, View()).traffic.lanes if one.service == "cart")
    assert row.wrong.text == "abort did not happen"


def test_it_goes_before_the_alarms_of_journal_and_cloud() -> None:
    """What answers it needs neither."""
    story = lost("abort", NEVER, events.SourceLost("cloud-run", "unreachable"))
    assert "ABORT DID NOT HAPPEN" in alarm(story)
    shown = board(story.incident, protocol(), 0.0, View(trouble="The disk is full", unwritten=1))
    assert "ABORT DID NOT HAPPEN" in shown.sentence.alarm
