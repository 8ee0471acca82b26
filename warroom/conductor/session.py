"""The ground floor of the conductor: one operator at one incident. What every handler may use, and nothing above it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.incident import clocks, events
from warroom.incident.events import Event
from warroom.incident.lane.guards import Why, refusals
from warroom.incident.place import Place, elsewhere
from warroom.incident.progress.follow_ups import follow_ups
from warroom.incident.state import Incident, Lane
from warroom.marks import either
from warroom.protocol.model import Config, ServiceConfig
from warroom.rollout.evidence import Freshness
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services.clients import Clients


class Session:
    """What is known of the incident, what was seen of its services, the way to the outside, and the way to write.

    `clients` is None until the outside is connected, and where it is another cloud than the incident's. `place` is
    where they lead, None where whoever attaches them answers for that. `looks` are the newest, by service.
    `review_seen_at` is when the pull request was last looked at from here.
    `definitions` is the folder in which services' definitions are saved, None for nowhere. `pace` is how late
    Monitoring is for a service, as far as that is known.
    """

    def __init__(self, config: Config, recorder: Recorder, place: Place | None = None) -> None:
        self.config = config
        self.recorder = recorder
        self.place = place
        self.clock = recorder.clock
        self.clients: Clients | None = None
        self.looks: dict[str, Service] = {}
        self.set_back_at: float | None = None
        self.review_seen_at: float | None = None
        self.definitions: Path | None = None
        self.pace: Callable[[ServiceRef], Freshness | None] = lambda _: None
        self._following_up = asyncio.Lock()

    @property
    def incident(self) -> Incident:
        """The incident as it stands."""
        return self.recorder.now

    @property
    def moment(self) -> float:
        """What the clock says, as it is for this incident (Unix seconds)."""
        return clocks.moment(self.incident, self.clock.now())

    def listen(self, listener: Callable[[tuple[Event, ...]], None]) -> None:
        """Have `listener` called with the new events after each of the incident's changes."""
        self.recorder.listeners.append(listener)

    async def record(self, *facts: events.AnyFact) -> None:
        """Write facts down, and what follows from them."""
        await self.recorder.record(*facts)
        async with self._following_up:  # one at a time: two would each write what follows
            while follow_ups(self.incident, self.config.protocol):
                # Of several boards that see it, one writes it.
                await self.recorder.record_found(
                    lambda incident: follow_ups(incident, self.config.protocol), actor="warroom"
                )

    def lane(self, service: str) -> Lane:
        """The lane of a service of this incident. Raises Refused for one that was taken off meanwhile."""
        if service in self.incident.taken_off:
            raise Refused(f"{service} was taken off this incident", "Add it again, then act on it.")
        return self.incident.lanes[service]

    def check(self, action: str, service: str = "") -> None:
        """Raise Refused where the incident shows that `action` may not be done now: see `incident.lane.guards`."""
        lane = self.lane(service) if service else next(iter(self.incident.lanes.values()))
        apart = elsewhere(self.incident, self.place) if self.place is not None else None
        for why in refusals(action, self.incident, lane, Why(apart.title, apart.remedy) if apart is not None else None):
            raise Refused(why.title, why.remedy)

    def seen(self, service: str) -> Service:
        """The newest look at a service. Raises Refused before there is one."""
        look = self.looks.get(service)
        if look is not None:
            return look
        lost = self.incident.lost.get("cloud-run")
        if lost is not None:
            raise Refused(f"Cloud Run can't be read: {lost.title}", lost.remedy)
        raise Refused(
            f"{service} has not been read yet",
            f"It takes a second or two after the start; {either('press again', 'run it again', 'try again')}.",
        )

    def service_config(self, ref: ServiceRef) -> ServiceConfig:
        """What services.toml says of a service; the defaults where it says nothing."""
        found = self.config.services.find(ref.name, ref.region, ref.project)
        return found or ServiceConfig(ref.name, ref.region, ref.project)
