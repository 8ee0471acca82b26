"""Strangers, lost answers and failing deployments over the wire: real clients, the embedded cloud, its faults."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import FakeMonitoring, FakeProber
from tests.conductor.rig import CONFIG, declaration
from tests.spoken import spoken
from warroom.board import View, board
from warroom.conductor.conductor import Conductor
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.outcomes import ARRIVES_SECONDS
from warroom.conductor.traffic.plans import Consent
from warroom.drill.cloud_run.outsiders import STRANGER
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.emulator import Emulator
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.state import Ladder, Lane
from warroom.incident.timeline import timeline
from warroom.resources import config_directory
from warroom.services.clients import Clients
from warroom.services.errors import Conflict, ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.loading import connect
from warroom.services.ports import CloudRun

GOOD = load_scenario("good-hotfix", config_directory() / "scenarios")
SERVICE = GOOD.services[0]
STABLE, NAME = SERVICE.stable.revision, SERVICE.name
DUD = replace(GOOD, services=(replace(SERVICE, candidate=replace(SERVICE.candidate, fails_to_start=True)),))


@dataclass
class Wire:
    """A conductor whose Cloud Run is the embedded one."""

    emulator: Emulator
    conductor: Conductor
    run: CloudRun
    clock: ManualClock
    journal: SqliteStore

    @property
    def lane(self) -> Lane:
        """The service's."""
        return self.conductor.lane(NAME)

    @property
    def ladder(self) -> Ladder:
        """The ladder, which must have been started."""
        assert self.lane.ladder is not None
        return self.lane.ladder

    async def do(self, action: str, reason: str = "as planned") -> None:
        """Plan and fire."""
        plan = self.conductor.plan(action, NAME, image=SERVICE.hotfix_image)
        await self.conductor.carry_out(plan, Consent(reason=reason))

    async def look(self) -> None:
        """One look, as the loop has it."""
        self.clock.advance(5)
        await self.conductor.look(self.run)

    def befalls(self, kind: str, **changes: object) -> None:
        """Let a fault befall the cloud."""
        self.emulator.control.begin(replace(Fault(kind), **changes))

    def split(self) -> dict[str, int]:
        """What is really served."""
        self.emulator.state.settle(self.clock.now())
        return self.emulator.state.services[SERVICE.ref].split()

    def timeline(self) -> str:
        """Everything that the timeline says."""
        said = [timeline(event) for event in self.journal.read(self.conductor.incident.id)]
        return "\n".join(words for words, _ in filter(None, said))

    def board(self) -> str:
        """Line 2 and the traffic pane's note."""
        shown = board(self.conductor.incident, CONFIG.protocol, self.clock.now(), View())
        return spoken(" ".join([*(part.text for part in shown.sentence.parts), "|", shown.traffic.note.text]))


@pytest.fixture
async def wire(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """A declared incident; the test's parameter is the scenario, else the good one."""
    clock = ManualClock()
    emulator = Emulator(getattr(request, "param", GOOD), clock)
    addresses = await emulator.start()
    google = await connect(Endpoint(addresses.run), Endpoint(addresses.monitoring), clock)
    journal = SqliteStore(tmp_path / "journal.db")
    with ThreadPoolExecutor(1) as thread:
        conductor = Conductor(CONFIG, Recorder(journal, thread, clock, "@rm"))
        wire = Wire(emulator, conductor, google.run, clock, journal)
        await conductor.declare(declaration(clock.now(), SERVICE.ref))
        conductor.attach(Clients(google.run, FakeMonitoring(), FakeProber(clock)))
        await wire.look()
        yield wire
        assert fold(journal.read(conductor.incident.id)) == conductor.incident
        await google.run.close()
        await google.monitoring.close()
        await emulator.stop()
    journal.close()


async def at_10(wire: Wire) -> None:
    """The hotfix takes 10 %."""
    await wire.do("deploy")
    await wire.look()
    await wire.do("advance")
    await wire.look()
    assert wire.split() == {STABLE: 90, wire.ladder.candidate: 10}
    assert wire.lane.drift is None


async def test_a_strangers_traffic_holds_the_ladder_until_it_is_adopted(wire: Wire) -> None:
    """Seen with the next look, by whom and when; refused until answered; then the ladder goes on from there."""
    await at_10(wire)
    wire.befalls("stranger-traffic", revision=wire.ladder.candidate, percent=40, by="ci@shop-prod")
    await wire.look()
    short = wire.ladder.candidate.removeprefix(f"{NAME}-")
    assert f"ci@shop-prod changed traffic: 00041-kol 90 → 60 %, {short} 10 → 40 % at" in wire.board()
    with pytest.raises(Refused, match="resolve the drift first"):
        await wire.do("advance")
    await wire.look()
    await wire.conductor.adopt(NAME)
    assert wire.ladder.percent == 40
    await wire.do("advance")
    assert wire.split() == {STABLE: 50, wire.ladder.candidate: 50}
    assert "going on from what somebody else changed: the candidate takes 40 %" in wire.timeline()


async def test_ours_is_put_back_over_a_strangers_traffic(wire: Wire) -> None:
    """Exactly what we last applied is served again."""
    await at_10(wire)
    wire.befalls("stranger-traffic", revision=wire.ladder.candidate, percent=100)
    await wire.look()
    await wire.do("restore", reason="")
    assert wire.split() == {STABLE: 90, wire.ladder.candidate: 10}
    await wire.look()
    assert (wire.ladder.percent, wire.lane.drift) == (10, None)


async def test_a_strangers_deployment_and_deletion_are_noticed(wire: Wire) -> None:
    """Both by the next look; abort goes over it all."""
    await at_10(wire)
    wire.befalls("stranger-deploy")
    await wire.look()
    assert wire.lane.drift is not None
    (created,) = wire.lane.drift.created
    assert f"{STRANGER} deployed {created.removeprefix(f'{NAME}-')}" in wire.board()
    await wire.look()
    await wire.conductor.adopt(NAME)
    older = next(name for name in wire.lane.ready if name not in (STABLE, created, wire.ladder.candidate))
    wire.befalls("stranger-delete", revision=older)
    await wire.look()
    assert f"deleted {older.removeprefix(f'{NAME}-')}" in wire.timeline()
    await wire.do("abort")
    assert wire.split() == {STABLE: 100}


async def test_a_write_against_a_stale_etag_never_lands(wire: Wire) -> None:
    """Somebody writes between our re-reading and our write: Cloud Run refuses, theirs stays, nothing is sent again."""
    await at_10(wire)
    before = wire.emulator.state.services[SERVICE.ref].spec.generation
    wire.befalls("etag-race")
    with pytest.raises(Conflict, match="was changed since it was read"):
        await wire.do("advance")
    spec = wire.emulator.state.services[SERVICE.ref].spec
    assert (spec.generation, spec.last_modifier) == (before + 1, STRANGER)
    assert wire.split() == {STABLE: 90, wire.ladder.candidate: 10}
    assert wire.ladder.percent == 10
    assert f"traffic is unchanged: {STABLE} 90 %, {wire.ladder.candidate} 10 %" in wire.timeline()


async def test_a_lost_answer_is_found_out_and_not_sent_again(wire: Wire) -> None:
    """The change was applied, its answer lost: line 2 says unknown, the next look applied."""
    await at_10(wire)
    generation = wire.emulator.state.services[SERVICE.ref].spec.generation
    wire.befalls("lost-answer")
    with pytest.raises(ServiceError, match="Unknown whether"):
        await wire.do("advance")
    assert "outcome unknown" in wire.board()
    wire.clock.advance(30)
    await wire.look()
    assert (wire.ladder.percent, wire.lane.in_flight) == (25, None)
    assert wire.emulator.state.services[SERVICE.ref].spec.generation == generation + 1


async def test_an_answer_that_was_never_given_is_closed_as_not_applied(wire: Wire) -> None:
    """Cloud Run was gone before it took the change."""
    await at_10(wire)
    wire.befalls("status", method="UpdateService", status="UNAVAILABLE")
    with pytest.raises(ServiceError, match="Unknown whether"):
        await wire.do("advance")
    wire.clock.advance(ARRIVES_SECONDS)
    await wire.look()
    assert (wire.ladder.percent, wire.lane.in_flight) == (10, None)
    assert "last advance not applied: Cloud Run never took it; traffic is unchanged:" in wire.board()


@pytest.mark.parametrize("wire", [DUD], indirect=True)
async def test_a_revision_that_never_becomes_ready(wire: Wire) -> None:
    """The reason, the link to its logs, the proof that traffic did not move; the next deployment has another name."""
    with pytest.raises(ServiceError) as failed:
        await wire.do("deploy")
    told = str(failed.value)
    assert told.startswith("Revision failed to start. Traffic is unchanged: 00041-kol 100 %. ")
    assert "Logs: https://console.cloud.google.com/logs" in told
    await wire.look()
    assert "Deploy failed: Revision failed to start; traffic is unchanged: 00041-kol 100 %" in wire.board()
    assert "d deploys again, as a new revision." in wire.board()
    assert f"traffic is unchanged: {STABLE} 100 %; logs: https://console.cloud.google.com/logs" in wire.timeline()
    assert "failed to start and listen on port" in wire.timeline()
    assert (wire.lane.ladder, wire.split()) == (None, {STABLE: 100})
    plan = wire.conductor.plan("deploy", NAME, image=SERVICE.stable.image)
    assert plan.revision not in wire.lane.own
    assert not {share.revision for share in plan.split} & {*wire.lane.own}
    await wire.conductor.carry_out(plan, Consent(reason="as planned"))
    await wire.look()
    assert (wire.ladder.candidate, wire.ladder.percent, wire.lane.drift) == (plan.revision, 0, None)
    await wire.do("advance")
    await wire.do("abort")
    assert wire.split() == {STABLE: 100}


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("PERMISSION_DENIED", "You may not run.services.update on service payments-api"),
        ("RESOURCE_EXHAUSTED", "Quota of Cloud Run used up"),
        ("NOT_FOUND", "Cloud Run knows no service payments-api"),
    ],
)
async def test_a_deployment_that_is_refused(wire: Wire, status: str, says: str) -> None:
    """Permission, quota: nothing moved, which is proven by re-reading, and the next one goes."""
    wire.befalls("status", method="UpdateService", status=status)
    with pytest.raises(ServiceError, match=says) as failed:
        await wire.do("deploy")
    assert "Traffic is unchanged: 00041-kol 100 %" in str(failed.value)
    assert says in wire.board()
    wire.clock.advance(1)
    await wire.do("deploy")
    assert wire.ladder.percent == 0


async def test_an_operation_that_fails_of_quota(wire: Wire) -> None:
    """Accepted, then failed: the same proof, and the same way on."""
    wire.befalls("failing-operation", status="RESOURCE_EXHAUSTED")
    with pytest.raises(ServiceError, match=r"Quota of Cloud Run used up\. Traffic is unchanged: 00041-kol 100 %"):
        await wire.do("deploy")
    await wire.look()
    wire.clock.advance(1)
    await wire.do("deploy")
    assert wire.split() == {STABLE: 100}
    assert wire.lane.drift is None
