"""`warroom emulator` for commands without a board, and their one JSON object."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from click.testing import CliRunner

from tests.e2e.home import Home
from warroom.cli import cli

IMAGE = "europe-west1-docker.pkg.dev/shop-prod/apps/payments-api@sha256:" + "4" * 64
PLACE = ("--project", "shop-prod", "--region", "europe-west1")
STABLE, OLDER = "payments-api-00041-kol", "payments-api-00040-wex"


@contextmanager
def emulated(home: Home) -> Iterator[dict[str, str]]:
    """An emulator that runs five times as fast as time, and the variables that it says to export, its clock too."""
    process = home.popen("emulator", str(home.scenario("quick", operation_seconds="1")), "--speed", "5")
    assert process.stdout is not None
    variables: dict[str, str] = {}
    try:
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                variables[name] = value
            if len(variables) == 4:
                break
        yield variables
        process.send_signal(signal.SIGTERM)
    finally:
        process.kill()
        process.communicate()


def asked(home: Home, code: int, *arguments: str, **variables: str) -> dict[str, Any]:
    """What a command answers with --json: one object on standard output, and the exit code that was expected.

    In this process, as starting one for each command takes longer than the command.
    """
    environment: dict[str, str | None] = {name: None for name in os.environ if "EMULATOR" in name or "WARROOM" in name}
    done = CliRunner().invoke(cli, [*arguments, "--json"], env={**environment, **home.environment(**variables)})
    assert done.exit_code == code, (arguments, done.stdout, done.stderr, done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    assert len(done.stdout.splitlines()) == 1
    if code:
        assert found["error"]["code"] == code
        assert found["error"]["title"] and found["error"]["remedy"]
    return found


def full() -> tuple[int, int]:
    """A pipe that takes nothing more, and both its ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(65536))
    os.set_blocking(writing, True)
    return reading, writing
