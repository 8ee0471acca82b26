"""Following the request logs: one tail for each project, reopened when it breaks, its holes filled, its gaps said.

What it counts brings bad news only: good news stays with Monitoring, and without it nothing changes but the time.
"""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct

from warroom.clock import Clock, ScaledClock, ago
from warroom.conductor.evidence.judging import serving_revisions
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Config
from warroom.rollout import words
from warroom.rollout.evidence import Clause, Limits, Sample, Verdict
from warroom.rollout.logs.clause import SETTLE_SECONDS, SIGNAL, failing, heard, outlived
from warroom.rollout.logs.counts import KEPT_SECONDS, Counts, Seen, compared
from warroom.rollout.signals import clause_of
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied, ServiceError
from warroom.services.logs import MOST_LISTED, Logged, Logs

EVERY_SECONDS = 1.0
"""How often what was counted is looked at, in seconds of the clock."""

SHOWN_SECONDS = 30.0
LEAST_COMPLETE = 0.95
"""Below this share of Monitoring's count over the same closed periods the logs miss too much to say anything."""

COMPARED_SECONDS = 10 * 60.0
FIRST_SECONDS = 5 * 60.0
"""So far back the logs are read once when a tail begins: minutes that Monitoring shows by now, to be compared with."""

BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
DENIED_SECONDS = 5 * 60.0
"""How long a tail that broke, or may not be opened, waits before it is opened again, in seconds of the clock."""

PATIENCE_SECONDS = 30.0
"""How long a tail waits for Monitoring's first answer, in seconds of the clock."""

FASTEST = 30.0
"""A drill's clock that runs faster leaves the logs alone: its requests would come by the ten thousand a second, and
Monitoring's minutes pass in moments."""


class Standing(Struct):
    """How one project's tail stands: since when it is open, why it is not, and what Logging left out lately.

    `whole_since`: from then on nothing is known to be missing. `told_at` is when it told something last, `share` how
    much of the requests it was asked for.
    """

    open_since: float | None = None
    whole_since: float = 0.0
    told_at: float = 0.0
    trouble: ServiceError | None = None
    trouble_since: float | None = None
    suppressed: int = 0
    suppressed_at: float = float("-inf")
    share: float = 1.0


class Tails:
    """The tails of one incident's projects, and what they counted. `now` gives the incident as it stands."""

    def __init__(self, now: Callable[[], Incident], config: Config, clock: Clock) -> None:
        self._now = now
        self._config = config
        self._clock = clock
        self._speed = clock.speed if isinstance(clock, ScaledClock) else 1.0
        self._counts: dict[str, Counts] = {}
        self._standing: dict[str, Standing] = {}
        self._followed: dict[str, tuple[ServiceRef, ...]] = {}
        self._changed = asyncio.Event()
        self._too_fast = False

    async def run(self, logs: Logs) -> None:
        """Follow the logs of the incident's services until cancelled, or until there are others: then begin anew."""
        if self._speed > FASTEST:
            self._too_fast = True
            await asyncio.Event().wait()
        self._followed = _projects(self._now())
        self._changed.clear()
        following = [asyncio.ensure_future(self._follow(logs, refs)) for refs in self._followed.values()]
        waiting = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait([waiting, *following], return_when=asyncio.FIRST_COMPLETED)
            for one in following:
                if one.done():
                    one.result()  # a fault of our own, which is told
        finally:
            for left in (waiting, *following):
                left.cancel()
            await asyncio.gather(waiting, *following, return_exceptions=True)
            for standing in self._standing.values():
                standing.open_since = None

    def look(self) -> bool:
        """Keep the counts' books; True where the logs fail a revision and no verdict says so yet."""
        now, incident = self._clock.now(), self._now()
        for project, standing in self._standing.items():
            counts = self._counts[project]
            counts.forget(now)
            if standing.open_since is not None:
                counts.cover(max(standing.whole_since, now - KEPT_SECONDS), now, standing.share)
            wanted = self._share(self._followed.get(project, ()))
            if not 0.5 < wanted / standing.share < 2:
                self._changed.set()
        if self._followed and _projects(incident) != self._followed:
            self._changed.set()
        return any(self._new(lane) for lane in incident.lanes.values())

    def heard(self, lane: Lane, verdict: Verdict | None) -> Verdict | None:
        """The verdict on a lane's candidate with the bad news that its logs bring, or brought on this step."""
        if verdict is None or lane.ladder is None or lane.ladder.applied_at is None:
            return verdict
        stable = self._against(lane, verdict, verdict.stable) if verdict.stable else None
        mine = self._against(lane, verdict, verdict.candidate) if verdict.percent else None
        return heard(verdict, mine, stable, self._clock.now())

    def line(self, lane: Lane, now: float) -> str:
        """What the logs say of a lane just now, or why they say nothing; "" where they are not followed."""
        if self._too_fast:
            return f"logs: not followed in a drill that runs {self._speed:g} × as fast as time"
        standing = self._standing.get(lane.ref.project)
        if standing is None or (standing.open_since is None and standing.trouble is None):
            return ""
        if standing.trouble is not None:
            title = standing.trouble.title
            since = ago(now if standing.trouble_since is None else standing.trouble_since, now)
            return f"logs: {title[0].lower()}{title[1:]} since {since}; Monitoring alone judges"
        if now - standing.suppressed_at < SHOWN_SECONDS:
            left = words.count(standing.suppressed)
            return f"logs: Logging left out {left} entries or more: they are not counted just now"
        complete = self._complete(lane, now)
        if complete is not None and complete < LEAST_COMPLETE:
            told = f"logs: incomplete, at most {complete * 100:.0f} % of Monitoring's count"
            return f"{told}: a filter or sink drops entries; Monitoring alone judges"
        return self._told(lane, standing, now, compared=complete is not None)

    def _told(self, lane: Lane, standing: Standing, now: float, *, compared: bool) -> str:
        climbing, counts = lane.ladder, self._counts[lane.ref.project]
        serving = [climbing.candidate] if climbing is not None and climbing.percent else serving_revisions(lane)
        end = float(int(now - SETTLE_SECONDS))
        if not serving or not counts.covered(end - SHOWN_SECONDS, end):
            return "logs: not read for long enough yet"
        seen = counts.seen(lane.ref.name, serving[0], end - SHOWN_SECONDS, end)
        sampled = "" if standing.share == 1 else f", a sample of {standing.share * 100:.2g} %"
        told = f"errors {words.percent(seen.share)} of {words.count(seen.n)}{sampled}" if seen.n else "no requests"
        unsure = "; not compared with Monitoring yet" if not compared else ""
        return f"logs: {told} in {SHOWN_SECONDS:.0f} s, {now - end:.0f} s ago{unsure}"

    def _new(self, lane: Lane) -> bool:
        verdict = lane.step_verdict
        if verdict is None or lane.ladder is None or lane.ladder.applied_at is None:
            return False
        known = {one.revision for one in (*verdict.clauses, *verdict.stable_clauses) if one.signal == SIGNAL}
        revisions = {verdict.candidate if verdict.percent else "", verdict.stable} - known - {""}
        return any(self._failing(lane, revision) is not None for revision in revisions)

    def _against(self, lane: Lane, verdict: Verdict, revision: str) -> Clause | None:
        """The clause against a revision on this step: the one that stands, until Monitoring has measured later."""
        stands, said = None, lane.step_verdict
        if said is not None:
            clauses = said.clauses if revision == said.candidate else said.stable_clauses
            stands = clause_of([one for one in clauses if one.revision == revision], SIGNAL)
        began = lane.ladder.applied_at if lane.ladder is not None else None
        if stands is not None and (stands.data_end or 0.0) < (began or 0.0):
            stands = None  # of an earlier time on this step
        if stands is not None and not outlived(stands, verdict):
            return stands
        return self._failing(lane, revision)

    def _failing(self, lane: Lane, revision: str) -> Clause | None:
        """The clause that fails a revision by what was counted on this step; None where that may say nothing.

        Logs that are incomplete, or were not compared with Monitoring yet, don't count: where only what went well is
        left out of them, each share of errors that they show is too high.
        """
        counts, now = self._counts.get(lane.ref.project), self._clock.now()
        if counts is None or lane.ladder is None or lane.ladder.applied_at is None:
            return None
        gate, own = self._config.protocol.gate, self._config.services.find(*_names(lane.ref))
        share = gate.error_share if own is None or own.error_share is None else own.error_share
        limits = Limits(error_share=share, least_events=gate.least_events)

        def read(start: float, end: float) -> Seen | None:
            return counts.seen(lane.ref.name, revision, start, end) if counts.covered(start, end) else None

        found = failing(revision, read, lane.ladder.applied_at, now, limits)
        if found is None:
            return None
        complete = self._complete(lane, now)
        return found if complete is not None and complete >= LEAST_COMPLETE else None

    def _complete(self, lane: Lane, now: float) -> float | None:
        """The share of Monitoring's count that the logs have, over its newest periods; None before there is one."""
        counts = self._counts.get(lane.ref.project)
        if counts is None:
            return None
        recent = [one for one in lane.samples if one.requests is not None and one.end > now - COMPARED_SECONDS]
        pairs = []
        for start, end in sorted({(one.start, one.end) for one in recent}):
            if counts.covered(start, end):
                measured = sum(one.requests or 0 for one in recent if one.end == end)
                pairs.append((*counts.whole(lane.ref.name, start, end), measured))
        return compared(pairs)

    async def _follow(self, logs: Logs, refs: tuple[ServiceRef, ...]) -> None:
        """One project's tail, over and over: opened, read until it breaks, and after a while opened again."""
        project, failures = refs[0].project, 0
        counts = self._counts.setdefault(project, Counts())
        standing = self._standing.setdefault(project, Standing())
        await self._measured(refs)
        while True:
            standing.share = self._share(refs)
            try:
                await self._read(logs, refs, counts, standing)
                failures = 0
            except ServiceError as error:
                standing.trouble = error
            now = self._clock.now()
            if standing.open_since is not None:
                failures, standing.trouble_since = 0, now
                counts.spoil(max(standing.told_at, now - 60) - SETTLE_SECONDS, now + 1)
            elif standing.trouble_since is None:
                standing.trouble_since = now
            standing.open_since = None
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            await self._clock.sleep(DENIED_SECONDS if isinstance(standing.trouble, Denied) else wait)

    async def _read(self, logs: Logs, refs: tuple[ServiceRef, ...], counts: Counts, standing: Standing) -> None:
        """Read a tail until it breaks or ends."""
        stream = logs.tail(refs, standing.share)
        try:
            async for told in stream:
                now = standing.told_at = self._clock.now()
                _count(counts, told.requests)
                if standing.open_since is None and told.requests:  # now it is known to stand
                    standing.open_since = standing.whole_since = now
                    standing.trouble = None
                    await self._fill(logs, refs, counts, standing)
                    standing.trouble_since = None
                if told.suppressed:
                    standing.suppressed, standing.suppressed_at = told.suppressed, now
                    standing.whole_since = now + 1
                    counts.spoil(now - 2 * SETTLE_SECONDS, now + 1)
        finally:
            await stream.aclose()

    async def _fill(self, logs: Logs, refs: tuple[ServiceRef, ...], counts: Counts, standing: Standing) -> None:
        """Read what passed while no tail was open; at first some minutes, to be compared with Monitoring's."""
        now = self._clock.now()
        start = now - FIRST_SECONDS
        if standing.trouble_since is not None:
            start = max(start, standing.trouble_since - 60 - SETTLE_SECONDS)
        share = min(standing.share, 0.8 * MOST_LISTED / max(1.0, self._rate(refs) * (now - start)))
        end = now - SETTLE_SECONDS if share < standing.share else now
        try:
            found = await logs.requests(refs, start, end, float(f"{share:.2g}"))
        except ServiceError:
            return  # the tail goes on; what is missing stays uncovered
        _count(counts, found)
        counts.cover(start, end if len(found) < MOST_LISTED else found[-1].at, float(f"{share:.2g}"))

    async def _measured(self, refs: Sequence[ServiceRef]) -> None:
        """Wait for how busy the services are, which says how much of their logs can be read; but not for ever."""
        begun = self._clock.now()
        while not self._rate(refs) and self._clock.now() < begun + PATIENCE_SECONDS:
            await self._clock.sleep(EVERY_SECONDS)

    def _share(self, refs: Sequence[ServiceRef]) -> float:
        """The share of the requests that is asked for, so that no more come than are wanted, of this machine's time."""
        rate, most = self._rate(refs) * self._speed, self._config.services.evidence.logs_per_second
        return 1.0 if rate <= most else max(0.001, float(f"{most / rate:.2g}"))

    def _rate(self, refs: Sequence[ServiceRef]) -> float:
        """Requests a second to these services, by the newest period that Monitoring has shown; 0 before it has."""
        lanes = self._now().lanes
        return sum(_rate_of(lanes[ref.name].samples) for ref in refs if ref.name in lanes)


def _rate_of(samples: Sequence[Sample]) -> float:
    counted = [one for one in samples if one.requests is not None]
    if not counted:
        return 0.0
    newest = max(one.end for one in counted)
    last = [one for one in counted if one.end == newest]
    return sum(one.requests or 0 for one in last) / max(1.0, newest - min(one.start for one in last))


def _count(counts: Counts, requests: Sequence[Logged]) -> None:
    for one in requests:
        counts.take(one.service, one.revision, one.at, one.status, one.ms, one.key)


def _names(ref: ServiceRef) -> tuple[str, str, str]:
    return ref.name, ref.region, ref.project


def _projects(incident: Incident) -> dict[str, tuple[ServiceRef, ...]]:
    found: dict[str, tuple[ServiceRef, ...]] = {}
    for lane in incident.lanes.values():
        found[lane.ref.project] = (*found.get(lane.ref.project, ()), lane.ref)
    return found
