"""What may be done now and what not, with the reason: the one place that key bar, board, scripts and status ask."""

import pytest
from hypothesis import given, settings

from tests.incident.story import PAY, Story, applied, climbing, intended, logs, protocol
from warroom.board import View
from warroom.board.key_rows import keys
from warroom.commands import BY_ID, COMMANDS
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.lane.guards import GUARDS, OUTSIDE, PER_SERVICE, Why, refusals
from warroom.status.build import status

STRANGER = events.DriftSeen(PAY, "changed traffic: x 0 → 5 %", (), (), by="ci@shop", changed_at=1_763_999_800.0)
RETREAT_LOST = (intended("c8", "abort"), events.ChangeUnknown("c8", "Unknown whether it was applied"))

STORIES = {
    "nothing deployed": Story(),
    "climbing": climbing(25),
    "at 100 %": climbing(100),
    "aborted": climbing(25).at(900, intended("c9", "abort"), applied("c9")),
    "under way": climbing(25).at(900, intended("c9", "advance", 50)),
    "unknown advance": climbing(25).at(
        900, intended("c9", "advance", 50), events.ChangeUnknown("c9", "Unknown whether it was applied")
    ),
    "unknown abort": climbing(25).at(900, *RETREAT_LOST),
    "stranger": climbing(25).at(900, STRANGER),
    "resolved": climbing(100).at(900, events.Mitigated("full-traffic"), events.Resolved()),
}

TABLE = [
    ("nothing deployed", "advance", "Nothing is deployed to advance"),
    ("nothing deployed", "hold", "No ladder is under way"),
    ("nothing deployed", "abort", "There is no ladder on payments-api to abort"),
    ("nothing deployed", "roll-back-all", "Nothing was deployed in this incident that is not back already"),
    ("nothing deployed", "smoke", "Nothing is deployed to staging"),
    ("nothing deployed", "settle", "Nobody else has changed anything"),
    ("nothing deployed", "resolve", "Not mitigated yet"),
    ("nothing deployed", "deploy", ""),
    ("nothing deployed", "roll-back", ""),
    ("nothing deployed", "un-pin", ""),
    ("climbing", "advance", ""),
    ("climbing", "skip", ""),
    ("climbing", "hold", ""),
    ("climbing", "auto-advance", ""),
    ("climbing", "abort", ""),
    ("climbing", "deploy", "payments-api-00042-fix is on the ladder already"),
    ("climbing", "un-pin", "The ladder is still under way"),
    ("at 100 %", "advance", "payments-api-00042-fix takes 100 % already"),
    ("at 100 %", "abort", ""),
    ("at 100 %", "roll-back-all", ""),
    ("aborted", "advance", "The ladder was aborted"),
    ("aborted", "roll-back-all", "Nothing was deployed in this incident that is not back already"),
    ("aborted", "deploy", ""),
    ("under way", "advance", "Still under way: advance by @rm"),
    ("under way", "abort", ""),
    ("unknown advance", "advance", ""),
    ("unknown abort", "advance", "@rm sent abort, and what became of it is not known yet"),
    ("unknown abort", "abort", ""),
    ("stranger", "advance", "ci@shop changed traffic: x 0 → 5 % at 15:56:40Z"),
    ("stranger", "settle", ""),
    ("stranger", "restore", ""),
    ("stranger", "abort", ""),
    ("resolved", "resolve", "Resolved already"),
    ("resolved", "decide", "The incident is over"),
]


@pytest.mark.parametrize(("story", "action", "title"), TABLE)
def test_why(story: str, action: str, title: str) -> None:
    """Each action in each state: the first reason against it, "" where it may be done."""
    incident = STORIES[story].incident
    found = refusals(action, incident, incident.lanes["payments-api"])
    assert (found[0].title if found else "") == title
    assert all(why.remedy for why in found)


def test_from_elsewhere_only_what_stays_here_is_done() -> None:
    """What reaches a cloud, people or other systems is refused with the place as its first reason."""
    incident, place = climbing(25).incident, Why("declared elsewhere", "Go there.")
    for command in COMMANDS:
        found = refusals(command.id, incident, incident.lanes["payments-api"], place)
        assert (place in found) == (command.id in OUTSIDE)


def test_the_tables_name_actions() -> None:
    """Nothing is guarded that is no action; some have no key of their own."""
    assert {*GUARDS, *OUTSIDE, *PER_SERVICE} - {*BY_ID} == {"restore", "smoke", "alert", "decide"}


@settings(max_examples=60, deadline=None)
@given(logs())
def test_the_key_bar_and_the_status_say_the_same(log: list[Event]) -> None:
    """Whatever happened: what is grey on the bar is not allowed in the status, with a reason."""
    incident = fold(log)
    lane = next(iter(incident.lanes.values()))
    bar = {row.label: row.enabled for row in keys(incident, lane, log[-1].at).rows}
    for one in status(incident, protocol(), log[-1].at, View()).actions:
        assert one.allowed == (not one.why)
        if one.service in ("", lane.ref.name) and (label := BY_ID[one.id].label) in bar:
            assert bar[label] == one.allowed
