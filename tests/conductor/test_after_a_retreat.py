"""After a retreat nothing that is said puts the taken-back revision live, in any scenario, on any board or paper."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.conductor.test_by_the_book import SCENARIOS, UNHURRIED, played
from tests.spoken import spoken
from warroom.board import View
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import plans
from warroom.doctor import service as doctor
from warroom.drill.scenario.model import Scenario
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.lane.guards import refusals
from warroom.incident.state import Incident, Lane
from warroom.report.markdown import markdown
from warroom.rollout import split
from warroom.rollout.traffic import Service
from warroom.status.build import status
from warroom.wording import for_scripts

RETREATS = [one for one in SCENARIOS if one.expected.outcome != "full_traffic"]
PROTOCOL = UNHURRIED.protocol
LIVE = ("--to-latest", "LATEST=100", "to un-pin traffic", "warroom unpin", "Press l")
"""What would follow the latest revision, or says how."""


def gone_back(lane: Lane) -> bool:
    """Whether what serves is not the latest revision, and nothing is on its way: as a retreat leaves it."""
    shares = split.percents(lane.serving, lane.latest_ready) if lane.serving else {}
    newest = lane.latest_created or lane.latest_ready
    climbing = lane.ladder is not None and not lane.ladder.ended
    return bool(shares) and lane.changes > 0 and not climbing and lane.in_flight is None and shares != {newest: 100}


def moments(log: Sequence[Event]) -> Iterator[tuple[float, Incident, Sequence[Event]]]:
    """The incident after each event."""
    for number in range(1, len(log) + 1):
        told = log[:number]
        yield told[-1].at, fold(told), told


def look_of(lane: Lane) -> Service:
    """The look that the lane was folded from, as far as it tells."""
    return Service(
        lane.ref, "e", lane.spec, lane.serving, lane.latest_ready, lane.latest_created or lane.latest_ready, True
    )


@pytest.mark.parametrize("scenario", RETREATS, ids=[one.id for one in RETREATS])
async def test_nothing_puts_it_live_again(scenario: Scenario, tmp_path: Path) -> None:
    """Board, status, projector, key, guard, plan and doctor after every event since, and the report, say the other way.

    They tell how the next ordinary release is deployed and given the traffic; un-pinning is refused until it serves.
    """
    _, lines, log = await played(scenario, tmp_path)
    seen = 0
    for at, incident, told in moments(log):
        for name, lane in incident.lanes.items():
            if not gone_back(lane):
                continue
            seen += 1
            shown = status(incident, PROTOCOL, at, View(service=name))
            said = for_scripts(msgspec.json.encode(shown.board).decode())
            (why, *_) = refusals("un-pin", incident, lane)
            found = doctor.traffic(look_of(lane))
            for text in (said, spoken(said), why.title, why.remedy, found.what, found.remedy):
                assert not [word for word in LIVE if word in for_scripts(text)], told[-1]
            assert f"gcloud run deploy {name} --image=IMAGE --revision-suffix=NAME" in why.remedy
            assert f"--to-revisions={name}-NAME=100" in why.remedy
            assert f"--to-revisions={name}-NAME=100" in found.remedy
            with pytest.raises(Refused, match="is not what serves"):
                plans.un_pin(lane, look_of(lane))
    assert seen > 3
    left = [lane for lane in fold(log).lanes.values() if gone_back(lane)]
    assert left
    report = markdown(log, PROTOCOL, log[-1].at)
    for lane in left:
        assert f"Ordinary deploys of {lane.ref.name} get 0 %" in report
        assert f"Un-pin traffic of {lane.ref.name}" not in report
    if len(left) == len(fold(log).lanes):
        assert not [line for line in (*lines, report) if "--to-latest" in line]


def test_the_protocol_s_closing_steps_wait_for_the_next_release() -> None:
    """The step says when, and taking the tag away waits for nothing that a retreat forbids."""
    assert "when the next release does" in PROTOCOL.step("un-pin").text
    assert "un-pin" not in PROTOCOL.step("remove-tag").needs
