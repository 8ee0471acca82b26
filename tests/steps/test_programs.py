"""Real programs: their output, their end in every way, and that nothing of them is left behind."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.clocks import ManualClock
from tests.patience import PATIENCE_SECONDS, until
from warroom.protocol.integrations import GitHub, Integrations, Slack
from warroom.steps.output import LINE_CHARACTERS, REDACTED, Lines, secret_names
from warroom.steps.programs import Programs
from warroom.steps.runner import Ended, Order, Simulated, log_name

PYTHON = sys.executable


class Run:
    """One program, run to its end by `go`; `lines` is what it wrote."""

    def __init__(self, folder: Path, code: str, seconds: float = 20.0, secrets: dict[str, str] | None = None) -> None:
        environ = {**os.environ, **(secrets or {})}
        self.runner = Programs(folder, tuple(secrets or ()), environ, grace_seconds=0.3)
        self.order = Order("scan", (PYTHON, "-u", "-c", code), seconds, "scan.log")
        self.lines: list[str] = []
        self.stop = asyncio.Event()
        self.log = folder / "scan.log"

    async def go(self) -> Ended:
        """Run it."""
        return await self.runner.run(self.order, self.lines.append, self.stop)

    async def wrote(self, start: str) -> str:
        """Wait until it has written a line that begins so."""
        await until(lambda: any(line.startswith(start) for line in self.lines))
        return next(line for line in self.lines if line.startswith(start))


async def gone(*pids: int) -> None:
    """Wait until none of these processes is there."""
    await until(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    """One that ends while it is looked at is gone; one that nobody has waited for yet is as well."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


PARENT = """
import os, subprocess, sys, time, signal
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("pids", os.getpid(), child.pid)
time.sleep(60)
"""
STUBBORN = (
    "import signal, time, os; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('pids', os.getpid()); time.sleep(60)"
)


async def test_output_comes_line_by_line_and_the_log_is_its_owners_alone(tmp_path: Path) -> None:
    """Both streams, in their order; the exit code is the program's; all of it lies in a file of mode 0600."""
    run = Run(tmp_path, "import sys; print('one'); print('two', file=sys.stderr); print('three', end=''); sys.exit(3)")
    assert await run.go() == Ended("failed", 3, str(run.log))
    assert run.lines == ["one", "two", "three"]
    assert run.log.read_text() == "one\ntwo\nthree\n"
    assert run.log.stat().st_mode & 0o777 == 0o600


async def test_exit_0_is_done(tmp_path: Path) -> None:
    """And an argument stays one argument, whatever a shell would make of it."""
    run = Run(tmp_path, "import sys; print(sys.argv[1:])")
    run.order = Order("scan", (*run.order.argv, "$HOME; rm -rf / #", "a b"), 20.0, "scan.log")
    assert await run.go() == Ended("done", 0, str(run.log))
    assert run.lines == ["['$HOME; rm -rf / #', 'a b']"]


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """It says so and has no exit code."""
    run = Run(tmp_path, "")
    run.order = Order("scan", ("no-such-program-here",), 20.0, "scan.log")
    assert await run.go() == Ended("failed", None, str(run.log))
    assert run.lines == ["no-such-program-here: No such file or directory"]


async def test_lines_come_while_it_runs_and_cancel_ends_its_children_too(tmp_path: Path) -> None:
    """The first line is there long before the end; after the cancel neither it nor its child is."""
    run = Run(tmp_path, PARENT)
    task = asyncio.ensure_future(run.go())
    pids = [int(pid) for pid in (await run.wrote("pids")).split()[1:]]
    assert not task.done()
    run.stop.set()
    assert (await task).outcome == "cancelled"
    await gone(*pids)


async def test_what_does_not_heed_the_asking_is_killed(tmp_path: Path) -> None:
    """It is asked first, then killed."""
    run = Run(tmp_path, STUBBORN)
    task = asyncio.ensure_future(run.go())
    pid = int((await run.wrote("pids")).split()[1])
    run.stop.set()
    ended = await task
    assert (ended.outcome, ended.exit_code) == ("cancelled", 128 + signal.SIGKILL)
    await gone(pid)


async def test_the_timeout_ends_it(tmp_path: Path) -> None:
    """And says that it was the timeout; neither it nor its child is left."""
    run = Run(tmp_path, PARENT, seconds=0.2)
    assert (await run.go()).outcome == "timed out"
    await gone(*(int(pid) for line in run.lines if line.startswith("pids") for pid in line.split()[1:]))


async def test_leaving_warroom_ends_it(tmp_path: Path) -> None:
    """Cancelling the task, as leaving the terminal does, leaves no process behind."""
    run = Run(tmp_path, PARENT)
    task = asyncio.ensure_future(run.go())
    pids = [int(pid) for pid in (await run.wrote("pids")).split()[1:]]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(*pids)


async def test_leaving_while_it_is_being_started_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard has begun its program, and warroom has not heard of either yet: both end, and nobody waits for them."""
    begun = tmp_path / "pid"
    connect = asyncio.BaseEventLoop.connect_read_pipe

    async def late(loop: asyncio.BaseEventLoop, *arguments: Any) -> Any:
        await until(lambda: begun.exists() and bool(begun.read_text()))
        task.cancel()
        await asyncio.sleep(0)
        return await connect(loop, *arguments)

    monkeypatch.setattr(asyncio.BaseEventLoop, "connect_read_pipe", late)
    code = (
        f"import os, time; from pathlib import Path; Path({str(begun)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    task = asyncio.ensure_future(Run(tmp_path, code).go())
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task
    await gone(int(begun.read_text()))


async def test_killing_warroom_leaves_no_orphan(tmp_path: Path) -> None:
    """SIGKILL lets nobody tidy up: the guard sees its input end, and does."""
    script = f"""
import asyncio, os, sys
from pathlib import Path
from warroom.steps.programs import Programs
from warroom.steps.runner import Order
order = Order("scan", (sys.executable, "-u", "-c", {PARENT!r}), 60.0, "scan.log")
runner = Programs(Path({str(tmp_path)!r}), (), os.environ, grace_seconds=0.3)
asyncio.run(runner.run(order, lambda line: print(line, flush=True), asyncio.Event()))
"""
    warroom = await asyncio.create_subprocess_exec(PYTHON, "-c", script, stdout=asyncio.subprocess.PIPE)
    try:
        assert warroom.stdout is not None
        pids = [int(pid) for pid in (await warroom.stdout.readline()).split()[1:]]
        assert len(pids) == 2
    finally:
        warroom.kill()
        await warroom.wait()
    await gone(*pids)


async def test_huge_output_costs_neither_memory_nor_patience(tmp_path: Path) -> None:
    """Ten megabytes without a line break, and many lines: each piece is bounded, and the loop has its turns."""
    run = Run(tmp_path, "import sys\nfor _ in range(10): sys.stdout.write('x' * 10**6)\nprint()\nprint('end')")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    sizes: list[int] = []
    ended = await run.runner.run(run.order, lambda line: sizes.append(len(line)), run.stop)
    counting.cancel()
    assert ended.outcome == "done"
    assert max(sizes) <= LINE_CHARACTERS
    assert sum(sizes) == 10 * 10**6 + 3
    assert turns > 100


async def test_escapes_are_stripped(tmp_path: Path) -> None:
    """Colours, titles, bells, carriage returns and broken UTF-8 do not reach the terminal."""
    code = r"import sys; sys.stdout.buffer.write(b'\x1b[31mred\x1b[0m\x1b]0;owned\x07 \xff ok\r50%\r100%\nlast\x07\n')"
    run = Run(tmp_path, code)
    await run.go()
    assert run.lines == ["red \ufffd ok", "50%", "100%", "last"]


async def test_tokens_are_neither_given_nor_told(tmp_path: Path) -> None:
    """Warroom's tokens are taken out of the program's environment, and out of what it writes, log included."""
    token = "xoxb-123456-very-secret"
    run = Run(
        tmp_path,
        f"import os; print(os.environ.get('SLACK_BOT_TOKEN'), 'a{token}b')",
        secrets={"SLACK_BOT_TOKEN": token},
    )
    await run.go()
    assert run.lines == [f"None a{REDACTED}b"]
    assert token not in run.log.read_text()


@pytest.mark.parametrize("size", [1, 7, 4000])
def test_a_secret_is_found_however_it_comes(size: int) -> None:
    """Cut into pieces, coloured in the middle, or over the end of a line that is too long."""
    secret = "s3cr3t-t0ken"
    data = f"{'y' * 9000}{secret}{'z' * 9000}\ns3cr3t\x1b[1m-t0ken\n{'y' * 3995}{secret}\n".encode()
    found: list[str] = []
    lines = Lines((secret,), found.append)
    for start in range(0, len(data), size):
        lines.take(data[start : start + size])
    lines.end()
    assert secret not in "".join(found)
    assert "".join(found).count(REDACTED) == 3


def test_which_variables_are_secret() -> None:
    """Those that the configured systems name."""
    integrations = Integrations(slack=Slack(token_variable="MY_SLACK"), github=GitHub(repository="a/b"))
    assert secret_names(integrations) == ("MY_SLACK", "GITHUB_TOKEN")
    assert secret_names(Integrations()) == ()


async def test_a_drill_runs_nothing(tmp_path: Path) -> None:
    """It says what it would have run, takes a moment of protocol time, and fails where the scenario has it so."""
    clock, lines = ManualClock(), list[str]()
    began = clock.now()
    marker = tmp_path / "made"
    order = Order("scan", ("touch", str(marker)), 60.0, "scan.log")
    assert await Simulated(clock).run(order, lines.append, asyncio.Event()) == Ended("done", 0)
    assert clock.now() > began
    assert lines[0] == f"DRILL: nothing is run. In an emergency this would be: touch {marker}"
    assert all(line.startswith("DRILL") for line in lines)
    assert (await Simulated(clock, ("scan",)).run(order, lines.append, asyncio.Event())).outcome == "failed"
    assert not marker.exists()
    assert json.dumps(log_name("INC-0001", "scan", "r1")) == '"INC-0001-scan-r1.log"'
