"""Users are better, or somebody says so: what is kept of it, and what takes it back."""

from tests.clocks import START
from tests.incident.story import NEW, OLD, PAY, Story, climbing, protocol, sample, serving
from warroom.incident import clocks, events, mitigation
from warroom.incident.lane.serving import newest
from warroom.incident.progress.follow_ups import follow_ups
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Share

SEEN = events.Observed(PAY, (Share(OLD, 100),), settled=True)


def test_who_says_it_by_hand_before_anything_was_done_is_measured_from_then_on() -> None:
    """A word of a person's is an act: what serves is judged since, and a FAIL takes the word back."""
    story = Story().at(100, SEEN).at(200, events.Mitigated("by-hand", reason="customers say so"))
    relief = story.incident.relief
    assert relief is not None and relief.how == "by-hand"
    found = mitigation.measured(story.incident)
    assert found is not None and found.state == "unknown"
    story.at(500, serving(Grade.FAIL, 500, OLD))
    (lost,) = mitigation.news(story.incident)
    assert isinstance(lost, events.MitigationLost) and OLD in lost.words


def test_the_newest_points_of_what_serves_stand_in_a_phrase() -> None:
    """Before anything was done there is no verdict, but numbers there are; without any the phrase is empty."""
    story = Story().at(100, SEEN)
    assert newest(story.incident.lanes.values()) == ""
    story.at(200, events.Sampled(PAY, (sample(190),)))
    assert newest(story.incident.lanes.values()).startswith(f"{OLD}: errors 0 % of 100")


def test_a_relapse_takes_the_fix_of_the_sla_back_too() -> None:
    """Verification that began for a word by hand left no fix behind: the clock runs on once users are worse."""
    story = Story().at(100, SEEN).at(200, events.Mitigated("by-hand", reason="so they say"))
    story.at(201, events.PhaseStarted("verification"))
    met = clocks.sla(story.incident, protocol(), START + 300)
    assert met is not None and met[0].met_at == START + 200
    story.at(500, serving(Grade.FAIL, 500, OLD), events.MitigationLost("it fails"))
    lost = clocks.sla(story.incident, protocol(), START + 600)
    assert lost is not None and lost[0].met_at is None


def test_a_verification_is_open_again_after_another_act_or_a_fail() -> None:
    """What was measured of the revision before, or passes no more, stays no tick; what rests on it opens as well."""
    story = climbing(100).at(300, serving(Grade.PASS, 700, NEW))
    story.at(710, events.Ticked("check-errors", "clean"), events.Ticked("errors-normal"))
    story.at(711, events.Ticked("fully-validated", "check-errors"))
    story.at(900, serving(Grade.FAIL, 900, NEW))
    opened = [fact for fact in follow_ups(story.incident, protocol()) if isinstance(fact, events.Unticked)]
    assert [fact.item for fact in opened] == ["check-errors", "fully-validated"]
    assert all(fact.by_evidence for fact in opened)
    by_hand = Story().at(100, SEEN).at(710, events.Ticked("check-errors"))
    by_hand.at(800, events.Relieved("flag-off"), serving(Grade.FAIL, 900, OLD))
    assert not [fact for fact in follow_ups(by_hand.incident, protocol()) if isinstance(fact, events.Unticked)]
