"""The simulated world: what users' requests meet, as a pure function of the scenario, the seed and the traffic's past.

Time is in Unix seconds. A sample period is numbered by its start divided by its length, so that periods lie as
Monitoring's do; chance is seeded by the number relative to the drill's beginning, so that a drill repeats itself.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from msgspec import Struct

from warroom.drill.scenario.model import Behaviour, Scenario, ServicePlan
from warroom.drill.world.requests import Outcome, Request, counted, placed
from warroom.drill.world.sampling import binomial, latency_counts, poisson
from warroom.drill.world.timeline import Timeline
from warroom.rollout.traffic import ServiceRef

RETENTION_SECONDS = 24 * 3600.0
"""How far back samples can be asked for; Google keeps six weeks, a drill never needs them."""

_KEPT_PERIODS = 4096
_KEPT_REQUESTS = 100_000
"""Single requests that are kept: a tail reads the newest periods over and over, and memory must stay flat."""


Piece = tuple[float, float, int, Behaviour]
"""A stretch of one period with one share and one behaviour: from and to when (Unix seconds), percent, behaviour."""


class Health(Struct, frozen=True):
    """One answer of a health URL."""

    ok: bool
    seconds: float


class Place:
    """One service in the world: its plan, who serves how much since when, and what its revisions are made of."""

    def __init__(self, plan: ServicePlan, origin: float, *, staging: bool = False) -> None:
        self.healed: Timeline[bool] = Timeline(False)
        self.plan = plan
        self.staging = staging
        self.incident_at = origin - plan.incident.begins_minutes_ago * 60
        self.routes: Timeline[dict[str, int]] = Timeline({plan.stable.revision: 100})
        self._images = {plan.stable.revision: plan.stable.image}
        self._images.update({previous.revision: previous.image for previous in plan.previous})
        self._sick = {plan.stable.image: True} | {previous.image: previous.sick for previous in plan.previous}

    def introduce(self, revision: str, image: str) -> None:
        """There is a new revision with this image."""
        self._images[revision] = image

    def forget(self, revision: str) -> None:
        """The revision is gone."""
        self._images.pop(revision, None)

    def is_candidate(self, revision: str) -> bool:
        """True for what was deployed in the drill with an image that was not there before."""
        return self.is_new(self._images.get(revision, ""))

    def is_new(self, image: str) -> bool:
        """True for an image that no revision had before the drill."""
        return image not in self._sick

    def behaviour(self, revision: str, percent: int, at: float) -> Behaviour:
        """How `revision` treats requests at `at` while it takes `percent` of them."""
        healthy = Behaviour(error_share=self.plan.normal.error_share)
        new = self.is_candidate(revision)
        has_fault = self.plan.candidate.sick if new else self._sick[self._images[revision]]
        if has_fault and at >= self.incident_at and not self.staging and not self.healed.at(at):
            return self.plan.incident
        if not new:
            return healthy
        reached = [level for level in self.plan.candidate.levels if level.from_percent <= percent]
        return reached[-1] if reached else healthy

    def heal(self, at: float, well: bool) -> None:
        """The fault is gone from `at` on, or back; not before what is to come of it already."""
        self.healed.set(max([at, *self.healed.moments()[-1:]]), well)

    def first_candidate_at(self, percent: int) -> float | None:
        """When a candidate first took at least `percent`."""
        return self.routes.since(
            lambda split: any(share >= percent and self.is_candidate(name) for name, share in split.items())
        )


class World:
    """All places of a scenario. `origin` is when the drill began; users were there `history_minutes` before."""

    def __init__(self, scenario: Scenario, origin: float) -> None:
        self.scenario = scenario
        self.origin = origin
        self.period_seconds = scenario.metrics.sample_period_seconds
        self._first_period = math.floor(origin / self.period_seconds)
        self.places: dict[ServiceRef, Place] = {}
        for plan in scenario.services:
            self.places[plan.ref] = Place(plan, origin)
            if plan.staging_ref is not None:
                self.places[plan.staging_ref] = Place(plan, origin, staging=True)
        self._drawn: dict[tuple[ServiceRef, str, int], tuple[Outcome, ...]] = {}
        self._placed_count = 0
        self._requests: dict[tuple[ServiceRef, str, int, int, Behaviour], tuple[Request, ...]] = {}

    def turn_flag(self, flag: str, on: bool, at: float) -> None:
        """The flag is on or off from `at` on: where the fault is in the code behind it, that is so everywhere."""
        for place in self.places.values():
            if flag and place.plan.incident.flag == flag:
                place.heal(at, not on)

    def restore_database(self, at: float) -> None:
        """The data are those of a backup from `at` on: a fault that was in them is gone."""
        for place in self.places.values():
            if place.plan.incident.in_database:
                place.heal(at, True)

    def visible(self, start: float, end: float, now: float) -> range:
        """The numbers of the periods whose end lies in (start, end] and that Monitoring shows at `now`."""
        begun = max(self.origin - self.scenario.history_minutes * 60, now - RETENTION_SECONDS)
        newest = min(end, now - self.scenario.metrics.ingest_delay_seconds)
        stopped_at = self.metrics_stop_at()
        if stopped_at is not None:
            newest = min(newest, stopped_at)
        first = math.floor(max(start, begun) / self.period_seconds)
        return range(first, max(first, math.floor(newest / self.period_seconds)))

    def metrics_stop_at(self) -> float | None:
        """Since when no more points come, or None while they do."""
        percent = self.scenario.metrics.stops_at_percent
        if not percent:
            return None
        moments = [place.first_candidate_at(percent) for place in self.places.values() if not place.staging]
        return min((moment for moment in moments if moment is not None), default=None)

    def served(self, ref: ServiceRef) -> list[str]:
        """The revisions of a service that ever served, in the order of their first request."""
        found: dict[str, None] = {}
        for split in self.places[ref].routes.values():
            found.update({revision: None for revision, percent in split.items() if percent})
        return list(found)

    def outcomes(self, ref: ServiceRef, revision: str, period: int) -> tuple[Outcome, ...]:
        """What became of the requests to `revision` in a period that is over, by response code, ascending."""
        key = (ref, revision, period)
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self._draw(ref, revision, period)
            if len(self._drawn) >= _KEPT_PERIODS:
                del self._drawn[next(iter(self._drawn))]
            self._drawn[key] = drawn
        return drawn

    def health(self, ref: ServiceRef, revision: str, now: float) -> Health:
        """What the health URL of `revision` answers at `now`."""
        place = self.places[ref]
        percent = 0 if place.staging else place.routes.at(now).get(revision, 0)
        behaviour = place.behaviour(revision, percent, now)
        random = self._random(ref, revision, f"health:{now - self.origin:.3f}")
        normal = place.plan.normal
        milliseconds = normal.median_ms * behaviour.latency_factor * random.lognormvariate(0, normal.sigma)
        return Health(ok=random.random() >= behaviour.health_failure_share, seconds=milliseconds / 1000)

    def requests(self, ref: ServiceRef, revision: str, period: int) -> Sequence[Request]:
        """Every single request of a period to `revision`, as far as its traffic is known by now, in order of time.

        Their counts are what `outcomes` tells of the period once it is over: both are made of the same draws.
        """
        found: list[Request] = []
        for start, end, percent, behaviour in self.pieces(ref, revision, period):
            whole = self._placed(ref, revision, period, percent, behaviour)
            if end - start >= self.period_seconds:
                return whole
            found += whole[bisect_left(whole, start, key=_at) : bisect_left(whole, end, key=_at)]
        return found

    def pieces(self, ref: ServiceRef, revision: str, period: int) -> tuple[Piece, ...]:
        """The stretches of the period with one share and one behaviour: oldest first."""
        place = self.places[ref]
        start, end = period * self.period_seconds, (period + 1) * self.period_seconds
        cuts = [start, *([place.incident_at] if start < place.incident_at < end else []), end]
        return tuple(
            (since, until, split[revision], place.behaviour(revision, 0 if place.staging else split[revision], since))
            for low, high in pairwise(cuts)
            for since, until, split in place.routes.pieces(low, high)
            if split.get(revision)
        )

    def _draw(self, ref: ServiceRef, revision: str, period: int) -> tuple[Outcome, ...]:
        pieces = self.pieces(ref, revision, period)
        if len(pieces) == 1 and pieces[0][1] - pieces[0][0] >= self.period_seconds:
            return self._whole(ref, revision, period, *pieces[0][2:])
        return counted(self.requests(ref, revision, period))

    def _whole(
        self, ref: ServiceRef, revision: str, period: int, percent: int, behaviour: Behaviour
    ) -> tuple[Outcome, ...]:
        """What becomes of a whole period's requests at one share and with one behaviour.

        Of a period that is cut each piece takes its part, by the requests' moments: so what was told of its first
        seconds while they passed stays true, whatever the traffic does later.
        """
        place = self.places[ref]
        normal = place.plan.normal
        random = self._random(ref, revision, f"period:{period - self._first_period}")
        # Users come and go: the load of a minute is the same for all revisions and wavers by a few percent.
        load = self._random(ref, "load", f"{period - self._first_period}").uniform(0.94, 1.06)
        a_second = place.plan.staging_requests_per_second if place.staging else normal.requests_per_second
        requests = poisson(random, a_second * load * self.period_seconds * percent / 100)
        # A load test of the team's knows none of the users' odd requests: what errs in staging is the revision's own.
        noise = normal.error_share if place.staging else 0.0
        errors = binomial(random, requests, max(0.0, behaviour.error_share - noise))
        refused = binomial(random, requests - errors, normal.client_error_share)
        median_ms = normal.median_ms * behaviour.latency_factor
        found = [
            Outcome(code, count, _trimmed(latency_counts(random, count, median_ms, normal.sigma)))
            for code, count in ((200, requests - errors - refused), (404, refused), (500, errors))
        ]
        return tuple(one for one in found if one.count)

    def _placed(
        self, ref: ServiceRef, revision: str, period: int, percent: int, behaviour: Behaviour
    ) -> tuple[Request, ...]:
        key = (ref, revision, period, percent, behaviour)
        found = self._requests.get(key)
        if found is None:
            random = self._random(ref, revision, f"moments:{period - self._first_period}")
            whole = self._whole(ref, revision, period, percent, behaviour)
            found = placed(random, period * self.period_seconds, self.period_seconds, whole)
            self._placed_count += len(found)
            while self._requests and self._placed_count > _KEPT_REQUESTS:
                self._placed_count -= len(self._requests.pop(next(iter(self._requests))))
            self._requests[key] = found
        return found

    def _random(self, ref: ServiceRef, revision: str, what: str) -> Random:
        return Random(f"{self.scenario.seed}:{ref.path}:{revision}:{what}")


def _at(one: Request) -> float:
    return one.at


def _trimmed(counts: list[int]) -> tuple[int, ...]:
    end = len(counts)
    while end and not counts[end - 1]:
        end -= 1
    return tuple(counts[:end])
