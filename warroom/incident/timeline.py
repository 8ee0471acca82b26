"""One event in words, for the timeline and the report. Texts from outside stand in it as they came."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import duration
from warroom.incident import events, mitigation
from warroom.incident.change import Action, Outcome
from warroom.incident.comms import words as words_outward
from warroom.incident.events import ChangeIntended, Event
from warroom.incident.lane import services, whose, words_drift, words_probe, words_staging
from warroom.incident.roles import words as words_people
from warroom.incident.sends import words as words_sends
from warroom.incident.steps import steps as commands
from warroom.incident.steps import words as words_commands
from warroom.incident.triage import words as words_steering
from warroom.incident.validation import words as words_validation
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Split

Said = tuple[str, str]
"""A sentence, and its tone: plain, dim, accent, good, watch or bad."""

GRADE_TONES = {Grade.PASS: "good", Grade.WEAK: "watch", Grade.NO_DATA: "watch", Grade.FAIL: "bad"}


class Names(Struct, frozen=True):
    """What an event alone does not say: titles by id, intents by their id, and whether services must be named.

    `hands` has who intended each change. `shared` are intents by the number of the outcome's event, where an old
    journal gives several changes one id.
    """

    items: Mapping[str, str] = {}
    phases: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}
    changes: Mapping[str, ChangeIntended] = {}
    sends: Mapping[str, events.SendIntended] = {}
    runs: Mapping[str, commands.CommandStarted] = {}
    hands: Mapping[str, str] = {}
    shared: Mapping[int, ChangeIntended] = {}
    several: bool = False


UNNAMED = Names()


def names(protocol: Protocol, log: Sequence[Event], several: bool = False) -> Names:
    """The names for the events of `log`; `several` when the incident has more than one service."""
    steps = {step.id: step.title for phase in protocol.phases for step in phase.steps}
    return Names(
        items=steps | {item.id: item.title for item in protocol.checklist},
        phases={phase.id: phase.title for phase in protocol.phases},
        roles={role.id: role.title for role in protocol.roles},
        changes={event.fact.change: event.fact for event in log if isinstance(event.fact, ChangeIntended)},
        sends={event.fact.send: event.fact for event in log if isinstance(event.fact, events.SendIntended)},
        runs={event.fact.run: event.fact for event in log if isinstance(event.fact, commands.CommandStarted)},
        hands={event.fact.change: event.actor for event in log if isinstance(event.fact, ChangeIntended)},
        shared=whose.shared(log),
        several=several,
    )


def tells(kind: type) -> bool:
    """Whether facts of that kind make lines in the timeline at all."""
    return kind in _SAY


def timeline(event: Event, known: Names = UNNAMED) -> Said | None:
    """What an event says in the timeline; None where it makes no line there."""
    say = _SAY.get(type(event.fact))
    if event.seq in known.shared:
        intent = known.shared[event.seq]
        known = replace(known, changes={**known.changes, intent.change: intent})
    return _by_whom(event, say(event.fact, known), known) if say else None


def _by_whom(event: Event, said: Said, known: Names) -> Said:
    """The same, told of the outcome of another's change: whoever found it did not do it."""
    fact = event.fact
    if not isinstance(fact, events.ChangeApplied | events.ChangeFailed | events.ChangeUnknown):
        return said
    hand = known.hands.get(fact.change, "")
    if event.seq in known.shared or not hand or hand == event.actor:
        return said
    return f"{said[0]} ({hand}'s change; {event.actor or 'another board'} found this)", said[1]


def _declared(fact: events.Declared, known: Names) -> Said:
    return f"declared {fact.severity}: {fact.title}", "accent"


def _severity(fact: events.SeverityChanged, known: Names) -> Said:
    return f"severity is now {fact.severity}{_why(fact.reason)}", "watch"


def _of_role(say: Callable[[Any, str], Said]) -> Callable[[Any, Names], Said]:
    """A fact about a role, with the role's title."""
    return lambda fact, known: say(fact, known.roles.get(fact.role, fact.role))


def _phase(fact: events.PhaseStarted, known: Names) -> Said:
    return f"phase begins: {known.phases.get(fact.phase, fact.phase)}", "accent"


def _ticked(fact: events.Ticked, known: Names) -> Said:
    shown = f" (shown by {fact.evidence})" if fact.evidence else ""
    against = f", by hand though {fact.against}{_why(fact.reason)}" if fact.against else ""
    return f"done: {known.items.get(fact.item, fact.item)}{shown}{against}", "watch" if against else "plain"


def _unticked(fact: events.Unticked, known: Names) -> Said:
    return f"not done after all: {known.items.get(fact.item, fact.item)}{_why(fact.reason)}", "watch"


def _noted(fact: events.Noted, known: Names) -> Said:
    return fact.text, "plain"


def _undone(fact: events.Undone, known: Names) -> Said:
    return f"took back event {fact.seq}", "dim"


def _intended(fact: events.ChangeIntended, known: Names) -> Said:
    against = _why(f"on {fact.grade}: {fact.reason}" if fact.grade and fact.reason else fact.reason)
    match fact.action:
        case Action.DEPLOY:
            asked = f"deploying {fact.image or fact.revision} at 0 %"
        case Action.ADVANCE:
            asked = f"asking for {fact.candidate_percent} % traffic"
        case Action.ABORT:
            asked = f"aborting, back to {shares(fact.split)}"
        case Action.ROLL_BACK:
            proposed = f", proposed: {fact.chosen}" if fact.chosen else ""
            asked = f"rolling back to {shares(fact.split)}{proposed}"
        case Action.UN_PIN:
            asked = "un-pinning traffic"
        case Action.RESTORE:
            asked = f"putting our split back: {shares(fact.split)}"
        case _:
            asked = f"{fact.action}: {shares(fact.split)}"
    return _of(fact, known) + asked + against, "dim"


def _applied(fact: events.ChangeApplied, known: Names) -> Said:
    intent = known.changes.get(fact.change)
    how = f"reconciled in {fact.seconds:.1f} s"
    if intent is None:
        return f"applied, {how}: {shares(fact.serving)}", "plain"
    where = _of(intent, known)
    match intent.action:
        case Action.DEPLOY:
            return f"{where}{intent.revision} deployed at {intent.candidate_percent} %, {how}", "plain"
        case Action.ADVANCE:
            return f"{where}traffic {intent.candidate_percent} % applied, {how}", "accent"
        case Action.ABORT:
            return f"{where}aborted, traffic back on {shares(fact.serving)}, {how}", "watch"
        case Action.ROLL_BACK:
            return f"{where}rolled back to {shares(fact.serving)}, {how}", "watch"
        case Action.UN_PIN:
            return f"{where}un-pinned: traffic follows the latest revision, {how}", "plain"
        case Action.RESTORE:
            return f"{where}our split is back: {shares(fact.serving)}, {how}", "watch"
    return f"{where}{intent.action} applied, {how}: {shares(fact.serving)}", "plain"


def _failed(fact: events.ChangeFailed, known: Names) -> Said:
    why = _joined(fact.title, fact.detail)
    after = words_drift.unmoved(fact)
    told = "; ".join(part for part in (why, after, f"logs: {fact.link}" if fact.link else "") if part)
    return f"{_which(fact.change, known)} {fact.outcome}: {told}", "bad" if fact.outcome == Outcome.FAILED else "watch"


def _unknown(fact: events.ChangeUnknown, known: Names) -> Said:
    return f"{_which(fact.change, known)}: unknown whether it was applied{_why(fact.title)}", "bad"


def _ladder(fact: events.LadderStarted, known: Names) -> Said:
    rungs = ", ".join(str(rung) for rung in fact.rungs)
    back = ", ".join(f"{name} {percent} %" for name, percent in fact.target.items()) or "nowhere"
    return f"{fact.candidate} may climb {rungs} %; abort goes back to {back}", "accent"


def _held(fact: events.LadderHeld, known: Names) -> Said:
    return f"{_at(fact.service.name, known)}held{_why(fact.reason)}", "watch"


def _resumed(fact: events.LadderResumed, known: Names) -> Said:
    return f"{_at(fact.service.name, known)}no longer held", "plain"


def _auto(fact: events.AutoAdvanceSet, known: Names) -> Said:
    return f"{_at(fact.service.name, known)}auto-advance {'on' if fact.on else 'off'}", "watch" if fact.on else "plain"


def _drift(fact: events.DriftSeen, known: Names) -> Said:
    said, tone = words_drift.seen(fact)
    return f"{_at(fact.service.name, known)}{said}", tone


def _settled(fact: events.DriftAnswered, known: Names) -> Said:
    said, tone = words_drift.answered(fact)
    return f"{_at(fact.service.name, known)}{said}", tone


def _judged(fact: events.Judged, known: Names) -> Said:
    verdict = fact.verdict
    words = f": {verdict.words}" if verdict.words else ""
    grade = verdict.grade.value
    return f"{_at(fact.service.name, known)}verdict {grade} at {verdict.percent} %{words}", GRADE_TONES[verdict.grade]


def _lost(fact: events.SourceLost, known: Names) -> Said:
    if fact.source == "journal":
        return f"journal {fact.title}", "bad"
    if fact.source == "probe":
        return f"can't probe: {fact.title}. {fact.remedy}", "watch"
    return f"can't read {fact.source}: {fact.title}", "bad"


def _back(fact: events.SourceBack, known: Names) -> Said:
    return "probes can be sent again" if fact.source == "probe" else f"{fact.source} can be read again", "good"


def _update(fact: events.UpdateSent, known: Names) -> Said:
    link = f" {fact.link}" if fact.link else ""
    return f"update sent ({fact.channel}): {fact.text}{link}", "plain"


def _relieved(fact: events.Relieved, known: Names) -> Said:
    return f"done for the users: {mitigation.HOW.get(fact.how, fact.how)}; whether it helps is measured", "accent"


def _mitigated(fact: events.Mitigated, known: Names) -> Said:
    if fact.reason:
        return f"mitigated, said by hand and not measured: {fact.reason}", "watch"
    return f"mitigated by {mitigation.HOW.get(fact.how, fact.how)}{_why(fact.evidence)}", "good"


def _mitigation_lost(fact: events.MitigationLost, known: Names) -> Said:
    return f"not mitigated any more: {fact.words}", "bad"


def _serving_judged(fact: events.ServingJudged, known: Names) -> Said:
    verdict = fact.verdict
    tone = {Grade.FAIL: "bad", Grade.PASS: "good"}.get(verdict.grade, "watch")
    return f"{_at(fact.service.name, known)}what serves, {verdict.candidate}: {verdict.grade}, {verdict.words}", tone


def _resolved(fact: events.Resolved, known: Names) -> Said:
    if not fact.open:
        return f"resolved{_why(fact.text)}", "good"
    return f"resolved{_why(fact.text)}; open: {'; '.join(fact.open)}{_why(fact.reason)}", "watch"


def _reported(fact: events.Reported, known: Names) -> Said:
    return f"report written{_why(fact.path)}", "plain"


def _closed(fact: events.Closed, known: Names) -> Said:
    return f"closed{_why(fact.text)}", "plain"


def shares(split: Split) -> str:
    """Who serves how much: "00041-kol 75 %, 00042-fix 25 %". Tags without traffic are left out."""
    serving = [f"{share.revision or 'LATEST'} {share.percent} %" for share in split if share.percent]
    return ", ".join(serving) or "LATEST 100 %"


def _of(fact: ChangeIntended, known: Names) -> str:
    return _at(fact.service.name, known)


def _at(service: str, known: Names) -> str:
    return f"{service}: " if known.several else ""


def _which(change: str, known: Names) -> str:
    intent = known.changes.get(change)
    if intent is None:
        return f"change {change}"
    percent = f" to {intent.candidate_percent} %" if intent.action == Action.ADVANCE else ""
    return f"{_of(intent, known)}{intent.action}{percent}"


def _why(text: str) -> str:
    return f": {text}" if text else ""


def _joined(*texts: str) -> str:
    return ": ".join(text for text in texts if text)


_SAY: dict[type, Callable[[Any, Names], Said]] = {
    events.Declared: _declared,
    events.SeverityChanged: _severity,
    events.RoleAssigned: _of_role(words_people.assigned),
    events.RoleAcknowledged: _of_role(words_people.acknowledged),
    events.RolePaged: _of_role(words_people.paged),
    events.RoleDeclined: _of_role(words_people.declined),
    events.RoleAway: _of_role(words_people.away),
    events.HandoverOffered: _of_role(words_people.offered),
    events.HandoverAccepted: _of_role(words_people.accepted),
    events.PhaseStarted: _phase,
    events.Ticked: _ticked,
    events.Unticked: _unticked,
    events.Noted: _noted,
    events.Undone: _undone,
    events.ChangeIntended: _intended,
    events.ChangeApplied: _applied,
    events.ChangeFailed: _failed,
    events.ChangeUnknown: _unknown,
    events.LadderStarted: _ladder,
    events.LadderHeld: _held,
    events.LadderResumed: _resumed,
    events.AutoAdvanceSet: _auto,
    **words_staging.SAY,
    events.DriftSeen: _drift,
    events.DriftAnswered: _settled,
    events.Judged: _judged,
    events.ProbeChanged: lambda fact, known: words_probe.changed(fact),
    events.SourceLost: _lost,
    events.SourceBack: _back,
    events.SendIntended: lambda fact, known: words_sends.intended(fact),
    events.SendDone: lambda fact, known: words_sends.done(fact, known.sends.get(fact.send)),
    events.SendFailed: lambda fact, known: words_sends.failed(fact, known.sends.get(fact.send)),
    **words_validation.SAY,
    **words_commands.SAY,
    **services.SAY,
    **words_steering.SAY,
    events.ClockSetBack: lambda fact, known: (f"the clock was set back {duration(fact.seconds)}", "watch"),
    events.UpdateSent: _update,
    **words_outward.SAY,
    events.Relieved: _relieved,
    events.Mitigated: _mitigated,
    events.MitigationLost: _mitigation_lost,
    events.ServingJudged: _serving_judged,
    events.Resolved: _resolved,
    events.Reported: _reported,
    events.Closed: _closed,
}
