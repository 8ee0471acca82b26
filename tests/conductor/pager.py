"""A pager and a chat in memory."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from warroom.services.errors import NotFound, ServiceError
from warroom.services.systems.ports import OnCall, OpenPage, OpenPages, PagerIncident, Posted, Responder


class FakePager:
    """Opens an incident at the `opens_after`-th look, and remembers who was asked.

    `fails` holds errors by method, each raised once; `gate` is waited for in `ask`, before it arrives, if it is set.
    """

    def __init__(self, opens_after: int = 0) -> None:
        self.triggered: list[tuple[str, str, str]] = []
        self.asked: list[tuple[str, str]] = []
        self.changes: list[str] = []
        self.ended: list[str] = []
        self.theirs: PagerIncident | None = None
        self.open: tuple[OpenPage, ...] = ()
        self.fails: dict[str, list[ServiceError]] = {}
        self.gate: asyncio.Event | None = None
        self.looks = 0
        self.on_call: tuple[OnCall, ...] = ()
        self.schedules: list[str] = []
        self._opens_after = opens_after

    async def trigger(
        self,
        key: str,
        summary: str,
        *,
        severity: str,
        source: str,
        details: Mapping[str, str] | None = None,
        ours: bool = True,
    ) -> Posted:
        """Page."""
        self._fail("trigger")
        self.triggered.append((key, summary, severity))
        self.theirs = self.theirs or PagerIncident("P1", "triggered")
        return Posted(key)

    async def acknowledge(self, key: str) -> None:
        """Remember it."""
        self.ended.append(f"acknowledge {key}")

    async def resolve(self, key: str) -> None:
        """Remember it."""
        self.ended.append(f"resolve {key}")

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """Remember it."""
        self._fail("change")
        self.changes.append(summary)

    async def on_calls(self, schedule: str = "") -> tuple[OnCall, ...]:
        """Those that were set, on any schedule."""
        self._fail("on_calls")
        self.schedules.append(schedule)
        return self.on_call

    async def incident(self, key: str) -> PagerIncident | None:
        """What was triggered, late."""
        self._fail("incident")
        self.looks += 1
        return self.theirs if self.looks > self._opens_after else None

    async def open_incidents(self, but: str) -> OpenPages:
        """Those that a test put in."""
        self._fail("open_incidents")
        return OpenPages("all its open incidents", self.open)

    async def ask(self, incident: str, email: str, message: str) -> Posted:
        """One more responder."""
        self._fail("ask")
        if "nobody" in email:
            raise NotFound("PagerDuty knows nobody of that address", "Mend the roster.")
        if self.gate is not None:
            await self.gate.wait()
        self.asked.append((email, message))
        assert self.theirs is not None
        more = Responder(email.partition("@")[0], email, "pending")
        self.theirs = replace(self.theirs, responders=(*self.theirs.responders, more))
        return Posted(f"R{len(self.asked)}")

    async def note(self, incident: str, text: str) -> None:
        """Nothing."""

    async def set_status(self, incident: str, status: str, resolution: str = "") -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""

    def answers(self, email: str, state: str) -> None:
        """A responder joins or declines."""
        assert self.theirs is not None
        them = tuple(replace(one, state=state) if one.email == email else one for one in self.theirs.responders)
        self.theirs = replace(self.theirs, responders=them)

    def acknowledged(self, by: str, until: float) -> None:
        """Somebody acknowledges the incident."""
        assert self.theirs is not None
        self.theirs = replace(self.theirs, status="acknowledged", acknowledged_by=by, expires_at=until)

    def _fail(self, method: str) -> None:
        if errors := self.fails.get(method):
            raise errors.pop(0)


class FakeChat:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str]] = []

    async def open_channel(self, name: str, *, private: bool, ours: bool = False) -> Posted:
        """It is there."""
        return Posted("C1")

    async def set_topic(self, channel: str, text: str) -> None:
        """Nothing."""

    async def invite(self, channel: str, emails: Sequence[str]) -> tuple[str, ...]:
        """Everybody is known."""
        return ()

    async def post(self, channel: str, text: str, *, thread: str = "") -> Posted:
        """Remember it."""
        self.posted.append((channel, text))
        return Posted(str(len(self.posted)))

    async def edit(self, channel: str, message: str, text: str) -> None:
        """Nothing."""

    async def pin(self, channel: str, message: str) -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""
