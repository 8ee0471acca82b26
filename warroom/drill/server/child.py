"""The embedded cloud as a process of its own, from the side of the board.

The child is told its scenario and clock in one line of JSON on its standard input, and answers with its addresses in
one line on its standard output. Its standard input stays open as long as the parent lives: when it closes, whatever
the parent died of, the child ends.
"""

import asyncio
import os
import sys
from collections import deque

import msgspec
from msgspec import Struct

from warroom.drill.scenario.directory import Cast
from warroom.drill.scenario.model import Scenario
from warroom.drill.wire.addresses import Addresses

START_SECONDS = 20.0
"""How long a child may take to listen; it takes well under a second on an idle machine."""

_STOP_SECONDS = 2.0
_KEPT_LINES = 40
_LONGEST_LINE = 1 << 20


class Order(Struct, frozen=True):
    """What a child is to play, on a ScaledClock of this epoch (Unix seconds, also the drill's beginning) and speed."""

    scenario: Scenario
    epoch: float
    speed: float
    cast: Cast = Cast()


class EmbeddedCloudFailed(Exception):
    """The embedded cloud is not there. `title` says so, `remedy` what to do, `detail` is what the child said last."""

    def __init__(self, title: str, remedy: str, *, detail: str = "") -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy
        self.detail = detail


class Child:
    """A running embedded cloud."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listening = asyncio.create_task(self._listen())
        self._first_line = asyncio.create_task(self._read_first_line())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def addresses(self, timeout_seconds: float = START_SECONDS) -> Addresses:
        """Where it listens, once it does. Raises EmbeddedCloudFailed if it ended or took too long (real seconds)."""
        try:
            line = await asyncio.wait_for(asyncio.shield(self._first_line), timeout_seconds)
        except TimeoutError:
            raise self._failed(f"The embedded cloud does not answer after {timeout_seconds:g} s") from None
        try:
            return msgspec.json.decode(line, type=Addresses)
        except msgspec.DecodeError:
            await self._listening
            raise self._failed("The embedded cloud ended before it began") from None

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it, and wait until it has."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await asyncio.gather(self._listening, self._first_line)

    async def _read_first_line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()

    async def _listen(self) -> None:
        """Keep the last of what it says on standard error, and keep the pipe empty."""
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(4096):
            self._said.extend(chunk.decode(errors="replace").splitlines())

    def _failed(self, title: str) -> EmbeddedCloudFailed:
        detail = "\n".join(self._said)
        return EmbeddedCloudFailed(title, "Start the drill again; if it stays so, file an issue.", detail=detail)


async def start_child(scenario: Scenario, epoch: float, speed: float, cast: Cast | None = None) -> Child:
    """Start an embedded cloud whose clock has the given epoch (Unix seconds) and speed. Returns at once.

    Raises EmbeddedCloudFailed if no process can be started.
    """
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "warroom.drill",
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, "GRPC_VERBOSITY": "ERROR"},
            limit=_LONGEST_LINE,
            # A session of its own: Ctrl-C, Ctrl-Z and a closed terminal are the board's business.
            start_new_session=True,
        )
    except OSError as error:
        raise EmbeddedCloudFailed("The embedded cloud cannot be started", str(error)) from error
    assert process.stdin is not None
    order = Order(scenario=scenario, epoch=epoch, speed=speed, cast=cast or Cast())
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    return Child(process)
