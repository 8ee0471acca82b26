"""Runs real programs: an argument list, never a shell, in a process group of its own, with a guard beside it."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from warroom.protocol.checks import trust
from warroom.steps import finding, guard
from warroom.steps.output import Lines, Log, without
from warroom.steps.runner import Ended, Order

GRACE_SECONDS = 5.0
"""How long a program has, in real seconds, between being asked to end and being killed."""

_CHUNK = 64 * 1024


class Programs:
    """Runs programs with `environ` but for the variables in `secrets`; logs go into the folder `logs`.

    `grace_seconds` as GRACE_SECONDS. A program with a slash in its name is found from `directory`, the
    configuration's. They run where warroom was started: there lies what git and npm are to work on.
    """

    simulated = False

    def __init__(
        self,
        logs: Path,
        secrets: tuple[str, ...],
        environ: Mapping[str, str],
        grace_seconds: float = GRACE_SECONDS,
        directory: Path = Path("/"),
    ) -> None:
        self._logs = logs
        self._directory = directory.resolve()
        self._environ, self._secrets = without(environ, secrets)
        self._grace = grace_seconds

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """As Runner.run. A log that can't be begun stops nothing; raises OSError where it can't be written later."""
        log = self._begin(order.log, on_line)
        path = str(log.path) if log is not None else ""

        def say(line: str) -> None:
            if log is not None:
                log.write(line)
            on_line(line)

        lines = Lines(self._secrets, say)
        try:
            program = self._found(order.argv[0], say)
            if not program:
                return Ended("failed", None, path)
            starting = asyncio.ensure_future(self._started((program, *order.argv[1:])))
            try:
                process = await asyncio.shield(starting)
            except asyncio.CancelledError:
                # asyncio ends what it has half begun by killing the guard: nobody would end the program then, and
                # whoever leaves would wait for the end of its output.
                process = await starting
                await self._end(process, asyncio.ensure_future(_read(process, lines)))
                raise
            reading = asyncio.ensure_future(_read(process, lines))
            try:
                outcome = await self._watch(reading, order.timeout_seconds, stop)
            finally:
                await self._end(process, reading)
            if not reading.cancelled():
                reading.result()  # a fault in taking its output must not pass for the program's own end
            lines.end()
        finally:
            if log is not None:
                log.close()
        code = process.returncode
        if outcome:
            return Ended(outcome, code, path)
        if code == guard.NOT_STARTED:
            return Ended("failed", None, path)
        return Ended("done" if code == 0 else "failed", code, path)

    async def _started(self, argv: tuple[str, ...]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", guard.__file__, str(self._grace), *argv,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env=self._environ, start_new_session=True,
        )  # fmt: skip

    def _begin(self, name: str, say: Callable[[str], None]) -> Log | None:
        """The log of a run; None where it can't be had: that is no reason to hinder what takes a change back."""
        try:
            return Log(self._logs / name)
        except OSError as error:
            say(f"No log is kept of this: {self._logs / name}: {error.strerror or error}")
            return None

    def _found(self, name: str, say: Callable[[str], None]) -> str:
        """The program's absolute path; "" where it is not to be run, and then it was said why."""
        if os.sep not in name:
            found = finding.program(name, self._directory, self._environ)
            if found is None:
                say(f"{name}: {os.strerror(errno.ENOENT)}")
            return found or ""
        path = finding.placed(name, self._directory)
        distrust = trust.of_program(self._directory, Path(os.path.normpath(path)))
        if distrust is not None:
            say(f"{distrust.what}. {distrust.remedy}")
            return ""
        return path

    async def _watch(self, reading: "asyncio.Future[None]", seconds: float, stop: asyncio.Event) -> str:
        """Wait for the end of the output, the timeout or `stop`; "" for the first."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            ended, _ = await asyncio.wait((reading, stopping), timeout=seconds or None, return_when=first)
        finally:
            stopping.cancel()
        if reading in ended:
            return ""
        return "cancelled" if ended else "timed out"

    async def _end(self, process: asyncio.subprocess.Process, reading: "asyncio.Future[None]") -> None:
        """Have the guard end what still runs, read the last of its output, and see to it that nothing is left."""
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(self._grace + 2.0):
                await asyncio.shield(asyncio.gather(reading, process.wait(), return_exceptions=True))
        except TimeoutError:
            reading.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _read(process: asyncio.subprocess.Process, lines: Lines) -> None:
    assert process.stdout is not None
    while data := await process.stdout.read(_CHUNK):
        lines.take(data)
        await asyncio.sleep(0)  # a program that writes without end leaves the loop to others too
