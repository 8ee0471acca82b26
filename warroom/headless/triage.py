"""Escalate, re-rate, decide, and say what is known of the data, as scripts do: the board's guards and its journal."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from warroom.conductor import loops, reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import escalation
from warroom.conductor.refusal import Refused
from warroom.conductor.triage import decision
from warroom.conductor.triage import severity as rating
from warroom.headless.answer import Answer, Misused, Planned
from warroom.headless.write import told, written
from warroom.incident import clocks
from warroom.incident import escalation as escalating
from warroom.incident.triage.triage import ANSWERS, CHOICES
from warroom.services.errors import ServiceError
from warroom.workspace import Room

Work = Callable[[Conductor], Awaitable[Answer]]


async def looked(room: Room, incident: str, emulated: bool, work: Work) -> Answer:
    """Open the incident, look at what can be reached, and `work`: what can't be reached stops nothing.

    An incident from elsewhere is looked at by its journal alone. Raises Misused, Refused, JournalError.
    """

    async def seen(conductor: Conductor) -> Answer:
        if reach.apart(conductor) is None and (emulated or not conductor.incident.declared.drill):
            with suppress(ServiceError):
                clients = await room.connected(conductor)
                await conductor.look(clients.run)
                await conductor.watching.read(clients.monitoring)
        return await work(conductor)

    return await written(room, incident, seen)


async def severity(conductor: Conductor, severity: str, reason: str) -> Answer:
    """Re-rate. Raises Misused, Refused."""
    known = [one.id for one in conductor.config.protocol.severities]
    if severity not in known:
        raise Misused(f"The protocol has no severity {severity}", f"It has: {', '.join(known)}.")
    before = conductor.incident.severity
    await rating.rerate(conductor, severity, _reason(reason))
    return told(conductor, f"severity {severity}, was {before}", severity=severity, before=before)


async def personal_data(conductor: Conductor, reason: str, minutes: float, *, none: bool, notified: bool) -> Answer:
    """Flag a breach, take the flag back, or say that the authority was notified. Raises Misused, Refused."""
    if none and notified:
        raise Misused("Either --none or --notified", "Give one of them.")
    if notified:
        duty = await rating.notified(conductor, reason)
        return told(conductor, f"{duty.title}: the authority was notified", notified=True)
    await rating.personal_data(conductor, at_stake=not none, reason=reason, minutes_ago=minutes)
    aware_at = conductor.incident.aware_at
    left = clocks.gdpr_left(conductor.incident, conductor.config.protocol, conductor.moment)
    words = "personal data is at stake" if aware_at is not None else "no personal data is at stake"
    return told(conductor, words, aware_at=aware_at, left_seconds=left)


async def data_change(conductor: Conductor, answer: str, reason: str) -> Answer:
    """Whether data or schema is changed. Raises Refused."""
    await decision.data_change(conductor, answer, reason)
    viable = decision.viability(conductor.incident)
    return told(conductor, ANSWERS[answer], data_change=answer, rollback_viable=viable.viable)


async def decide(conductor: Conductor, choice: str, reason: str) -> Answer:
    """Record the way out, with what was known; going back says which commands do it. Raises Refused."""
    await loops.clocks_and_numbers(conductor, conductor.watching)
    fact = await decision.decide(conductor, choice, _reason(reason))
    known = decision.choice(conductor)
    lines = [f"{conductor.incident.id}: decided: {CHOICES[choice]}"]
    if known.row is not None:
        lines.append(f"  matrix, {known.row.scenario}: {fact.advice}")
    lines += [f"  rollback: {fact.viability}", *(f"  {one.service}: {one.words}" for one in known.measured)]
    back = []
    if choice == "roll-back":
        back = [f"warroom rollback {name} --to {to} --yes" for name, to in known.viability.targets.items() if to]
        lines += [f"  next: {command}" for command in back]
    data = {
        "incident": conductor.incident.id,
        "done": True,
        "decision": fact,
        "measured": list(known.measured),
        "next": back,
        "closed": conductor.incident.closed_at is not None,
    }
    return Answer(tuple(lines), data)


async def escalate(conductor: Conductor, level: int, *, yes: bool) -> Answer:
    """Call a level's people, or those of all levels that wait (0); without `yes` show the pages. Raises Refused."""
    await escalation.keep(conductor)
    call = escalation.call(conductor, level)
    pages = [
        {"role": page.role.id, "to": page.person.handle, "by_hand": page.by_hand, "why": page.why, "text": page.text}
        for page in call.pages
    ]
    if not yes:
        lines = [f"Level {call.level}:", *(f"  {page['to']} as {page['role']}: {page['text']}" for page in pages)]
        lines += [f"  {page['to']} by hand: {page['why']}" for page in pages if page["by_hand"]]
        plan = Answer(tuple(lines), {"plan": {"level": call.level, "pages": pages}})
        raise Planned("refused: add --yes", "Nothing was sent.", plan)
    said = await escalation.carry_out(conductor, call)
    return told(conductor, said, level=call.level, pages=pages)


async def raise_cap(conductor: Conductor, level: int, reason: str) -> Answer:
    """The Incident Commander lets it escalate higher. Raises Refused."""
    await escalation.raise_cap(conductor, level, reason)
    highest = escalating.cap(conductor.incident, conductor.config.protocol)
    return told(conductor, f"may escalate to level {highest}", cap=highest)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("This needs a reason", "Give one with --reason.")
    return reason
