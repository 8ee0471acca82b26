"""The words of an update: filled from the incident, saying what was done, and nothing that nobody said."""

from tests.incident.story import Story, applied, intended, ladder, protocol
from warroom.incident import events
from warroom.incident.triage.answers import Answered
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.updates.wording import filled

CONFIG = load(config_directory())


def progress(story: Story) -> str:
    """The update of this moment."""
    return filled(story.incident, CONFIG, story.incident.newest_at, "progress-update")[1]


def test_no_time_is_promised_that_nobody_has_said() -> None:
    """What is left of the SLA is no estimate: the line is left out, and with it no empty one."""
    story = Story().at(90, events.PhaseStarted("assessment"))
    for template in ("initial-alert", "progress-update"):
        text = filled(story.incident, CONFIG, story.incident.newest_at, template)[1]
        assert "ETA" not in text and "estimated" not in text
    assert "Issue: checkout answers 500" in filled(story.incident, CONFIG, story.incident.newest_at, "initial-alert")[1]


def test_what_people_answered_is_said() -> None:
    """An ETA with its age, what is being done in this phase, the newest impact; and the line goes when it is over."""
    story = Story().at(90, events.PhaseStarted("assessment"), Answered("eta", "17:00 UTC"))
    story.at(91, Answered("doing", "reading the logs"), Answered("impact", "all cards fail"))
    _, first = filled(story.incident, CONFIG, story.incident.newest_at, "initial-alert")
    assert "Impact: all cards fail" in first and "Status: Phase 1, Assessment: reading the logs" in first
    assert "ETA: 17:00 UTC (as of 16:01:30Z)" in first and "ETA: 17:00 UTC" in progress(story)
    assert "In Progress: Assessment, reading the logs" in progress(story)
    story.at(100, events.PhaseStarted("preparation"), Answered("eta", ""))
    assert "ETA" not in progress(story) and "logs" not in progress(story)


def test_steps_are_told_by_what_they_did() -> None:
    """No question and no order stands as if it were done."""
    ticked = [step.id for phase in protocol().phases for step in phase.steps]
    for number in range(1, len(ticked)):
        story = Story().at(90, *(events.Ticked(step) for step in ticked[:number]))
        (line,) = (one for one in progress(story).splitlines() if "Completed" in one)
        assert "?" not in line and "Decide" not in line and "Ask" not in line, line


def test_a_climbing_hotfix_is_told_by_its_share() -> None:
    """Where it has traffic, and not once it has been taken back."""
    story = Story().at(90, events.PhaseStarted("deployment"), ladder())
    assert "In Progress: Deployment\n" in f"{progress(story)}\n"
    story.at(100, intended("c1", "advance", 10), applied("c1", 10))
    assert "In Progress: Deployment, the hotfix takes 10 % of payments-api" in progress(story)
    story.at(110, intended("c2", "abort"), applied("c2"))
    assert "the hotfix takes" not in progress(story)


def test_nobody_is_sent_to_a_channel_that_is_not_there() -> None:
    """Before the step that opens it, its name is no place to wait for updates; afterwards it is."""
    story = Story()
    _, text = filled(story.incident, CONFIG, story.incident.declared_at, "initial-alert")
    assert text.splitlines()[-1] == "Updates every 15 minutes in the incident's channel, once it is open"
    story.at(100, events.Ticked("alert-team"))
    _, text = filled(story.incident, CONFIG, story.incident.declared_at, "initial-alert")
    assert text.splitlines()[-1] == "Updates every 15 minutes in #incident-0001"
