"""What a fact means for one lane: looks, changes, the ladder, samples, verdicts, probes. Pure."""

from bisect import bisect_left
from collections.abc import Iterable

from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.change import BACK, Action, Ended, Intent, Outcome, fields
from warroom.incident.events import Event
from warroom.incident.lane import drift, retreats
from warroom.incident.state import Change, Ladder, Lane, ProbeState
from warroom.rollout.evidence import Sample, Verdict
from warroom.rollout.traffic import NEVER

SAMPLES_KEPT_SECONDS = 6 * 3600.0
"""Samples that ended longer before the newest are forgotten; the journal has them all."""

TURNS_KEPT = 200
SUPERSEDED_KEPT = 8


def observed(lane: Lane, event: Event, fact: events.Observed) -> Lane:
    """After a look at the service."""
    return replace(
        retreats.seen(lane, fact),
        serving=fact.serving,
        spec=fact.spec,
        latest_ready=fact.latest_ready,
        settled=fact.settled,
        url=fact.url,
        last_modifier=fact.last_modifier,
        ready=fact.ready,
        latest_created=fact.latest_created,
        failure=fact.failure,
        versions=fact.versions,
        known=lane.known | (fact.ready.keys() & {*lane.own}) if lane.known else lane.known,
        observed_at=event.at,
    )


def intended(lane: Lane, event: Event, fact: events.ChangeIntended) -> Lane:
    """A change is about to be sent. One whose outcome is still open stands back for it."""
    asked = fields(fact, Intent)
    change = Change(id=fact.change, intended_at=event.at, actor=event.actor, before=lane.spec, seq=event.seq, **asked)
    superseded = lane.superseded
    if lane.in_flight is not None:
        superseded = (*superseded, lane.in_flight)[-SUPERSEDED_KEPT:]
    own = (*lane.own, fact.revision) if fact.action == Action.DEPLOY and fact.revision else lane.own
    return replace(retreats.sent(lane, change), in_flight=change, superseded=superseded, own=own)


def open_changes(lane: Lane) -> tuple[Change, ...]:
    """Those whose outcome is still open, the newest first."""
    return (*((lane.in_flight,) if lane.in_flight else ()), *reversed(lane.superseded))


def progressed(lane: Lane, change: Change) -> Lane:
    """An open change has become known a little better; it stays open."""
    if lane.in_flight is not None and lane.in_flight.seq == change.seq:
        return replace(lane, in_flight=change)
    return replace(lane, superseded=tuple(change if old.seq == change.seq else old for old in lane.superseded))


def ended(lane: Lane, change: Change) -> Lane:
    """An open change has come to its end."""
    in_flight = lane.in_flight
    if in_flight is not None and in_flight.seq == change.seq:
        in_flight = None
    superseded = tuple(waiting for waiting in lane.superseded if waiting.seq != change.seq)
    last, now_ended = lane.last_change, change
    late = lane.in_flight is None or lane.in_flight.seq != change.seq
    holds = change.outcome == Outcome.APPLIED and last is not None and last.outcome != Outcome.APPLIED
    if late and last is not None and last.order >= change.order and not holds:
        change = last  # it ended after a later one did, and is not the last
    return replace(lane, in_flight=in_flight, superseded=superseded, last_change=change, ended=now_ended)


def failed(lane: Lane, event: Event, change: Change) -> Lane:
    """A change has ended, and does not hold: of those that it was sent over the newest is under way again."""
    lane = ended(retreats.failed(lane, change, event), change)
    if lane.in_flight is not None or not lane.superseded:
        return lane
    return replace(lane, in_flight=lane.superseded[-1], superseded=lane.superseded[:-1])


def applied(lane: Lane, event: Event, fact: events.ChangeApplied, change: Change) -> Lane:
    """The service shows a change.

    Where a later one of ours is known to hold at Cloud Run, though it was written down before, it says nothing of now.
    """
    done = replace(
        change, outcome=Outcome.APPLIED, unknown=False, ended_at=event.at, ended_seq=event.seq, seconds=fact.seconds
    )
    if NEVER < fact.moment < lane.landed:
        # What is last stays so.
        after = ended(retreats.late(lane, done, event), done)
        return replace(after, last_change=lane.last_change, changes=lane.changes + 1)
    newer = NEVER < lane.landed < fact.moment
    lane = retreats.applied(lane, done, event, newer=newer)
    lane = ended(drift.after_change(lane, change, fact.spec, newer=newer), done)
    return replace(
        lane,
        serving=fact.serving,
        spec=fact.spec or change.split,
        settled=True,
        observed_at=event.at,
        ladder=_climbed(lane.ladder, change, event.at, newer=newer),
        changes=lane.changes + 1,
        landed=max(lane.landed, fact.moment),
        un_pinned_at=event.at if change.action == Action.UN_PIN else None,
    )


def ladder_started(lane: Lane, event: Event, fact: events.LadderStarted) -> Lane:
    """A candidate may climb. It stands at 0 % unless its deployment's outcome is still open.

    Two boards may both find its deployment and say so, and one of them may have gone on meanwhile: said again, it
    stands where it stood, and is judged anew.
    """
    if lane.ladder is not None and lane.ladder.candidate == fact.candidate:
        return replace(lane, verdict=None)
    coming, last = lane.in_flight, lane.last_change
    stands = last is not None and last.outcome == Outcome.APPLIED and last.revision == fact.candidate
    # Of two deployments in one second one is refused, and both would have had that name.
    waiting = not stands and coming is not None and (coming.action, coming.revision) == ("deploy", fact.candidate)
    ladder = Ladder(
        candidate=fact.candidate,
        tag=fact.tag,
        target=fact.target,
        rungs=fact.rungs,
        usual_bake_seconds=fact.bake_seconds,
        bakes=fact.bakes,
        started_at=event.at,
        percent=None if waiting else 0,
    )
    # What is there now is nobody's news; the candidate joins when it is seen.
    return replace(lane, ladder=ladder, verdict=None, known=frozenset(lane.ready))


def held(lane: Lane, event: Event, fact: events.LadderHeld) -> Lane:
    """The ladder's clock stops; a second hold only says another reason, where it says one."""
    ladder = lane.ladder
    if ladder is None or ladder.ended:
        return lane
    since = event.at if ladder.held_since is None else ladder.held_since
    return replace(lane, ladder=replace(ladder, held_since=since, held_reason=fact.reason or ladder.held_reason))


def resumed(lane: Lane, event: Event, fact: events.LadderResumed) -> Lane:
    """The ladder's clock goes on."""
    ladder = lane.ladder
    if ladder is None or ladder.held_since is None:
        return lane
    # Held at the ladder's foot and resumed on a rung cannot be: an applied advance ends a hold.
    seconds = ladder.held_seconds + max(0.0, event.at - ladder.held_since)
    return replace(lane, ladder=replace(ladder, held_since=None, held_reason="", held_seconds=seconds))


def auto_set(lane: Lane, event: Event, fact: events.AutoAdvanceSet) -> Lane:
    """Auto-advance is switched on or off."""
    if lane.ladder is None:
        return lane
    return replace(lane, ladder=replace(lane.ladder, auto=fact.on, auto_owner=fact.owner))


def sampled(lane: Lane, event: Event, fact: events.Sampled) -> Lane:
    """New samples, or later corrections of known ones."""
    return replace(lane, samples=merged(lane.samples, fact.samples))


def judged(lane: Lane, event: Event, fact: events.Judged) -> Lane:
    """A verdict; a turn where grade or percent differ from the last one's."""
    verdict = fact.verdict
    turns = lane.verdicts
    if turned(lane, verdict):
        turns = (*turns, (event.at, verdict.percent, verdict.grade))[-TURNS_KEPT:]
    return replace(lane, verdict=verdict, verdicts=turns)


def serving_judged(lane: Lane, event: Event, fact: events.ServingJudged) -> Lane:
    """A verdict on what serves where no hotfix is on its way."""
    return replace(lane, serving_verdict=fact.verdict)


def past_read(lane: Lane, event: Event, fact: events.PastRead) -> Lane:
    """What revisions did in the days before; the newest reading counts."""
    return replace(lane, past=fact) if lane.past is None or fact.until >= lane.past.until else lane


def turned(lane: Lane, verdict: Verdict) -> bool:
    """Whether a verdict has another grade, or is of another step, than the one before it."""
    before = lane.verdict
    return before is None or (before.grade, before.percent) != (verdict.grade, verdict.percent)


def probe_changed(lane: Lane, event: Event, fact: events.ProbeChanged) -> Lane:
    """A health URL answers differently."""
    before = lane.probes.get(fact.revision)
    same = before is not None and (before.ok, before.refused) == (fact.ok, fact.refused)
    since = before.since if before is not None and same else event.at
    now = ProbeState(fact.ok, fact.detail, since, fact.slow_seconds, fact.refused)
    return replace(lane, probes={**lane.probes, fact.revision: now})


def merged(old: tuple[Sample, ...], new: Iterable[Sample]) -> tuple[Sample, ...]:
    """`old` and `new` ordered by (end, revision), one each, the newer winning, without those past their time.

    `old` must be so ordered. Only what lies at or after the oldest of `new` is touched, which is what keeps folding
    a long incident fast.
    """
    latest = {_key(sample): sample for sample in new}
    if not latest:
        return old
    cut = bisect_left(old, min(latest), key=_key)
    latest = {_key(sample): sample for sample in old[cut:]} | latest
    whole = (*old[:cut], *(latest[key] for key in sorted(latest)))
    horizon = whole[-1].end - SAMPLES_KEPT_SECONDS
    return whole[bisect_left(whole, horizon, key=_end) :]


def _climbed(ladder: Ladder | None, change: Change, at: float, *, newer: bool) -> Ladder | None:
    """The ladder after a change. One that was taken back ends, unless an advance came to Cloud Run after that."""
    if ladder is None:
        return None
    if change.action in BACK:
        how = ladder.ended if ladder.taken_back else BACK[change.action]
        return replace(_at_step(ladder, change, at), ended=how)
    if change.action == Action.DEPLOY and change.revision == ladder.candidate:
        return replace(ladder, percent=0)
    overtaken = newer and change.action == Action.ADVANCE
    if change.action not in (Action.ADVANCE, Action.RESTORE) or (ladder.taken_back and not overtaken):
        return ladder
    return replace(_at_step(ladder, change, at), ended=Ended.COMPLETE if change.candidate_percent >= 100 else Ended.NOT)


def _at_step(ladder: Ladder, change: Change, at: float) -> Ladder:
    """A new step begins, with its own clock."""
    began = ladder.climb_began if ladder.percent and ladder.climb_began is not None else at
    return replace(
        ladder, percent=change.candidate_percent, applied_at=at, held_since=None, held_reason="", held_seconds=0.0,
        climb_began=began if change.candidate_percent else None,
    )  # fmt: skip


def _key(sample: Sample) -> tuple[float, str]:
    return sample.end, sample.revision


def _end(sample: Sample) -> float:
    return sample.end
