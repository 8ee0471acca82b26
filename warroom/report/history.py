"""What the report needs of an incident beyond its state: the whole log, sorted by what it tells of."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import FoldError, apply
from warroom.incident.lane.fold import open_changes
from warroom.incident.state import Change, Incident
from warroom.rollout.evidence import Sample, Verdict


class Made(Struct, frozen=True):
    """A change to production, and what the candidate took before it (percent)."""

    service: str
    change: Change
    before: int


class Turn(Struct, frozen=True):
    """A verdict that differed from the one before it in grade or step."""

    at: float
    service: str
    verdict: Verdict


class Climb(Struct, frozen=True):
    """A ladder's start."""

    at: float
    service: str
    candidate: str
    target: dict[str, int]
    bake_seconds: float
    bakes: dict[int, float]


class Outage(Struct, frozen=True):
    """A source that could not be read from `since` until `until` (None: still can't)."""

    source: str
    since: float
    until: float | None


class History(Struct, frozen=True):
    """An incident with its log. `lines` are the events that the timeline shows; `samples` are by service, in order."""

    incident: Incident
    log: tuple[Event, ...]
    lines: tuple[Event, ...]
    undone: frozenset[int]
    made: tuple[Made, ...]
    turns: tuple[Turn, ...]
    climbs: tuple[Climb, ...]
    updates: tuple[Event, ...]
    outages: tuple[Outage, ...]
    samples: dict[str, tuple[Sample, ...]]


def gather(log: Iterable[Event]) -> History:
    """Walk the log once. Raises FoldError for an empty one, and as the fold does."""
    log = tuple(log)
    incident: Incident | None = None
    lines: list[Event] = []
    turns: list[Turn] = []
    made: dict[int, Made] = {}
    undone: set[int] = set()
    for event in log:
        incident = apply(incident, event)
        _note_change(made, incident, event)
        if isinstance(event.fact, events.Undone):
            undone |= incident.undone
        if incident.tail and incident.tail[-1] is event:
            lines.append(event)
            if isinstance(event.fact, events.Judged):
                turns.append(Turn(event.at, event.fact.service.name, event.fact.verdict))
    if incident is None:
        raise FoldError("there are no events")
    return History(
        incident=incident,
        log=log,
        lines=tuple(lines),
        undone=frozenset(undone),
        made=tuple(made.values()),
        turns=tuple(turns),
        climbs=tuple(
            Climb(event.at, fact.service.name, fact.candidate, fact.target, fact.bake_seconds, fact.bakes)
            for event in log
            if isinstance(fact := event.fact, events.LadderStarted)
        ),
        updates=tuple(event for event in log if isinstance(event.fact, events.UpdateSent)),
        outages=_outages(log),
        samples=_samples(log),
    )


def _note_change(made: dict[int, Made], incident: Incident, event: Event) -> None:
    """Keep the newest word on the changes that an event may speak of, as the fold understood it."""
    fact = event.fact
    if isinstance(fact, events.ChangeIntended):
        lane = incident.lanes[fact.service.name]
        if lane.in_flight is not None:
            taken = lane.ladder.percent if lane.ladder else None
            made[event.seq] = Made(lane.ref.name, lane.in_flight, taken or 0)
    elif isinstance(fact, events.ChangeApplied | events.ChangeFailed | events.ChangeUnknown):
        for lane in incident.lanes.values():
            for change in (*open_changes(lane), *((lane.ended,) if lane.ended else ())):
                if change.id == fact.change and change.seq in made:
                    made[change.seq] = replace(made[change.seq], change=change)


def _outages(log: tuple[Event, ...]) -> tuple[Outage, ...]:
    lost: dict[str, float] = {}
    found: list[Outage] = []
    for event in log:
        fact = event.fact
        if isinstance(fact, events.SourceLost):
            lost.setdefault(fact.source, event.at)
        elif isinstance(fact, events.SourceBack) and fact.source in lost:
            found.append(Outage(fact.source, lost.pop(fact.source), event.at))
    return (*found, *(Outage(source, since, None) for source, since in lost.items()))


def _samples(log: tuple[Event, ...]) -> dict[str, tuple[Sample, ...]]:
    """All of them: the incident itself forgets the oldest of a long one."""
    latest: dict[str, dict[tuple[float, str], Sample]] = {}
    for event in log:
        if isinstance(event.fact, events.Sampled):
            known = latest.setdefault(event.fact.service.name, {})
            known.update(((sample.end, sample.revision), sample) for sample in event.fact.samples)
    return {service: tuple(known[key] for key in sorted(known)) for service, known in latest.items()}
