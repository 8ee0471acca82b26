"""Ticking steps and items, and taking it back."""

from collections.abc import Callable
from functools import partial

from warroom.clock import clock_time
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.steps.review_gate import gate
from warroom.incident import events, mitigation
from warroom.incident.boxes.evidence import against, of_step
from warroom.incident.progress.ticks import by_hand
from warroom.incident.state import Incident
from warroom.incident.steps.steps import newest_run
from warroom.marks import TIMELINE, either, key
from warroom.protocol.model import Step
from warroom.rollout.evidence import Grade
from warroom.rollout.signals import JUDGED, clause_of


def speaks_against(session: Session, item: str) -> str:
    """What the evidence says against ticking an item that is open, with numbers; "" where nothing does."""
    step = session.config.protocol.find_step(item)
    if step is None or item in session.incident.ticks:
        return ""
    found = [against(of_step(session.incident, step, session.config.protocol)), _of_its_own(session, step)]
    return "; ".join(words for words in found if words)


def _of_its_own(session: Session, step: Step) -> str:
    """What its program, the review or staging's smoke test said, or what is measured, of a step without evidence."""
    incident = session.incident
    run = newest_run(incident.work, step.id)
    if run is not None and run.outcome in ("failed", "timed out"):
        return f"{step.title} {run.outcome}, at {clock_time(run.started_at)}"
    if step.native == "gate" and incident.work.review is not None and (found := gate(session)) is not None:
        return "; ".join(one.words for one in found.conditions if not one.met)
    if step.native == "smoke":
        tested = [lane.staging for lane in incident.lanes.values() if lane.staging is not None]
        return "; ".join(f"{one.revision}: {one.detail}" for one in tested if one.tested is False)
    signal = next((one.id for one in JUDGED if one.native == step.native), "")
    verdicts = [mitigation.serving_verdict(lane) for lane in incident.lanes.values()] if signal else []
    clauses = [clause_of(verdict.clauses, signal) for verdict in verdicts if verdict is not None]
    return "; ".join(one.words for one in clauses if one is not None and one.grade is Grade.FAIL)


async def tick(session: Session, item: str, reason: str = "") -> None:
    """Tick a step or checklist item, or untick it: the other of what the operator has seen it to be.

    Raises Refused where it still needs others, or a decision, where evidence speaks against it and no `reason` is
    given, and where it is so already: by a key pressed twice, or on another board.
    """
    incident, protocol = session.incident, session.config.protocol
    if item in incident.ticks:
        await _mark(session, events.Unticked(item), lambda now: item not in now.ticks, "Unticked already")
        return
    step = protocol.find_step(item)
    missing = [need for need in step.needs if need not in incident.ticks] if step else []
    if missing:
        titles = ", ".join(protocol.step(need).title for need in missing)
        raise Refused(f"Not yet: first {titles}", "Tick what it needs, then this.")
    if step and step.native == "decide" and incident.steering.decision is None:
        raise Refused(
            "Nothing is decided yet",
            f"{either('Do that step, or run', 'Run')} `warroom decide`: what, who and why are kept.",
        )
    words = speaks_against(session, item)
    if words and not reason.strip():
        raise Refused(
            f"The evidence speaks against it: {words}",
            f"Mend it, or say why it is done all the same: {either('a reason', '--reason', 'a reason')}.",
        )
    done = events.Ticked(item, against=words, reason=reason.strip() if words else "")
    await _mark(session, done, lambda now: item in now.ticks, "Ticked already")


def _undone(seq: int, now: Incident) -> bool:
    return seq in now.undone


async def _mark(session: Session, fact: events.AnyFact, so: Callable[[Incident], bool], already: str) -> None:
    if not await session.recorder.record_found(lambda now: () if so(now) else (fact,)):
        raise Refused(already, f"Nothing was changed: look who did it in {TIMELINE}.")
    await session.record()  # what follows from it


async def undo(session: Session) -> None:
    """Take back the operator's last tick, untick or note that was made by hand. Raises Refused when there is none."""
    for event in reversed(session.incident.tail):
        own = event.actor == session.recorder.actor and by_hand(event.fact)
        if own and event.seq not in session.incident.undone:
            await _mark(session, events.Undone(event.seq), partial(_undone, event.seq), "Taken back already")
            return
    raise Refused(
        "Nothing that you ticked or noted by hand is left to take back",
        f"What evidence ticked stays; changes go back by {key('abort')} or {key('roll-back')}.",
    )
