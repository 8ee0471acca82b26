"""What the tests of steps share: code host, database, flags and programs in memory, and a way to do a step."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from tests.conductor.parties import FakeCode
from tests.conductor.rig import NAME, Rig, declaration
from warroom.conductor.steps import execute
from warroom.conductor.steps.execute import Done
from warroom.services.clients import Clients
from warroom.services.errors import NotFound, Unreachable
from warroom.services.systems.ports import Others, Posted, PullRequest
from warroom.steps.runner import Ended, Order


class Code(FakeCode):
    """GitHub in memory: one tag, branches, one pull request that a test changes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = PullRequest(7, "HOTFIX: checkout answers 500", "https://github.test/7", "hotfix/SHOP-7", "abc")

    async def production_tag(self, version: str = "") -> tuple[str, str]:
        """The tag of a version, else the newest."""
        self.note("tag", version)
        return f"v{version or '1.4.2'}", "4f2c" * 10

    async def create_branch(self, name: str, sha: str, *, ours: bool = False) -> Posted:
        """A branch."""
        self.note("branch", name, sha)
        return Posted(name, f"https://github.test/tree/{name}")

    async def open_pull(self, title: str, head: str, body: str) -> Posted:
        """The pull request."""
        self.note("open", title, head, body)
        return Posted("7", "https://github.test/7")

    async def pull(self, number: int) -> PullRequest:
        """As it is now."""
        self.note("pull", str(number))
        return self.now


class Sql:
    """Cloud SQL in memory: `statuses` are given one after the other, the last again and again."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.texts: list[str] = []
        self.restored: list[str] = []

    def _next(self) -> str:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    async def back_up(self, description: str) -> Posted:
        """One more."""
        self.texts.append(description)
        return Posted(str(100 + len(self.texts)))

    async def backup_status(self, backup: str) -> str:
        """The next one; "?" is a lost line."""
        status = self._next()
        if status == "?":
            raise Unreachable("Cloud SQL does not answer", "Check the way there.")
        return status

    async def restore(self, backup: str) -> Posted:
        """Begun."""
        self.restored.append(backup)
        return Posted("op-1")

    async def restore_status(self, operation: str) -> str:
        """The next one."""
        return self._next()

    async def close(self) -> None:
        """Nothing to close."""


class LightSwitch:
    """Feature flags in memory."""

    def __init__(self) -> None:
        self.off: list[tuple[str, str]] = []

    async def turn_off(self, flag: str, comment: str) -> Posted:
        """Off; there is only one."""
        if flag != "new-checkout":
            raise NotFound("LaunchDarkly knows nothing of that", "Check the flag's key.")
        self.off.append((flag, comment))
        return Posted(flag, "https://flags.test")

    async def close(self) -> None:
        """Nothing to close."""


class Program:
    """Runs what a test says: writes `lines`, waits for `gate` where there is one, ends with `code`."""

    simulated = False

    def __init__(self, code: int = 0, lines: tuple[str, ...] = ("working",), gate: asyncio.Event | None = None) -> None:
        self.code, self.lines, self.gate = code, lines, gate
        self.orders: list[Order] = []

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """As Runner.run."""
        self.orders.append(order)
        for line in self.lines:
            on_line(line)
        if self.gate is not None:
            waiting = [asyncio.ensure_future(one.wait()) for one in (self.gate, stop)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
        if stop.is_set():
            return Ended("cancelled", 143)
        return Ended("done" if self.code == 0 else "failed", self.code, "/logs/x.log")


async def declared(
    rig: Rig, others: Others, *, issue: str = "SHOP-7", drill: bool = False, private: bool = False
) -> None:
    """An incident, connected to these others."""
    first = declaration(rig.clock.now(), *rig.refs)
    await rig.conductor.declare(replace(first, issue=issue, drill=drill, private=private))
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=others))
    await rig.look()


async def do(rig: Rig, step_id: str, second: str = "", mitigates: bool = False) -> Done:
    """Do a step as a key or command does, its values being known."""
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step(step_id), NAME)
    return await execute.do(rig.conductor.runs, prepared, lambda words: None, second=second, mitigates=mitigates)


def evidence(rig: Rig, step: str) -> str:
    """What ticked a step."""
    return rig.incident.ticks[step].evidence
