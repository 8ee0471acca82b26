"""Every scenario by the book, over the wire: conductor, real clients, embedded cloud, and time that jumps."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import OLD, FakeCloudRun, FakeMonitoring, FakeProber
from tests.conductor.jumping import JumpingClock, NowOf, Told
from tests.conductor.rig import CONFIG, SHIPPED
from tests.patience import PATIENCE_SECONDS
from warroom.autopilot import Outcome, play
from warroom.conductor.refusal import Refused
from warroom.drill.scenario.load import list_scenarios
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.emulator import running
from warroom.drill.wire.addresses import Addresses
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.state import Ladder
from warroom.resources import config_directory
from warroom.rollout import split
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.errors import Unreachable
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.probe import HttpProber
from warroom.steps.runner import Simulated
from warroom.wiring.rooms import exercise
from warroom.workspace import Room

SCENARIOS = list_scenarios(config_directory() / "scenarios")
GOOD = next(one for one in SCENARIOS if one.id == "good-hotfix")

# As shipped, but asking the outside less often: half an hour must pass in seconds.
GATE = replace(SHIPPED.protocol.gate, probe_seconds=10.0, refresh_seconds=20.0)
UNHURRIED = replace(SHIPPED, protocol=replace(SHIPPED.protocol, gate=GATE))

ENDS = {"full_traffic": {"complete"}, "aborted": {"aborted"}, "mixed": {"complete", "aborted"}, "rolled_back": set()}


def connecting(addresses: Addresses, clock: JumpingClock) -> Callable[[], Awaitable[Clients]]:
    """The real clients, told to the clock."""

    async def clients() -> Clients:
        google = await connect(Endpoint(addresses.run), Endpoint(addresses.monitoring), clock)
        await google.run.warm()
        return Clients(
            cast(Any, Told(google.run, clock)),
            cast(Any, Told(google.monitoring, clock)),
            cast(Any, Told(HttpProber(clock, timeout_seconds=PATIENCE_SECONDS), clock)),
        )

    return clients


Play = tuple[Outcome, tuple[str, ...], tuple[Event, ...]]
_PLAYS: dict[str, tuple[Scenario, Play]] = {}


async def played(scenario: Scenario, folder: Path) -> Play:
    """Play it; the outcome, the lines that were printed, and what the journal holds afterwards, verified.

    Once for all who look at it in this process: it comes out the same whenever it is played.
    """
    found = _PLAYS.get(scenario.id)
    if found is None or found[0] != scenario:
        found = _PLAYS[scenario.id] = scenario, await _played(scenario, folder)
    return found[1]


async def _played(scenario: Scenario, folder: Path) -> Play:
    clock = JumpingClock()
    path = folder / "journal.db"
    lines: list[str] = []
    async with running(scenario, NowOf(clock)) as addresses, clock.jumping():
        room = Room(
            config=UNHURRIED,
            journal=SqliteStore(path),
            clock=clock,
            actor="@primary-rm",
            connect=connecting(addresses, clock),
            reports=folder,
            exercise=exercise(scenario, UNHURRIED, clock),
            thread=clock.thread,
            runner=(lambda: Simulated(clock, scenario.failing_steps)) if scenario.failing_steps else None,
        )
        outcome = await play(room, scenario.by_the_book, lines.append)
    journal = SqliteStore(path)
    try:
        assert journal.verify() == []
        log = journal.read(journal.incidents()[0])
    finally:
        journal.close()
    return outcome, tuple(lines), tuple(log)


def top(log: Sequence[Event]) -> int:
    """The highest percent that the hotfix was taken to; with several services that of the one that got least far."""
    tops: dict[str, int] = {}
    for event in log:
        if isinstance(event.fact, events.ChangeIntended):
            name = event.fact.service.name
            tops[name] = max(tops.get(name, 0), event.fact.candidate_percent)
    return min(tops.values())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.id for scenario in SCENARIOS])
async def test_it_ends_as_a_good_team_would_end_it(scenario: Scenario, tmp_path: Path) -> None:
    """The outcome, the percent at which it shows and the time are as the scenario expects; all of it is written up."""
    outcome, lines, log = await played(scenario, tmp_path)
    incident = fold(log)
    expected = scenario.expected
    assert outcome.ended.replace(" ", "_") == expected.outcome
    assert top(log) == expected.at_percent
    assert incident.resolved_at is not None
    ended_at = incident.mitigated_at if expected.measured else incident.resolved_at
    assert ended_at is not None
    assert ended_at - incident.declared_at <= expected.within_minutes * 60
    assert bool(incident.mitigated_at) == expected.measured and not incident.mitigated_reason
    assert outcome.report.read_text(encoding="utf-8").startswith("# ")
    assert incident.reported_at is not None
    for plan, lane in zip(scenario.services, incident.lanes.values(), strict=True):
        stable = plan.stable.revision
        if expected.outcome == "rolled_back":
            assert lane.ladder is None, "what is red is not deployed"
            assert [share.revision for share in lane.serving if share.percent] == [plan.previous[0].revision]
            continue
        ladder = cast(Ladder, lane.ladder)
        assert ladder.target == {stable: 100}
        # what recognises a change that nobody saw the end of
        assert split.same(lane.serving, lane.spec, lane.latest_ready)
        if ladder.ended == "aborted":
            # What served before is what burns: the one before it was healthy.
            tried = expected.measured or plan.candidate.sick  # without metrics nobody knows that it did not help
            back = plan.previous[0].revision if tried else stable
            assert [(share.revision, share.percent) for share in lane.serving if share.percent] == [(back, 100)]
        else:
            assert lane.un_pinned_at is not None
    assert {lane.ladder.ended for lane in incident.lanes.values() if lane.ladder} == ENDS[expected.outcome]
    staged = sum(isinstance(event.fact, events.StagingAsked) for event in log)
    with_staging = [lane.ref for lane in incident.lanes.values() if SHIPPED.services.find(lane.ref.name)]
    assert staged == len(with_staging), "staging comes first"
    assert sum(line.startswith("    $ gcloud run ") for line in lines) == incident.changes + staged
    assert not [line for line in lines if line.startswith("refused")]
    assert_earned(log, scenario)


def assert_earned(log: Sequence[Event], scenario: Scenario) -> None:
    """Every advance above the first went out a bake after the one before, on PASS or with what else the book gives."""
    asked = [event for event in log if isinstance(event.fact, events.ChangeIntended) and event.fact.action == "advance"]
    by_service: dict[str, list[Event]] = {}
    for event in asked:
        by_service.setdefault(cast(events.ChangeIntended, event.fact).service.name, []).append(event)
    for earlier, later in (pair for own in by_service.values() for pair in pairwise(own)):
        fact = cast(events.ChangeIntended, later.fact)
        assert later.at - earlier.at > UNHURRIED.protocol.ladder.bake_minutes * 60
        if fact.grade != Grade.PASS:
            assert fact.grade == Grade.WEAK or fact.reason == scenario.by_the_book.reason
            assert fact.reason


class Stage:
    """A room on fakes, playing the good scenario."""

    def __init__(self, folder: Path) -> None:
        self.clock = JumpingClock()
        self.run = FakeCloudRun()
        self.monitoring = FakeMonitoring()
        self.prober = FakeProber(self.clock)
        self.lines: list[str] = []
        self.room = Room(
            config=CONFIG,
            journal=SqliteStore(folder / "journal.db"),
            clock=self.clock,
            actor="@primary-rm",
            connect=self._connect,
            reports=folder,
            exercise=exercise(GOOD, CONFIG, self.clock),
            thread=self.clock.thread,
        )

    async def _connect(self) -> Clients:
        return Clients(self.run, self.monitoring, self.prober)

    async def play(self) -> Outcome:
        """From the declaration to the end."""
        async with self.clock.jumping():
            return await play(self.room, GOOD.by_the_book, self.lines.append)


async def test_a_hotfix_that_does_not_answer_meets_no_user(tmp_path: Path) -> None:
    """The probe fails it at 0 %: aborted before any share of the traffic."""
    stage = Stage(tmp_path)
    stage.prober.bad = {"hotfix-": "HTTP 503 starting"}
    outcome = await stage.play()
    assert (outcome.ended, outcome.why.split(":")[0]) == ("aborted", "FAIL at 0 %")
    assert len(stage.run.sent) == 2
    assert stage.run.closed


async def test_without_evidence_it_goes_back(tmp_path: Path) -> None:
    """Monitoring never answers: after some patience at the first rung it is aborted."""
    stage = Stage(tmp_path)
    stage.monitoring.error = Unreachable("Cloud Monitoring is unreachable", "Wait")
    outcome = await stage.play()
    assert (outcome.ended, outcome.why.split(":")[0]) == ("aborted", "NO DATA at 10 %")
    assert stage.run.percent(OLD) == 100


async def test_a_refused_advance_is_tried_again_and_not_without_end(tmp_path: Path) -> None:
    """As an operator would, every few seconds; when it stays so the play ends with that reason and closes its room."""
    stage = Stage(tmp_path)
    stage.run.on_call = lambda method: stage.run.fails.update(
        {"shift": [Unreachable("Cloud Run is unreachable", "Wait")]}
    )
    with pytest.raises(Refused, match="unreachable"):
        await stage.play()
    tries = [line for line in stage.lines if line.startswith("refused: ")]
    assert 100 < len(tries) < 400
    assert stage.run.closed


async def test_a_loop_that_breaks_ends_the_play(tmp_path: Path) -> None:
    """An error that nobody foresaw comes out instead of a play that waits for ever."""
    stage = Stage(tmp_path)
    stage.monitoring.asked = cast(Any, None)
    with pytest.raises(Refused, match="reading metrics fails in warroom itself"):
        await stage.play()
    assert stage.run.closed
