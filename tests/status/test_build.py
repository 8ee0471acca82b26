"""The status says what the panes say, as data."""

from tests.clocks import START
from tests.incident.story import Story
from warroom.board import View
from warroom.incident import events
from warroom.protocol.load import load
from warroom.resources import config_directory
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
