"""The whole report: what is in it after a good journey, an aborted one, none at all, and a hostile one."""

import re

from hypothesis import given, settings

from tests.clocks import START
from tests.incident.story import (
    HOSTILE,
    NEW,
    OLD,
    PAY,
    Story,
    applied,
    climbing,
    declared,
    intended,
    judged,
    ladder,
    logs,
    protocol,
    sample,
)
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.steps.steps import ReviewSeen, ValueGiven, VersionSeen
from warroom.incident.triage.answers import Answered
from warroom.report.markdown import markdown
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import ServiceRef

SHIPPED = protocol()
NOW = START + 4000


def aborted() -> Story:
    """10 % on PASS, 25 % on WEAK with a reason, FAIL, aborted 20 s later, resolved; stable is the sick one."""
    story = Story(declared(drill=True, impact="cards are refused", issue="SHOP-1", protocol_version="1.0.0"))
    story.at(61, events.RoleAssigned("incident-commander", "@ic"), events.RoleAcknowledged("incident-commander"))
    story.at(62, events.PhaseStarted("assessment")).at(300, events.PhaseStarted("preparation"))
    story.at(1100, events.PhaseStarted("deployment"), events.UpdateSent("hotfix | ready", "#incident"))
    story.at(1110, intended("c1", "deploy", revision=NEW, image="shop/pay@sha256:1"), applied("c1"), ladder())
    story.at(1200, intended("c2", "advance", 10)).at(1206, applied("c2", 10))
    for minute in range(18, 33):
        new = (sample(minute * 60.0, NEW, 50, 0 if minute < 27 else 15),) if minute > 20 else ()
        story.at(minute * 60.0 + 180, events.Sampled(PAY, (sample(minute * 60.0, OLD, 400, 120), *new)))
    story.at(1500, judged(Grade.WEAK, 10, "0 of 200: could be up to 1.9 %"))
    story.at(1510, intended("c3", "advance", 25, grade="WEAK", reason="users suffer")).at(1516, applied("c3", 25))
    story.at(1700, judged(Grade.FAIL, 25, "5xx 30 % of 50"))
    story.at(1720, intended("c4", "abort")).at(1724, applied("c4"), events.Mitigated("roll-back", "it is measured"))
    story.at(1725, events.PhaseStarted("verification"), events.Noted("typo"))
    return story.at(1730, events.Undone(story.last)).at(1990, events.Resolved())


def section(report: str, heading: str) -> str:
    """What stands under the heading that contains `heading`."""
    found = re.search(rf"^#+ [^\n]*{heading}[^\n]*\n(.*?)(?=^#|\Z)", report, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found.group(1)


def test_an_aborted_drill_written_up() -> None:
    """Everything that the journal knows of an abort stands in its place."""
    report = markdown(aborted().log, SHIPPED, NOW)
    assert report.startswith("# DRILL: INC-0001 checkout answers 500\n")
    block = section(report, "Hotfix Release")
    assert "- Issue: SHOP-1: checkout answers 500" in block
    assert "- Impact: cards are refused; payments-api: 1890 of 6600 requests failed (28.6 %)" in block
    assert f"- Fix: image shop/pay@sha256:1 as {NEW}; payments-api was aborted at 25 %" in block
    assert "- Deployed: never at 100 %; 25 % at 2025-11-24T16:25:16Z" in block
    assert "- Verified: 2025-11-24T16:28:44Z, it is measured" in block
    # The hotfix that was ready after 18:20 was none: it was taken back.
    assert "| Detection to fix (fix ready) | under 30:00 | 28:44 | met with 1:16 to spare (28:44 of 30:00) |" in report
    assert "| Total resolution | under 1:00:00 | 33:10 | met with 26:50 to spare (33:10 of 1:00:00) |" in report
    traffic = section(report, "Traffic and verdicts")
    assert "| payments-api | 25 % | advance applied, 6.1 s | on WEAK: users suffer |" in traffic
    assert "| payments-api | 25 % | verdict FAIL | 5xx 30 % of 50 |" in traffic
    assert "```text\nError rate of payments-api\n" in traffic


def test_the_release_block_has_version_change_and_verified_time_or_says_what_is_missing() -> None:
    """Each from the record: a version that was only typed is told so, and what nobody recorded is missing."""
    bare = section(markdown(climbing(10, at=100).log, SHIPPED, NOW), "Hotfix Release")
    assert "- Version: _not recorded_" in bare and "_what was changed is not recorded_" in bare
    assert "- Verified: _not verified_" in bare
    story = climbing(100, at=100).at(110, ValueGiven("version", "1.4.3"))
    assert "- Version: 1.4.3, _as typed, seen in no code_" in markdown(story.log, SHIPPED, NOW)
    story.at(120, VersionSeen("1.4.3", "package.json of hotfix/7"), ReviewSeen(7, "HOTFIX: cards"))
    story.at(130, Answered("changed", "the index is built anew"), Answered("root-cause", "a lost index"))
    story.at(500, events.Mitigated("full-traffic", "5xx 0 of 200"))
    report = markdown(story.log, SHIPPED, NOW)
    assert f"## Hotfix Release 1.4.3, {NEW}" in report
    block = section(report, "Hotfix Release")
    assert "- Version: 1.4.3, in package.json of hotfix/7" in block
    assert "- Fix: the index is built anew; pull request 7, HOTFIX: cards; image img@sha256:1 as " in block
    assert "- Root cause so far: a lost index" in block
    assert "- Verified: 2025-11-24T16:08:20Z, 5xx 0 of 200" in block


def test_the_seven_headings_are_filled_with_what_is_known() -> None:
    """In the protocol's order, each with the facts that belong to it."""
    report = markdown(aborted().log, SHIPPED, NOW)
    headings = re.findall(r"^### (\d)\. (.*)$", report, re.MULTILINE)
    assert [title for _, title in headings] == list(SHIPPED.post_mortem)
    timeline = section(report, "Timeline of events")
    assert "| 2025-11-24T16:25:16Z | @rm | traffic 25 % applied, reconciled in 6.1 s |" in timeline
    assert "| ~~typo~~ (taken back) |" in timeline and "| took back: typo |" in timeline
    assert "judged FAIL: 5xx 30 % of 50" in section(report, "Root cause")
    assert "over the limit of 1 % in 15 of 15 minutes with data" in section(report, "Impact assessment")
    well = section(report, "What went well")
    assert "Aborted after FAIL at 25 %: asked for within 20 s, applied 24 s after it." in well
    assert "SLA, fix ready: met" in well
    better = section(report, "What could be improved")
    assert "Advanced from 10 % to 25 % on weak evidence; reason given: users suffer." in better
    assert "Stakeholders waited longer than 15:00 once, at most 17:20." in better
    assert "Held by nobody: Release Manager" in better
    actions = section(report, "Action items")
    assert "| Permanent fix planned" in actions and "| Ordinary deploys of payments-api get 0 %" in actions
    assert "--to-latest" not in report and "un-pin when it serves well" in actions
    assert "| _nobody yet_ | 2025-11-27T16:33:10Z |" in actions
    assert "boxes were ticked" in section(report, "Process improvements")


def test_the_record_names_protocol_and_journal() -> None:
    """Version and hash of the protocol, number and head hash of the journal: the report can be checked against them."""
    story = Story(declared(protocol_version="1.0.0", protocol_hash="ab12"))
    log = [*story.log, Event("INC-0001", 2, START, "@rm", events.Noted("x"), hash="cafe")]
    record = section(markdown(log, SHIPPED, NOW), "Record")
    assert "version 1.0.0, SHA-256 ab12" in record
    assert "INC-0001, 2 events, head cafe" in record


def test_a_good_journey() -> None:
    """100 % on PASS: no leftover fix to plan, the time at 100 %, and nothing to blame for the climb."""
    story = climbing(10, at=100)
    for number, percent in enumerate((25, 50, 100), start=3):
        story.at(number * 300, judged(Grade.PASS, percent), intended(f"c{number}", "advance", percent, grade="PASS"))
        story.at(number * 300 + 6, applied(f"c{number}", percent))
    story.at(1600, events.Mitigated("full-traffic"), intended("c9", "un-pin"), applied("c9", 100))
    report = markdown(story.at(1700, events.Resolved()).log, SHIPPED, NOW)
    assert report.startswith("# INC-0001 ")
    assert "- Deployed: 2025-11-24T16:25:06Z (100 %)" in report
    assert "All 3 advances of a hotfix with traffic stood on PASS." in section(report, "What went well")
    actions = section(report, "Action items")
    assert "Permanent fix" not in actions and "Un-pin" not in actions


def test_a_journey_against_the_verdict() -> None:
    """Advancing on FAIL and never going back is told, as is a missed SLA, a lost source and a failed change."""
    story = climbing(10, at=100).at(200, judged(Grade.FAIL, 10), events.SourceLost("monitoring", "timed out"))
    story.at(260, events.SourceBack("monitoring"), intended("c3", "advance", 25, grade="FAIL", reason="boss says so"))
    story.at(270, applied("c3", 25), intended("c4", "advance", 50), events.ChangeFailed("c4", "etag is stale"))
    story.at(280, intended("c5", "advance", 50), events.ChangeUnknown("c5", "no answer"))
    better = section(markdown(story.log, SHIPPED, START + 4000), "What could be improved")
    assert "against the verdict (FAIL); reason given: boss says so" in better
    assert "FAIL at 10 % of payments-api was not answered by going back." in better
    assert "SLA, resolved: missed by 6:40 so far." in better
    assert "monitoring could not be read for 1:00." in better
    assert "A change failed (advance): etag is stale." in better
    assert "What became of a change stayed unknown (advance)." in better


def test_right_after_the_declaration() -> None:
    """A report can be written at any time, and says what is not there instead of inventing it."""
    report = markdown(Story(declared("P3")).log, SHIPPED, START + 70)
    assert "## Hotfix Release (none was deployed)" in report
    assert "- Verified: _not verified_" in report
    assert "P3 has no SLA." in report
    assert "No traffic was moved and nothing was judged." in report
    assert "No metrics were recorded." in report
    assert "No update was recorded." in report


def test_personal_data_and_private_incidents_say_so() -> None:
    """The duty to notify is an action with its date, and confidentiality stands at the top."""
    report = markdown(Story(declared(personal_data=True, private=True)).log, SHIPPED, START + 70)
    assert "| Notify the authority of the personal-data breach | _nobody yet_ | 2025-11-27T16:01:00Z |" in report
    assert "| **Confidential** |" in report


def hostile() -> list[Event]:
    """Hostile text in every field that can carry any."""
    place = ServiceRef(HOSTILE, HOSTILE, HOSTILE)
    first = events.Declared(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        (PAY, place),
        START,
        impact=HOSTILE,
        issue=HOSTILE,
        protocol_version=HOSTILE,
        protocol_hash=HOSTILE,
    )
    story = Story(first).at(70, events.RoleAssigned(HOSTILE, HOSTILE), events.Noted(HOSTILE), actor=HOSTILE)
    story.at(80, events.UpdateSent(HOSTILE, HOSTILE), events.Ticked(HOSTILE, HOSTILE), events.PhaseStarted(HOSTILE))
    story.at(90, intended("c1", "deploy", revision=HOSTILE, image=HOSTILE, reason=HOSTILE), applied("c1"))
    story.at(91, ladder(PAY, HOSTILE), events.Sampled(PAY, (sample(60, HOSTILE, 10, 5),)))
    story.at(92, judged(Grade.FAIL, 10, HOSTILE), events.SourceLost(HOSTILE, HOSTILE))
    story.at(93, intended("c2", "advance", 10), events.ChangeFailed("c2", HOSTILE, HOSTILE, HOSTILE))
    return story.at(94, events.Sampled(place, (sample(60, HOSTILE, 10, 5),)), events.Mitigated(HOSTILE)).log


def test_hostile_text_stays_text() -> None:
    """No escape, no HTML, no broken table, no forged heading, no line without end."""
    report = markdown(hostile(), SHIPPED, NOW)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", report)
    assert "<" not in report
    assert re.findall(r"^# .*$", report, re.MULTILINE) == report.splitlines()[:1]
    assert max(len(line) for line in report.splitlines()) < 8000
    assert report.count("```") == 4
    tables = re.findall(r"(?:^\|.*\|$\n?)+", report, re.MULTILINE)
    assert len(tables) == 8
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table[:300]


@settings(max_examples=40, deadline=None)
@given(logs())
def test_any_log_can_be_written_up(log: list[Event]) -> None:
    """Whatever happened, there is a report with its seven headings, and the same one each time."""
    report = markdown(log, SHIPPED, NOW)
    assert len(re.findall(r"^### ", report, re.MULTILINE)) == 7
    assert "<" not in report
    assert report == markdown(iter(log), SHIPPED, NOW)
