"""Where to go back to: what is left out, what comes first, and that nothing is said that was not measured."""

import pytest
from msgspec.structs import replace

from tests.clocks import START
from tests.incident.story import NEW, OLD, PAY, Story, applied, intended, ladder, sample
from warroom.incident import events
from warroom.incident.change import Ended
from warroom.incident.lane.ways_back import (
    EARLIER,
    FAILING,
    HEALTHY,
    NOT_READY,
    UNKNOWN,
    Way,
    of,
    proposed,
    reason_for,
    ways_back,
)
from warroom.incident.state import Lane, ProbeState
from warroom.rollout.evidence import Limits, Sample
from warroom.rollout.measured.past import Served
from warroom.rollout.traffic import Share

OLDER, OLDEST = "payments-api-00040-wex", "payments-api-00039-abc"


def lane(*samples: Sample, percent: int = 25) -> Lane:
    """A hotfix at 25 %, above the revision that failed and two from before it."""
    story = Story().at(100, intended("c1", "deploy", revision=NEW), applied("c1"), ladder())
    story.at(200, intended("c2", "advance", percent), applied("c2", percent), events.Sampled(PAY, samples))
    found = next(iter(story.incident.lanes.values()))
    return replace(found, ready={NEW: True, OLD: True, OLDER: True, OLDEST: True})


def ranks(found: Lane) -> list[tuple[str, int]]:
    """The ways back in order."""
    return [(one.revision, one.rank) for one in ways_back(found, Limits())]


def test_the_hotfix_under_suspicion_is_no_way_back_and_the_newest_from_before_is_proposed() -> None:
    """What fails now stands behind what nothing is measured of; of those the newest is first, with why."""
    failing = lane(sample(300, OLD, 1000, 310))
    assert ranks(failing) == [(OLDER, EARLIER), (OLDEST, EARLIER), (OLD, FAILING)]
    best = proposed(ways_back(failing, Limits()))
    assert best is not None and best.why(START + 400) == f"from before {OLD}, not measured"
    assert ways_back(failing, Limits())[-1].measured == "errors 31 % of 1 000"


def test_what_is_measured_healthy_goes_before_what_is_not_measured() -> None:
    """With the rate and its age; a few requests without an error are no proof."""
    sure = lane(sample(300, OLD, 1000, 310), sample(120, OLDEST, 2000, 1))
    assert ranks(sure) == [(OLDEST, HEALTHY), (OLDER, EARLIER), (OLD, FAILING)]
    assert ways_back(sure, Limits())[0].why(START + 180) == "measured healthy, errors 0.05 % of 2 000 1:00 ago"
    few = lane(sample(300, OLD, 1000, 310), sample(120, OLDEST, 5, 0))
    assert (OLDEST, UNKNOWN) in ranks(few)


def test_only_the_newest_samples_count() -> None:
    """A revision that was well an hour ago and fails now is failing."""
    turned = lane(sample(60, OLD, 100_000, 0), sample(3600, OLD, 1000, 310))
    assert (OLD, FAILING) in ranks(turned)


def test_what_is_not_ready_or_answers_badly_is_never_proposed() -> None:
    """Where nothing speaks for any, none is proposed."""
    found = replace(
        lane(sample(300, OLD, 1000, 310)),
        ready={NEW: True, OLD: True, OLDER: False, OLDEST: True},
        probes={OLDEST: ProbeState(False, "503", START)},
    )
    assert ranks(found) == [(OLD, FAILING), (OLDEST, FAILING), (OLDER, NOT_READY)]
    assert proposed(ways_back(found, Limits())) is None
    assert proposed(ways_back(replace(found, ready={}), Limits())) is None


@pytest.mark.parametrize(
    ("serving", "ended", "left_out"),
    [((Share(OLD, 100),), Ended.ABORTED, {NEW, OLD}), ((Share(NEW, 100),), Ended.COMPLETE, {NEW})],
)
def test_what_serves_everything_is_no_way_back(serving: tuple[Share, ...], ended: Ended, left_out: set[str]) -> None:
    """After an abort neither the hotfix nor what it went back to; at 100 % the hotfix, since it serves all."""
    found = lane()
    assert found.ladder is not None
    found = replace(found, serving=serving, ladder=replace(found.ladder, ended=ended))
    assert {name for name, _ in ranks(found)} == {NEW, OLD, OLDER, OLDEST} - left_out
    assert ranks(found)[0] == (OLDER, EARLIER)


def test_a_hotfix_that_was_completed_can_be_gone_back_to() -> None:
    """Once another revision serves, the one that took 100 % is as good as its samples."""
    found = lane(sample(300, NEW, 2000, 0), percent=100)
    assert found.ladder is not None and found.ladder.ended == Ended.COMPLETE
    assert ranks(replace(found, serving=(Share(OLD, 100),)))[0] == (NEW, HEALTHY)


DAY = 24 * 3600.0


def with_past(found: Lane, **served: Served) -> Lane:
    """The same after a look at seven days, in which only those served that are named; OLDER was made two days ago."""
    names = {"old": OLD, "older": OLDER, "oldest": OLDEST}
    past = events.PastRead(
        PAY, START - 7 * DAY, START, {names[key]: one for key, one in served.items()}, {OLDER: START - 2 * DAY}
    )
    return replace(found, past=past)


def test_the_newest_that_was_seen_healthy_is_proposed_with_its_service() -> None:
    """Not the one that is merely newer and Ready: nobody was ever served by it."""
    found = with_past(lane(sample(300, OLD, 1000, 310)), oldest=Served(START - 6 * DAY, START - DAY, 90_000, 45))
    assert ranks(found) == [(OLDEST, HEALTHY), (OLDER, UNKNOWN), (OLD, FAILING)]
    ways = ways_back(found, Limits())
    assert ways[0].why(START) == "it served until 24 h ago, errors 0.05 % of 90 000 in its last hours"
    assert ways[0].history(START) == "served 6 d to 24 h ago"
    assert (ways[1].never_served, ways[1].history(START)) == (True, "never seen serving")
    assert ways[1].against() == "it was never seen serving"
    assert ways[2].history(START) == "not seen serving in the last 7 d"


def test_one_that_served_badly_is_not_proposed() -> None:
    """Its last hours count, as samples would."""
    found = with_past(lane(sample(300, OLD, 1000, 310)), older=Served(START - DAY, START - 3600, 90_000, 2700))
    assert (OLDER, FAILING) in ranks(found)
    assert of(ways_back(found, Limits()), OLDER).against() == "errors 3 % of 90 000"  # type: ignore[union-attr]


def test_the_past_of_what_serves_says_nothing_of_now() -> None:
    """It was well until it fell ill, and it is what everybody wants to get away from."""
    found = with_past(lane(), old=Served(START - DAY, START, 90_000, 45))
    assert (OLD, UNKNOWN) in ranks(found)
    assert of(ways_back(found, Limits()), OLD).history(START) == "serves since 24 h ago"  # type: ignore[union-attr]


def test_a_health_address_that_answers_slowly_speaks_against_a_revision() -> None:
    """As one that answers badly does."""
    found = replace(lane(), probes={OLDER: ProbeState(True, "HTTP 200", START, 1.6)})
    assert (OLDER, FAILING) in ranks(found)


@pytest.mark.parametrize(
    ("revision", "why"),
    [
        (OLDER, ""),
        (OLDEST, f"{OLDEST}: it is not the one proposed; proposed is {OLDER}"),
        (OLD, f"{OLD}: errors 31 % of 1 000; proposed is {OLDER}"),
        (NEW, f"{NEW}: it is not the one proposed; proposed is {OLDER}"),
    ],
)
def test_any_but_the_proposed_one_takes_a_reason(revision: str, why: str) -> None:
    """That says what speaks against it, and which one is proposed."""
    found = lane(sample(300, OLD, 1000, 310))
    assert reason_for(found, ways_back(found, Limits()), revision) == why


def test_where_the_abort_leads_takes_none_while_it_may_be_well() -> None:
    """And nothing does while no revision was seen, or where the revision serves everything already."""
    found = lane()
    assert reason_for(found, ways_back(found, Limits()), OLD) == ""
    known_better = with_past(found, oldest=Served(START - 6 * DAY, START - DAY, 90_000, 45))
    assert reason_for(known_better, ways_back(known_better, Limits()), OLD) != ""
    nothing: tuple[Way, ...] = ()
    assert reason_for(found, nothing, OLDEST) == ""
    everything = replace(found, serving=(Share(OLDEST, 100),))
    assert reason_for(everything, ways_back(everything, Limits()), OLDEST) == ""
