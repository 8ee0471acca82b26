"""The protocol's templates, line by line."""

import pytest
from msgspec.structs import replace

from tests.conductor.rig import CONFIG
from tests.incident.story import Story, climbing, declared, judged
from warroom.incident import events
from warroom.incident.comms.comms import PostMortemSet
from warroom.rollout.evidence import Grade
from warroom.updates import truth, wording

PROTOCOL = CONFIG.protocol
ALERTED = events.Ticked("alert-team")
FIELDS = {"title": "checkout answers 500", "impact": "cards are refused"}


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        (
            "initial-alert",
            [
                "🚨 EMERGENCY RELEASE IN PROGRESS",
                "Issue: checkout answers 500",
                "Impact: cards are refused",
                "Status: Phase 4, Deployment",
                "Updates every 15 minutes in #incident-0001",
            ],
        ),
        (
            "progress-update",
            [
                "📍 UPDATE ",
                "✅ Completed: team alerted, impact estimated",
                "🔄 In Progress: ",
                "No action is required from users at this time.",
            ],
        ),
        (
            "resolution-notice",
            [
                "✅ ISSUE RESOLVED",
                "The emergency has been resolved.",
                "- Fix deployed at: ",
                "- Services restored: payments-api",
                "- Monitoring: normal",
                "Post-mortem scheduled for 2025-11-26T09:40:00Z",
                "Thank you for your patience.",
            ],
        ),
    ],
)
def test_each_line_of_each_template_is_filled_from_the_incident(template: str, lines: list[str]) -> None:
    """Line by line what the document has in brackets, with this incident's values; and it is fit to be sent."""
    story = climbing(100)
    story.log[0] = Story(replace(declared(), **FIELDS)).log[0]
    story.at(300, events.PhaseStarted("deployment"), events.Ticked("estimate-impact"), ALERTED, judged(Grade.PASS, 100))
    if template == wording.LAST:
        story.at(400, events.Mitigated("full-traffic"), events.Resolved(), PostMortemSet(1764150000.0))
    incident = story.incident
    _, text = wording.filled(incident, CONFIG, incident.declared_at + 600, template)
    said = [line for line in text.splitlines() if line]
    assert [line.startswith(begin) for line, begin in zip(said, lines, strict=True)] == [True] * len(lines), text
    truth.check(text, incident, PROTOCOL)
