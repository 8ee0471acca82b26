"""Reading on through an outage of Cloud Run, over the wire: as long as --wait says, and what is said at its end."""

from pathlib import Path

import pytest

from tests.headless.outage import NAME, STABLE, outage
from warroom.headless.answer import Code

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
