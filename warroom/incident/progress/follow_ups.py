"""What follows by itself: items that evidence ticks, phases that begin when the one before is done. Pure."""

from collections.abc import Iterable

from warroom.incident import mitigation
from warroom.incident.boxes.evidence import against, of_step
from warroom.incident.boxes.evidence import shown as all_good
from warroom.incident.comms.comms import PERMANENT_FIX, ActionAdded
from warroom.incident.events import AnyFact, PhaseStarted, StagingValidated, Ticked, Unticked
from warroom.incident.progress.known import answer, shown_by
from warroom.incident.progress.step_facts import reached, told_everywhere, version_shown
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Incident, Lane, Relief
from warroom.protocol.model import Protocol, Step
from warroom.rollout.evidence import Grade
from warroom.rollout.signals import JUDGED, Judged
from warroom.rollout.split import percents

PERMANENT = ActionAdded(PERMANENT_FIX, "Plan the permanent fix: what was rolled back still needs it")

# Which fact shows that a native step is done.
NATIVE_FACTS = {
    "declare": "fact:declared",
    "alert": "fact:alerted",
    "status-page": "fact:status-page-resolved",
    "ticket": "fact:ticket-updated",
    "post-mortem": "fact:post-mortem-set",
    "permanent-fix": "fact:permanent-fix-planned",
    "decide": "fact:decided",
    "data-change": "fact:data-change-known",
    "stage": "fact:staged",
    "smoke": "fact:smoke-tested",
    "deploy": "fact:deployed",
    "ladder": "fact:full-traffic",
    "unpin": "fact:un-pinned",
    "report": "fact:reported",
    "resolve": "fact:resolved",
    "health": "fact:healthy",
    **{signal.native: signal.fact for signal in JUDGED},
}

VERIFIED = ("health", *(signal.native for signal in JUDGED))
"""Those of them that say how what serves is: another act, or a FAIL, takes their tick back."""

TOLD = ("alert", "status-page", "ticket", "post-mortem", "permanent-fix")
"""Those of them that a person does, some only where the other system is not there."""

BY_HAND_TOO = {"fact:channel-created": "alert"}
"""Facts that a person can bring about where warroom does not: by the tick of the native step that would do it."""


def shown_by_itself(step: Step) -> bool:
    """Whether what happens in production, or an update, ticks a step: nobody does it as a step of its own."""
    return (step.native in NATIVE_FACTS and step.native not in TOLD) or step.native == "update"


def known_facts(incident: Incident, protocol: Protocol) -> set[str]:
    """The fact names (protocol.names.FACTS, and those of NATIVE_FACTS) that the incident shows to be true now."""
    lanes = tuple(incident.lanes.values())
    core = [role.id for role in protocol.roles if role.kind == "core"]
    facts = {
        "fact:declared": True,
        "fact:roles-answered": all(role in incident.roles and incident.roles[role].answered for role in core),
        "fact:staged": any(lane.staging and lane.staging.percent for lane in lanes),
        "fact:smoke-tested": any(lane.staging and lane.staging.tested for lane in lanes),
        "fact:deployed": any(lane.ladder for lane in lanes),
        "fact:ladder-started": incident.first_traffic_at is not None,
        "fact:judged": any(lane.verdict and lane.verdict.grade is not Grade.NO_DATA for lane in lanes),
        "fact:update-sent": incident.updates > 0,
        **reached(incident),
        "fact:decided": incident.steering.decision is not None,
        "fact:data-change-known": bool(incident.steering.data_change),
        "fact:full-traffic": incident.full_traffic_at is not None,
        "fact:resolved": incident.resolved_at is not None,
        "fact:un-pinned": incident.un_pinned_at is not None,
        "fact:reported": incident.reported_at is not None,
        "fact:healthy": all(_healthy(lane, incident.relief) for lane in lanes),
        **{signal.fact: all(_passes(lane, signal, incident.relief) for lane in lanes) for signal in JUDGED},
    }
    return {name for name, true in facts.items() if true}


def _passes(lane: Lane, signal: Judged, relief: Relief | None) -> bool:
    """Whether the signal passes for what serves since the newest act: the hotfix in full, or where it went back to."""
    verdict = mitigation.serving_verdict(lane)
    if relief is None or verdict is None or verdict.at < mitigation.since(lane, relief) or mitigation.climbing((lane,)):
        return False
    return any(one.signal == signal.id and one.grade is Grade.PASS for one in verdict.clauses)


def _healthy(lane: Lane, relief: Relief | None) -> bool:
    """Whether what serves since the newest act answers its probe."""
    if relief is None or mitigation.climbing((lane,)):
        return False
    shares = percents(lane.serving, lane.latest_ready)
    serving = [lane.probes.get(name) for name, share in shares.items() if share]
    return bool(serving) and all(probe is not None and probe.ok for probe in serving)


def follow_ups(incident: Incident, protocol: Protocol) -> list[AnyFact]:
    """The facts that the incident's state calls for and that are not written yet."""
    shown = known_facts(incident, protocol)
    return [
        *_ticks(incident, protocol, shown),
        *_newly_validated(incident, protocol),
        *mitigation.news(incident),
        *_left_to_do(incident),
        *_phase(incident, protocol),
    ]


def _ticks(incident: Incident, protocol: Protocol, shown: set[str]) -> Iterable[AnyFact]:
    for phase in protocol.phases:
        for step in phase.steps:
            fact = NATIVE_FACTS.get(step.native)
            if step.native in VERIFIED and fact not in shown and (why := _no_longer(incident, step)):
                yield Unticked(step.id, why, by_evidence=True)
                continue
            if step.evidence:
                yield from _by_evidence(incident, step, protocol, fact is None or fact in shown)
                continue
            told = told_everywhere(incident, step.template) if step.native == "update" else ()
            if told and _open(incident, step.id):
                yield Ticked(step.id, evidence=f"sent: {', '.join(told)}")
            if step.native == "version" and _open(incident, step.id) and (where := version_shown(incident)):
                yield Ticked(step.id, evidence=f"version {incident.work.values['version']} in {where}")
            if fact in shown and _open(incident, step.id):
                yield Ticked(step.id, evidence=str(fact).removeprefix("fact:"))
            if step.asks and _open(incident, step.id) and (said := answer(incident, step.asks)) is not None:
                yield Ticked(step.id, evidence=shown_by(said))
    for item in protocol.checklist:
        tick = incident.ticks.get(item.id)
        gone = [name for name in item.ticked_by if name not in incident.ticks and protocol.find_step(name) is not None]
        if tick is not None and not tick.by_hand and gone and incident.resolved_at is None:
            yield Unticked(item.id, f"{', '.join(gone)}: not ticked any more", by_evidence=True)
            continue
        names = [_by_whom(incident, protocol, name, shown) for name in item.ticked_by]
        done = bool(names) and all(name in shown or name in incident.ticks for name in names)
        if done and _open(incident, item.id):
            yield Ticked(item.id, evidence=", ".join(_shows(incident, name) for name in names))


def _no_longer(incident: Incident, step: Step) -> str:
    """Why a verification that was ticked by what was measured says nothing of what serves now; "" while it does."""
    tick, relief = incident.ticks.get(step.id), incident.relief
    if tick is None or tick.by_hand or relief is None or incident.resolved_at is not None:
        return ""
    lanes = tuple(incident.lanes.values())
    if tick.at < max(mitigation.since(lane, relief) for lane in lanes):
        return "shown before what was done last, and not since"
    verdicts = [found for lane in lanes if (found := mitigation.serving_verdict(lane)) is not None]
    clauses = [one for verdict in verdicts for one in verdict.clauses]
    ours = next((signal.id for signal in JUDGED if signal.native == step.native), "")
    return next((one.words for one in clauses if one.signal == ours and one.grade is Grade.FAIL), "")


def _by_evidence(incident: Incident, step: Step, protocol: Protocol, done: bool) -> Iterable[AnyFact]:
    """Tick a step that names evidence once all of it says so, and take that back when some of it says otherwise.

    A step of warroom's own goes by its fact (`done`), against which evidence speaks alone. What a person ticked stays.
    """
    found, tick = of_step(incident, step, protocol), incident.ticks.get(step.id)
    native, speaks_against = step.native in NATIVE_FACTS, against(found)
    if tick is not None:
        if speaks_against and not tick.by_hand and not incident.resolved_at:
            yield Unticked(step.id, speaks_against, by_evidence=True)
        return
    ready = done and not speaks_against if native else all_good(found) and not step.by_person
    if ready and _open(incident, step.id) and (native or all(need in incident.ticks for need in step.needs)):
        good = "; ".join(one.told for one in found if one.state == "good")
        yield Ticked(step.id, evidence=good or NATIVE_FACTS[step.native].removeprefix("fact:"))


def _shows(incident: Incident, name: str) -> str:
    """A step or fact as evidence of a checklist item; of what a person ticked it says so, and who."""
    tick = incident.ticks.get(name)
    return f"{name} (by hand, {tick.actor})" if tick is not None and tick.by_hand else name.removeprefix("fact:")


def _by_whom(incident: Incident, protocol: Protocol, name: str, shown: set[str]) -> str:
    """What shows it: the fact, or in its place the step that a person ticked by hand."""
    if name in shown or name not in BY_HAND_TOO:
        return name
    steps = [step for phase in protocol.phases for step in phase.steps if step.native == BY_HAND_TOO[name]]
    ticked = (step.id for step in steps if step.id in incident.ticks and incident.ticks[step.id].by_hand)
    return next(ticked, name)


def _open(incident: Incident, item: str) -> bool:
    """Neither ticked nor taken back by a person, who knows better than the evidence."""
    return item not in incident.ticks and item not in incident.unticked


def _phase(incident: Incident, protocol: Protocol) -> Iterable[AnyFact]:
    """What happens to traffic leads to the deployment, to the phase after it and to the one after verification.

    The other phases end by their ticks. Where the protocol has no phase to go on to, it stays.
    """
    names = [phase.id for phase in protocol.phases]
    deployment, last = names.index(protocol.deployment.id), len(names) - 1
    verification = protocol.phases.index(protocol.verification) if protocol.verification else deployment
    current = names.index(incident.phase) if incident.phase in names else -1
    due = max(current, 0)
    if any(lane.ladder for lane in incident.lanes.values()):
        due = max(due, deployment)
    full = incident.relief is not None and incident.relief.how == "full-traffic"
    if incident.mitigated_at is not None or (full and not mitigation.climbing(incident.lanes.values())):
        due = max(due, verification)
    if incident.resolved_at is not None:
        due = max(due, min(verification + 1, last))
    while due < last and due not in (deployment, verification) and _done(incident, protocol, due):
        due += 1
    if due > current:
        yield PhaseStarted(names[due])


def _done(incident: Incident, protocol: Protocol, index: int) -> bool:
    return index >= 0 and all(step.id in incident.ticks for step in steps_of(protocol.phases[index], incident))


def _newly_validated(incident: Incident, protocol: Protocol) -> list[AnyFact]:
    """The images that have now passed: smoke test well, and every box of the testing phase ticked."""
    boxes = validation(protocol)
    facts: list[AnyFact] = []
    for lane in incident.lanes.values():
        staged = lane.staging
        if staged is None or not staged.tested or staged.image in lane.validated:
            continue
        if all(box in incident.ticks for box in boxes):
            facts.append(StagingValidated(lane.ref, staged.image))
    return facts


def _left_to_do(incident: Incident) -> list[AnyFact]:
    """After going back, the permanent fix is an open action."""
    relief = incident.relief
    went_back = relief is not None and relief.how == "roll-back" and PERMANENT_FIX not in incident.outward.actions
    return [PERMANENT] if went_back else []


def validation(protocol: Protocol) -> list[str]:
    """What must be ticked before production may have an image: the boxes of the testing phases."""
    return [step.id for phase in protocol.of_kind("testing") for step in phase.steps if step.box]
