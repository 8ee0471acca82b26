"""Where traffic may go back to, the best first: what is known of each revision, and nothing that is not. Pure.

A revision is *healthy* where its newest samples lie surely within the absolute limits, as for a PASS; of one that
serves no more the last hours of its service say so. One that nothing is measured of counts for more when it is from
before the revision that failed, unless it is known never to have served: merely being there is no merit.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import ago, far
from warroom.incident.change import Ended
from warroom.incident.state import Lane
from warroom.rollout import words
from warroom.rollout.evidence import Limits, Sample, Verdict
from warroom.rollout.measured.past import Served
from warroom.rollout.measured.stats import wilson
from warroom.rollout.rules.passing import PASS_Z
from warroom.rollout.signals import BY_ID, JUDGED, data_end, evidence
from warroom.rollout.split import percents

NEWEST_SECONDS = 5 * 60.0
"""So much of a revision's newest samples says how it is."""

HEALTHY, EARLIER, UNKNOWN, FAILING, NOT_READY = range(5)


class Way(Struct, frozen=True):
    """One revision to go back to. `rank` is one of the above; `measured` its newest error rate ("" for none).

    `seen_at` is when its newest sample ends, or its service (Unix seconds). `before` is the revision that an EARLIER
    one is older than. `percent` is what it serves now. `served` is its service before the incident, None where none was
    seen; `asked_since` from when on that was looked for, None while it was not. `made_at` is when it was created.
    """

    revision: str
    rank: int
    ready: bool
    measured: str = ""
    seen_at: float | None = None
    before: str = ""
    percent: int = 0
    served: Served | None = None
    asked_since: float | None = None
    made_at: float | None = None

    @property
    def proposed(self) -> bool:
        """Whether anything speaks for it."""
        return self.rank <= EARLIER

    @property
    def never_served(self) -> bool:
        """Whether all of its time was looked through, and nobody was served by it."""
        if self.asked_since is None or self.served is not None or self.measured:
            return False
        return self.made_at is not None and self.made_at >= self.asked_since

    @property
    def by_its_past(self) -> bool:
        """Whether its rate is that of its last hours of service."""
        return self.served is not None and self.seen_at == self.served.until

    def why(self, now: float) -> str:
        """What speaks for it, in a phrase; "" where nothing does."""
        if self.rank == HEALTHY and self.served is not None and self.by_its_past:
            return f"it served until {far(now - self.served.until)} ago, {self.measured} in its last hours"
        if self.rank == HEALTHY and self.seen_at is not None:
            return f"measured healthy, {self.measured} {ago(self.seen_at, now)} ago"
        return f"from before {self.before}, not measured" if self.rank == EARLIER else ""

    def against(self) -> str:
        """What speaks against it, in a phrase, where nothing speaks for it."""
        if self.rank == NOT_READY:
            return "it is not Ready"
        if self.rank == FAILING:
            return self.measured or "its health address answers badly or slowly"
        return "it was never seen serving" if self.never_served else "it is not known to be healthy"

    def history(self, now: float) -> str:
        """Since when it served and until when; what is not known of that."""
        if self.asked_since is None:
            return "when it served is not known yet"
        asked = far(now - self.asked_since)
        if self.served is None:
            return "never seen serving" if self.never_served else f"not seen serving in the last {asked}"
        first = self.served.since <= self.asked_since + 3600 and not (self.made_at and self.made_at > self.asked_since)
        since = f"for more than {asked}" if first else f"since {far(now - self.served.since)} ago"
        if self.percent:
            return f"serves {since}"
        share = "" if self.served.share > 0.995 else f", {words.percent(self.served.share)} of the requests"
        if first:
            return f"served until {far(now - self.served.until)} ago{share}"
        return f"served {far(now - self.served.since)} to {far(now - self.served.until)} ago{share}"


def ways_back(lane: Lane, limits: Limits) -> tuple[Way, ...]:
    """All but the hotfix that is under suspicion and what serves everything already, the best first.

    Of equals the newest comes first, as revisions are known.
    """
    names, serving = list(lane.ready), percents(lane.serving, lane.latest_ready)
    climbing = lane.ladder
    suspect = climbing.candidate if climbing is not None and climbing.ended != Ended.COMPLETE else ""
    failed = _failed(lane, names, serving, suspect)
    older = names[names.index(failed) + 1 :] if failed else []
    samples: dict[str, list[Sample]] = {}
    for one in evidence(lane.samples):
        samples.setdefault(one.revision, []).append(one)
    # What serves, or did when the ladder began, is the patient: what it was before says nothing of it.
    patients = {*serving, *(climbing.target if climbing is not None else ())}
    found = [
        _with_past(
            lane, _way(lane, name, samples.get(name, []), limits, failed if name in older else ""), limits, patients
        )
        for name in names
        if name != suspect and serving.get(name, 0) < 100
    ]
    told = [replace(one, percent=serving.get(one.revision, 0)) for one in found]
    return tuple(sorted(told, key=lambda one: one.rank))


def of(ways: Sequence[Way], revision: str) -> Way | None:
    """The one that leads to that revision."""
    return next((one for one in ways if one.revision == revision), None)


def reason_for(lane: Lane, ways: Sequence[Way], revision: str) -> str:
    """Why going to `revision` takes a reason: another one is proposed, or none is; "" where it takes none.

    None is taken by the proposed one, by what serves everything already, where no revision was seen at all, and by the
    abort's own target while it is not known to fail and nothing better was seen healthy.
    """
    best, chosen = proposed(ways), of(ways, revision)
    if not ways or (best is not None and best.revision == revision):
        return ""
    if percents(lane.serving, lane.latest_ready).get(revision) == 100:
        return ""
    ours = lane.ladder is not None and revision in lane.ladder.target
    if ours and chosen is not None and chosen.rank <= UNKNOWN and (best is None or best.rank > HEALTHY):
        return ""
    against = chosen.against() if chosen is not None and not chosen.proposed else "it is not the one proposed"
    instead = f"proposed is {best.revision}" if best is not None else "no revision is known to help"
    return f"{revision}: {against}; {instead}"


def proposed(ways: Sequence[Way]) -> Way | None:
    """The one to propose; None where none is known to be any better."""
    return ways[0] if ways and ways[0].proposed else None


def limits_of(verdict: Verdict) -> Limits:
    """The limits that a verdict was given by."""
    given = {one.signal: one for one in (*verdict.stable_clauses, *verdict.clauses)}
    errors, latency, usual = given.get("errors"), given.get("latency"), Limits()
    return Limits(
        error_share=(errors.limit if errors else 0.0) or usual.error_share,
        slow_share=(latency.limit if latency else 0.0) or usual.slow_share,
        slow_ms=(latency.slow_ms if latency else 0.0) or usual.slow_ms,
    )


def instead(lane: Lane, verdict: Verdict) -> Way | None:
    """What to go back to where stable fails as well; None where no other revision is known to be better."""
    return proposed([one for one in ways_back(lane, limits_of(verdict)) if one.revision != verdict.stable])


def _failed(lane: Lane, names: list[str], serving: dict[str, int], suspect: str) -> str:
    """The oldest of those that serve, or served when the ladder began; "" where none of them is known."""
    those = {*serving, *(lane.ladder.target if lane.ladder else ())} - {suspect}
    return max((name for name in names if name in those), key=names.index, default="")


def _way(lane: Lane, name: str, own: Sequence[Sample], limits: Limits, before: str) -> Way:
    seen = data_end(own)
    newest = [one for one in own if seen is not None and one.start >= seen - NEWEST_SECONDS]
    ready, probe = lane.ready[name], lane.probes.get(name)
    share = BY_ID["errors"].count(newest, limits)
    measured = f"errors {words.percent(share.bad / share.n)} of {words.count(share.n)}" if share.n else ""
    rank = _measured(newest, limits)
    if not ready:
        rank = NOT_READY
    elif probe is not None and (not probe.ok or probe.slow_seconds) and not lane.turned_away(name):
        rank = FAILING
    elif rank == UNKNOWN and not measured and before:
        rank = EARLIER
    return Way(name, rank, ready, measured, seen if measured else None, before if rank == EARLIER else "")


def _with_past(lane: Lane, way: Way, limits: Limits, patients: set[str]) -> Way:
    """The same with its service before the incident; where no newer sample judges it, that does."""
    past = lane.past
    if past is None:
        return way
    own, made = past.served.get(way.revision), past.made.get(way.revision)
    way = replace(way, served=own, asked_since=past.since, made_at=made)
    if own is not None and way.rank in (EARLIER, UNKNOWN) and way.revision not in patients:
        over = own.errors / own.requests > limits.error_share
        sure = wilson(own.errors, own.requests, PASS_Z)[1] <= limits.error_share
        rate = f"errors {words.percent(own.errors / own.requests)} of {words.count(own.requests)}"
        rank = FAILING if over else HEALTHY if sure else way.rank
        return replace(way, rank=rank, measured=rate, seen_at=own.until, before=way.before if rank == EARLIER else "")
    return replace(way, rank=UNKNOWN, before="") if way.rank == EARLIER and way.never_served else way


def _measured(samples: Sequence[Sample], limits: Limits) -> int:
    """What the samples say against the limits: surely within all that is measured, beyond one, or not to be told."""
    counts = [(one.count(samples, limits), one.share(limits)) for one in JUDGED]
    known = [(count, limit) for count, limit in counts if count.n]
    if any(count.bad / count.n > limit for count, limit in known):
        return FAILING
    sure = all(wilson(count.bad, count.n, PASS_Z)[1] <= limit for count, limit in known)
    return HEALTHY if counts[0][0].n and sure else UNKNOWN
