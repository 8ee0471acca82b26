"""The live gate of the fast-track review: looks at the pull request again and again, ticks the review when enough."""

from msgspec.structs import replace

from warroom.conductor.session import Session
from warroom.incident.events import AnyFact, SourceBack, SourceLost, Ticked, Unticked
from warroom.incident.progress.step_scope import applies
from warroom.incident.sends.sends import newest
from warroom.incident.state import Incident, Lane
from warroom.incident.steps.steps import ReviewSeen
from warroom.protocol.integrations import Port
from warroom.protocol.model import Protocol, Step
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import PullRequest
from warroom.steps.gate import Gate, judge

EVERY_SECONDS = 15.0


def gate(session: Session) -> Gate | None:
    """The gate as the pull request was last seen; None while there is none."""
    return _gate(session, session.incident)


def _gate(session: Session, incident: Incident) -> Gate | None:
    review = incident.work.review
    if review is None:
        return None
    step = _security_step(session.config.protocol)
    security = step is not None and applies(step, incident)
    duties = [session.config.roster.duty(role) for role in session.config.protocol.people.security]
    people = [person for duty in duties if duty is not None for person in (duty.primary, duty.backup)]
    leads = [person.handle for person in people if person is not None]
    table = session.config.integrations.code_host
    required = table.required_checks if table else ()
    reviewed = step is not None and step.id in incident.ticks
    return judge(review, security=security, reviewed=reviewed, leads=leads, required=required)


def _security_step(protocol: Protocol) -> Step | None:
    """The review by security: the step for that case beside the one that warroom follows."""
    phase = next((one for one in protocol.phases if any(step.native == "gate" for step in one.steps)), None)
    return next((step for step in phase.steps if step.when == "security"), None) if phase is not None else None


async def follow(session: Session) -> None:
    """Look at the pull request once, where there is one to look at, until the hotfix is deployed to every service.

    One that was taken back is not deployed any more: what comes next is reviewed again. What passed is looked at too: a
    push, a red check or a dismissed approval takes warroom's own tick back.
    """
    step = _step(session)
    opened = newest(session.incident.sends, Port.CODE_HOST, "pull-request")
    code = session.clients.others.code if session.clients else None
    if step is None or code is None or opened is None or not opened.ref.isdigit():
        return
    incident = session.incident
    if incident.resolved_at is not None or all(_deployed(lane) for lane in incident.lanes.values()):
        return
    source = session.config.integrations.product(Port.CODE_HOST).id
    lost = source in session.incident.lost
    try:
        pull = await code.pull(int(opened.ref))
    except ServiceError as error:
        if not lost:
            await session.record(SourceLost(source, error.title, error.remedy))
        return
    session.review_seen_at = session.clock.now()
    facts: list[AnyFact] = [SourceBack(source)] if lost else []
    if facts:
        await session.recorder.record(*facts, actor="warroom")

    def seen(now: Incident) -> list[AnyFact]:
        before = now.work.review
        found = _seen(pull, step.id, before.withdrawn if before else "")
        return [found] if found != before else []

    if seen(session.incident):
        await session.recorder.record_found(seen, actor="warroom")
    await _take_back(session, step)
    await _tick(session, step)


def _deployed(lane: Lane) -> bool:
    return lane.ladder is not None and not lane.ladder.taken_back


async def _take_back(session: Session, step: Step) -> None:
    """Take warroom's own tick back when the gate does not pass any more; a person's tick is theirs."""
    found, review = gate(session), session.incident.work.review
    tick = session.incident.ticks.get(step.id)
    if found is None or found.passed or review is None or tick is None or not tick.evidence:
        return
    why = "; ".join(one.words for one in found.conditions if not one.met)
    facts: list[AnyFact] = [Unticked(step.id, f"pull request {review.number}: {why}"), replace(review, withdrawn=why)]
    reviews = _security_step(session.config.protocol)
    ticked = session.incident.ticks.get(reviews.id) if reviews is not None else None
    if reviews is not None and ticked is not None and ticked.evidence and not found.by_security:
        facts.append(Unticked(reviews.id, f"nobody of security approves pull request {review.number} any more"))
    await session.recorder.record(*facts, actor="warroom")
    await session.record()


async def _tick(session: Session, step: Step) -> None:
    """Tick the review, and the security review that a Security Lead gave with it, unless a person unticked it."""

    def news(now: Incident) -> list[AnyFact]:
        """The step itself and the loop may have looked at the same time: one of them says so."""
        return _ticks(session, step, now)

    if news(session.incident):
        await session.recorder.record_found(news, actor="warroom")
        await session.record()


def _ticks(session: Session, step: Step, incident: Incident) -> list[AnyFact]:
    found, review = _gate(session, incident), incident.work.review
    if found is None or review is None or not found.passed:
        return []
    number = review.number
    facts: list[AnyFact] = []
    security = _security_step(session.config.protocol)
    if (
        security is not None
        and found.by_security
        and security.id not in incident.ticks
        and (security.id not in incident.unticked or review.withdrawn)
    ):
        facts.append(Ticked(security.id, evidence=f"{', '.join(found.by_security)} approves pull request {number}"))
    if step.id not in incident.ticks and (step.id not in incident.unticked or review.withdrawn):
        facts.append(Ticked(step.id, evidence=f"pull request {number}: {found.words}"))
    if review.withdrawn:
        facts.append(replace(review, withdrawn=""))
    return facts


def _step(session: Session) -> Step | None:
    steps = (step for phase in session.config.protocol.phases for step in phase.steps)
    return next((step for step in steps if step.native == "gate"), None)


def _seen(pull: PullRequest, step: str, withdrawn: str) -> ReviewSeen:
    return ReviewSeen(
        pull.number,
        pull.title,
        pull.link,
        tuple(pull.approvals),
        tuple(pull.rejections),
        dict(pull.checks),
        pull.merged,
        pull.sha,
        pull.state,
        pull.draft,
        pull.mergeable,
        tuple(pull.stale),
        tuple(pull.uncounted),
        tuple(pull.required),
        tuple(pull.unknown),
        withdrawn,
        step,
    )
