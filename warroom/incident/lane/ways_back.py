"""Where traffic may go back to, the best first: what is known of each revision, and nothing that is not. Pure.

A revision is *healthy* where its newest samples lie surely within the absolute limits, as for a PASS. One that nothing
is measured of counts for more when it is from before the revision that failed: it was there when all was well.
"""

from collections.abc import Sequence

from msgspec import Struct

from warroom.clock import ago
from warroom.incident.change import Ended
from warroom.incident.state import Lane
from warroom.rollout import words
from warroom.rollout.evidence import Limits, Sample, Verdict
from warroom.rollout.rules.passing import PASS_Z
from warroom.rollout.signals import BY_ID, JUDGED, data_end, evidence
from warroom.rollout.split import percents
from warroom.rollout.stats import wilson

NEWEST_SECONDS = 5 * 60.0
"""So much of a revision's newest samples says how it is."""

HEALTHY, EARLIER, UNKNOWN, FAILING, NOT_READY = range(5)


class Way(Struct, frozen=True):
    """One revision to go back to. `rank` is one of the above; `measured` its newest error rate ("" for none).

    `seen_at` is when its newest sample ends (Unix seconds). `before` is the revision that an EARLIER one is older than.
    """

    revision: str
    rank: int
    ready: bool
    measured: str = ""
    seen_at: float | None = None
    before: str = ""

    @property
    def proposed(self) -> bool:
        """Whether anything speaks for it."""
        return self.rank <= EARLIER

    def why(self, now: float) -> str:
        """What speaks for it, in a phrase; "" where nothing does."""
        if self.rank == HEALTHY and self.seen_at is not None:
            return f"measured healthy, {self.measured} {ago(self.seen_at, now)} ago"
        return f"from before {self.before}, not measured" if self.rank == EARLIER else ""


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
    found = [
        _way(lane, name, samples.get(name, []), limits, failed if name in older else "")
        for name in names
        if name != suspect and serving.get(name, 0) < 100
    ]
    return tuple(sorted(found, key=lambda one: one.rank))


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
    elif probe is not None and not probe.ok:
        rank = FAILING
    elif rank == UNKNOWN and not measured and before:
        rank = EARLIER
    return Way(name, rank, ready, measured, seen if measured else None, before if rank == EARLIER else "")


def _measured(samples: Sequence[Sample], limits: Limits) -> int:
    """What the samples say against the limits: surely within all that is measured, beyond one, or not to be told."""
    counts = [(one.count(samples, limits), one.share(limits)) for one in JUDGED]
    known = [(count, limit) for count, limit in counts if count.n]
    if any(count.bad / count.n > limit for count, limit in known):
        return FAILING
    sure = all(wilson(count.bad, count.n, PASS_Z)[1] <= limit for count, limit in known)
    return HEALTHY if counts[0][0].n and sure else UNKNOWN
