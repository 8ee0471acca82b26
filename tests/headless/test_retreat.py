"""A retreat that Cloud Run took and did not do: nobody is told to deploy, but that it did not happen, and to run it."""

from pathlib import Path

import pytest

from tests.headless.outage import NAME, outage
from warroom.actions.answer import Code
from warroom.drill.scenario.faults import Fault


@pytest.mark.parametrize("status", ["INTERNAL", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"])
@pytest.mark.parametrize("command", ["abort", "rollback", "direct", "all"])
async def test_one_that_failed_is_told_as_that(tmp_path: Path, command: str, status: str) -> None:
    """What is served, that it may be run again at once, and no word of a deployment; run again it is done."""
    async with outage(tmp_path / "journal.db") as cloud:
        await cloud.climbed()
        cloud.emulator.control.begin(Fault("failing-operation", status=status, times=1))
        ended = await cloud.run(command)
        assert ended.code == Code.CLOUD, ended
        told = " ".join(ended.lines)
        assert "again" in ended.lines[-1] and "deploy again" not in told and "Revision failed" not in told
        assert NAME in told and "10 %" in told
        if command != "all":
            assert "did not happen: " in told and ended.lines[-1].startswith("Run it again at once")
        assert (await cloud.run(command)).code == Code.DONE


@pytest.mark.parametrize("command", ["deploy", "advance"])
async def test_what_goes_forward_is_told_by_what_it_was(tmp_path: Path, command: str) -> None:
    """Only a deployment that failed is deployed again; an advance moved traffic, or did not."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command == "advance":
            assert (await cloud.run("deploy")).code == Code.DONE
        cloud.emulator.control.begin(Fault("failing-operation", status="INTERNAL", times=1))
        ended = await cloud.run(command)
        told = " ".join(ended.lines)
        assert ended.code == Code.CLOUD, ended
        assert ("deploy again" in told) == ("Revision failed to start" in told) == (command == "deploy")
        assert ("did not move the traffic" in told) == (command == "advance")
