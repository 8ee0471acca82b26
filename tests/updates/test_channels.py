"""What exactly goes where."""

import pytest
from msgspec.structs import replace

from tests.incident.story import OLD, Story, applied, climbing, declared, intended, serving
from warroom.incident import events
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.rollout.evidence import Grade
from warroom.updates import channels, headline
from warroom.updates.truth import Untrue

CONFIG = load(config_directory())
HERE: dict[str, str] = {}


def opened(story: Story | None = None) -> Story:
    """A story whose channel is open, with a headline in it."""
    return (story or Story()).at(
        90,
        events.SendIntended("s1", "slack", "open-channel"),
        events.SendDone("s1", "C1"),
        events.SendIntended("s2", "slack", "headline"),
        events.SendDone("s2", "M1"),
    )


def test_everything_that_can_be_is_proposed() -> None:
    """Slack inside and outside and the page; by hand only where nothing else is left."""
    found = channels.channels(opened().incident, CONFIG, HERE)
    assert [(one.id, one.off, one.proposed) for one in found] == [
        ("slack", "", True),
        ("stakeholders", "", True),
        ("statuspage", "", True),
        ("by-hand", "", False),
    ]
    missing = {"slack": "SLACK_BOT_TOKEN is not set", "statuspage": "no token"}
    only = channels.channels(opened().incident, CONFIG, missing)
    assert [one.id for one in channels.chosen(only)] == ["by-hand"]
    with pytest.raises(Untrue, match="Slack #incident-0001 can't be used: SLACK_BOT_TOKEN is not set"):
        channels.chosen(only, ["slack"])


def test_before_the_team_is_alerted_there_is_no_channel() -> None:
    """The others can be told all the same."""
    found = channels.channels(Story().incident, CONFIG, HERE)
    assert "not open yet" in found[0].off
    assert [one.id for one in channels.chosen(found)] == ["stakeholders", "statuspage"]


def test_a_security_incident_goes_outside_by_choice_only() -> None:
    """Proposed is the private channel; the page's incident names nothing."""
    secret = opened(Story(declared(private=True))).incident
    found = channels.channels(secret, CONFIG, HERE)
    assert [one.id for one in channels.chosen(found)] == ["slack"]
    (public,) = channels.messages(
        secret, CONFIG, "we look into it", channels.chosen(found, ["statuspage"]), notify=False
    )
    assert public.name == "Security incident"


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        ("assessment", "investigating"),
        ("preparation", "identified"),
        ("testing", "identified"),
        ("deployment", "identified"),
    ],
)
def test_the_page_follows_the_phase(phase: str, status: str) -> None:
    """Investigating until it is assessed, then identified, until something was done for users."""
    assert channels.status(Story().at(90, events.PhaseStarted(phase)).incident, CONFIG) == status


def test_the_page_says_monitoring_once_traffic_moved() -> None:
    """After all of it moved, and not while what serves then is measured to fail."""
    story = climbing(25)
    assert channels.status(story.incident, CONFIG) == "investigating"
    story.at(400, intended("c9", "abort"), applied("c9"))
    assert channels.status(story.incident, CONFIG) == "monitoring"
    story.at(600, serving(Grade.FAIL, 600, OLD))
    assert channels.status(story.incident, CONFIG) == "investigating"
    story.at(610, events.PhaseStarted("deployment"))
    assert channels.status(story.incident, CONFIG) == "identified"


def test_components_follow_severity_until_it_is_resolved() -> None:
    """Only services that the page shows."""
    story = Story(declared("P1"))
    assert channels.components(story.incident, CONFIG) == {"payments-api": "partial_outage"}
    story.at(900, events.Mitigated("roll-back"), events.Resolved())
    assert channels.components(story.incident, CONFIG) == {"payments-api": "operational"}
    assert channels.status(story.incident, CONFIG) == "resolved"


def test_a_drill_notifies_nobody() -> None:
    """Not even by choice."""
    drill = Story(declared(drill=True)).incident
    to = channels.chosen(channels.channels(drill, CONFIG, HERE), ["statuspage"])
    (message,) = channels.messages(drill, CONFIG, "hello", to, notify=True)
    assert (message.notify, message.text, message.name) == (False, "DRILL hello", "DRILL checkout answers 500")
    (real,) = channels.messages(Story().incident, CONFIG, "hello", to, notify=True)
    assert real.notify and "subscribers are notified" in channels.shown(real)[1]


def test_too_long_for_a_channel() -> None:
    """Slack would cut it: the sentence says by how much."""
    to = channels.chosen(channels.channels(opened().incident, CONFIG, HERE), ["slack", "statuspage"])
    with pytest.raises(Untrue, match="2 characters too many for Slack #incident-0001"):
        channels.messages(opened().incident, CONFIG, "x" * 4002, to, notify=False)


def test_the_commander_approves_what_goes_outside() -> None:
    """As the operator, or by name; nobody else's name will do, and inside nobody need."""
    story = opened().at(95, events.RoleAssigned("incident-commander", "@ic"))
    inside, *outside, _ = channels.channels(story.incident, CONFIG, HERE)
    assert channels.approval(story.incident, CONFIG.protocol.leader, "@rm", "", [inside]) == ""
    assert channels.approval(story.incident, CONFIG.protocol.leader, "@ic", "", outside) == "@ic"
    assert channels.approval(story.incident, CONFIG.protocol.leader, "@rm", "IC", outside) == "@ic"
    with pytest.raises(Untrue, match="@ic has not approved what goes to Slack #releases and Statuspage"):
        channels.approval(story.incident, CONFIG.protocol.leader, "@rm", "", outside)
    with pytest.raises(Untrue, match="@cfo is not the Incident Commander"):
        channels.approval(story.incident, CONFIG.protocol.leader, "@rm", "@cfo", outside)
    with pytest.raises(Untrue, match="Nobody is Incident Commander"):
        channels.approval(opened().incident, CONFIG.protocol.leader, "@rm", "@ic", outside)


def test_an_update_continues_what_stands_there() -> None:
    """In Slack under the headline; on the page in the incident that was published."""
    story = opened().at(100, events.SendIntended("s3", "statuspage", "publish"), events.SendDone("s3", "SP1"))
    to = channels.chosen(channels.channels(story.incident, CONFIG, HERE))
    inside, them, public = channels.messages(story.incident, CONFIG, "hello", to, notify=False)
    assert (inside.to, inside.thread, them.to, public.incident) == ("C1", "M1", "releases", "SP1")
    assert [channels.shown(one)[0] for one in (inside, them, public)] == [
        "Slack #incident-0001 in the headline's thread, 5 of 4000 characters",
        "Slack #releases, 5 of 4000 characters",
        "Statuspage shoppage1234: updates its incident",
    ]


def test_the_topic_fits() -> None:
    """Slack takes 250 characters."""
    long = Story(replace(declared(), title="x" * 900)).incident
    assert len(headline.topic(long, CONFIG.protocol)) <= 250
