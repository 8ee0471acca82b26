"""What went well and what could be improved, as far as facts tell it. Sentences in Markdown."""

from itertools import pairwise

from warroom.clock import duration
from warroom.incident import clocks
from warroom.incident.change import BACK, Action, Outcome
from warroom.incident.clocks import Countdown
from warroom.incident.events import SourceLost
from warroom.incident.fold import JOURNAL
from warroom.protocol.model import Protocol
from warroom.report.ends import but
from warroom.report.history import History, Made, Turn
from warroom.report.safe import SHORT, inline
from warroom.rollout.evidence import Grade

FIX = {
    "ready": "fix ready",
    "first_traffic": "fix in production",
    "full_traffic": "fix at 100 %",
    "mitigated": "mitigated",
}
"""What counts as the fix, in words."""


class Lessons:
    """Two lists that each finding goes into one of."""

    def __init__(self) -> None:
        self.well: list[str] = []
        self.better: list[str] = []

    def add(self, good: bool, sentence: str) -> None:
        """Put a finding where it belongs."""
        (self.well if good else self.better).append(sentence)


def lessons(history: History, protocol: Protocol, now: float) -> Lessons:
    """All findings, in the order of the incident."""
    found = Lessons()
    _sla(found, history, protocol, now)
    _phases(found, history, protocol, now)
    _advances(found, history)
    _failures(found, history)
    _changes(found, history)
    _updates(found, history, protocol, now)
    _roles(found, history, protocol)
    _sources(found, history, now)
    return found


def _sla(found: Lessons, history: History, protocol: Protocol, now: float) -> None:
    both = clocks.sla(history.incident, protocol, now)
    if both is None:
        return
    for name, clock in zip((FIX[protocol.sla.fix_means], "resolved"), both, strict=True):
        if clock.met_at is not None or clock.breached:
            found.add(not (clock.breached or clock.unshown), f"SLA, {name}: {outcome(clock)}.")


def outcome(clock: Countdown) -> str:
    """How one limit was kept: met with how much to spare, missed by how much, or still open."""
    took, limit = duration(clock.elapsed), duration(clock.limit)
    if clock.met_at is None:
        return f"missed by {duration(-clock.left)} so far" if clock.breached else f"open, {duration(clock.left)} left"
    if clock.breached:
        return f"missed by {duration(-clock.left)} ({took}, limit {limit})"
    if clock.unshown:
        return f"stopped by decision after {took} of {limit}, users not measured to be better"
    return f"met with {duration(clock.left)} to spare ({took} of {limit})"


def _phases(found: Lessons, history: History, protocol: Protocol, now: float) -> None:
    budgets = {
        phase.title: clocks.phase_budget(history.incident, protocol, phase.id, now)
        for phase in protocol.phases
        if phase.id in history.incident.phases
    }
    late = [
        f"{inline(title, SHORT)} took {duration(budget.used)}, {duration(budget.over)} over its budget"
        for title, budget in budgets.items()
        if budget.over
    ]
    if late:
        found.add(False, f"{'; '.join(late)}.")
    elif budgets:
        found.add(True, "Every phase that was begun kept its budget.")


def _advances(found: Lessons, history: History) -> None:
    """Climbing from a rung that had traffic must stand on PASS; from 0 % there is nothing to judge yet."""
    applied = [one for one in history.made if one.change.outcome == Outcome.APPLIED]
    climbed = [one for one in applied if one.change.action == Action.ADVANCE]
    judged = [one for one in climbed if one.before > 0]
    for one in judged:
        if one.change.grade != Grade.PASS:
            found.add(False, _against(one))
    if judged and all(one.change.grade == Grade.PASS for one in judged):
        which = "The one advance" if len(judged) == 1 else f"All {len(judged)} advances"
        found.add(True, f"{which} of a hotfix with traffic stood on PASS.")


def _against(one: Made) -> str:
    grade = one.change.grade or "no verdict"
    how = "on weak evidence" if grade == Grade.WEAK else f"against the verdict ({inline(grade, SHORT)})"
    reason = inline(one.change.reason, SHORT) or "none"
    return f"Advanced from {one.before} % to {one.change.candidate_percent} % {how}; reason given: {reason}."


def _failures(found: Lessons, history: History) -> None:
    """For each FAIL: how long until somebody, or something, took the traffic back."""
    for turn in history.turns:
        if turn.verdict.grade is not Grade.FAIL:
            continue
        back = _taken_back(history, turn)
        where = f"FAIL at {turn.verdict.percent} %"
        if back is not None:
            seconds = back.change.intended_at - turn.at
            how = "Aborted" if back.change.action == Action.ABORT else "Rolled back"
            told = f"{how} after {where}: asked for within {seconds:.0f} s, applied {_after(back, turn)} after it."
            if trouble := but(back.change):
                told = f"Going back was asked for within {seconds:.0f} s of {where}, but {trouble}."
            found.add(not trouble and seconds <= _bake_seconds(history, turn), told)
        elif _next_turn(history, turn) is None:
            found.add(False, f"{where} of {inline(turn.service, SHORT)} was not answered by going back.")


def _after(back: Made, turn: Turn) -> str:
    """How long after the FAIL going back was applied."""
    return f"{(back.change.ended_at or back.change.intended_at) - turn.at:.0f} s"


def _taken_back(history: History, turn: Turn) -> Made | None:
    """The first retreat after a FAIL that held, else the first one, while no other verdict had come."""
    following = _next_turn(history, turn)
    until = float("inf") if following is None else following.at
    retreats = [
        one
        for one in history.made
        if one.service == turn.service and one.change.action in BACK and turn.at <= one.change.intended_at <= until
    ]
    held = (one for one in retreats if one.change.outcome == Outcome.APPLIED)
    return next(held, retreats[0] if retreats else None)


def _next_turn(history: History, turn: Turn) -> Turn | None:
    return next((one for one in history.turns if one.service == turn.service and one.at > turn.at), None)


def _bake_seconds(history: History, turn: Turn) -> float:
    """The ladder's own measure of what is quick: the rung's bake."""
    climb = next((one for one in reversed(history.climbs) if one.service == turn.service), None)
    return 0.0 if climb is None else climb.bakes.get(turn.verdict.percent, climb.bake_seconds)


def _changes(found: Lessons, history: History) -> None:
    for one in history.made:
        change = one.change
        if change.outcome == Outcome.FAILED:
            found.add(False, f"A change failed ({inline(change.action, SHORT)}): {inline(change.title, SHORT)}.")
        elif change.unknown:
            found.add(False, f"What became of a change stayed unknown ({inline(change.action, SHORT)}).")
        elif change.outcome == Outcome.NOT_APPLIED or (change.outcome == Outcome.SUPERSEDED and change.action in BACK):
            why = f": {inline(change.title, SHORT)}" if change.title else ""
            found.add(False, f"A change did not happen ({inline(change.action, SHORT)}, {change.outcome}){why}.")


def _updates(found: Lessons, history: History, protocol: Protocol, now: float) -> None:
    incident = history.incident
    cadence = protocol.update_minutes(incident.severity) * 60
    end = clocks.stopped(incident, now)
    moments = [incident.declared_at, *(event.at for event in history.updates if event.at < end), end]
    gaps = [later - earlier for earlier, later in pairwise(moments) if later - earlier > cadence]
    if gaps:
        often = "once" if len(gaps) == 1 else f"{len(gaps)} times"
        found.add(False, f"Stakeholders waited longer than {duration(cadence)} {often}, at most {duration(max(gaps))}.")
    elif history.updates:
        found.add(True, f"Updates went out at least every {duration(cadence)}.")


def _roles(found: Lessons, history: History, protocol: Protocol) -> None:
    roles = history.incident.roles
    core = [role for role in protocol.roles if role.kind == "core"]
    silent = [role.title for role in core if role.id in roles and roles[role.id].acknowledged_at is None]
    missing = [role.title for role in core if role.id not in roles]
    if silent:
        found.add(False, f"Never acknowledged: {inline(', '.join(silent))}.")
    if missing:
        found.add(False, f"Held by nobody: {inline(', '.join(missing))}.")
    if core and not silent and not missing:
        found.add(True, "Every core role was held and acknowledged.")


def _sources(found: Lessons, history: History, now: float) -> None:
    for event in history.log:
        if isinstance(event.fact, SourceLost) and event.fact.source == JOURNAL:
            found.add(False, f"The journal was {inline(event.fact.title, SHORT)}.")
    for outage in history.outages:
        if outage.source == JOURNAL:
            continue
        end = clocks.stopped(history.incident, now) if outage.until is None else outage.until
        length = duration(max(0.0, end - outage.since))
        found.add(False, f"{inline(outage.source, SHORT)} could not be read for {length}.")
