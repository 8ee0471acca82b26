"""The faults' switches: a small HTTP endpoint beside the health URLs, for `warroom inject` and for scenarios."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from warroom.clock import Clock
from warroom.drill.cloud_run.api import RunApi
from warroom.drill.cloud_run.outsiders import act
from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.scenario.faults import ACTS, RESPONDERS, Fault, Planned, problems, whole
from warroom.drill.systems.responders import People
from warroom.drill.wire.discovery import PATH
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.guard import only_with


class NotPossible(Exception):
    """A fault cannot be had; the text says why."""


class Control:
    """Begins faults: those of the scenario when they are due, others when asked over HTTP."""

    def __init__(
        self,
        state: CloudState,
        run: RunApi,
        clock: Clock,
        restart: Callable[[float], Awaitable[None]],
        people: People,
        token: str,
    ) -> None:
        self._token = token
        self._people = people
        self._state = state
        self._run = run
        self._clock = clock
        self._restart = restart
        self._waiting = list(state.world.scenario.faults)
        self._tasks: set[asyncio.Task[None]] = set()
        state.faults.before = self.begin_due

    def add_to(self, application: web.Application) -> None:
        """Serve the switches below `current.PATH`, to who has the token."""
        application.router.add_get(PATH, only_with(self._token, self._list))
        application.router.add_post(PATH, only_with(self._token, self._add))
        application.router.add_delete(PATH, only_with(self._token, self._clear))

    def begin(self, fault: Fault) -> str:
        """Let the fault befall the cloud, and say what happens. Raises NotPossible."""
        for problem in problems(fault):
            raise NotPossible(problem)
        if fault.kind not in ACTS:
            if fault.service:
                self._service(fault.service)
            return f"fault {self._state.faults.add(fault).number} holds: {told(fault)}"
        if fault.kind == "restart":
            seconds = whole(fault).seconds or 0.0
            self._go(self._restart(seconds))
            return f"the gRPC servers restart, gone for {seconds:g} s"
        if fault.kind in RESPONDERS:
            try:
                return self._people.act(fault.who, RESPONDERS[fault.kind])
            except LookupError as error:
                raise NotPossible(str(error.args[0])) from None
        now = self._clock.now()
        self._state.settle(now)
        try:
            return act(self._state, self._service(fault.service), fault, now)
        except Refused as refused:
            raise NotPossible(refused.message) from refused

    def begin_due(self) -> None:
        """Begin what the scenario has planned for by now. What has become impossible is left out."""
        for planned in [one for one in self._waiting if self._due(one)]:
            self._waiting.remove(planned)
            try:
                self.begin(planned)
            except NotPossible:
                continue

    async def stop(self) -> None:
        """Stop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _due(self, planned: Planned) -> bool:
        world = self._state.world
        if self._clock.now() < world.origin + planned.after_minutes * 60:
            return False
        places = [place for ref, place in world.places.items() if planned.service in ("", ref.name)]
        return not planned.from_percent or any(
            place.first_candidate_at(planned.from_percent) is not None for place in places if not place.staging
        )

    def _service(self, name: str) -> RunService:
        """The service of that name in production, "" for the scenario's first. Raises NotPossible."""
        for plan in self._state.world.scenario.services:
            if name in ("", plan.name):
                return self._state.services[plan.ref]
        known = ", ".join(plan.name for plan in self._state.world.scenario.services)
        raise NotPossible(f"service: there is no {name!r} here; known: {known}")

    def _go(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _list(self, request: web.Request) -> web.Response:
        self.begin_due()
        found = [
            {"number": one.number, "hits": one.hits, "words": told(one.fault), **msgspec.to_builtins(one.fault)}
            for one in self._state.faults.active()
        ]
        return web.json_response({"faults": found, "planned": [told(one) for one in self._waiting]})

    async def _add(self, request: web.Request) -> web.Response:
        try:
            said = self.begin(msgspec.json.decode(await request.read(), type=Fault))
        except (NotPossible, msgspec.MsgspecError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"said": said})

    async def _clear(self, request: web.Request) -> web.Response:
        return web.json_response({"cleared": self._state.faults.clear()})


def told(fault: Fault) -> str:
    """A fault in one line: its kind and what of it matters."""
    fault = whole(fault)
    parts = [fault.kind]
    if fault.kind not in ACTS:
        of = fault.service or fault.system
        parts.append(f"on {fault.method}" + (f" of {of}" if of else ""))
        parts.append(f"{fault.times} time(s)" if fault.times else "until cleared")
    parts += [fault.status] if fault.status else []
    parts += [f"HTTP {fault.code}"] if fault.code else []
    parts += [fault.error] if fault.error else []
    parts += [fault.who] if fault.who else []
    parts += [f"{fault.seconds:g} s"] if fault.seconds else []
    parts += [f"share {fault.share:g}"] if fault.share != 1 else []
    parts += [f"for {fault.lasts:g} s"] if fault.lasts else []
    return ", ".join(parts)
