"""Keeping what only people know: an answer is written down, and the steps that ask for it are done by it."""

from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident.events import AnyFact, Ticked
from warroom.incident.progress.known import shown_by
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.triage.answers import PASSING, Answered, Said
from warroom.protocol.names import TOPICS


async def keep(session: Session, topic: str, text: str, by: str = "") -> None:
    """Write an answer down; an empty one takes back one of PASSING. Raises Refused."""
    text, by = text.strip(), by.strip()
    if topic not in TOPICS:
        raise Refused(f"Nobody asks for {topic}", f"Topics are: {', '.join(TOPICS)}.")
    if not text and topic not in PASSING:
        raise Refused("An answer that says nothing", "Say what is known now; what was said before stays in the record.")
    if not text and topic not in session.incident.steering.answers:
        raise Refused(f"Nobody has told it yet: {TOPICS[topic]}", "There is nothing to take back.")
    await session.record(Answered(topic, text, by), *_again(session, topic, text, by))


def _again(session: Session, topic: str, text: str, by: str) -> list[AnyFact]:
    """The ticks of steps that somebody opened again because the answer before was not good enough."""
    incident = session.incident
    evidence = shown_by(Said(text, by or session.recorder.actor, session.clock.now()))
    asking = [one for phase in session.config.protocol.phases for one in steps_of(phase, incident) if one.asks == topic]
    return [Ticked(step.id, evidence) for step in asking if text and step.id in incident.unticked]
