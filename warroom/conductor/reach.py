"""Whether what this process reaches is what the incident is about: the one place that keeps a toy and production apart.

Nothing that goes outside does so without the conductor's clients, and an incident from elsewhere gets none.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from warroom.clock import Clock, ScaledClock, duration
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident import clocks
from warroom.incident.events import Declared
from warroom.incident.place import Elsewhere, Place, elsewhere, kind
from warroom.marks import either
from warroom.rollout import gcloud
from warroom.services.clients import Clients


def apart(session: Session) -> Elsewhere | None:
    """Why the incident can only be looked at from here; None where it can be acted on, or nobody said where this is."""
    incident = session.recorder.incident
    return elsewhere(incident, session.place) if incident is not None and session.place is not None else None


def marked(declared: Declared, here: Place | None) -> Declared:
    """A declaration that says where it is made; as it was where nobody said where this is."""
    if here is None or declared.place:
        return declared
    return replace(declared, place="drill" if declared.drill else here.kind, address=here.address)


def check(session: Session) -> None:
    """Raise Refused where the incident was declared elsewhere than where this process leads."""
    found = apart(session)
    if found is not None:
        raise Refused(found.title, found.remedy)


def check_back(session: Session, services: Iterable[str], revision: str = "") -> None:
    """The same for a retreat of `services`: what is refused in production says how it is done without warroom.

    That is to `revision`, or to where each one's ladder began.
    """
    found = apart(session)
    if found is None:
        return
    commands = []
    for lane in (session.lane(name) for name in services):
        target: Mapping[str, int] = {revision: 100} if revision else lane.ladder.target if lane.ladder else {}
        commands += [gcloud.restore_command(lane.ref, target)] if target else []
    if commands and kind(session.incident.declared) == "production":
        raise Refused(found.title, f"{found.remedy} At once, without warroom: {'; '.join(commands)}")
    raise Refused(found.title, found.remedy)


def on_time(session: Session) -> None:
    """Raise Refused where this terminal's clock is not the incident's, for what stops one of its clocks.

    That is a toy's incident whose newest event lies ahead: its hours fly, and are told where its clock is known. The
    clock of production is the wall's, wherever this leads; see `set_back` for one that was set back.
    """
    incident = session.incident
    ahead = clocks.behind(incident, session.clock.now())
    if not ahead or kind(incident.declared) == "production":
        return
    found = apart(session)
    remedy = f"{found.remedy}" if found is not None else "Export its cloud's WARROOM_CLOCK, then run it again."
    raise Refused(f"The clock of {incident.id} is {duration(ahead)} ahead of this terminal's", remedy)


def clock(declared: Declared, own: Clock) -> Clock:
    """What tells the time of an incident: a toy's hours, which fly, are not production's."""
    fast = isinstance(own, ScaledClock) and own.speed != 1
    return ScaledClock() if fast and kind(declared) == "production" else own


def detach(session: Session) -> None:
    """Leave an incident from elsewhere without what would act on it, and without a toy's clock where it is no toy's."""
    session.clients = None
    session.clock = session.recorder.clock = clock(session.incident.declared, session.clock)


def clients(session: Session) -> Clients:
    """The clients. Raises Refused before they are there, and where they lead to another cloud than the incident's."""
    check(session)
    if session.clients is None:
        raise Refused(
            "Not connected to Cloud Run yet", f"{either('Press again', 'Run it again', 'Try again')} in a moment."
        )
    return session.clients
