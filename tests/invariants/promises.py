"""What must hold after every step, whatever anybody did; and what must hold when everything has calmed down."""

from tests.invariants.stage import NAME, Stage
from warroom.conductor.traffic.plans import RETREAT
from warroom.drill.cloud_run.state import OPERATOR
from warroom.drill.wire.proto import LATEST, Message
from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.fold import apply
from warroom.incident.lane.bake import bake
from warroom.incident.state import Incident
from warroom.rollout import split
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import Need, need
from warroom.rollout.traffic import Share, Split


class Promises:
    """Follows the journal and the cloud, and fails with what was broken."""

    def __init__(self) -> None:
        self.so_far: Incident | None = None
        self.verdicts: set[tuple[str, int, str]] = set()
        self.tags: dict[str, str] = {}
        self.released: set[str] = set()
        self.intents = 0

    def check(self, stage: Stage) -> None:
        """After every step."""
        assert not stage.surprises, stage.surprises
        for event in stage.log(self.so_far.last_seq if self.so_far else 0):
            self._event(event)
            self.so_far = apply(self.so_far, event)
        self._cloud(stage)

    def _event(self, event: Event) -> None:
        fact = event.fact
        match fact:
            case events.Judged():
                self.verdicts.add((fact.verdict.candidate, fact.verdict.percent, str(fact.verdict.grade)))
            case events.ChangeIntended():
                self.intents += 1
                self._intent(event, fact)
            case events.ChangeApplied():
                _makes_100(fact.serving)
            case events.Observed():
                _makes_100(fact.serving)

    def _intent(self, event: Event, fact: events.ChangeIntended) -> None:
        assert self.so_far is not None
        _makes_100(fact.split)
        lane = self.so_far.lanes[NAME]
        open_change = lane.in_flight
        if fact.action not in RETREAT:
            # With the etag of one whose outcome is unknown: only one of them can land.
            alone = open_change is None or (open_change.unknown and open_change.etag == fact.etag)
            assert alone, f"{fact.action} {fact.change} goes out while {open_change} is open"
        if fact.action == "deploy":
            # A tag on a revision that never came up would keep every later one from coming up.
            self.released |= {tag for tag, name in self.tags.items() if name in lane.own and not lane.ready.get(name)}
        if fact.action == "un-pin" and lane.ladder:
            self.released.add(lane.ladder.tag)
        if fact.action != "advance":
            return
        ladder = lane.ladder
        assert ladder is not None
        assert ladder.percent is not None
        recorded = (ladder.candidate, ladder.percent, fact.grade) in self.verdicts
        assert recorded or fact.grade == Grade.NO_DATA, f"{fact.change} rests on {fact.grade}, which nobody recorded"
        _, left = bake(ladder, event.at)
        asked, why = need(ladder.rungs, ladder.percent, fact.candidate_percent, left <= 0, Grade(fact.grade))
        assert asked is Need.NONE or fact.reason, f"{fact.change} went out without a reason, though {why}"

    def _cloud(self, stage: Stage) -> None:
        service = stage.service
        assert sum(service.split().values()) == 100
        assert sum(target.percent for target in service.spec.traffic) in (0, 100)
        holders = {target.tag: _holder(target) for target in service.spec.traffic if target.tag}
        for tag, revision in self.tags.items():
            if tag not in self.released and (not revision or revision in service.revisions):
                assert holders.get(tag) == revision, f"tag {tag} was on {revision}, now on {holders.get(tag)}"
        self.tags |= holders

    def check_calm(self, stage: Stage) -> None:
        """When the cloud answers, nobody meddles, and the looks have settled."""
        self.check(stage)
        assert not stage.keys, "a key is still at work"
        lane, service = stage.lane, stage.service
        assert lane.in_flight is None, f"left open: {lane.in_flight}"
        assert not lane.superseded, f"left open: {lane.superseded}"
        asked = _split(service.spec.traffic)
        if service.spec.last_modifier == OPERATOR and not service.failure:
            last = lane.last_change
            assert last is not None
            applied = [one for one in _applied(stage) if split.same(one, asked, service.latest_ready)]
            assert applied, f"the cloud holds {asked} of ours, and the journal no applied change of it: {last}"
        assert split.percents(lane.serving, service.latest_ready) == service.split()

    def check_back(self, stage: Stage, target: dict[str, int]) -> None:
        """After a retreat to `target` that nothing hindered."""
        self.check_calm(stage)
        assert stage.service.split() == target
        assert stage.lane.last_change is not None
        assert stage.lane.last_change.outcome == "applied"


def target_of(stage: Stage) -> dict[str, int]:
    """Where an abort goes back to, {} where there is none."""
    ladder = stage.lane.ladder
    return ladder.target if ladder else {}


def _applied(stage: Stage) -> list[Split]:
    """What the service asked for after each change that the journal calls applied."""
    return [event.fact.spec for event in stage.log() if isinstance(event.fact, events.ChangeApplied)]


def _makes_100(one: Split) -> None:
    assert sum(share.percent for share in one) == 100, one


def _holder(target: Message) -> str:
    return "" if target.type_ == LATEST else str(target.revision)


def _split(targets: list[Message]) -> Split:
    return tuple(Share(_holder(target), int(target.percent), str(target.tag)) for target in targets)
