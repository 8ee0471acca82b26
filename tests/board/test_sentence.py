"""Lines 1 and 2 in every state."""

import pytest
from msgspec.structs import replace

from tests.board.scenes import (
    OPERATOR,
    aborted,
    aborting,
    at,
    begun,
    better,
    burning,
    complete,
    deployed,
    deploying,
    judged_at,
    opening,
    said,
    shown,
    verdict,
)
from tests.clocks import START
from tests.incident.story import (
    NEW,
    OLD,
    PAY,
    Story,
    applied,
    declared,
    intended,
    judged,
    ladder,
    sample,
    serving,
    split,
)
from tests.spoken import spoken
from warroom.board import View
from warroom.incident import events
from warroom.rollout.evidence import Grade
from warroom.rollout.measured.past import Served
from warroom.rollout.traffic import Share
from widgets.data import Tone
from widgets.line import Ink
from widgets.panes.sentence import sentence_lines

HELD = events.LadderHeld(PAY, "waiting for support")
REPORTED = events.Reported("INC-0001.md")
LOST = events.SourceLost("cloud-run", "Cloud Run is unreachable", "Check the line.")


STATES: list[tuple[str, Story, float, View, str]] = [
    ("not connected", begun(), 70, View(connected=False), "Connecting to Cloud Run and Monitoring …"),
    ("no ladder", begun(), 70, OPERATOR, "No hotfix on the ladder. Press d to deploy it at 0 %, r to roll back."),
    ("deploying", deploying(), 106, OPERATOR, "Deploying the hotfix at 0 % for 0:06."),
    (
        "deploying, in Cloud Run's words", deploying(), 106, View(progress={PAY.name: "Creating revision"}),
        "Deploying the hotfix at 0 % for 0:06: Creating revision.",
    ),
    ("at 0 %", deployed(), 120, OPERATOR, "Hotfix is deployed and takes no traffic. Press a for 10 %."),
    (
        "at 0 % and failing", deployed().at(120, judged(Grade.FAIL, 0, "probe fails: HTTP 503")), 125, OPERATOR,
        "Hotfix is deployed at 0 % and FAILS: probe fails: HTTP 503. x then y ends it.",
    ),
    (
        "advancing", deployed().at(194, intended("c2", "advance", 10)), 197, OPERATOR,
        "Taking the hotfix to 10 % for 0:03.",
    ),
    ("baking, not judged", at(10), 260, OPERATOR, "Hotfix takes 10 %, no verdict yet. Next rung 25 % in 4:00."),
    (
        "baking, the verdict later", opening(470), 410, OPERATOR,
        "Hotfix takes 25 %, no data: first closed minute soon. Next rung 50 % in 1:30.",
    ),
    (
        "baking, the verdict after the bake", opening(530), 410, OPERATOR,
        "Hotfix takes 25 %, no data: first closed minute soon. Next rung 50 % with its first verdict, in 2:00.",
    ),
    (
        "baked, the verdict not there yet", opening(530), 505, OPERATOR,
        "Hotfix takes 25 %, no data: first closed minute soon. Next rung 50 % with its first verdict, in 0:25.",
    ),
    (
        "baked, and no verdict when it was due", opening(530), 531, OPERATOR,
        "Hotfix takes 25 %, no data: first closed minute soon. Going to 50 % asks a reason.",
    ),
    ("baking", judged_at(25, Grade.PASS), 410, OPERATOR, "Hotfix takes 25 %, healthy so far. Next rung 50 % in 1:30."),
    ("baked on PASS", judged_at(25, Grade.PASS), 500, OPERATOR, "Hotfix takes 25 %, healthy so far. Press a for 50 %."),
    (
        "baked on WEAK", judged_at(25, Grade.WEAK), 501, OPERATOR,
        "Hotfix takes 25 %, WEAK: too little traffic to tell. Going to 50 % asks one more confirmation.",
    ),
    (
        "baked on NO DATA", judged_at(25, Grade.NO_DATA), 501, OPERATOR,
        "Hotfix takes 25 %, no data: no requests. Going to 50 % asks a reason.",
    ),
    (
        "FAIL", judged_at(25, Grade.FAIL), 410, OPERATOR,
        "Hotfix takes 25 %, FAIL: errors 6 %, limit 1 %. Press x then y to go back.",
    ),
    (
        "held", judged_at(25, Grade.PASS).at(440, HELD), 600, OPERATOR,
        "Hotfix takes 25 %, healthy so far. Held 2:40; h goes on.",
    ),
    (
        "auto", judged_at(25, Grade.PASS).at(401, events.AutoAdvanceSet(PAY, True)), 410, OPERATOR,
        "Hotfix takes 25 %, healthy so far. Next rung 50 % by itself in 1:30.",
    ),
    (
        "auto without PASS", judged_at(25, Grade.WEAK).at(401, events.AutoAdvanceSet(PAY, True)), 410, OPERATOR,
        "Hotfix takes 25 %, WEAK: too little traffic to tell. Next rung 50 % in 1:30.",
    ),
    (
        "complete", complete(), 410, OPERATOR,
        "Hotfix takes 100 %, healthy so far. Mitigated: full traffic, measured. Verify, then s resolves.",
    ),
    (
        "complete and failing", judged_at(100, Grade.FAIL), 410, OPERATOR,
        "Hotfix takes 100 %, FAIL: errors 6 %, limit 1 %. Press x then y to go back.",
    ),
    ("aborting", aborting(), 496, OPERATOR, "Aborting: traffic goes back for 0:02."),
    (
        "unknown", aborting().at(510, events.ChangeUnknown("c3", "timed out")), 520, OPERATOR,
        "Aborting: traffic goes back for 0:26: outcome unknown, re-reading. x y again works at once.",
    ),
    (
        "aborted", aborted(), 510, OPERATOR,
        "Aborted: traffic is back on 00041-kol. Not measured to be better yet: payments-api is not measured since.",
    ),
    (
        "aborted, and it helped", better(), 850, OPERATOR,
        "Aborted: traffic is back on 00041-kol. Mitigated: roll back, measured. Verify, then s resolves.",
    ),
    (
        "aborted, and it did not help", burning(), 850, OPERATOR,
        "Aborted: traffic is back on 00041-kol. NOT mitigated: 00041-kol fails: errors 31 %, limit 1 %. "
        "No better revision known: d for a fix, or a flag.",
    ),
    (
        "said by hand", burning().at(805, events.Mitigated("by-hand", reason="the shop says so")), 850, OPERATOR,
        "Aborted: traffic is back on 00041-kol. Mitigated: by hand, not measured: the shop says so. "
        "But 00041-kol fails: errors 31 %, limit 1 %.",
    ),
    (
        "hurt again", better().at(840, serving(Grade.FAIL, 840), events.MitigationLost("it fails")), 850, OPERATOR,
        "Aborted: traffic is back on 00041-kol. No longer mitigated: 00041-kol fails: errors 31 %, "
        "limit 1 %. No better revision known: d for a fix, or a flag.",
    ),
    (
        "rolled back", at(25).at(300, intended("c3", "roll-back"), applied("c3")), 310, OPERATOR,
        "Rolled back: traffic is back on 00041-kol. Not measured to be better yet: payments-api is not measured since.",
    ),
    (
        "resolved", complete().at(700, events.Resolved("verified")), 800, OPERATOR,
        "Resolved 11:40 after detection. Press l to un-pin traffic. Press w for the report.",
    ),
    (
        "resolved after an abort", better().at(960, events.Resolved("verified"), REPORTED), 1000, OPERATOR,
        "Resolved 16:00 after detection. Traffic stays pinned: un-pin when the next release serves.",
    ),
    (
        "resolved while nothing shows it", aborted().at(700, events.Resolved("verified"), REPORTED), 800, OPERATOR,
        "Resolved 11:40 after detection. Not measured to be better. Traffic stays pinned: un-pin when the next release "
        "serves.",
    ),
    (
        "resolved while it burns", burning().at(960, events.Resolved("verified"), REPORTED), 1000, OPERATOR,
        "Resolved 16:00 after detection, but payments-api-00041-kol fails: errors 31 %, limit 1 %. "
        "No better revision known: d for a fix, or a flag.",
    ),
    (
        "the journal refuses", judged_at(25, Grade.PASS), 410, View(trouble="The journal's disk is full", unwritten=3),
        "JOURNAL: The journal's disk is full; 3 events are not written. Retreat works; nothing goes forward.",
    ),
    (
        "the journal can't be read", judged_at(25, Grade.PASS), 410, View(trouble="The journal is locked"),
        "JOURNAL: The journal is locked; nothing new can be read. Retreat works; nothing goes forward.",
    ),
    (
        "cloud-run lost", judged_at(25, Grade.PASS).at(420, LOST), 485, OPERATOR,
        "CLOUD RUN: Cloud Run is unreachable, since 1:05. Check the line. Reads go on; writes may fail.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "after", "view", "words"), [one[1:] for one in STATES], ids=[one[0] for one in STATES]
)
def test_line_two_says_what_is_happening_and_what_is_next(story: Story, after: float, view: View, words: str) -> None:
    """One sentence for each state; what an alarm says stands alone."""
    line = shown(story, after, view).sentence
    if line.alarm:
        assert (spoken(line.alarm), line.parts) == (words, ())
    else:
        assert said(story, after, view).startswith(words + " IC @primary-ic")


def test_eighty_columns_show_what_helps_while_users_are_hurt() -> None:
    """What is measured and every way out stand in the two rows of a small terminal, where the end was cut off."""
    for story in (burning(), better().at(840, serving(Grade.FAIL, 840), events.MitigationLost("it fails"))):
        rows = sentence_lines(shown(story, 850).sentence, 80, 2, Ink({}, word=spoken))
        words = "".join(text for line in rows for text, _ in line)
        assert "or a flag." in words


def test_trouble_with_the_journal_comes_before_all_else() -> None:
    """What is not being written down matters more than what can't be read."""
    story = judged_at(25, Grade.PASS).at(420, LOST)
    assert said(story, 430, View(trouble="full", unwritten=1)).startswith("JOURNAL")


def test_who_leads_and_what_is_due() -> None:
    """Until the resolution the next update counts down, then it says by how much it is late; nobody leading is said."""
    led = begun().at(70, events.RoleAcknowledged("incident-commander"))
    assert said(led, 300).endswith("IC @primary-ic. Next update due in 11:00.")
    assert said(begun(), 1000).endswith("Update overdue by 0:40 (COM).")
    assert "No Incident Commander." in said(Story(), 70)
    assert said(complete().at(700, events.Resolved()), 5000).endswith("IC @primary-ic.")


def test_the_tone_goes_with_the_verdict() -> None:
    """Good news is calm, the rest wants attention in its order."""
    tones = {grade: [part.tone for part in shown(judged_at(25, grade), 505).sentence.parts][1:3] for grade in Grade}
    assert tones[Grade.PASS] == [Tone.PLAIN, Tone.ACCENT]
    assert tones[Grade.WEAK] == tones[Grade.NO_DATA] == [Tone.WATCH, Tone.WATCH]
    assert tones[Grade.FAIL] == [Tone.BAD, Tone.BAD]


def test_a_verdict_of_another_step_is_not_told_of_this_one() -> None:
    """Right after an advance there is none, whatever the rung before said."""
    story = judged_at(10, Grade.PASS).at(510, intended("c3", "advance", 25)).at(516, applied("c3", 25))
    assert "Hotfix takes 25 %, no verdict yet." in said(story, 520)
    story.at(521, judged(Grade.PASS, 10))
    assert "no verdict yet" in said(story, 522)


def test_a_new_ladder_after_an_abort_starts_anew() -> None:
    """The second hotfix has its own sentence."""
    story = aborted().at(600, intended("c4", "deploy", revision=NEW + "2"), applied("c4"), ladder(candidate=NEW + "2"))
    assert said(story, 610).startswith("Hotfix is deployed and takes no traffic.")


def test_line_one_says_where_we_are() -> None:
    """Drill or production, severity, incident, title, service, region, project; from the incident, not a theme."""
    header = shown(begun(), 70).header
    assert (header.drill, header.severity, header.incident) == (False, "P0", "INC-0001")
    assert header.place == "payments-api · europe-west1 · shop-prod"
    drill = shown(Story(replace(declared("P1"), drill=True)), 70).header
    assert (drill.drill, drill.severity) == (True, "P1")


@pytest.mark.parametrize(
    ("place", "clock"),
    [
        ("production", "CLOCK: it went back, the newest event is 5:00 ahead: check NTP; times may be off by that."),
        (
            "emulator",
            "CLOCK: the newest event is 5:00 ahead of this terminal's clock: export its cloud's WARROOM_CLOCK.",
        ),
    ],
)
def test_looking_only_says_what_is_wrong_with_the_clock_too(place: str, clock: str) -> None:
    """Behind the reason for looking only, and before how it stands; nothing of it where the clock is right."""
    across = View(elsewhere="declared over there, this leads elsewhere.")
    ahead = Story(replace(declared(), place=place)).at(400, events.Noted("five minutes ahead"))
    line = shown(ahead, 100, across).sentence
    assert line.alarm == f"LOOKING ONLY: {across.elsewhere} {clock}" and line.parts
    assert shown(ahead, 401, across).sentence.alarm == f"LOOKING ONLY: {across.elsewhere}"
    both = shown(ahead, 100, replace(across, trouble="disk full")).sentence.alarm
    assert both == f"LOOKING ONLY: {across.elsewhere} JOURNAL: disk full. {clock}"


def test_a_broken_stable_is_no_way_back_without_another() -> None:
    """Line 2 names the revision from before what fails, and what is known of it, or says that none is known."""
    older = "payments-api-00040-wex"
    broken = at(25).at(400, verdict(25, Grade.FAIL, stable_fails=True))
    assert "Press x then y to go back. Stable fails too: no revision is known to help." in said(broken, 410)
    look = events.Observed(PAY, split(25), split(25), NEW, ready={NEW: True, OLD: True, older: True})
    known = at(25).at(300, look).at(400, verdict(25, Grade.FAIL, stable_fails=True))
    assert "Stable fails too: r to 00040-wex, from before 00041-kol, not measured." in said(known, 410)
    measured = known.at(401, events.Sampled(PAY, (sample(350, older, 2000, 0),)))
    assert "Stable fails too: r to 00040-wex, measured healthy, errors 0 % of 2 000 1:00 ago." in said(measured, 410)


def test_after_a_retreat_that_did_not_help_the_better_revision_is_named() -> None:
    """Not only the key: which one, and what speaks for it; so also when it was resolved all the same."""
    older = "payments-api-00040-wex"
    look = events.Observed(PAY, split(0), split(0), NEW, ready={NEW: True, OLD: True, older: True})
    past = events.PastRead(PAY, START - 7 * 86400, START, {older: Served(START - 350_000, START - 93_600, 90_000, 45)})
    way = "r to 00040-wex, it served until 26 h ago, errors 0.05 % of 90 000 in its last hours"
    story = aborted().at(600, look, past).at(800, serving(Grade.FAIL, 800))
    assert f"fails: errors 31 %, limit 1 %. {way}; or d for another fix, or a flag." in said(story, 850)
    story.at(900, events.Resolved("verified"), REPORTED)
    assert f"{way}; or d for another fix" in said(story, 950)


def test_where_traffic_is_goes_by_what_is_seen() -> None:
    """Rolled back to another revision, and a hotfix that got traffic again after the abort, are no "back on stable"."""
    older = "payments-api-00040-wex"
    elsewhere = events.Observed(PAY, (Share(older, 100),), (Share(older, 100),), NEW)
    assert said(aborted().at(600, elsewhere), 610).startswith("Traffic is on 00040-wex.")
    again = events.Observed(PAY, split(50), split(50), NEW)
    assert said(aborted().at(600, again), 610).startswith("Traffic is on 00041-kol 50 %, 00042-fix 50 %.")
