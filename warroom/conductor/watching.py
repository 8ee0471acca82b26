"""The loops that look: at the service, at its metrics, at its health URLs. They write down what differs, and judge."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from warroom.clock import Clock
from warroom.conductor import judging
from warroom.conductor.recorder import Recorder
from warroom.incident import events
from warroom.incident.state import Lane
from warroom.protocol.model import Config
from warroom.rollout.evidence import Freshness, Probe, Sample
from warroom.rollout.traffic import Service, ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.ports import CloudRun, Monitoring, Prober, ProbeResult

LOOK_SECONDS = 5.0
LATE_SECONDS = 600.0  # points may come or be corrected this late


class Watching:
    """Samples the outside for one incident. Never acts; a failed read is a fact, not an error."""

    def __init__(self, recorder: Recorder, config: Config, clock: Clock) -> None:
        self.recorder = recorder
        self.config = config
        self.clock = clock
        self.looks: dict[str, Service] = {}
        self.freshness = Freshness()
        self._probes: dict[str, deque[ProbeResult]] = {}
        self._read_to: dict[ServiceRef, float] = {}
        self._answered_at = 0.0
        self._judging = asyncio.Lock()

    async def look(self, run: CloudRun) -> None:
        """One look at every service of the incident."""
        failed: ServiceError | None = None
        for lane in tuple(self.recorder.now.lanes.values()):
            try:
                service = await run.service(lane.ref)
                ready = {revision.name: revision.ready for revision in await run.revisions(lane.ref)}
            except ServiceError as error:
                failed = error
                continue
            await self.saw(service, ready)
        await self._answered("cloud-run", failed)

    async def saw(self, service: Service, ready: dict[str, bool] | None = None) -> None:
        """Take in one look at a service; what differs from the last one is written down."""
        known = self.looks.get(service.ref.name)
        if known is not None and service.updated_at < known.updated_at:
            return  # asked before a change and answered after it
        self.looks[service.ref.name] = service
        lane = self.recorder.now.lanes[service.ref.name]
        observed = events.Observed(
            service=service.ref,
            serving=service.serving,
            spec=service.spec,
            latest_ready=service.latest_ready,
            settled=service.settled,
            url=service.url,
            last_modifier=service.last_modifier,
            ready=lane.ready if ready is None else ready,
        )
        if observed != _observed(lane):
            await self.recorder.record(observed, actor="cloud-run")

    async def read(self, monitoring: Monitoring) -> None:
        """The newest samples of every service, one query per metric, project and region."""
        lanes = tuple(self.recorder.now.lanes.values())
        failed: ServiceError | None = None
        for place in sorted({(lane.ref.project, lane.ref.region) for lane in lanes}):
            refs = [lane.ref for lane in lanes if (lane.ref.project, lane.ref.region) == place]
            now = self.clock.now()
            history = self.recorder.now.detected_at - self.config.protocol.gate.normal_minutes * 60
            start = min(self._read_to.get(ref, history) for ref in refs)
            try:
                self.freshness = await monitoring.freshness(place[0])
                readings = await monitoring.read(refs, start, now)
            except ServiceError as error:
                failed = error
                continue
            for ref in refs:
                await self._take(ref, readings.samples.get(ref.name, ()), now)
            self._answered_at = now
        await self._answered("monitoring", failed)
        await self.judge()

    async def judge(self) -> None:
        """A verdict for every candidate until the incident is resolved; written down when it says something new."""
        async with self._judging:
            await self._judge()

    async def _judge(self) -> None:
        incident = self.recorder.now
        if incident.resolved_at is not None:
            return
        # What was not read yet can't be missing: windows end with the last answer, not with the second hand.
        now = self._answered_at or self.clock.now()
        for lane in tuple(incident.lanes.values()):
            service_config = self.config.services.find(lane.ref.name)
            limits = judging.limits_for(lane, self.config.protocol.gate, service_config, incident.detected_at)
            gate = self.config.protocol.gate
            verdict = judging.judge_lane(incident, lane, gate, limits, self.freshness, self._probed(lane, now), now)
            if verdict is not None and not judging.says_the_same(verdict, lane.verdict):
                await self.recorder.record(events.Judged(lane.ref, verdict), actor="warroom")

    async def probe(self, prober: Prober) -> None:
        """Ask the health URLs of candidate and stable once, at the same time."""
        asked: list[tuple[Lane, str, str]] = []
        for name, lane in self.recorder.now.lanes.items():
            service = self.looks.get(name)
            if service is None or lane.ladder is None or lane.ladder.ended in ("aborted", "rolled back"):
                continue
            if self.recorder.now.resolved_at is not None:
                continue
            own = self.config.services.find(name)
            path = own.health_path if own else "/health"
            urls = {revision: service.url_of(revision) for revision in (lane.ladder.candidate, *lane.ladder.target)}
            # The service's own address belongs to no revision here: it tells a dead candidate from a dead line.
            asked += [
                (lane, revision, url.rstrip("/") + path) for revision, url in (*urls.items(), ("", service.url)) if url
            ]
        results = await asyncio.gather(*(prober.probe(url) for _, _, url in asked))
        # When nothing answers at all, the line from here is down: that says nothing of a revision.
        if not any(result.reached for result in results):
            return
        for (lane, revision, _), result in zip(asked, results, strict=True):
            if revision:
                await self._probe_answered(lane, revision, result)
        await self.judge()

    async def _probe_answered(self, lane: Lane, revision: str, result: ProbeResult) -> None:
        window = self.config.protocol.gate.probe_window_seconds
        kept = self._probes.setdefault(revision, deque(maxlen=120))
        kept.append(result)
        while kept[0].at < result.at - window:
            kept.popleft()
        before = lane.probes.get(revision)
        if before is None or before.ok != result.ok:
            fact = events.ProbeChanged(lane.ref, revision, result.ok, result.detail)
            await self.recorder.record(fact, actor="probe")

    def _probed(self, lane: Lane, now: float) -> dict[str, Probe]:
        window = self.config.protocol.gate.probe_window_seconds
        probes: dict[str, Probe] = {}
        for revision in (lane.ladder.candidate, *lane.ladder.target) if lane.ladder else ():
            recent = [result for result in self._probes.get(revision, ()) if result.at >= now - window]
            if recent:
                bad = [result for result in recent if not result.ok]
                detail = bad[-1].detail if bad else ""
                probes[revision] = Probe(revision, len(recent), len(bad), recent[-1].at, detail)
        return probes

    async def _take(self, ref: ServiceRef, samples: tuple[Sample, ...], now: float) -> None:
        lane = self.recorder.now.lanes[ref.name]
        known = {(sample.revision, sample.end): sample for sample in lane.samples}
        new = tuple(sample for sample in samples if known.get((sample.revision, sample.end)) != sample)
        if new:
            await self.recorder.record(events.Sampled(ref, new), actor="monitoring")
        self._read_to[ref] = now - self.freshness.ingest_delay - LATE_SECONDS

    async def _answered(self, source: str, failed: ServiceError | None) -> None:
        """Write down that a source is lost, or back, once each. It is whole only when every question was answered."""
        lost = source in self.recorder.now.lost
        if failed is not None and not lost:
            await self.recorder.record(events.SourceLost(source, failed.title, failed.remedy), actor="warroom")
        if failed is None and lost:
            await self.recorder.record(events.SourceBack(source), actor="warroom")


async def forever(
    every: float, clock: Clock, once: Callable[[], Awaitable[None]], told: Callable[[Exception | None], None]
) -> None:
    """Call `once` now and then every `every` seconds of the clock, until cancelled.

    A fault of our own in one turn is told and does not end the looking: a board that silently stops is worse than one
    that says what it can't do. `told` gets None after a turn that went well.
    """
    while True:
        began = clock.now()
        try:
            await once()
            told(None)
        except Exception as fault:
            told(fault)
        await clock.sleep(max(every - (clock.now() - began), every / 10))


def _observed(lane: Lane) -> events.Observed:
    return events.Observed(
        service=lane.ref,
        serving=lane.serving,
        spec=lane.spec,
        latest_ready=lane.latest_ready,
        settled=lane.settled,
        url=lane.url,
        last_modifier=lane.last_modifier,
        ready=lane.ready,
    )
