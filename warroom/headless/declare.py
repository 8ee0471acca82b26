"""Declaring an incident from a command line."""

from msgspec import Struct

from warroom.actions.answer import Answer, Misused
from warroom.conductor.triage.severity import cannot_wait, otherwise
from warroom.incident.events import Declared
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


async def declare(room: Room, wanted: Declaration) -> Answer:
    """Begin an incident. Raises Misused, JournalError."""
    async with room.opened() as conductor:
        declared = declaration(room, wanted)
        incident = await conductor.declare(declared)
    names = [ref.name for ref in declared.services]
    data = {"incident": incident.id, "title": declared.title, "severity": declared.severity, "services": names}
    first = f"{incident.id} declared: {declared.severity} {declared.title} ({', '.join(names)})"
    other = otherwise(room.config.protocol, declared.trigger, declared.severity)
    return Answer((first, f"  {other}") if other else (first,), data)


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
