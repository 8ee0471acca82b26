"""Nothing goes out that is not filled in, and nothing that is not true."""

import pytest
from msgspec.structs import replace

from tests.incident.story import NEW, PAY, Story, climbing, declared, judged, protocol, sample
from warroom.incident import events
from warroom.incident.comms.comms import PostMortemSet
from warroom.incident.state import Incident
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.rollout.evidence import Grade
from warroom.updates import truth, wording

CONFIG = load(config_directory())
OPEN = Story().incident
DONE = Story().at(900, events.Mitigated("roll-back"), events.Resolved()).incident
LEAK = Story(declared(personal_data=True)).incident
HEALTHY = climbing(100).at(500, judged(Grade.PASS, 100)).incident


def said(text: str, incident: Incident = OPEN) -> str:
    """What is said against a text; "" for nothing."""
    try:
        truth.check(text, incident, protocol())
    except truth.Untrue as untrue:
        return str(untrue)
    return ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is nothing in it"),
        ("DRILL  ", "There is nothing in it"),
        ("Issue: [BRIEF DESCRIPTION]", "[BRIEF DESCRIPTION] is not filled in"),
        ("ETA: {eta}", "{eta} is not filled in"),
        ("Issue:\nImpact: all", "“Issue:” has nothing behind it"),
        ("✅ ISSUE RESOLVED", "“RESOLVED” is not true: the incident is not resolved"),
        ("This was resolved at noon", "“resolved” is not true"),
        ("Services restored: payments", "“Services restored” is not true: users are not measured to be better"),
        ("- Monitoring: Normal", "“Monitoring: Normal” is not true: not every service is measured and passes"),
    ],
)
def test_refused_with_a_sentence_that_names_it(text: str, words: str) -> None:
    """Placeholders, empty fields and claims: the sentence quotes the words."""
    assert said(text).startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "The incident is not resolved yet",
        "Updates every 15 minutes until it is resolved",
        "Done so far:\n- rollback",
        "See https://status.example/x:",
        "No action is required from users at this time.",
    ],
)
def test_what_is_true_goes_through(text: str) -> None:
    """Negations are no claims, a list may follow a colon, and users whose data is safe need do nothing."""
    assert said(text) == ""


def test_no_action_is_no_word_for_a_breach() -> None:
    """Where personal data or credentials may be out users may have to act."""
    assert "personal data or credentials may be out" in said("No action required.", LEAK)
    assert "may be out" in said("No further action is needed", Story(declared(private=True)).incident)


def test_claims_become_true() -> None:
    """Resolved, restored and normal may be said when the incident shows it."""
    assert said("Resolved. Services restored.", DONE) == ""
    assert said("Monitoring: normal", HEALTHY) == ""
    assert "not true" in said("Monitoring: normal", climbing(100).at(500, judged(Grade.WEAK, 100)).incident)


def test_after_a_rollback_the_newest_samples_speak() -> None:
    """No verdict judges any more: few errors in ten minutes are normal, many are not, none at all say nothing."""
    good = Story().at(400, events.Sampled(PAY, (sample(60, errors=90), sample(1200), sample(1260))))
    bad = Story().at(400, events.Sampled(PAY, (sample(60), sample(1260, NEW, errors=50))))
    assert truth.monitoring_normal(good.incident, protocol())
    assert not truth.monitoring_normal(bad.incident, protocol())
    assert not truth.monitoring_normal(OPEN, protocol())
    assert not truth.monitoring_normal(good.at(1300, events.SourceLost("monitoring", "down")).incident, protocol())


@pytest.mark.parametrize("incident", [OPEN, LEAK, HEALTHY, DONE], ids=["open", "leak", "healthy", "done"])
def test_the_templates_are_true_whenever_they_are_due(incident: Incident) -> None:
    """Bound fields never claim what is not so: what warroom proposes passes its own check."""
    _, text = wording.filled(incident, CONFIG, incident.declared_at + 1000)
    assert said(text, incident) == ""


def test_a_drill_says_so_first() -> None:
    """Whatever the text, and once."""
    drill = Story(replace(declared(), drill=True)).incident
    assert wording.filled(drill, CONFIG, 2e9)[1].startswith("DRILL 🚨")
    assert wording.outgoing(drill, wording.outgoing(drill, "we know")) == "DRILL we know"
    assert wording.outgoing(OPEN, " we know ") == "we know"


def test_the_template_that_is_due() -> None:
    """First the alert, then progress, then the resolution; another one can be asked for."""
    assert wording.due(OPEN) == wording.FIRST
    assert wording.due(Story().at(90, events.UpdateSent("x")).incident) == wording.NEXT
    assert wording.due(DONE) == wording.LAST
    assert wording.filled(OPEN, CONFIG, OPEN.declared_at, wording.NEXT)[0] == wording.NEXT


def test_the_channel_and_the_post_mortem() -> None:
    """The channel's name follows integrations.toml; the post-mortem has its date, or the day it is due."""
    alerted = Story().at(90, events.Ticked("alert-team")).incident
    text = wording.filled(alerted, CONFIG, OPEN.declared_at)[1]
    assert "in #incident-0001" in text
    by = wording.filled(DONE, CONFIG, DONE.declared_at)[1]
    assert "Post-mortem scheduled for a time to be announced, by 20" in by
    dated = Story().at(900, events.Mitigated("roll-back"), events.Resolved(), PostMortemSet(1764150000.0))
    assert "for 2025-11-26T09:40:00Z" in wording.filled(dated.incident, CONFIG, 2e9)[1]
