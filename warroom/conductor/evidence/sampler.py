"""The loops that look: at the service, at its metrics, at its health URLs. They write down what differs, and judge."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from warroom.clock import Clock, Stopwatch
from warroom.conductor.evidence import judging, pace, probing
from warroom.conductor.evidence.tail import Tails
from warroom.conductor.recorder import Recorder
from warroom.incident import events
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Config, ServiceConfig
from warroom.rollout.evidence import Freshness, Probe, Sample, Verdict
from warroom.rollout.running import versions
from warroom.rollout.traffic import NEVER, Revision, Service, ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.gather import each
from warroom.services.ports import CloudRun, Monitoring, Prober, ProbeResult

LOOK_SECONDS = 5.0
PROBES_AT_ONCE = 32  # more than other questions: a service that hangs must not keep the others waiting
LATE_SECONDS = 600.0  # points may come or be corrected this late
OTHERS_READ_SECONDS = 150.0
"""A verdict that is younger, and younger than our own silence, is of one that reads: two periods and the reading.
What another board has said otherwise than it is from here is contradicted so rarely."""

Place = tuple[str, str]
"""Project and region: one query asks for all services of one."""


class Watching:
    """Samples the outside for one incident. Never acts; a failed read is a fact, not an error."""

    def __init__(self, recorder: Recorder, config: Config, clock: Clock) -> None:
        self.recorder = recorder
        self.config = config
        self.clock = clock
        self.looks: dict[str, Service] = {}
        self.revisions: dict[str, tuple[Revision, ...]] = {}  # as they were listed last, newest first, by service
        self._freshness: dict[str, Freshness] = {}  # by project
        self._probes: dict[tuple[str, str], deque[ProbeResult]] = {}  # by service and revision
        self._read_to: dict[ServiceRef, float] = {}
        self._answered_at: dict[Place, float] = {}
        self._silent: dict[Place, float] = {}  # since when
        self._answers: dict[tuple[str, str], tuple[bool, bool, bool]] = {}  # from here: ok, slow, refused
        self._lost_said: dict[str, float] = {}  # when this process said so, by source, while it can't read it
        self._said: dict[str, Verdict] = {}  # this process's own last one, by service
        self._judging = asyncio.Lock()
        self._assumed = False  # whether it was said that nobody knows how late Monitoring is
        self.tails = Tails(lambda: self.recorder.now, config, clock)
        self.judges = True  # False holds the verdict back while the evidence for it is being gathered

    def pace(self, ref: ServiceRef) -> Freshness | None:
        """How late Monitoring is for a service; None before it was asked."""
        return self._freshness.get(ref.project)

    @property
    def read_once(self) -> bool:
        """Whether Monitoring has answered this process yet."""
        return bool(self._answered_at)

    async def look(self, run: CloudRun) -> None:
        """One look at every service of the incident, several at a time."""

        async def one(ref: ServiceRef) -> ServiceError | None:
            try:
                service = await run.service(ref)
                self.revisions[ref.name] = await run.revisions(ref)
            except ServiceError as error:
                return error
            await self.saw(service, self.revisions[ref.name])
            return None

        failures = await each([lane.ref for lane in self.recorder.now.lanes.values()], one)
        await self._answered("cloud-run", next((error for error in failures if error), None))

    async def saw(self, service: Service, listed: Sequence[Revision] | None = None) -> None:
        """Take in one look at a service; what differs from the last one is written down."""
        known = self.looks.get(service.ref.name)
        if known is not None and service.updated_at < known.updated_at:
            return  # asked before a change and answered after it
        lane = self.recorder.now.lanes.get(service.ref.name)
        if lane is None:
            return  # it was taken off while it was asked about
        self.looks[service.ref.name] = service
        observed = events.Observed(
            service=service.ref,
            serving=service.serving,
            spec=service.spec,
            latest_ready=service.latest_ready,
            settled=service.settled,
            url=service.url,
            last_modifier=service.last_modifier,
            ready=lane.ready if listed is None else {one.name: one.ready for one in listed},
            latest_created=service.latest_created,
            failure=service.condition if service.failed else "",
            versions=lane.versions if listed is None else versions(listed),
        )
        if observed != judging.observed(lane):

            def differs(incident: Incident) -> list[events.AnyFact]:
                """Another board may have said so, or know of something later."""
                now = incident.lanes.get(service.ref.name)
                if now is None:
                    return []
                stale = NEVER < service.moment < now.landed
                return [observed] if observed != judging.observed(now) and not stale else []

            await self.recorder.record_found(differs, actor="cloud-run")

    async def read(self, monitoring: Monitoring) -> None:
        """The newest samples of every service, one query per metric, project and region."""
        refs = [lane.ref for lane in self.recorder.now.lanes.values()]
        places = sorted({_place(ref) for ref in refs})
        failures = await each(places, lambda place: self._read(monitoring, place, refs))
        silent = [place for place, error in zip(places, failures, strict=True) if error]
        self._silent = {place: self._silent.get(place, self.clock.now()) for place in silent}
        await self._answered("monitoring", next((error for error in failures if error), None))
        await self.judge()

    async def _read(self, monitoring: Monitoring, place: Place, every: list[ServiceRef]) -> ServiceError | None:
        """The newest samples of the services of one place, or why there are none."""
        refs = [ref for ref in every if _place(ref) == place]
        now = self.clock.now()
        history = self.recorder.now.detected_at - self.config.protocol.gate.normal_minutes * 60
        # A clock that was set back must not ask for what ends before it begins.
        start = min(now - LATE_SECONDS, *(self._read_to.get(ref, history) for ref in refs))
        try:
            freshness = self._freshness[place[0]] = await monitoring.freshness(place[0])
            readings = await monitoring.read(refs, start, now)
        except ServiceError as error:
            return error
        if freshness.assumed and not self._assumed:
            self._assumed = True
            await pace.tell_assumed(self.recorder, freshness)
        facts = [
            events.Sampled(ref, new) for ref in refs if (new := self._new(ref, readings.samples.get(ref.name, ())))
        ]
        if facts:
            await self.recorder.record(*facts, actor="monitoring")
        self._read_to.update(dict.fromkeys(refs, now - freshness.ingest_delay - LATE_SECONDS))
        self._answered_at[place] = now
        return None

    async def judge(self) -> None:
        """A verdict for every candidate until the incident is resolved; written down when it says something new.

        After something was done for the users also for what serves, until the incident is closed.
        """
        async with self._judging:
            if self.judges:
                await self._judge()
                await self._judge_serving()

    async def _judge(self) -> None:
        incident = self.recorder.now
        if incident.resolved_at is not None:
            return
        found: dict[str, Verdict] = {}
        for lane in tuple(incident.lanes.values()):
            if not judging.concerns(lane):
                continue
            verdict = self.tails.heard(lane, self._verdict(incident, lane))
            if verdict is not None and self._adds(lane, verdict):
                found[lane.ref.name] = verdict
            await asyncio.sleep(0)  # a hundred services take a while: keys go before
        if not found:
            return
        said: dict[str, Verdict] = {}

        def news(now: Incident) -> list[events.AnyFact]:
            """Another board may have judged the same meanwhile, or what is newer."""
            said.clear()
            there = {name: one for name, one in found.items() if name in now.lanes}
            said.update({name: one for name, one in there.items() if self._adds(now.lanes[name], one)})
            return [events.Judged(now.lanes[name].ref, one) for name, one in said.items()]

        await self.recorder.record_found(news, actor="warroom")
        self._said.update(said)

    async def _judge_serving(self) -> None:
        """What this process has read alone counts: who reads nothing has no news of what serves."""
        incident, gate = self.recorder.now, self.config.protocol.gate
        if incident.relief is None or incident.closed_at is not None:
            return
        found: dict[str, Verdict] = {}
        for lane in incident.lanes.values():
            place = _place(lane.ref)
            at = self._answered_at.get(place)
            if at is None or place in self._silent or (judging.concerns(lane) and incident.resolved_at is None):
                continue
            limits = judging.limits_for(lane, gate, self._own(lane), incident.detected_at)
            freshness = self._freshness.get(place[0], Freshness())
            verdict = judging.judge_serving(incident, lane, gate, limits, freshness, self._probed(lane, at), at)
            if verdict is not None:
                found[lane.ref.name] = verdict

        def news(now: Incident) -> list[events.AnyFact]:
            """Another board may have judged the same meanwhile, or what is newer."""
            lanes = {name: now.lanes[name] for name in found if name in now.lanes}
            return [
                events.ServingJudged(lane.ref, found[name])
                for name, lane in lanes.items()
                if judging.is_newer(found[name], lane.serving_verdict)
            ]

        if news(incident):
            await self.recorder.record_found(news, actor="warroom")

    def _own(self, lane: Lane) -> ServiceConfig | None:
        return self.config.services.find(lane.ref.name, lane.ref.region, lane.ref.project)

    def _adds(self, lane: Lane, verdict: Verdict) -> bool:
        """Whether a verdict of this process is to be written down, beside what may be another board's."""
        place, stands, now = _place(lane.ref), lane.step_verdict, self.clock.now()
        mine = judging.says_the_same(self._said.get(lane.ref.name), stands)
        others_read = stands is not None and self._silent.get(place, now) < stands.at > now - OTHERS_READ_SECONDS
        blind = others_read if place in self._silent else place not in self._answered_at
        window = self.config.protocol.gate.probe_window_seconds
        return judging.adds(verdict, lane, mine=mine, blind=blind, now=now, probe_seconds=window)

    def _verdict(self, incident: Incident, lane: Lane) -> Verdict | None:
        """What the evidence says of one lane; where another project's Monitoring is silent, this one's is not."""
        place, gate = _place(lane.ref), self.config.protocol.gate
        percent = (lane.ladder.percent if lane.ladder else None) or 0
        rung = self.config.protocol.ladder.rules_at(percent)
        limits = judging.limits_for(lane, gate, self._own(lane), incident.detected_at, rung)
        # What was not read yet can't be missing: windows end with the last answer, not with the second hand.
        now = self._answered_at.get(place) or self.clock.now()
        if lane.step_verdict is not None and now < lane.step_verdict.at <= self.clock.now():
            now = lane.step_verdict.at  # another board has read later, and what it read is here too
        freshness = self._freshness.get(place[0], Freshness())
        # Of sources that were lost only our own are: another board may have said so, whose line is another.
        known = incident if place in self._silent or place not in self._answered_at else replace(incident, lost={})
        look = self.looks.get(lane.ref.name)
        sticky = look is not None and look.session_affinity
        return judging.judge_lane(known, lane, gate, limits, freshness, self._probed(lane, now), now, sticky=sticky)

    async def probe(self, prober: Prober) -> None:
        """Ask the health URLs of candidate and stable once, at the same time."""
        asked = probing.asked(self.recorder.now, self.looks, self._own)
        results = await each(asked, lambda one: probing.ask(prober, one), PROBES_AT_ONCE)
        causes = [result.cause for result in results]
        if asked:
            cause = next((one for one in causes if one is not None), None)
            await self._answered("probe", ServiceError(*cause) if cause else None)
        # When nothing answers at all, the line from here is down: that says nothing of a revision.
        if not any(result.reached for result in results):
            return
        for one, result in zip(asked, results, strict=True):
            if result.cause is not None:
                continue
            self._keep(one.lane, one.revision, result)
            if one.revision:
                await self._probe_answered(one.lane, one.revision, result)
        await self.judge()

    def _keep(self, lane: Lane, revision: str, result: ProbeResult) -> None:
        window = self.config.protocol.gate.probe_window_seconds
        kept = self._probes.setdefault((lane.ref.name, revision), deque(maxlen=120))
        while kept and kept[-1].at > result.at:
            kept.pop()  # of a clock that was set back since: it would count as recent until then
        kept.append(result)
        while kept[0].at < result.at - window:
            kept.popleft()

    async def _probe_answered(self, lane: Lane, revision: str, result: ProbeResult) -> None:
        before, mine = lane.probes.get(revision), self._answers.get((lane.ref.name, revision))
        slow = judging.slow_seconds(self._probes[lane.ref.name, revision])
        answer = self._answers[lane.ref.name, revision] = (result.ok, bool(slow), result.refused)
        if before is not None and mine == answer and abs(result.at - before.since) < OTHERS_READ_SECONDS:
            return  # nothing has changed from here: where it stands otherwise, another board's line is another

        def differs(incident: Incident) -> list[events.AnyFact]:
            """Another board may have said so already."""
            there = incident.lanes.get(lane.ref.name)
            if there is None:
                return []
            known = there.probes.get(revision)
            changed = events.ProbeChanged(lane.ref, revision, result.ok, result.detail, slow, result.refused)
            same = known is not None and (known.ok, bool(known.slow_seconds), known.refused) == answer
            return [] if same else [changed]

        if differs(self.recorder.now):
            await self.recorder.record_found(differs, actor="probe")

    def _probed(self, lane: Lane, now: float) -> dict[str, Probe]:
        return probing.recent(lane, self._probes, now - self.config.protocol.gate.probe_window_seconds)

    def _new(self, ref: ServiceRef, samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        """Those that are not known yet, or otherwise; both are ordered by their end."""
        lane = self.recorder.now.lanes.get(ref.name)
        if not samples or lane is None:
            return ()
        before = lane.samples
        recent = before[bisect_left(before, samples[0].end, key=_end) :]
        known = {(sample.revision, sample.end): sample for sample in recent}
        return tuple(sample for sample in samples if known.get((sample.revision, sample.end)) != sample)

    async def _answered(self, source: str, failed: ServiceError | None) -> None:
        """Write down that a source is lost, or back, once each. It is whole only when every question was answered.

        Where another board reads what can't be read from here, that is not said over and over.
        """
        lost, now = source in self.recorder.now.lost, self.clock.now()
        said = self._lost_said.get(source)
        if failed is None:
            self._lost_said.pop(source, None)
        elif said is None or abs(now - said) >= OTHERS_READ_SECONDS:
            self._lost_said[source], said = now, None
        if (failed is not None) == lost or (failed is not None and said is not None):
            return
        fact = events.SourceLost(source, failed.title, failed.remedy) if failed else events.SourceBack(source)

        def news(incident: Incident) -> list[events.AnyFact]:
            """Another board may have said so already."""
            return [fact] if (source in incident.lost) == lost else []

        await self.recorder.record_found(news, actor="warroom")


async def forever(
    every: float, clock: Clock, once: Callable[[], Awaitable[object]], told: Callable[[Exception | None], None]
) -> None:
    """Call `once` now and then every `every` seconds of the clock, until cancelled.

    A fault of our own in one turn is told and does not end the looking: a board that silently stops is worse than one
    that says what it can't do. `told` gets None after a turn that went well.
    """
    while True:
        spent = Stopwatch(clock)
        try:
            await once()
            told(None)
        except Exception as fault:
            told(fault)
        await clock.sleep(max(every - spent.seconds, every / 10))


def _place(ref: ServiceRef) -> Place:
    return ref.project, ref.region


def _end(sample: Sample) -> float:
    return sample.end
