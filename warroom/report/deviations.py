"""Where an incident left the written protocol: what was done otherwise, by whom, and the reason given. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.change import Action
from warroom.incident.events import (
    ChangeIntended,
    Declared,
    DriftAnswered,
    DriftSeen,
    Event,
    Mitigated,
    Resolved,
    SeverityChanged,
    Ticked,
    Unticked,
)
from warroom.incident.fold import apply
from warroom.incident.progress.open_needs import before_change, open_needs
from warroom.incident.state import Change, Incident
from warroom.incident.triage.triage import CapRaised, Decided
from warroom.protocol.model import Protocol
from warroom.report.ends import but
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import next_rung


class Deviation(Struct, frozen=True):
    """`what` was otherwise than written. `kind` is one word of a few, e.g. "skipped rung"; `at` None: until the end."""

    kind: str
    what: str
    why: str = ""
    by: str = ""
    at: float | None = None


Look = Callable[[Incident, Event, Any, Protocol], list[Deviation]]


def deviations(
    log: Sequence[Event],
    undone: Collection[int],
    skipped: Sequence[tuple[str, str]],
    protocol: Protocol,
    ended: Mapping[int, Change],
) -> tuple[Deviation, ...]:
    """All of them in order, and last the steps that were passed by, as (title, why).

    `ended` has how the log's changes ended: what was only asked for is told as that.
    """
    found: list[Deviation] = []
    incident: Incident | None = None
    for event in log:
        before = incident
        incident = apply(incident, event)
        look = _LOOK.get(type(event.fact))
        if look is not None and event.seq not in undone:
            new = look(before or incident, event, event.fact, protocol)
            how = but(ended.get(event.seq)) if isinstance(event.fact, ChangeIntended) else ""
            found += [replace(one, what=f"{one.what}; {how}") for one in new] if how else new
    found += [Deviation("skipped step", f"{title} was not done", why) for title, why in skipped]
    return tuple(found)


def why_open(log: Sequence[Event], item: str) -> str:
    """The reason that was given when an item was unticked last; "" where none was."""
    reasons = (event.fact.reason for event in reversed(log) if isinstance(event.fact, Unticked))
    items = (event.fact.item for event in reversed(log) if isinstance(event.fact, Unticked))
    return next((reason for reason, name in zip(reasons, items, strict=True) if name == item), "")


def _declared(before: Incident, event: Event, fact: Declared, protocol: Protocol) -> list[Deviation]:
    rated = next((one for one in protocol.severities if one.id == fact.severity), None)
    trigger = next((one for one in protocol.triggers if one.id == fact.trigger), None)
    found = []
    if rated is not None and rated.regular_release:
        what = f"{fact.severity} goes into a regular release; an emergency release was begun"
        found.append(Deviation("regular release", what, fact.override, event.actor, event.at))
    if trigger is not None and rated is not None and fact.severity != trigger.severity:
        what = f"the trigger “{trigger.title}” proposes {trigger.severity}; {fact.severity} was declared"
        found.append(Deviation("severity", what, "", event.actor, event.at))
    if fact.protocol_version and fact.protocol_version != protocol.review.version:
        what = f"declared under version {fact.protocol_version} of the protocol, read with {protocol.review.version}"
        found.append(Deviation("protocol version", what, "", event.actor, event.at))
    return found


def _severity(before: Incident, event: Event, fact: SeverityChanged, protocol: Protocol) -> list[Deviation]:
    what = f"severity re-rated from {before.severity} to {fact.severity}"
    return [Deviation("severity", what, fact.reason, event.actor, event.at)]


def _cap(before: Incident, event: Event, fact: CapRaised, protocol: Protocol) -> list[Deviation]:
    what = f"escalation allowed up to level {fact.level} for {before.severity}"
    return [Deviation("escalation cap", what, fact.reason, event.actor, event.at)]


def _decided(before: Incident, event: Event, fact: Decided, protocol: Protocol) -> list[Deviation]:
    row = next((one.scenario for one in protocol.matrix if one.id == fact.scenario), fact.scenario)
    found = []
    if fact.advice == "no" or fact.override:
        what = f"decided for {fact.choice}, where the matrix says no ({row or before.severity})"
        why = "; ".join(part for part in (fact.reason, fact.override) if part)
        found.append(Deviation("matrix", what, why, event.actor, event.at))
    if fact.choice == "roll-back" and not fact.viable:
        what = f"decided to roll back though {fact.viability or 'nothing shows that it can work'}"
        found.append(Deviation("viability", what, fact.reason, event.actor, event.at))
    return found


def _intended(before: Incident, event: Event, fact: ChangeIntended, protocol: Protocol) -> list[Deviation]:
    lane = before.lanes.get(fact.service.name)
    climbing = lane.ladder if lane else None
    found = []

    def add(kind: str, what: str) -> None:
        found.append(Deviation(kind, f"{fact.service.name}: {what}", fact.reason, event.actor, event.at))

    if needs := before_change(before, lane, fact.action, protocol):
        add("open needs", f"{fact.action} before: {needs}")
    if fact.action == Action.DEPLOY and fact.reason:
        add("validation", "deploy to production of what staging did not validate")
    if fact.action != Action.ADVANCE or climbing is None:
        return found
    following = next_rung(climbing.rungs, climbing.percent or 0)
    if following is not None and fact.candidate_percent != following:
        add(
            "skipped rung",
            f"advance from {climbing.percent or 0} % to {fact.candidate_percent} %, the next rung is {following} %",
        )
    if fact.grade and fact.grade != Grade.PASS and climbing.percent:
        add("verdict", f"advance to {fact.candidate_percent} % on {fact.grade}")
    if climbing.held_since is not None:
        add("hold", f"advance to {fact.candidate_percent} % while the ladder was held")
    left = climbing.bake_seconds + climbing.held_seconds - (event.at - (climbing.applied_at or event.at))
    if climbing.percent and left > 1.0:
        add("bake", f"advance to {fact.candidate_percent} % with {left:.0f} s of the bake left")
    return found


def _ticked(before: Incident, event: Event, fact: Ticked, protocol: Protocol) -> list[Deviation]:
    step, found = protocol.find_step(fact.item), []
    if fact.against:
        title = step.title if step is not None else fact.item
        what = f"{title}: ticked by hand, though {fact.against}"
        found.append(Deviation("evidence", what, fact.reason, event.actor, event.at))
    if step is None or not (needs := open_needs(before, step, protocol)) or step.native in ("deploy", "ladder"):
        return found
    # What evidence ticked warroom wrote down: it is not who went past what was open.
    who = event.actor if fact.by_hand or not fact.evidence else ""
    return [*found, Deviation("open needs", f"{step.title}: done before: {needs}", "", who, event.at)]


def _unticked(before: Incident, event: Event, fact: Unticked, protocol: Protocol) -> list[Deviation]:
    tick = before.ticks.get(fact.item)
    if tick is None or not tick.evidence:
        return []
    step = protocol.find_step(fact.item)
    title = step.title if step else next((one.title for one in protocol.checklist if one.id == fact.item), fact.item)
    what = f"{title}: opened again, though {tick.evidence} showed it"
    return [Deviation("evidence", what, fact.reason, event.actor, event.at)]


def _drift(before: Incident, event: Event, fact: DriftSeen, protocol: Protocol) -> list[Deviation]:
    if not fact.asks:
        return []
    what = f"{fact.service.name} was changed past warroom: {fact.what}"
    return [Deviation("outside change", what, "", fact.by, fact.changed_at or event.at)]


def _adopted(before: Incident, event: Event, fact: DriftAnswered, protocol: Protocol) -> list[Deviation]:
    if fact.answer != "adopt":
        return []
    what = f"{fact.service.name}: went on from what somebody else changed"
    return [Deviation("outside change", what, "", event.actor, event.at)]


def _mitigated(before: Incident, event: Event, fact: Mitigated, protocol: Protocol) -> list[Deviation]:
    if not fact.reason:
        return []
    against = f", though {fact.evidence}" if fact.evidence else ""
    return [Deviation("mitigation", f"said by hand and not measured{against}", fact.reason, event.actor, event.at)]


def _resolved(before: Incident, event: Event, fact: Resolved, protocol: Protocol) -> list[Deviation]:
    if not fact.open:
        return []
    return [Deviation("open at the end", f"resolved with {'; '.join(fact.open)}", fact.reason, event.actor, event.at)]


_LOOK: dict[type, Look] = {
    Declared: _declared,
    SeverityChanged: _severity,
    CapRaised: _cap,
    Decided: _decided,
    ChangeIntended: _intended,
    Ticked: _ticked,
    Unticked: _unticked,
    DriftSeen: _drift,
    DriftAnswered: _adopted,
    Mitigated: _mitigated,
    Resolved: _resolved,
}
