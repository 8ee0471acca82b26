"""An outside for scenes: Cloud Run in memory, and metrics drawn from a scenario's simulated world."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from tests.clocks import ManualClock
from tests.conductor.fakes import FakeCloudRun
from warroom.clock import Clock
from warroom.drill.scenario.model import ServicePlan
from warroom.drill.world import past
from warroom.drill.world.sampling import BOUNDS_MS
from warroom.drill.world.world import World
from warroom.rollout import split
from warroom.rollout.evidence import Freshness, Histogram, Sample
from warroom.rollout.traffic import Revision, Service, ServiceRef, Share
from warroom.services.errors import ServiceError
from warroom.services.ports import Deployment, Operation, Readings

OPERATION_SECONDS = 6.1


class StillClock:
    """Time that stands at one moment; who sleeps on it sleeps for good."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return self._at

    async def sleep(self, seconds: float) -> None:
        """Never return."""
        await asyncio.get_running_loop().create_future()


class SceneCloudRun(FakeCloudRun):
    """Cloud Run with a scenario's revisions, in production and, apart from it, in staging.

    With a `world`, what a change routes is told to it.
    """

    def __init__(self, plan: ServicePlan, world: World | None = None, clock: ManualClock | None = None) -> None:
        super().__init__(plan.ref)
        self.plan, self.world, self.clock = plan, world, clock
        self.staging = FakeCloudRun(plan.staging_ref or plan.ref)
        live = plan.stable.revision
        url = f"https://live---{plan.name}.test"
        self.looks[plan.name] = replace(
            self.looks[plan.name], serving=(Share("", 100, "live", url),), latest_ready=live, latest_created=live
        )
        self.images = {live: plan.stable.image} | {one.revision: one.image for one in plan.previous}
        self.ready = dict.fromkeys(self.images, True)

    def still(self) -> "SceneCloudRun":
        """A copy as things stand now; what happens to it happens to no world."""
        copy = SceneCloudRun(self.plan)
        copy.looks, copy.ready, copy.images = dict(self.looks), dict(self.ready), dict(self.images)
        copy._number = self._number
        return copy

    def hang(self, method: str) -> None:
        """From now on that method never answers."""
        self.gates[method] = asyncio.Event()

    async def service(self, ref: ServiceRef) -> Service:
        """One look."""
        return await (self.staging.service(ref) if self._stages(ref) else super().service(ref))

    async def revisions(self, ref: ServiceRef) -> tuple[Revision, ...]:
        """Newest first, with their images."""
        found = await super().revisions(ref)
        named = [replace(one, image=self.images.get(one.name, "")) for one in found]
        return tuple(sorted(named, key=lambda one: one.name, reverse=True))

    async def deploy(self, ref: ServiceRef, deployment: Deployment, etag: str, *, dry_run: bool = False) -> Operation:
        """A new revision, known to the world."""
        if self._stages(ref):
            return await self.staging.deploy(ref, deployment, etag, dry_run=dry_run)
        self.images[deployment.revision] = deployment.image
        if self.world is not None:
            self.world.places[ref].introduce(deployment.revision, deployment.image)
        return await super().deploy(ref, deployment, etag, dry_run=dry_run)

    async def finish(self, operation: Operation, on_progress: Callable[[str], None] | None = None) -> Service:
        """Takes its time where there is a clock to take it from."""
        if self.clock is not None:
            self.clock.advance(OPERATION_SECONDS)
        if self._stages(operation.service):
            return await self.staging.finish(operation, on_progress)
        return await super().finish(operation, on_progress)

    def settle(self, ref: ServiceRef | None = None) -> Service:
        """What was asked is served, and users meet it."""
        ref = ref or next(iter(self.looks.values())).ref
        look = super().settle(ref)
        if self.world is not None and self.clock is not None:
            self.world.places[ref].routes.set(self.clock.now(), split.percents(look.serving, look.latest_ready))
        return look

    def _stages(self, ref: ServiceRef) -> bool:
        return ref.project != self.plan.project


class WorldMonitoring:
    """Monitoring that shows what the world's users met, as late as the scenario says."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock

    async def freshness(self, project: str) -> Freshness:
        """The scenario's."""
        metrics = self.world.scenario.metrics
        return Freshness(metrics.sample_period_seconds, metrics.ingest_delay_seconds)

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Samples per revision and period, oldest first."""
        return Readings({ref.name: self._samples(ref, start, end) for ref in services})

    async def past(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """The hours before, newest first."""
        return Readings({ref.name: self._hours(ref, start, end) for ref in services})

    async def close(self) -> None:
        """Nothing to close."""

    def _hours(self, ref: ServiceRef, start: float, end: float) -> tuple[Sample, ...]:
        found = []
        while end > start:
            for revision in past.revisions(self.world, ref):
                codes = past.requests(self.world, ref, revision, end - 3600, end, self.clock.now())
                if codes:
                    errors = sum(count for code, count in codes.items() if code >= 500)
                    found.append(Sample(revision, end - 3600, end, sum(codes.values()), errors))
            end -= 3600
        return tuple(found)

    def _samples(self, ref: ServiceRef, start: float, end: float) -> tuple[Sample, ...]:
        periods = self.world.visible(start, end, self.clock.now())
        found = [
            self._sample(ref, revision, period) for period in periods for revision in sorted(self.world.served(ref))
        ]
        return tuple(sample for sample in found if sample is not None)

    def _sample(self, ref: ServiceRef, revision: str, period: int) -> Sample | None:
        outcomes = self.world.outcomes(ref, revision, period)
        if not outcomes:
            return None
        counts = [0] * (len(BOUNDS_MS) + 1)
        for outcome in outcomes:
            for bucket, count in enumerate(outcome.latency):
                counts[bucket] += count
        seconds = self.world.period_seconds
        return Sample(
            revision,
            period * seconds,
            (period + 1) * seconds,
            requests=sum(one.count for one in outcomes),
            errors=sum(one.count for one in outcomes if one.code >= 500),
            latency=Histogram(BOUNDS_MS, tuple(counts)),
        )


class Silent:
    """Cloud Run, or Monitoring, that answers every question with the same error."""

    def __init__(self, error: ServiceError) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        """Any method."""
        return self._fail

    async def _fail(self, *_: Any, **__: Any) -> Any:
        raise self.error

    async def close(self) -> None:
        """Nothing to close."""
