"""`--wait` in real time: a Cloud Run that takes the connection and says nothing, as a stopped emulator does."""

import signal

import pytest

from tests.e2e.home import Home


@pytest.mark.parametrize("command", [("abort",), ("rollback", "payments-api", "--project", "p", "--region", "r")])
def test_a_cloud_that_does_not_answer(home: Home, command: tuple[str, ...]) -> None:
    """There is word of it meanwhile, and the end says that nothing was sent and what could not be read."""
    emulator = home.popen("emulator", str(home.scenario("quick", operation_seconds="1")))
    assert emulator.stdout is not None
    lines = [emulator.stdout.readline() for _ in range(2)]
    name, _, address = lines[1].removeprefix("export ").strip().partition("=")
    try:
        assert home.run("declare", "cards fail", "--severity", "P0", **{name: address}).returncode == 0
        emulator.send_signal(signal.SIGSTOP)
        done = home.run(*command, "--yes", "--wait", "6", **{name: address})
        assert done.returncode == 3
        assert "No answer yet; reading on for " in done.stderr
        assert "Nothing was sent. Run it again, or with a longer --wait" in done.stderr
        assert "What payments-api serves could not be read" in done.stdout
    finally:
        emulator.kill()
        emulator.communicate()
