"""One service's lane: changes and their outcomes, the ladder's states, samples and verdicts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.story import NEW, OLD, PAY, Story, applied, climbing, intended, judged, ladder, sample, split
from warroom.incident import events
from warroom.incident.lane.fold import SAMPLES_KEPT_SECONDS, merged
from warroom.rollout.evidence import Grade, Sample


def test_a_change_from_intent_to_outcome() -> None:
    """It is in flight from intent on, accepted, unknown, and then the last change with its outcome."""
    story = Story().at(100, intended("c1", "deploy", revision=NEW, gcloud="gcloud run deploy"))
    change = story.lane.in_flight
    assert change is not None
    assert (change.id, change.action, change.intended_at, change.accepted) == ("c1", "deploy", START + 100, False)
    assert (change.gcloud, change.split) == ("gcloud run deploy", split(0))
    change = story.at(101, events.ChangeAccepted("c1", "operations/1")).lane.in_flight
    assert change is not None and change.accepted and change.operation == "operations/1"
    change = story.at(102, events.ChangeUnknown("c1", "timed out")).lane.in_flight
    assert change is not None and change.unknown
    lane = story.at(110, applied("c1")).lane
    assert lane.in_flight is None
    assert lane.last_change is not None
    assert (lane.last_change.outcome, lane.last_change.unknown, lane.last_change.seconds) == ("applied", False, 6.1)
    assert (lane.changes, story.incident.changes) == (1, 1)


def test_a_failed_change_leaves_its_words_and_the_split_as_it_was() -> None:
    """Title, remedy, detail and link of a failure can be shown; nothing counts as applied."""
    story = climbing(10).at(200, intended("c3", "advance", 25))
    lane = story.at(210, events.ChangeFailed("c3", "refused", "try again", "etag", "https://x")).lane
    assert lane.last_change is not None and lane.in_flight is None
    assert (lane.last_change.outcome, lane.last_change.title, lane.last_change.link) == (
        "failed",
        "refused",
        "https://x",
    )
    assert lane.ladder is not None and lane.ladder.percent == 10
    assert lane.serving == split(10)


def test_retreat_goes_before_a_change_under_way() -> None:
    """The older change stands back, and its late outcome does not end the newer one."""
    story = climbing(10).at(200, intended("c3", "advance", 25)).at(201, intended("c4", "abort"))
    newer = story.lane.in_flight
    assert newer is not None and newer.id == "c4"
    assert [change.id for change in story.lane.superseded] == ["c3"]
    lane = story.at(202, events.ChangeFailed("c3", "superseded")).lane
    assert lane.in_flight is not None and lane.in_flight.id == "c4"
    assert lane.superseded == ()
    after = story.at(205, applied("c4")).lane
    assert after.in_flight is None and after.ladder is not None and after.ladder.ended == "aborted"


def test_the_ladder_climbs_from_its_foot_to_its_top() -> None:
    """0 % after the deployment with no clock, then each applied advance begins a step, and 100 % completes it."""
    story = climbing()
    foot = story.lane.ladder
    assert foot is not None
    assert (foot.percent, foot.applied_at, foot.ended, foot.target) == (0, None, "", {OLD: 100})
    for number, percent in enumerate((10, 25, 50, 100), start=2):
        at = 300.0 * number
        story.at(at, intended(f"c{number}", "advance", percent)).at(at + 6, applied(f"c{number}", percent))
        step = story.lane.ladder
        assert step is not None
        assert (step.percent, step.applied_at) == (percent, START + at + 6)
    top = story.lane.ladder
    assert top is not None and top.ended == "complete"
    assert story.incident.first_traffic_at == START + 606
    assert story.incident.full_traffic_at == START + 1506


def test_a_ladder_that_comes_before_its_deployment_waits_for_it() -> None:
    """Its percent is unknown until the revision stands."""
    story = Story().at(100, intended("c1", "deploy", revision=NEW), ladder())
    before, after = story.lane.ladder, story.at(110, applied("c1")).lane.ladder
    assert before is not None and before.percent is None
    assert after is not None and after.percent == 0


@pytest.mark.parametrize(("action", "ended"), [("abort", "aborted"), ("roll-back", "rolled back")])
@pytest.mark.parametrize("percent", [0, 25, 100])
def test_a_retreat_ends_the_ladder(action: str, ended: str, percent: int) -> None:
    """From any rung, also from the top, and the candidate takes what the retreat left it."""
    lane = climbing(percent).at(400, intended("c3", action)).at(404, applied("c3")).lane
    assert lane.ladder is not None
    assert (lane.ladder.ended, lane.ladder.percent) == (ended, 0)


def test_how_a_ladder_ended_first_stays() -> None:
    """Rolling back after an abort does not rename it, and a late advance does not revive it."""
    story = climbing(10).at(400, intended("c3", "abort"), applied("c3"), intended("c4", "roll-back"), applied("c4"))
    story.at(410, intended("c5", "advance", 25), applied("c5", 25))
    assert story.lane.ladder is not None and story.lane.ladder.ended == "aborted"


def test_held_time_adds_up_and_a_step_clears_it() -> None:
    """Hold, resume, hold again: the seconds add up; the next rung begins at nothing."""
    story = climbing(10).at(100, events.LadderHeld(PAY, "alert")).at(130, events.LadderResumed(PAY))
    story.at(200, events.LadderHeld(PAY, "one")).at(210, events.LadderHeld(PAY, "two"))
    held = story.lane.ladder
    assert held is not None
    assert (held.held_seconds, held.held_since, held.held_reason) == (30, START + 200, "two")
    story.at(240, events.LadderResumed(PAY))
    assert story.lane.ladder is not None and story.lane.ladder.held_seconds == 70
    step = story.at(250, events.LadderHeld(PAY)).at(300, intended("c3", "advance", 25), applied("c3", 25)).lane.ladder
    assert step is not None
    assert (step.held_since, step.held_reason, step.held_seconds) == (None, "", 0)


def test_verdicts_take_turns_at_grade_and_percent() -> None:
    """The newest verdict is kept whole; the history has an entry where grade or step changed."""
    story = climbing(10).at(100, judged(Grade.WEAK, 10, "a")).at(110, judged(Grade.WEAK, 10, "b"))
    story.at(120, judged(Grade.PASS, 10)).at(130, judged(Grade.PASS, 25)).at(140, judged(Grade.FAIL, 25))
    assert [turn[1:] for turn in story.lane.verdicts] == [
        (10, Grade.WEAK),
        (10, Grade.PASS),
        (25, Grade.PASS),
        (25, Grade.FAIL),
    ]
    assert story.lane.verdict is not None and story.lane.verdict.grade is Grade.FAIL
    assert story.at(200, ladder()).lane.verdict is None


def test_probes_keep_since_when() -> None:
    """The same answer again does not begin anew."""
    story = (
        Story()
        .at(100, events.ProbeChanged(PAY, NEW, False, "503"))
        .at(150, events.ProbeChanged(PAY, NEW, False, "504"))
    )
    probe = story.lane.probes[NEW]
    assert (probe.since, probe.detail) == (START + 100, "504")
    assert story.at(200, events.ProbeChanged(PAY, NEW, True)).lane.probes[NEW].since == START + 200


def test_a_look_replaces_what_was_seen() -> None:
    """All of what the service shows comes from the newest look."""
    look = events.Observed(PAY, split(10), split(25), NEW, False, "https://pay", "eve@x", {NEW: True})
    lane = Story().at(100, look).lane
    assert (lane.serving, lane.spec, lane.latest_ready, lane.settled) == (split(10), split(25), NEW, False)
    assert (lane.last_modifier, lane.ready, lane.observed_at) == ("eve@x", {NEW: True}, START + 100)


_minutes = st.integers(0, 900).map(lambda minute: minute * 60.0)
_some = st.lists(st.builds(sample, _minutes, st.sampled_from([OLD, NEW]), st.integers(0, 5)), max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.lists(_some, max_size=6))
def test_merging_is_the_same_as_sorting_all(batches: list[list[Sample]]) -> None:
    """In any order of arrival, corrections win, one sample is left per revision and end, and the old ones go."""
    found: tuple[Sample, ...] = ()
    plain: dict[tuple[float, str], Sample] = {}
    for batch in batches:
        found = merged(found, batch)
        plain |= {(one.end, one.revision): one for one in batch}
        newest = max((end for end, _ in plain), default=0.0)
        plain = {key: one for key, one in plain.items() if key[0] >= newest - SAMPLES_KEPT_SECONDS}
    assert found == tuple(plain[key] for key in sorted(plain))


def test_a_rung_may_bake_longer() -> None:
    """The ladder's bake is that of the rung it stands on; an old journal's rungs all bake alike."""
    own = events.LadderStarted(PAY, NEW, "hotfix-1", {OLD: 100}, (10, 25, 100), 300.0, {25: 900.0})
    story = Story().at(90, intended("c1", "deploy", revision=NEW)).at(91, applied("c1"), own)
    climbing_now = story.lane.ladder
    assert climbing_now is not None and climbing_now.bake_seconds == 300.0
    after = story.at(100, intended("c2", "advance", 25), applied("c2")).lane.ladder
    assert after is not None and (after.bake_seconds, after.bake_at(100)) == (900.0, 300.0)
    usual = climbing(25).lane.ladder
    assert usual is not None and usual.bake_seconds == 300.0
