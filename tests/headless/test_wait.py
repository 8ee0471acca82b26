"""Reading on through an outage of Cloud Run, over the wire: as long as --wait says, and what is said at its end."""

import asyncio
from pathlib import Path

import pytest

from tests.headless.outage import NAME, STABLE, outage
from tests.patience import PATIENCE_SECONDS
from warroom.actions.answer import Code
from warroom.drill.scenario.faults import Fault

CODES = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED")
COMMANDS = ("deploy", "advance", "abort", "rollback", "direct", "all")
STAGING = f"{NAME} in staging"
WHEN = ("before", "after", "lost")
"""Reads fail from the start on, or once the change was taken, or the answer to that is lost with them."""


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("command", COMMANDS)
async def test_an_outage_that_ends_is_waited_for(tmp_path: Path, command: str, when: str) -> None:
    """With each of the three codes: done, said with what is served, and with word of it meanwhile."""
    async with outage(tmp_path / "journal.db") as cloud:
        for code in CODES:
            if command != "deploy":
                await cloud.climbed()
            cloud.fail(code, lasts=20, when=when)
            ended = await cloud.run(command)
            assert ended.code == Code.DONE, ended
            assert 20 <= ended.seconds < 40
            assert ended.progress, ended.said
            assert STABLE in " ".join(ended.lines)
            if command in ("deploy", "advance", "direct"):
                assert (await cloud.run("abort")).code == Code.DONE
            cloud.clock.advance(60)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("command", COMMANDS)
async def test_one_that_does_not_end_ends_the_command_after_the_wait(tmp_path: Path, command: str, when: str) -> None:
    """Not later; it says what is served and how old that look is, or that it could not be read."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command != "deploy":
            await cloud.climbed()
        cloud.fail("UNAVAILABLE", lasts=0, when=when)
        ended = await cloud.run(command, wait=30)
        assert ended.code == (Code.UNKNOWN if when != "before" and command != "all" else Code.CLOUD), ended
        assert 30 <= ended.seconds < 40
        assert len(ended.progress) >= 3, ended.said
        told = " ".join(ended.lines)
        if when == "before" and command in ("deploy", "direct"):  # no journal knows of a look
            assert f"What {NAME} serves could not be read." in told
        else:
            assert f"What {NAME} serves could not be read; " in told and " s ago it served: " in told, told
            assert ended.data.get("read_seconds_ago", 30) >= 30


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("command", COMMANDS)
async def test_what_waiting_does_not_mend_is_not_waited_for(tmp_path: Path, command: str, when: str) -> None:
    """Who may not read is told at once, and what is known of the traffic all the same."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command != "deploy":
            await cloud.climbed()
        cloud.fail("PERMISSION_DENIED", lasts=0, when=when)
        ended = await cloud.run(command)
        assert ended.code != Code.DONE
        assert ended.seconds < 3
        told = " ".join(ended.lines)
        assert f"What {NAME} serves could not be read" in told, told


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("command", "when"), [("stage", "before"), ("stage", "after"), ("smoke", "before")])
async def test_staging_is_waited_for_too(tmp_path: Path, command: str, when: str, code: str) -> None:
    """Its look, and the end of its deployment: done when the outage is over; the wait's end, and a denial, are told."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command == "smoke":
            assert (await cloud.run("stage")).code == Code.DONE
        cloud.fail(code, lasts=20, when=when)
        ended = await cloud.run(command)
        assert ended.code == Code.DONE, ended
        assert 20 <= ended.seconds < 40
        assert len(ended.progress) >= 2, ended.said
        for status, least, most in ((code, 30, 40), ("PERMISSION_DENIED", 0, 3)):
            cloud.clock.advance(60)
            cloud.fail(status, lasts=0, when=when)
            ended = await cloud.run(command, wait=30)
            assert ended.code == (Code.UNKNOWN if when == "after" else Code.CLOUD), ended
            assert least <= ended.seconds < most
            assert f"What {STAGING} serves could not be read" in " ".join(ended.lines), ended
            cloud.mend()


@pytest.mark.parametrize("command", [*COMMANDS, "stage"])
async def test_a_change_that_goes_on_is_left_after_the_wait(tmp_path: Path, command: str) -> None:
    """Cloud Run took it and takes ten minutes: said meanwhile, and at the end with what is served."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command not in ("deploy", "stage"):
            await cloud.climbed()
        cloud.emulator.control.begin(Fault("slow-operation", seconds=600, times=1))
        ended = await cloud.run(command, wait=30)
        told = " ".join(ended.lines)
        assert ended.code == (Code.CLOUD if command == "all" else Code.UNKNOWN), ended
        assert 25 <= ended.seconds < 35
        assert "Cloud Run took it and is still at work" in told and "serves, read just now: " in told, told
        assert len([words for words in ended.said if "Routes" in words or "for " in words]) >= 3, ended.said
        if command in ("abort", "rollback", "direct"):
            assert ended.lines[-1].startswith("Run it again at once"), ended.lines
            assert (await cloud.run(command)).code == Code.DONE
        elif command == "advance":
            cloud.clock.advance(600)
            assert (await cloud.run("abort")).code == Code.DONE


@pytest.mark.parametrize("command", ["abort", "rollback", "direct", "all", "advance", "stage"])
async def test_who_leaves_is_told_what_is_served(tmp_path: Path, command: str) -> None:
    """A signal while it is under way: outcome unknown, what is served; of a retreat that it may be sent again."""
    async with outage(tmp_path / "journal.db") as cloud:
        if command != "stage":
            await cloud.climbed()
        cloud.emulator.control.begin(Fault("slow-operation", seconds=600, times=1))
        cloud.said.clear()
        running = asyncio.ensure_future(cloud.run(command, wait=3600))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(  # noqa: ASYNC110
                "Routes" in words or "at work" in words for words in cloud.said
            ):
                await asyncio.sleep(0)
        running.cancel()
        ended = await running
        told = " ".join(ended.lines)
        assert ended.code == Code.UNKNOWN, ended
        assert "serves, read just now: " in told, told
        assert ("Run it again at once" in told) == (command not in ("advance", "stage"))


async def test_one_that_could_not_look_says_that_nothing_was_sent(tmp_path: Path) -> None:
    """Whatever it was to be; what the journal knows of the traffic stands before it."""
    async with outage(tmp_path / "journal.db") as cloud:
        await cloud.climbed()
        cloud.fail("UNAVAILABLE", lasts=0, when="before")
        for command in (*COMMANDS, "stage"):
            ended = await cloud.run(command, wait=10)
            assert ended.lines[-1].startswith("Nothing was sent. "), ended
        assert "could not be read" in " ".join(ended.lines)
