"""What needs no cloud: declare, note, tick, hold, resolve, written down by the same Conductor with what follows."""

from collections.abc import Awaitable, Callable
from functools import partial

from msgspec import Struct

from warroom.clock import duration
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.triage.severity import cannot_wait
from warroom.headless.answer import Answer, Misused, Planned
from warroom.headless.choose import incident_of, lane_of, step_of
from warroom.incident import clocks
from warroom.incident.events import Declared, Noted
from warroom.protocol.model import Protocol, Services
from warroom.rollout.traffic import ServiceRef
from warroom.text import plain
from warroom.workspace import Room

LONGEST_AGO_MINUTES = 7 * 24 * 60.0


class Declaration(Struct, frozen=True):
    """What is declared, as it was typed. `minutes` is how long ago it was detected, `reason` why it can't wait."""

    title: str
    services: tuple[str, ...] = ()
    project: str = ""
    region: str = ""
    severity: str = ""
    trigger: str = ""
    impact: str = ""
    issue: str = ""
    minutes: float = 0.0
    personal_data: bool = False
    drill: bool = False
    reason: str = ""


async def written(room: Room, incident: str, write: Callable[[Conductor], Awaitable[Answer]]) -> Answer:
    """Open the incident and let `write` add to it. Raises Misused, Refused, JournalError."""
    async with room.opened(partial(incident_of, wanted=incident)) as conductor:
        answer = await write(conductor)
        if conductor.recorder.unwritten:
            raise Refused(f"Not written: {conductor.recorder.trouble}", "Free the journal, then run it again.")
        return answer


async def declare(room: Room, wanted: Declaration) -> Answer:
    """Begin an incident. Raises Misused, JournalError."""
    async with room.opened() as conductor:
        declared = declaration(room, wanted)
        incident = await conductor.declare(declared)
    names = [ref.name for ref in declared.services]
    data = {"incident": incident.id, "title": declared.title, "severity": declared.severity, "services": names}
    return Answer((f"{incident.id} declared: {declared.severity} {declared.title} ({', '.join(names)})",), data)


def declaration(room: Room, wanted: Declaration) -> Declared:
    """What is typed, filled in from the configuration. Raises Misused, Refused."""
    protocol = room.config.protocol
    if not plain(wanted.title):
        raise Misused("No title", "Say what is wrong, in a few words.")
    if not 0 <= wanted.minutes <= LONGEST_AGO_MINUTES:
        raise Misused(f"Detected {wanted.minutes:g} minutes ago?", f"Give 0 to {LONGEST_AGO_MINUTES:g}.")
    trigger = next((one for one in protocol.triggers if one.id == wanted.trigger), None)
    if wanted.trigger and trigger is None:
        known = ", ".join(one.id for one in protocol.triggers)
        raise Misused(f"The protocol has no trigger {wanted.trigger}", f"It has: {known}.")
    severity = _severity(protocol, wanted.severity or (trigger.severity if trigger else ""))
    cannot_wait(protocol, severity, wanted.reason)
    return Declared(
        title=wanted.title.strip(),
        severity=severity,
        override=wanted.reason.strip(),
        trigger=wanted.trigger,
        services=references(room.config.services, wanted),
        detected_at=room.clock.now() - wanted.minutes * 60,
        drill=wanted.drill,
        impact=wanted.impact.strip(),
        issue=wanted.issue.strip(),
        personal_data=wanted.personal_data or bool(trigger and trigger.personal_data),
        private=bool(trigger and trigger.security),
        protocol_version=protocol.review.version,
        protocol_hash=room.config.protocol_hash,
    )


def references(services: Services, wanted: Declaration) -> tuple[ServiceRef, ...]:
    """The services named; one that no configuration names takes project and region from the flags. Raises Misused."""
    names = wanted.services or tuple(one.name for one in services.services)
    if not wanted.services and len(names) != 1:
        raise Misused("No service named", f"Name it with --service: {', '.join(names) or 'any'}.")
    if len(set(names)) < len(names):
        raise Misused("A service is named twice", "Name each once.")
    found = []
    for name in names:
        known = services.find(name, wanted.region, wanted.project)
        region = wanted.region or (known.region if known else "")
        project = wanted.project or (known.project if known else "")
        if not region or not project:
            raise Misused(f"services.toml does not name {name}", "Add --project and --region.")
        if "/" in name + region + project or not name.strip():
            raise Misused(f"{name} in {region} of {project} is no service", "Give short names, without slashes.")
        found.append(ServiceRef(name, region, project))
    return tuple(found)


def _severity(protocol: Protocol, severity: str) -> str:
    known = [one.id for one in protocol.severities]
    if severity not in known:
        said = f"The protocol has no severity {severity}" if severity else "Neither severity nor trigger given"
        raise Misused(said, f"Give --severity, one of {', '.join(known)}, or --trigger.")
    return severity


async def note(conductor: Conductor, text: str) -> Answer:
    """A line for the timeline."""
    if not text.strip():
        raise Misused("An empty note", "Say what is worth remembering.")
    await conductor.record(Noted(text.strip()))
    return told(conductor, f"noted: {text.strip()}", note=text.strip())


async def tick(conductor: Conductor, step: str, *, off: bool) -> Answer:
    """Tick a step or item, or untick it; one that is so already stays so. Raises Misused, Refused."""
    item = step_of(conductor.config.protocol, step)
    if (item in conductor.incident.ticks) == off:
        await ticks.tick(conductor, item)
    return told(conductor, f"{item} is {'open' if off else 'done'}", step=item, ticked=not off)


async def hold(conductor: Conductor, service: str, reason: str, *, resume: bool) -> Answer:
    """Hold the ladder, or let it go on; one that is so already stays so. Raises Misused, Refused."""
    lane = lane_of(conductor.incident, service)
    held = lane.ladder is not None and lane.ladder.held_since is not None
    if held == resume or lane.ladder is None or lane.ladder.ended:
        await conductor.hold(lane.ref.name, reason)
    words = "goes on" if resume else "is held"
    return told(conductor, f"the ladder of {lane.ref.name} {words}", service=lane.ref.name, held=not resume)


async def resolve(conductor: Conductor, text: str, *, yes: bool) -> Answer:
    """Phase 5 is verified. Raises Refused while users may still be hurt, and without `yes`."""
    incident = conductor.incident
    if incident.mitigated_at is None or incident.resolved_at is not None:
        await conductor.resolve(text)  # which says why not
    reach.on_time(conductor)
    if not yes:
        words = f"Resolve {incident.id}: the users are no longer hurt and phase 5 is verified"
        plan = Answer((words, "  This stops the SLA clock."), {"plan": {"incident": incident.id, "words": words}})
        raise Planned("refused: add --yes", "Nothing was written.", plan)
    await conductor.resolve(text)
    resolved_at = conductor.incident.resolved_at
    assert resolved_at is not None
    took = clocks.age(incident.detected_at, resolved_at)
    return told(conductor, f"resolved {duration(took)} after detection", resolved_at=resolved_at, took_seconds=took)


def told(conductor: Conductor, words: str, **facts: object) -> Answer:
    """What was done, for people and as data."""
    incident = conductor.incident
    return Answer((f"{incident.id}: {words}",), {"incident": incident.id, "done": True, **facts})
