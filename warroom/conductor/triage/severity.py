"""How bad it is, told anew: the severity, and whether personal data is at stake."""

from warroom.clock import rfc3339
from warroom.conductor.people import escalation
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident.events import SeverityChanged, Ticked
from warroom.incident.triage.triage import PersonalDataKnown
from warroom.marks import either
from warroom.protocol.model import ComplianceItem, Protocol


def otherwise(protocol: Protocol, trigger: str, severity: str) -> str:
    """That a severity is not what the trigger proposes, as the report will say it; "" where it is."""
    found = next((one for one in protocol.triggers if one.id == trigger), None)
    if found is None or found.severity == severity:
        return ""
    return f"the trigger “{found.title}” proposes {found.severity}; {severity} is a deviation that the report lists"


def cannot_wait(protocol: Protocol, severity: str, reason: str) -> None:
    """Raise Refused where the severity proposes a regular release and nobody said why it can't wait for one."""
    rated = next((one for one in protocol.severities if one.id == severity), None)
    if rated is not None and rated.regular_release and not reason.strip():
        raise Refused(
            f"{severity} ({rated.title}) goes into a regular release",
            "Schedule one; or give the reason why it can't wait.",
        )


async def rerate(session: Session, severity: str, reason: str) -> None:
    """Give the incident another severity; SLA and levels follow at once, from detection. Raises Refused."""
    incident, protocol = session.incident, session.config.protocol
    if severity not in {one.id for one in protocol.severities}:
        raise Refused(f"The protocol has no severity {severity}", "Choose one that it has.")
    if severity == incident.severity:
        raise Refused(f"It is {severity} already", "Choose another one.")
    if not reason.strip():
        raise Refused("Re-rating needs a reason", "Say what is known now that was not before.")
    await session.record(SeverityChanged(severity, reason.strip()))
    await escalation.keep(session)


async def personal_data(session: Session, *, at_stake: bool, reason: str = "", minutes_ago: float = 0.0) -> None:
    """Personal data may be breached, as somebody knew first `minutes_ago`; or it is not after all. Raises Refused.

    The time to notify the authority runs from that awareness, not from the breach and not from the flag.
    """
    now = session.clock.now()
    aware_at = session.incident.aware_at
    if not at_stake:
        if aware_at is None:
            raise Refused("No personal data was said to be at stake", "There is nothing to take back.")
        if not reason.strip():
            raise Refused("Saying that no personal data is at stake needs a reason", "Say how you know.")
        await session.record(PersonalDataKnown(now, False, reason.strip()))
        return
    if minutes_ago < 0:
        raise Refused("Awareness can't lie in the future", "Say how many minutes ago somebody knew.")
    known_at = now - minutes_ago * 60
    if aware_at is not None and known_at >= aware_at:
        raise Refused(f"Known already, since {rfc3339(aware_at)}", "The clock runs from the first moment.")
    await session.record(PersonalDataKnown(known_at, True, reason.strip()))


async def notified(session: Session, evidence: str = "") -> ComplianceItem:
    """The authority was notified, which stops that clock. Raises Refused where there is none to notify."""
    duties = [one for one in session.config.protocol.compliance if one.when == "personal-data" and one.hours]
    if session.incident.aware_at is None or not duties:
        raise Refused("No personal data was said to be at stake", "Flag it first.")
    duty = duties[0]
    if duty.id in session.incident.ticks:
        raise Refused(
            "The authority was notified already",
            f"{either('The timeline', 'The timeline of `warroom report`')} says when.",
        )
    await session.record(Ticked(duty.id, evidence.strip(), by_hand=True))
    return duty
