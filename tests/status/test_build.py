"""The status says what the panes say, as data."""

from tests.board.scenes import begun
from tests.clocks import START
from tests.incident.story import OLD, PAY, Story
from warroom.board import View
from warroom.incident import events
from warroom.protocol.load import load
from warroom.resources import config_directory
from warroom.rollout.evidence import Histogram, Sample
from warroom.rollout.signals import SIGNALS
from warroom.status.build import status

IC = "incident-commander"


def test_standings_are_those_of_the_roster_pane() -> None:
    """Each core role's state and since when, also of one that nobody holds; others only where somebody does."""
    protocol = load(config_directory()).protocol
    story = Story().at(90, events.RoleAssigned(IC, "@primary-ic")).at(100, events.RolePaged(IC, "@primary-ic"))
    told = status(story.incident, protocol, START + 130, View()).incident.standings
    assert (told[IC].state, told[IC].since) == ("paged", START + 100)
    assert (told["qa-lead"].state, told["qa-lead"].since) == ("unassigned", START + 60)
    assert set(told) == {role.id for role in protocol.roles if role.kind == "core"}
    acked = status(story.at(120, events.RoleAcknowledged(IC)).incident, protocol, START + 130, View())
    assert acked.incident.standings[IC].state == "acknowledged"


def test_every_signal_tells_its_newest_numbers() -> None:
    """By its id, of what serves, with the moment that they are of; nothing where nothing was measured."""
    protocol = load(config_directory()).protocol
    timed = Histogram((100, 200, 400), (0, 90, 10, 0))
    story = begun().at(200, events.Sampled(PAY, (Sample(OLD, START + 60, START + 120, 100, 2, timed),)))
    (lane,) = status(story.incident, protocol, START + 210, View()).lanes
    assert set(lane.signals) == {signal.id for signal in SIGNALS}
    errors, latency = lane.signals["errors"], lane.signals["latency"]
    assert (errors.judged, errors.stable, errors.stable_at) == (True, {"error_share": 0.02}, START + 120)
    assert (latency.title, set(latency.stable)) == ("Response time", {"p95_ms"})
    assert (errors.candidate, errors.candidate_at) == ({}, None)
