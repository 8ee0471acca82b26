"""Which change an outcome speaks of. Pure.

A change's id is unique: it has a part that is drawn by lot. In journals of before it was counted from the journal's
length, and two boards at one place gave one id to two changes. Of those that are open under one id an outcome then is
taken to be that of a change which it fits (an applied one serves what was asked for, and what was refused was not
accepted before) and of whoever intended it; of an applied one the first weighs more, as another board may have found
it, of all others the second. Where that does not tell it is the first one's, a failure the last one's, as the loser is
mostly who came later. So every reader reads the same, and each outcome ends one change and leaves the other open.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.change import Intent, fields
from warroom.incident.events import ChangeIntended, Event
from warroom.incident.state import Change, Lane
from warroom.rollout.split import percents

Outcome = events.ChangeAccepted | events.ChangeApplied | events.ChangeFailed | events.ChangeUnknown


def opened(lanes: Iterable[Lane], event: Event, fact: Outcome) -> tuple[Lane, Change] | None:
    """The open change that an outcome is about, with its lane; None where no such change is open."""
    named = {
        change.seq: (lane, change)
        for lane in lanes
        for change in (*lane.superseded, *((lane.in_flight,) if lane.in_flight else ()))
        if change.id == fact.change
    }
    if len(named) < 2:
        return next(iter(named.values()), None)
    return named[chosen([change for _, change in named.values()], event, fact).seq]


def chosen(among: Sequence[Change], event: Event, fact: Outcome) -> Change:
    """Of several open changes with one id, that which an outcome is about."""
    ended_badly = isinstance(fact, events.ChangeFailed | events.ChangeUnknown)

    def rank(change: Change) -> tuple[bool, bool, int]:
        wrong, other = not _fits(change, fact), change.actor != event.actor
        weight = (wrong, other) if isinstance(fact, events.ChangeApplied) else (other, wrong)
        return *weight, -change.seq if ended_badly else change.seq

    return min(among, key=rank)


def shared(log: Iterable[Event]) -> Mapping[int, ChangeIntended]:
    """By the number of its event, the intent of each outcome whose id more than one change of the log has."""
    log = tuple(log)
    given: dict[str, int] = {}
    for event in log:
        if isinstance(event.fact, ChangeIntended):
            given[event.fact.change] = given.get(event.fact.change, 0) + 1
    if not any(number > 1 for number in given.values()):
        return {}
    found: dict[int, ChangeIntended] = {}
    waiting: dict[str, dict[int, tuple[Change, ChangeIntended]]] = {}
    for event in log:
        fact = event.fact
        if isinstance(fact, ChangeIntended) and given[fact.change] > 1:
            change = Change(fact.change, event.at, event.actor, seq=event.seq, **fields(fact, Intent))
            waiting.setdefault(fact.change, {})[event.seq] = (change, fact)
        elif isinstance(fact, Outcome) and (among := waiting.get(fact.change)):
            mine = chosen([change for change, _ in among.values()], event, fact)
            found[event.seq] = among[mine.seq][1]
            if isinstance(fact, events.ChangeApplied | events.ChangeFailed):
                del among[mine.seq]
            elif isinstance(fact, events.ChangeAccepted):
                among[mine.seq] = replace(mine, accepted=True), found[event.seq]
    return found


def _fits(change: Change, fact: Outcome) -> bool:
    match fact:
        case events.ChangeApplied():
            return percents(fact.spec or fact.serving, "") == percents(change.split, "")
        case events.ChangeUnknown():
            return True
    return not change.accepted
