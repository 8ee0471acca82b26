"""The incident's services: one more, or one less, looked at and judged from then on, or no longer."""

from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import clocks
from warroom.incident.events import AnyFact, MitigationLost, ServiceAdded, ServiceTakenOff
from warroom.incident.lane.services import keeps
from warroom.incident.state import Incident
from warroom.marks import press
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError, Unreachable


async def add(session: Session, ref: ServiceRef, reason: str = "") -> None:
    """The incident is about this service, too. Raises Refused, also where Cloud Run has no such service."""
    _goes_on(session.incident)
    known = session.incident.lanes.get(ref.name)
    if known is not None:
        where = f"{known.ref.region} of {known.ref.project}"
        raise Refused(
            f"{ref.name} in {where} is in the incident already", "Services of one incident have different names."
        )
    await _is_there(session, ref)
    await session.recorder.record_found(lambda incident: _adding(incident, ref, reason.strip()))
    await session.record()


def _adding(incident: Incident, ref: ServiceRef, reason: str) -> list[AnyFact]:
    """The facts; what was said to be mitigated was not measured of this one."""
    if ref.name in incident.lanes:
        return []
    measured = incident.mitigated_at is not None and not incident.mitigated_reason
    lost = [MitigationLost(f"{ref.name} was added, and is not measured yet")] if measured else []
    return [ServiceAdded(ref, reason), *lost]


async def take_off(session: Session, name: str, reason: str) -> None:
    """The incident is not about this service. Raises Refused where it is still needed to look after it."""
    _goes_on(session.incident)
    lane = session.incident.lanes.get(name)
    if lane is None:
        raise Refused(f"{name} is no service of this incident", f"It has: {', '.join(session.incident.lanes)}.")
    if why := keeps(session.incident, lane):
        raise Refused(why, f"Finish it, or {press('roll-back')} to put it back; until then it stays in the incident.")
    if not reason.strip():
        raise Refused("Taking a service off needs a reason", "Say how you know that it is not affected.")
    fact = ServiceTakenOff(lane.ref, reason.strip())

    def taken(incident: Incident) -> list[AnyFact]:
        """Another hand may have begun something by now."""
        now = incident.lanes.get(name)
        return [fact] if now is not None and not keeps(incident, now) else []

    if not await session.recorder.record_found(taken):
        raise Refused(f"{name} was changed meanwhile", "Look at it, then try again.")
    session.looks.pop(name, None)
    await session.record()


def _goes_on(incident: Incident) -> None:
    if clocks.over(incident):
        raise Refused("The incident is over", "Declare a new one.")


async def _is_there(session: Session, ref: ServiceRef) -> None:
    """One look, where there is a way to Cloud Run: a wrong name would look like a lost source."""
    if session.clients is None:
        return
    try:
        await session.clients.run.service(ref)
    except Unreachable:
        return  # which hinders nobody from saying what is affected
    except ServiceError as error:
        raise Refused(f"{ref.name} can't be added: {error.title}", error.remedy) from error
