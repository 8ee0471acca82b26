"""From a lane to a verdict: which limits hold for it, and what the evidence says against them."""

from collections.abc import Iterable, Mapping

from warroom.incident import events
from warroom.incident.mitigation import climbing, since
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import GateLimits, RungRules, ServiceConfig
from warroom.rollout import split
from warroom.rollout.clauses import worst
from warroom.rollout.evidence import Freshness, Grade, Limits, Probe, Verdict
from warroom.rollout.measured.window import normal_slow_ms
from warroom.rollout.verdict import judge
from warroom.services.ports import ProbeResult

SLOW_PROBE_SECONDS = 1.0
"""Half of what a probe waits at most: a health page that takes longer is about to fail, whatever the line."""

LEAST_PROBES = 3


def limits_for(
    lane: Lane, gate: GateLimits, config: ServiceConfig | None, detected_at: float, rung: RungRules | None = None
) -> Limits:
    """The limits of one service: its own, else the rung's, else the gate's.

    Those of response time are last its normal one × slow_factor.
    """
    own = config or ServiceConfig(lane.ref.name, lane.ref.region, lane.ref.project)
    at_rung = rung or RungRules(0)
    slow_ms = own.slow_ms or gate.slow_ms or _normal(lane, gate, detected_at) or _last_slow_ms(lane)
    return Limits(
        error_share=_first(own.error_share, at_rung.error_share, gate.error_share),
        slow_share=_first(own.slow_share, at_rung.slow_share, gate.slow_share),
        slow_ms=slow_ms or Limits().slow_ms,
        probe_failure_share=gate.probe_failure_share,
        stale_seconds=gate.stale_seconds,
        worse_ratio=gate.worse_ratio,
        rejected_share=gate.rejected_share,
        least_events=gate.least_events,
    )


def _first(*limits: float | None) -> float:
    """The first that is given; the last always is."""
    return next(limit for limit in limits if limit is not None)


def concerns(lane: Lane) -> bool:
    """Whether there is a candidate to judge on a lane; asking first spares the others the work."""
    return lane.ladder is not None and not lane.ladder.taken_back


def judge_lane(
    incident: Incident,
    lane: Lane,
    gate: GateLimits,
    limits: Limits,
    freshness: Freshness,
    probes: Mapping[str, Probe],
    now: float,
    *,
    sticky: bool = False,
) -> Verdict | None:
    """The verdict on a lane's candidate now, or None where no candidate is on the ladder.

    With `sticky`, the service has session affinity: how many requests a revision gets then says nothing of it.
    Evidence is the current step's, at most the newest `evidence_minutes` of it: hours of health at 100 % must not
    thin out what fails now.
    """
    climbing = lane.ladder
    if climbing is None or not concerns(lane):
        return None
    lost = incident.lost.get("monitoring")
    percent, oldest = climbing.percent or 0, now - gate.evidence_minutes * 60
    stable = max(climbing.target, key=lambda name: climbing.target[name], default="")
    return judge(
        samples=lane.samples,
        candidate=climbing.candidate,
        stable=stable,
        percent=percent,
        stable_percent=split.apportioned(climbing.target, 100 - percent).get(stable, 0)
        if stable and percent < 100
        else 0,
        sticky=sticky,
        climb_began=None if climbing.climb_began is None else max(climbing.climb_began, oldest),
        step_began=max(climbing.applied_at or now, oldest),
        now=now,
        freshness=freshness,
        limits=limits,
        probes=probes,
        previous=lane.verdict,
        lost=lost.title if lost else "",
    )


def judge_serving(
    incident: Incident,
    lane: Lane,
    gate: GateLimits,
    limits: Limits,
    freshness: Freshness,
    probes: Mapping[str, Probe],
    now: float,
) -> Verdict | None:
    """The verdict on the revision that serves, since the newest act that should have helped.

    None before one, while a hotfix is on its way, and before the service was looked at.
    """
    relief = incident.relief
    if relief is None or climbing((lane,)):
        return None
    found = [
        judge(
            samples=lane.samples,
            candidate=serving,
            stable="",
            percent=100,
            step_began=max(since(lane, relief), now - gate.evidence_minutes * 60),
            now=now,
            freshness=freshness,
            limits=limits,
            probes=probes,
            previous=lane.serving_verdict,
            lost="",
        )
        for serving in serving_revisions(lane)
    ]
    # Of several that share the traffic the worst counts: its users are hurt.
    grades = [one.grade for one in found]
    return found[grades.index(worst(grades))] if found else None


def serving_revisions(lane: Lane) -> list[str]:
    """The revisions that have traffic, most first; none before the service was looked at."""
    shares = split.percents(lane.serving, lane.latest_ready)
    return [name for name in sorted(shares, key=lambda name: -shares[name]) if shares[name]]


def is_newer(verdict: Verdict, stands: Verdict | None) -> bool:
    """Whether a verdict on what serves is to be written down beside the one that stands."""
    if stands is None or verdict.at <= stands.at:
        return stands is None
    silent = verdict.grade is Grade.NO_DATA
    if silent and (stands.candidate, stands.grade, stands.words) == (verdict.candidate, verdict.grade, verdict.words):
        return False
    return not says_the_same(verdict, stands)


def says_the_same(one: Verdict | None, other: Verdict | None) -> bool:
    """True when two verdicts rest on the same evidence and say the same: the journal needs only one of them."""
    return one is not None and other is not None and _gist(one) == _gist(other)


def adds(verdict: Verdict, lane: Lane, *, mine: bool, blind: bool, now: float, probe_seconds: float) -> bool:
    """Whether a verdict is news for a lane. Of several boards one says what there is to say of a step, once.

    `mine`: the one that stands is this process's own, which it may always go on from. Another board's is not gone back
    behind (its evidence reaches further), and where its probes alone fail and ours don't, it stands for twice as long
    as probes count (`probe_seconds`): it says so anew with each minute's evidence. Who reads no metrics (`blind`) while
    another does has bad news only.
    """
    if says_the_same(verdict, lane.verdict):
        return False
    stands = lane.step_verdict
    if mine or stands is None or stands.at > now:  # of a clock that was set back since: it knows nothing of this
        return True
    worse = verdict.grade is Grade.FAIL and stands.grade is not Grade.FAIL
    if blind:
        return worse
    failing = [one.signal for one in stands.clauses if one.grade is Grade.FAIL]
    eased = verdict.grade is not Grade.FAIL and failing == ["probe"]
    return worse or (verdict.at > stands.at and not (eased and now - stands.at < 2 * probe_seconds))


def _normal(lane: Lane, gate: GateLimits, detected_at: float) -> float | None:
    return normal_slow_ms(lane.samples, None, detected_at - gate.normal_gap_minutes * 60, gate.slow_factor)


def _last_slow_ms(lane: Lane) -> float:
    """The limit of the last verdict: after some hours the samples from before the incident are no longer kept."""
    clauses = lane.verdict.clauses if lane.verdict else ()
    return max((one.slow_ms for one in clauses), default=0.0)


def _gist(verdict: Verdict) -> tuple[object, ...]:
    """What a verdict says, without the moment, the data's age, and the probes' running counts."""
    both = (*verdict.clauses, *verdict.stable_clauses)
    clauses = tuple(
        (one.signal, one.revision, one.grade, *(() if one.signal == "probe" else (one.n, one.bad, one.data_end)))
        for one in both
    )
    return verdict.candidate, verdict.percent, verdict.grade, verdict.words, verdict.better, clauses


def slow_seconds(results: Iterable[ProbeResult]) -> float:
    """What a health URL takes by the median of its good answers; 0.0 while that is not slow, or of too few."""
    taken = sorted(one.seconds for one in results if one.ok)
    middle = taken[len(taken) // 2] if len(taken) >= LEAST_PROBES else 0.0
    return round(middle, 1) if middle > SLOW_PROBE_SECONDS else 0.0


def tagged(lane: Lane) -> tuple[str, ...]:
    """Candidate and stable, which have addresses of their own."""
    return (lane.ladder.candidate, *lane.ladder.target) if lane.ladder is not None else ()


def observed(lane: Lane) -> events.Observed:
    """The last look at a lane's service, as the fact that it was."""
    return events.Observed(
        service=lane.ref,
        serving=lane.serving,
        spec=lane.spec,
        latest_ready=lane.latest_ready,
        settled=lane.settled,
        url=lane.url,
        last_modifier=lane.last_modifier,
        ready=lane.ready,
        latest_created=lane.latest_created,
        failure=lane.failure,
        versions=lane.versions,
    )
