"""Ticks, roles and notes: what people write down, and how it is taken back."""

from msgspec.structs import replace

from warroom.incident.events import AnyFact, Event, Noted, Ticked, Undone, Unticked
from warroom.incident.roles.roles import RoleFact, held
from warroom.incident.state import Incident, Marks, Tick

ACTS_KEPT = 200
"""So many of the newest acts can be taken back; older ones stand for good."""


def mark(incident: Incident, event: Event) -> Incident:
    """The incident after a tick, an untick, a role's change or a note."""
    before, acts = incident.before_acts, (*incident.acts, event)
    if len(acts) > ACTS_KEPT:
        before, acts = _marked(before, acts[0]), acts[1:]
    now = _marked(Marks(incident.ticks, incident.unticked, incident.roles), event)
    return _with(incident, now, before, acts)


def take_back(incident: Incident, event: Event) -> Incident:
    """The incident as if the act that `event` names had never been; unchanged where it names none that stands."""
    fact = event.fact
    assert isinstance(fact, Undone)
    acts = tuple(act for act in incident.acts if act.seq != fact.seq)
    if len(acts) == len(incident.acts):
        return incident
    now = incident.before_acts
    for act in acts:
        now = _marked(now, act)
    # What has left the tail is shown nowhere, so its number need not be kept.
    oldest = incident.tail[0].seq if incident.tail else 0
    undone = frozenset(seq for seq in incident.undone if seq >= oldest) | {fact.seq}
    return replace(_with(incident, now, incident.before_acts, acts), undone=undone)


def by_hand(fact: AnyFact) -> bool:
    """Whether a person wrote it: not what evidence ticked, or warroom noted, in the operator's name."""
    match fact:
        case Ticked():
            return fact.by_hand or not fact.evidence
        case Unticked():
            return not fact.reason
        case Noted():
            return fact.by_hand
    return False


def _with(incident: Incident, now: Marks, before: Marks, acts: tuple[Event, ...]) -> Incident:
    return replace(incident, ticks=now.ticks, unticked=now.unticked, roles=now.roles, before_acts=before, acts=acts)


def _marked(marks: Marks, event: Event) -> Marks:
    fact = event.fact
    match fact:
        case Ticked():
            tick = Tick(event.seq, event.at, event.actor, fact.evidence, by_hand(fact), fact.against, fact.reason)
            return Marks({**marks.ticks, fact.item: tick}, marks.unticked - {fact.item}, marks.roles)
        case Unticked():
            left = {item: tick for item, tick in marks.ticks.items() if item != fact.item}
            own = fact.by_evidence
            return Marks(left, marks.unticked - {fact.item} if own else marks.unticked | {fact.item}, marks.roles)
    if isinstance(fact, RoleFact):
        return Marks(marks.ticks, marks.unticked, held(marks.roles, fact, event.at))
    return marks
