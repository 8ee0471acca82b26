"""The live gate of the fast-track review: looks at the pull request again and again, ticks the review when enough."""

from typing import TYPE_CHECKING

from warroom.incident.events import AnyFact, SourceBack, SourceLost, Ticked
from warroom.incident.sends.sends import newest
from warroom.incident.step_scope import applies
from warroom.incident.steps.steps import ReviewSeen
from warroom.protocol.model import Step
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import PullRequest
from warroom.steps.gate import Gate, judge

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor

EVERY_SECONDS = 15.0
SECURITY_STEP, SECURITY_ROLE = "security-review", "security-lead"
SOURCE = "github"


def gate(conductor: "Conductor") -> Gate | None:
    """The gate as the pull request was last seen; None while there is none."""
    incident = conductor.incident
    review = incident.work.review
    if review is None:
        return None
    step = conductor.config.protocol.find_step(SECURITY_STEP)
    security = step is not None and applies(step, incident)
    duty = conductor.config.roster.duty(SECURITY_ROLE)
    people = (duty.primary, duty.backup) if duty else ()
    leads = [person.handle for person in people if person is not None]
    return judge(review, security=security, reviewed=SECURITY_STEP in incident.ticks, leads=leads)


async def follow(conductor: "Conductor") -> None:
    """Look at the pull request once, where there is one to look at and the review is still open."""
    step = _step(conductor)
    opened = newest(conductor.incident.sends, "github", "pull-request")
    code = conductor.clients.others.code if conductor.clients else None
    if step is None or code is None or opened is None or not opened.ref.isdigit():
        return
    if step.id in conductor.incident.ticks:
        return
    lost = SOURCE in conductor.incident.lost
    try:
        pull = await code.pull(int(opened.ref))
    except ServiceError as error:
        if not lost:
            await conductor.record(SourceLost(SOURCE, error.title, error.remedy))
        return
    facts: list[AnyFact] = [SourceBack(SOURCE)] if lost else []
    seen = _seen(pull)
    if seen != conductor.incident.work.review:
        facts.append(seen)
    if facts:
        await conductor.recorder.record(*facts, actor="warroom")
    await _tick(conductor, step)


async def _tick(conductor: "Conductor", step: Step) -> None:
    """Tick the review, and the security review that a Security Lead gave with it, unless a person unticked it."""
    found = gate(conductor)
    incident = conductor.incident
    if found is None or incident.work.review is None or not found.passed:
        return
    number = incident.work.review.number
    facts: list[AnyFact] = []
    if found.by_security and SECURITY_STEP not in incident.ticks and SECURITY_STEP not in incident.unticked:
        facts.append(Ticked(SECURITY_STEP, evidence=f"{', '.join(found.by_security)} approves pull request {number}"))
    if step.id not in incident.unticked:
        facts.append(Ticked(step.id, evidence=f"pull request {number}: {found.words}"))
    if facts:
        await conductor.recorder.record(*facts, actor="warroom")
        await conductor.record()


def _step(conductor: "Conductor") -> Step | None:
    steps = (step for phase in conductor.config.protocol.phases for step in phase.steps)
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
