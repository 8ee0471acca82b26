"""What people answer: the newest counts, what is over is no longer said, and nothing is made up."""

from tests.clocks import START
from tests.incident.story import Story, declared, protocol
from warroom.incident import events
from warroom.incident.progress import known
from warroom.incident.progress.follow_ups import follow_ups
from warroom.incident.triage.answers import Answered, Said
from warroom.incident.triage.triage import DataChangeKnown, PersonalDataKnown


def test_the_newest_answer_counts_and_the_earlier_ones_stay_in_the_timeline() -> None:
    """By whoever gave it, else by whoever wrote it down."""
    story = Story().at(90, Answered("impact", "some cards fail")).at(120, Answered("impact", "all cards fail", "@cs"))
    assert story.incident.steering.answers == {"impact": Said("all cards fail", "@cs", START + 120)}
    assert [event.fact.text for event in story.incident.tail if isinstance(event.fact, Answered)] == [
        "some cards fail",
        "all cards fail",
    ]
    assert known.answer(Story().at(90, Answered("impact", "x"), actor="@ic").incident, "impact") == Said(
        "x", "@ic", START + 90
    )


def test_what_was_declared_and_told_stands_until_somebody_answers() -> None:
    """Services, impact and data are known from elsewhere; a cause and a time nobody makes up."""
    story = Story(declared(impact="cards are refused"))
    assert known.known(story.incident, "services") == "payments-api"
    assert known.known(story.incident, "impact") == "cards are refused"
    assert [known.known(story.incident, topic) for topic in ("data-at-risk", "root-cause", "changed")] == [""] * 3
    story.at(90, PersonalDataKnown(START), DataChangeKnown("forward-only"))
    assert known.known(story.incident, "data-at-risk").startswith(
        "personal data is or may be breached; data is changed"
    )
    assert known.known(story.at(95, Answered("impact", "all fail")).incident, "impact") == "all fail"


def test_an_eta_says_how_old_it_is_and_ends_with_the_incident() -> None:
    """It is a person's word, which can be taken back."""
    story = Story().at(90, Answered("eta", "15:00 UTC"))
    assert known.eta(story.incident) == "15:00 UTC (as of 16:01:30Z)"
    assert known.eta(story.at(100, Answered("eta", "")).incident) == ""
    story.at(110, Answered("eta", "15:30 UTC"), events.Mitigated("roll-back"), events.Resolved())
    assert known.eta(story.incident) == ""


def test_what_is_being_done_is_said_in_its_own_phase_only() -> None:
    """Said in the phase before it is over."""
    story = Story().at(90, events.PhaseStarted("assessment")).at(95, Answered("doing", "reading the logs"))
    assert known.doing(story.incident) == "reading the logs"
    assert known.doing(story.at(100, events.PhaseStarted("preparation")).incident) == ""


def test_a_step_that_asks_is_done_by_its_answer() -> None:
    """With the answer and who gave it as evidence; none of the others is, and no declaration does it."""
    story = Story(declared(impact="cards are refused"))
    asking = {step.id: step.asks for phase in protocol().phases for step in phase.steps if step.asks}
    assert asking == {"identify-services": "services", "estimate-impact": "impact", "data-at-risk": "data-at-risk"}

    def ticked() -> dict[str, str]:
        found = follow_ups(story.incident, protocol())
        return {one.item: one.evidence for one in found if isinstance(one, events.Ticked) and one.item in asking}

    assert ticked() == {}
    story.at(90, Answered("impact", "all cards " * 30), actor="@ic")
    assert list(ticked()) == ["estimate-impact"]
    assert (
        ticked()["estimate-impact"].startswith("the answer of @ic: all cards")
        and len(ticked()["estimate-impact"]) < 110
    )
    story.at(95, events.Unticked("estimate-impact"))
    assert ticked() == {}
