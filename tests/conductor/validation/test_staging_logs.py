"""The error logs of what staging runs are read by themselves; the box follows."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.rig import SHIPPED
from tests.conductor.test_tail import FakeLogs
from tests.conductor.traffic.test_staging import Staged, stage
from warroom.conductor.validation import staging_logs
from warroom.incident import events
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied
from warroom.services.logs import ErrorLog, LogLine


class Errors(FakeLogs):
    """Logging whose error entries a test puts in; `error` is raised while there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[LogLine, ...] = ()
        self.error: Denied | None = None
        self.read: list[tuple[str, tuple[str, ...], float]] = []

    async def errors_since(
        self, ref: ServiceRef, revisions: Sequence[str], start: float, end: float, lines: int = 3
    ) -> ErrorLog:
        """Those that were put in."""
        self.read.append((ref.project, tuple(revisions), start))
        if self.error is not None:
            raise self.error
        return ErrorLog(start, end, len(self.lines), self.lines[:lines])


class Logged(Staged):
    """A rig whose logs are a fake's."""

    logs: Errors


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Logged]:
    """A declared incident with an image in staging."""
    rig = Logged(tmp_path / "journal.db", SHIPPED)
    await rig.connected()
    rig.logs = Errors()
    assert rig.conductor.clients is not None
    rig.conductor.clients = replace(rig.conductor.clients, logs=rig.logs)
    await stage(rig)
    yield rig
    rig.close()


async def test_clean_logs_are_read_once_and_tick_their_box(rig: Logged) -> None:
    """In staging's project, of its revision, since its deployment; ticked once the smoke test's had come."""
    await staging_logs.follow(rig.conductor)
    staged = rig.lane.staging
    assert staged is not None
    assert rig.logs.read == [("shop-staging", (staged.revision,), staged.deployed_at)]
    await rig.conductor.record(events.Ticked("smoke-test", evidence="exit 0"))
    assert "logs-clean" not in rig.conductor.incident.ticks
    rig.clock.advance(60)
    for _ in range(3):
        await staging_logs.follow(rig.conductor)
    assert len(rig.facts(events.StagingLogsRead)) == 2
    assert "no error entries" in rig.conductor.incident.ticks["logs-clean"].evidence


async def test_errors_are_told_with_the_newest(rig: Logged) -> None:
    """Their number and a line; the box that had ticked itself is open again."""
    rig.clock.advance(60)
    await staging_logs.follow(rig.conductor)
    assert "logs-clean" in rig.conductor.incident.ticks
    rig.logs.lines = (LogLine(rig.clock.now(), "r", "ERROR", "cart: no such table"),)
    await staging_logs.follow(rig.conductor)
    told = rig.facts(events.StagingLogsRead)[-1]
    assert (told.count, told.newest[0].text) == (1, "cart: no such table")
    assert "logs-clean" not in rig.conductor.incident.ticks


async def test_what_cannot_be_read_leaves_it_by_hand(rig: Logged) -> None:
    """A refusal is told with its remedy; so is Logging that is switched off. Neither ticks anything."""
    rig.logs.error = Denied("You may not read logs of shop-staging", "Ask for roles/logging.viewer")
    rig.clock.advance(60)
    await staging_logs.follow(rig.conductor)
    assert rig.conductor.clients is not None
    rig.conductor.clients = replace(rig.conductor.clients, logs=None)
    await staging_logs.follow(rig.conductor)
    denied, off = rig.facts(events.StagingLogsRead)
    assert (denied.failed, denied.remedy) == ("You may not read logs of shop-staging", "Ask for roles/logging.viewer")
    assert off.failed == "Cloud Logging is not asked"
    assert "logs-clean" not in rig.conductor.incident.ticks
