"""What revisions did in the days before: asked once an hour, so that a way back is proposed for what is known of it."""

import asyncio

from warroom.conductor.evidence.sampler import Watching
from warroom.conductor.session import Session
from warroom.incident import events
from warroom.incident.state import Incident, Lane
from warroom.rollout.measured.past import served
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.gather import each
from warroom.services.ports import Monitoring

ASKED_SECONDS = 7 * 24 * 3600.0
TURN_SECONDS = 30.0
LONG_SECONDS = 3600.0
"""What was read so long ago is read again; the minutes since are known by their samples."""

AGAIN_SECONDS = 60.0
"""So long after a failure it is tried once more."""


class Past:
    """Reads the past of an incident's services, and writes it down. `trouble` says why there is none, by service."""

    def __init__(self, session: Session, watching: Watching) -> None:
        self.trouble: dict[str, str] = {}
        self._session, self._watching = session, watching
        self._failed_at: dict[str, float] = {}
        self._under_way: asyncio.Task[None] | None = None

    async def turn(self) -> None:
        """Read what was not read yet, or long ago, until the incident is resolved."""
        session, now = self._session, self._session.moment
        if session.clients is None or session.incident.resolved_at is not None:
            return
        wanted = [lane.ref for lane in session.incident.lanes.values() if self._wants(lane, now)]
        places = sorted({(ref.project, ref.region) for ref in wanted})
        monitoring = session.clients.monitoring
        await each(
            places, lambda at: self._read(monitoring, [one for one in wanted if (one.project, one.region) == at])
        )

    def begin(self) -> None:
        """Read at once what is missing or old, without waiting: somebody is about to go back."""
        self._failed_at.clear()
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(self.turn())
            self._under_way.add_done_callback(lambda task: task.cancelled() or task.exception())  # the loop tells it

    def _wants(self, lane: Lane, now: float) -> bool:
        failed = self._failed_at.get(lane.ref.name)
        if failed is not None and 0 <= now - failed < AGAIN_SECONDS:
            return False
        if lane.ref.name not in self._watching.revisions and "cloud-run" not in self._session.incident.lost:
            return False  # a moment later it is known when they were made
        return lane.past is None or now - lane.past.until >= LONG_SECONDS

    async def _read(self, monitoring: Monitoring, refs: list[ServiceRef]) -> None:
        now = self._session.moment
        since = now - ASKED_SECONDS
        try:
            readings = await monitoring.past(refs, since, now)
        except ServiceError as error:
            self.trouble.update(dict.fromkeys((ref.name for ref in refs), error.title))
            self._failed_at.update(dict.fromkeys((ref.name for ref in refs), now))
            return
        found = []
        for ref in refs:
            self.trouble.pop(ref.name, None)
            self._failed_at.pop(ref.name, None)
            made = {one.name: one.created_at for one in self._watching.revisions.get(ref.name, ()) if one.created_at}
            found.append(events.PastRead(ref, since, now, served(readings.samples.get(ref.name, ())), made))

        def news(incident: Incident) -> list[events.AnyFact]:
            """Of several boards one writes it."""
            return [one for one in found if _newer(one, incident)]

        if news(self._session.incident):
            await self._session.recorder.record_found(news, actor="monitoring")


def _newer(fact: events.PastRead, incident: Incident) -> bool:
    lane = incident.lanes.get(fact.service.name)
    if lane is None:
        return False  # it was taken off while it was read
    known = lane.past
    return known is None or fact.until - known.until >= LONG_SECONDS
