"""The change record: who authorised each change, what was tested or skipped and why, every deviation. Pure.

SOC 2 asks for the first two, ISO 27001 for the last, and for the version of the procedure that was followed. All
moments are Unix seconds.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.events import ChangeIntended, Event, StagingAsked, StagingDeployed, StagingFailed, Undone
from warroom.incident.fold import apply, fold
from warroom.incident.progress.step_scope import applies
from warroom.incident.state import Change, Incident
from warroom.incident.steps.steps import newest_run
from warroom.incident.triage.triage import Decided, Decision, decision
from warroom.protocol.model import Phase, Protocol, Step
from warroom.report import deviations as deviating
from warroom.report.deviations import Deviation as Deviation
from warroom.report.ends import ends
from warroom.report.lateness import late
from warroom.rollout.split import percents

TESTED_BESIDE = ("regression-test", "review", "security-review")
"""Steps of other phases that prove something of the hotfix."""


class AuthorisedChange(Struct, frozen=True):
    """One change to production or staging: asked for by whom, on what grounds, and what came of it.

    `grade` is the verdict's word that it was asked on, `reason` what was given against it. `serving` is revision →
    percent as asked for. `outcome` is "", applied, failed, not applied, superseded or unknown.
    """

    at: float
    service: str
    project: str
    action: str
    authorised_by: str
    commander: str
    grade: str = ""
    reason: str = ""
    revision: str = ""
    image: str = ""
    serving: dict[str, int] = {}
    gcloud: str = ""
    outcome: str = ""
    ended_at: float | None = None
    detail: str = ""


class StepRecord(Struct, frozen=True):
    """One step of the protocol: `outcome` is done, skipped (its phase is over), open or "does not apply".

    `evidence` is what showed it, "" where a person said so; `why` why it was skipped or opened again, where told.
    `by_hand`: a person ticked it, and nothing that warroom saw.
    """

    phase: str
    step: str
    title: str
    outcome: str
    at: float | None = None
    by: str = ""
    evidence: str = ""
    why: str = ""
    by_hand: bool = False


class ChangeRecord(Struct, frozen=True):
    """All of it. `tests` are those of `steps` that prove something of the hotfix; `approved_by` reviewed its code."""

    incident: str
    title: str
    drill: bool
    private: bool
    declared_by: str
    severity: str
    declared_severity: str
    trigger: str
    detected_at: float
    declared_at: float
    mitigated_at: float | None
    mitigated_how: str
    resolved_at: float | None
    closed_at: float | None
    protocol_version: str
    protocol_hash: str
    changes: tuple[AuthorisedChange, ...]
    steps: tuple[StepRecord, ...]
    tests: tuple[StepRecord, ...]
    decisions: tuple[Decision, ...]
    deviations: tuple[Deviation, ...]
    approved_by: tuple[str, ...] = ()
    data_change: str = ""
    aware_at: float | None = None


def change_record(log: Iterable[Event], protocol: Protocol) -> ChangeRecord:
    """The record of an incident's whole log. Raises FoldError for an empty one, and as the fold does."""
    log = tuple(log)
    incident, ended = fold(log), ends(log)
    undone = frozenset(event.fact.seq for event in log if isinstance(event.fact, Undone))
    steps = tuple(_step(incident, log, phase, step, protocol) for phase in protocol.phases for step in phase.steps)
    testing = {step.id for phase in protocol.of_kind("testing") for step in phase.steps}
    proving = testing | {*TESTED_BESIDE}
    declared = incident.declared
    return ChangeRecord(
        incident=incident.id,
        title=incident.title,
        drill=declared.drill,
        private=declared.private,
        declared_by=log[0].actor,
        severity=incident.severity,
        declared_severity=declared.severity,
        trigger=declared.trigger,
        detected_at=incident.detected_at,
        declared_at=incident.declared_at,
        mitigated_at=incident.mitigated_at,
        mitigated_how=incident.mitigated_how,
        resolved_at=incident.resolved_at,
        closed_at=incident.closed_at,
        protocol_version=declared.protocol_version,
        protocol_hash=declared.protocol_hash,
        changes=_changes(log, ended, protocol),
        steps=steps,
        tests=tuple(one for one in steps if one.step in proving),
        decisions=_decisions(log),
        deviations=(
            *deviating.deviations(log, undone, steps_skipped(steps), protocol, ended),
            *late(log, incident, protocol),
        ),
        approved_by=incident.work.review.approvals if incident.work.review else (),
        data_change=incident.steering.data_change,
        aware_at=incident.aware_at,
    )


def steps_skipped(steps: Sequence[StepRecord]) -> tuple[tuple[str, str], ...]:
    """Title and reason of every step that was passed by."""
    return tuple((one.title, one.why) for one in steps if one.outcome == "skipped")


def _changes(log: Sequence[Event], ended: Mapping[int, Change], protocol: Protocol) -> tuple[AuthorisedChange, ...]:
    """Every change that was asked for, in order, with the outcome that it had in the end."""
    found: dict[str | int, AuthorisedChange] = {}
    incident: Incident | None = None
    for event in log:
        incident = apply(incident, event)
        commander = _commander(incident, protocol)
        match event.fact:
            case ChangeIntended() as fact:
                found[event.seq] = _asked(event, fact, commander)
            case StagingAsked() as fact:
                found[fact.revision] = AuthorisedChange(
                    event.at, fact.service.name, fact.project, "stage", event.actor, commander,
                    revision=fact.revision, image=fact.image, gcloud=fact.gcloud,
                )  # fmt: skip
            case StagingDeployed() as fact if fact.revision in found:
                found[fact.revision] = _ended(found[fact.revision], "applied", event.at, "")
            case StagingFailed() as fact if fact.revision in found:
                found[fact.revision] = _ended(found[fact.revision], "failed", event.at, fact.title)
    for seq, change in ended.items():
        if seq in found:
            outcome = change.outcome or ("unknown" if change.unknown else "")
            found[seq] = _ended(found[seq], outcome, change.ended_at, change.title)
    return tuple(found.values())


def _asked(event: Event, fact: ChangeIntended, commander: str) -> AuthorisedChange:
    return AuthorisedChange(
        at=event.at,
        service=fact.service.name,
        project=fact.service.project,
        action=fact.action,
        authorised_by=event.actor,
        commander=commander,
        grade=fact.grade,
        reason=fact.reason,
        revision=fact.revision,
        image=fact.image,
        serving=percents(fact.split, "LATEST"),
        gcloud=fact.gcloud,
    )


def _ended(change: AuthorisedChange, outcome: str, at: float | None, detail: str) -> AuthorisedChange:
    return replace(change, outcome=outcome, ended_at=at, detail=detail)


def _commander(incident: Incident, protocol: Protocol) -> str:
    holder = incident.roles.get(protocol.people.leads)
    return holder.person if holder else ""


def _decisions(log: Sequence[Event]) -> tuple[Decision, ...]:
    return tuple(decision(event.fact, event.at, event.actor) for event in log if isinstance(event.fact, Decided))


def _step(incident: Incident, log: Sequence[Event], phase: Phase, step: Step, protocol: Protocol) -> StepRecord:
    tick = incident.ticks.get(step.id)
    if tick is not None:
        run = newest_run(incident.work, step.id)
        shown = tick.evidence or (f"{' '.join(run.argv)}: {run.outcome}" if run else "")
        return StepRecord(phase.id, step.id, step.title, "done", tick.at, tick.actor, shown, by_hand=tick.by_hand)
    if not applies(step, incident):
        return StepRecord(phase.id, step.id, step.title, "does not apply")
    outcome = "skipped" if _over(incident, phase, protocol) else "open"
    return StepRecord(phase.id, step.id, step.title, outcome, why=deviating.why_open(log, step.id))


def _over(incident: Incident, phase: Phase, protocol: Protocol) -> bool:
    """Whether a phase was left or passed by, or the whole incident is closed."""
    now = next((one.number for one in protocol.phases if one.id == incident.phase), 0)
    return incident.closed_at is not None or phase.number < now
