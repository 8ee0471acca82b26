"""The live gate of the fast-track review: looks at the pull request again and again, ticks the review when enough."""

from warroom.conductor.session import Session
from warroom.incident.events import AnyFact, SourceBack, SourceLost, Ticked
from warroom.incident.progress.step_scope import applies
from warroom.incident.sends.sends import newest
from warroom.incident.steps.steps import ReviewSeen
from warroom.protocol.integrations import Port
from warroom.protocol.model import Step
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import PullRequest
from warroom.steps.gate import Gate, judge

EVERY_SECONDS = 15.0
SECURITY_STEP, SECURITY_ROLE = "security-review", "security-lead"


def gate(session: Session) -> Gate | None:
    """The gate as the pull request was last seen; None while there is none."""
    incident = session.incident
    review = incident.work.review
    if review is None:
        return None
    step = session.config.protocol.find_step(SECURITY_STEP)
    security = step is not None and applies(step, incident)
    duty = session.config.roster.duty(SECURITY_ROLE)
    people = (duty.primary, duty.backup) if duty else ()
    leads = [person.handle for person in people if person is not None]
    return judge(review, security=security, reviewed=SECURITY_STEP in incident.ticks, leads=leads)


async def follow(session: Session) -> None:
    """Look at the pull request once, where there is one to look at and the review is still open."""
    step = _step(session)
    opened = newest(session.incident.sends, Port.CODE_HOST, "pull-request")
    code = session.clients.others.code if session.clients else None
    if step is None or code is None or opened is None or not opened.ref.isdigit():
        return
    if step.id in session.incident.ticks:
        return
    source = session.config.integrations.product(Port.CODE_HOST).id
    lost = source in session.incident.lost
    try:
        pull = await code.pull(int(opened.ref))
    except ServiceError as error:
        if not lost:
            await session.record(SourceLost(source, error.title, error.remedy))
        return
    facts: list[AnyFact] = [SourceBack(source)] if lost else []
    seen = _seen(pull)
    if seen != session.incident.work.review:
        facts.append(seen)
    if facts:
        await session.recorder.record(*facts, actor="warroom")
    await _tick(session, step)


async def _tick(session: Session, step: Step) -> None:
    """Tick the review, and the security review that a Security Lead gave with it, unless a person unticked it."""
    found = gate(session)
    incident = session.incident
    if found is None or incident.work.review is None or not found.passed:
        return
    number = incident.work.review.number
    facts: list[AnyFact] = []
    if found.by_security and SECURITY_STEP not in incident.ticks and SECURITY_STEP not in incident.unticked:
        facts.append(Ticked(SECURITY_STEP, evidence=f"{', '.join(found.by_security)} approves pull request {number}"))
    if step.id not in incident.unticked:
        facts.append(Ticked(step.id, evidence=f"pull request {number}: {found.words}"))
    if facts:
        await session.recorder.record(*facts, actor="warroom")
        await session.record()


def _step(session: Session) -> Step | None:
    steps = (step for phase in session.config.protocol.phases for step in phase.steps)
    return next((step for step in steps if step.native == "gate"), None)


def _seen(pull: PullRequest) -> ReviewSeen:
    return ReviewSeen(
        pull.number,
        pull.title,
        pull.link,
        tuple(pull.approvals),
        tuple(pull.rejections),
        dict(pull.checks),
        pull.merged,
    )
