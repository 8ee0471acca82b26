"""The decision of phase 1: the matrix's row, whether going back can work, and what was chosen, by whom and why."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import rfc3339
from warroom.conductor import reach
from warroom.conductor.comms import action_items
from warroom.conductor.evidence.baseline import measured
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.traffic.control import TrafficControl
from warroom.conductor.traffic.plans import Plan
from warroom.incident import clocks
from warroom.incident.comms.comms import REGULAR_RELEASE, ActionAdded
from warroom.incident.events import AnyFact, Closed
from warroom.incident.lane import ways_back as lanes_ways
from warroom.incident.state import Incident, Lane
from warroom.incident.triage.triage import ANSWERS, CHOICES, DataChangeKnown, Decided, Measured
from warroom.marks import either, press
from warroom.protocol.model import MatrixRow, Protocol
from warroom.rollout.evidence import Limits


class Viability(Struct, frozen=True):
    """Whether going back can work: `checks` are (holds, words), holds None where nobody knows.

    `targets` is where each service would go: revision by service, "" where none was found.
    """

    viable: bool
    checks: tuple[tuple[bool | None, str], ...]
    targets: dict[str, str]

    @property
    def words(self) -> str:
        """In one line: what speaks against it first, else what nobody knows, else what holds."""
        for wanted in (False, None, True):
            if found := [words for holds, words in self.checks if holds is wanted]:
                return "; ".join(found)
        return "nothing is known"


class Waits(Struct, frozen=True):
    """What waiting takes: who ships it in a regular release, by when, and why it may wait where the matrix says no."""

    owner: str = ""
    due: str = ""
    override: str = ""


class Choice(Struct, frozen=True):
    """All that the dialog shows. `row` is None where the trigger has no scenario.

    `no_waiting`: the matrix says no to waiting, for this trigger or for everything that is so severe.
    """

    row: MatrixRow | None
    viability: Viability
    measured: tuple[Measured, ...]
    regular_release: bool
    no_waiting: bool = False

    def advice(self, choice: str) -> str:
        """What the matrix says of a way out: yes, maybe, no; "" without a row."""
        if self.row is None:
            return ""
        return {"roll-back": self.row.rollback, "hotfix": self.row.hotfix, "wait": self.row.wait}[choice]


NOTHING = Waits()


def ready_target(lane: Lane, limits: Limits | None = None) -> str:
    """Where going back leads: the ladder's, else the revision that is proposed by what is known of each.

    Where nothing speaks for any it is the newest Ready one that is older than what serves most, "" where none is.
    Revisions are known newest first.
    """
    if lane.ladder is not None and lane.ladder.target:
        return max(lane.ladder.target, key=lambda name: lane.ladder.target[name] if lane.ladder else 0)
    best = lanes_ways.proposed(lanes_ways.ways_back(lane, limits or Limits()))
    if best is not None:
        return best.revision
    serving = {share.revision or lane.latest_ready: share.percent for share in lane.serving}
    main = max(serving, key=lambda name: serving[name], default=lane.latest_ready)
    names = list(lane.ready)
    older = names[names.index(main) + 1 :] if main in names else []
    return next((name for name in older if lane.ready[name]), "")


def viability(incident: Incident) -> Viability:
    """Ready, healthy, and no change of data that cannot be taken back, for every service."""
    checks: list[tuple[bool | None, str]] = []
    targets = {name: ready_target(lane) for name, lane in incident.lanes.items()}
    for name, lane in incident.lanes.items():
        target = targets[name]
        if lane.observed_at is None:
            checks.append((None, f"{name} has not been read yet"))
            continue
        if not target:
            checks.append((False, f"{name} has no older revision that is Ready"))
            continue
        ready = lane.ready.get(target)
        checks.append((ready, f"{target} is {'Ready' if ready else 'not Ready' if ready is False else 'not seen'}"))
        probe = lane.probes.get(target)
        if probe is None:
            checks.append((None, f"the health of {target} was not asked"))
        elif lane.turned_away(target):
            checks.append((None, f"the probe can't tell how {target} is: {probe.detail}"))
        else:
            slow = f"slowly, in {probe.slow_seconds:.1f} s" if probe.slow_seconds else ""
            answers = (slow or "well") if probe.ok else f"badly: {probe.detail}"
            checks.append((probe.ok and not slow, f"{target} answers {answers}"))
    answer = incident.steering.data_change
    data = {"": None, "forward-only": False}.get(answer, True)
    checks.append((data, ANSWERS.get(answer, "nobody has said whether data was changed")))
    known_bad = any(holds is False for holds, _ in checks)
    return Viability(not known_bad and all(targets.values()), tuple(checks), targets)


def choice(session: Session) -> Choice:
    """What there is to decide from."""
    incident, protocol = session.incident, session.config.protocol
    rated = clocks.severity(incident, protocol)
    regular = rated is not None and rated.regular_release
    row = matrix_row(incident, protocol)
    return Choice(row, viability(incident), measured(session), regular, _no_waiting(row, incident, protocol))


def _no_waiting(row: MatrixRow | None, incident: Incident, protocol: Protocol) -> bool:
    """Of the rows of all triggers of this severity each says no, or the trigger's own does."""
    ids = {one.scenario for one in protocol.triggers if one.severity == incident.severity}
    rows = [one for one in protocol.matrix if one.id in ids]
    return (row is not None and row.wait == "no") or (bool(rows) and all(one.wait == "no" for one in rows))


def matrix_row(incident: Incident, protocol: Protocol) -> MatrixRow | None:
    """The row of the trigger's scenario; what meets no trigger and may wait has the row that says so."""
    trigger = next((one for one in protocol.triggers if one.id == incident.declared.trigger), None)
    rated = clocks.severity(incident, protocol)
    if trigger is None and rated is not None and rated.regular_release:
        return next((row for row in protocol.matrix if row.wait == "yes"), None)
    return next((row for row in protocol.matrix if trigger is not None and row.id == trigger.scenario), None)


async def decide(session: Session, chosen: str, reason: str, waits: Waits = NOTHING) -> Decided:
    """Record the way out. Waiting closes the incident, for the regular release has it then. Raises Refused."""
    incident = session.incident
    if chosen not in CHOICES:
        raise Refused(f"There is no way out called {chosen}", f"There are: {', '.join(CHOICES)}.")
    if not reason.strip():
        raise Refused("A decision needs a reason", "Say why, in a few words.")
    session.check("decide")
    if chosen == "wait":
        reach.on_time(session)
        _may_wait(incident)
    known = choice(session)
    row = known.row.id if known.row else ""
    fact = Decided(chosen, reason.strip(), row, known.advice(chosen), known.viability.viable, known.viability.words)
    closing: list[AnyFact] = []
    if chosen == "wait":
        release = _release(session, known, waits)
        fact = replace(fact, override=waits.override.strip() if known.no_waiting else "")
        closing = [release, Closed(f"waits for a regular release: {fact.reason}")]
    await session.record(fact, *closing)
    return fact


def _release(session: Session, known: Choice, waits: Waits) -> ActionAdded:
    """The action that somebody answers for when the incident is closed. Raises Refused for what is missing."""
    due = action_items.day(waits.due)
    if not waits.owner.strip() or not due:
        raise Refused(
            "A regular release needs an owner and a date",
            f"Say who ships it and by when: {either('both are asked', '--owner and --due', 'owner and date')}.",
        )
    if due < rfc3339(session.clock.now())[:10]:
        raise Refused(f"{due} is over", "Give a date that is to come.")
    if known.no_waiting and not waits.override.strip():
        raise Refused(
            f"The matrix says that {session.incident.severity} can't wait",
            f"Say who answers for that, and why: {either('it is asked', '--override', 'a second reason')}.",
        )
    return ActionAdded(REGULAR_RELEASE, f"Regular release: {session.incident.title}", waits.owner.strip(), due)


def ways_back(control: TrafficControl, known: Viability) -> list[Plan]:
    """The plan for each service that brings it back: its ladder's abort, else a rollback. Raises Refused for none."""
    found = []
    for name, target in known.targets.items():
        climbing = control.lane(name).ladder
        if climbing is not None and not climbing.ended:
            found.append(control.plan("abort", name))
        elif target:
            found.append(control.plan("roll-back", name, revision=target))
    if not found:
        raise Refused(
            "No older revision is known to go back to", f"{press('roll-back')} and choose one, or decide for a hotfix."
        )
    return found


async def data_change(session: Session, answer: str, reason: str = "") -> None:
    """Record whether data or schema is changed. Raises Refused."""
    if answer not in ANSWERS:
        raise Refused(f"{answer} is no answer", f"Say one of {', '.join(ANSWERS)}.")
    await session.record(DataChangeKnown(answer, reason.strip()))


def _may_wait(incident: Incident) -> None:
    for lane in incident.lanes.values():
        climbing = lane.ladder is not None and not lane.ladder.ended
        if lane.in_flight is not None or climbing:
            raise Refused(f"The hotfix of {lane.ref.name} is on its way", "Abort it first; then it can wait.")
