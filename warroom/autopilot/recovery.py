"""What a good team does after the last act: it waits until users are measured to be better, and goes on until then."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from warroom.clock import Stopwatch
from warroom.conductor.conductor import Conductor
from warroom.conductor.traffic import going_back
from warroom.incident import mitigation
from warroom.incident.lane.ways_back import proposed
from warroom.incident.state import Lane
from warroom.wording import for_scripts

PATIENCE_SECONDS = 10 * 60.0  # for evidence: well past the first closed minute, whatever the ingest delay
MOST_RETREATS = 3


class Act(Protocol):
    """Does an action as the book says."""

    def __call__(self, action: str, service: str = "", **answers: str) -> Awaitable[None]:
        """Raises Refused, ServiceError."""


class Recovery:
    """Waits for the evidence; a service whose serving revision fails goes back to one that did not serve meanwhile."""

    def __init__(
        self,
        conductor: Conductor,
        act: Act,
        until: Callable[[Callable[[], bool]], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        self._conductor, self._act, self._until, self._say = conductor, act, until, say
        self._tried: set[str] = set()

    async def better(self) -> None:
        """Until users are measured to be better, nothing more can be measured, or no way back is left."""
        for _ in range(MOST_RETREATS):
            await self._measured()
            incident = self._conductor.incident
            relief = incident.relief
            if relief is None or incident.mitigated_at is not None:
                return
            burning = [one for one in incident.lanes.values() if mitigation.of_lane(one, relief).burning]
            ways = {lane.ref.name: way for lane in burning if (way := self._way(lane))}
            if not ways:
                found = mitigation.measured(incident)
                self._say(for_scripts(f"    not mitigated: {found.words if found else 'nothing is measured'}"))
                return
            await self._go(ways)

    async def back(self, services: list[str]) -> bool:
        """Each of them to the revision that is proposed, where there is one; whether any went there."""
        lanes = [self._conductor.lane(service) for service in services]
        ways = {lane.ref.name: way for lane in lanes if (way := self._way(lane))}
        await self._go(ways)
        return bool(ways)

    async def _go(self, ways: dict[str, str]) -> None:
        for service, revision in ways.items():
            await self._act("roll-back", service, revision=revision, reason="what serves fails")

    async def _measured(self) -> None:
        waited = Stopwatch(self._conductor.clock)

        def known() -> bool:
            incident = self._conductor.incident
            found = mitigation.measured(incident)
            settled = incident.mitigated_at is not None or (found is not None and found.burning)
            return settled or waited.seconds > PATIENCE_SECONDS

        await self._until(known)

    def _way(self, lane: Lane) -> str:
        """The revision that is proposed, if it has not served and failed here already; "" for none."""
        self._tried.update(share.revision or lane.latest_ready for share in lane.serving if share.percent)
        best = proposed([one for one in going_back.ways(self._conductor, lane) if one.revision not in self._tried])
        return best.revision if best is not None else ""
