"""Whoever reads a command's output may stop or go away: the work is done all the same, and nobody sees a traceback."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.cloud import OLDER, PLACE, asked, emulated, full
from tests.e2e.home import DONE_SECONDS, Home

BACK = ("rollback", "payments-api", *PLACE, "--to", OLDER, "--yes")


@pytest.fixture
def cloud(home: Home) -> Iterator[dict[str, str]]:
    """An emulator, reached by its variables only."""
    with emulated(home) as variables:
        yield variables


def begun(home: Home, output: int, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """A command whose standard output and error are one file descriptor."""
    return subprocess.Popen(
        home.command(*arguments),
        cwd=home.path,
        env=home.environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )


def serves(home: Home, cloud: dict[str, str]) -> bool:
    """Whether traffic is where the rollback puts it."""
    looked = json.loads(home.run(*BACK[:-1], "--json", **cloud).stdout)
    return bool(looked.get("plan", looked)["serving"] == {OLDER: 100})


def test_going_back_does_not_wait_for_a_reader(home: Home, cloud: dict[str, str]) -> None:
    """Nobody reads what it says, from its first word on: traffic goes back, and then it says so."""
    reading, writing = full()
    process = begun(home, writing, *BACK, **cloud)
    os.close(writing)
    deadline = time.monotonic() + DONE_SECONDS
    while not serves(home, cloud):
        assert process.poll() is None, "it ended without having gone back"
        assert time.monotonic() < deadline
    with os.fdopen(reading, "rb") as rest:
        said = rest.read().decode()
    assert process.wait(DONE_SECONDS) == 0
    assert f"all traffic is back on {OLDER} 100 %" in said


def test_going_back_needs_no_reader(home: Home, cloud: dict[str, str]) -> None:
    """Whoever reads is gone before its first word: traffic goes back all the same."""
    reading, writing = os.pipe()
    os.close(reading)
    process = begun(home, writing, *BACK, **cloud)
    os.close(writing)
    process.wait(DONE_SECONDS)
    assert serves(home, cloud)


@pytest.mark.parametrize(
    "arguments", [("incidents", "--all"), ("report", "INC-0001"), ("status", "--json"), ("--help",), ("nosuch",)]
)
@pytest.mark.parametrize("gone", ["pipe", "terminal"])
def test_a_reader_that_is_gone_is_no_fault(home: Home, arguments: tuple[str, ...], gone: str) -> None:
    """`| head` that is through, a terminal that was closed: it ends, not by a signal, and not in Python's own way."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    reading, writing = os.pipe() if gone == "pipe" else os.openpty()
    os.close(reading)
    process = begun(home, writing, *arguments)
    os.close(writing)
    assert process.wait(DONE_SECONDS) in (1, 2, 130)
    assert not (home.path / "state" / "warroom" / "warroom.log").exists()


def test_head_sees_no_complaint(home: Home) -> None:
    """Standard error stays empty when whoever reads standard output has seen enough."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        home.command("report", "INC-0001"),
        env=home.environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert process.communicate(timeout=DONE_SECONDS)[1] == ""


@pytest.mark.parametrize("in_json", [(), ("--json",)])
def test_an_output_that_takes_nothing_says_whether_it_was_done(home: Home, in_json: tuple[str, ...]) -> None:
    """What was written down is not to be tried anew; what was refused keeps its code, and says why all the same."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")

    def told(*arguments: str) -> tuple[int, str]:
        with Path("/dev/full").open("wb", buffering=0) as nowhere:
            process = subprocess.run(
                home.command(*arguments, *in_json),
                cwd=home.path,
                env=home.environment(),
                stdin=subprocess.DEVNULL,
                stdout=nowhere,
                stderr=subprocess.PIPE,
                timeout=DONE_SECONDS,
                check=False,
            )
        return process.returncode, process.stderr.decode()

    code, said = told("note", "written once")
    assert code == 1 and "It was done, but its answer could not be written" in said and "Do not run it again" in said
    assert "written once" in home.run("status", "--json").stdout
    assert "The answer could not be written to standard output" in told("roster")[1]
    code, said = told("assign", "no-such-role", "@ada")
    assert code == 1 and "no role no-such-role" in said
    code, said = told("settle", "adopt", "--service", "nosuch")
    assert code == 2 and "nosuch" in said
