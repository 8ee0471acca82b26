"""Noticing that this machine's clock was set back, and writing down from when on the incident counts anew."""

from warroom.conductor.session import Session
from warroom.incident import clocks
from warroom.incident.fact import ClockSetBack
from warroom.incident.place import kind

APART_SECONDS = 600.0
"""Between two times that one process writes it: beside another machine whose clock runs ahead it would never end."""


async def keep(session: Session) -> None:
    """Write it down, once for each time that the clock was set back by more than other machines' clocks may differ.

    Only in production: an emulator's hours may be over in minutes, and are ahead of this clock for that.
    """
    incident, clock = session.incident, session.clock
    over = incident.resolved_at is not None or incident.closed_at is not None
    ahead = incident.counted_to - clock.now()
    if ahead <= clocks.SET_BACK_SECONDS or over or kind(incident.declared) != "production":
        return
    last = session.set_back_at
    if last is not None and 0 <= clock.now() - last < APART_SECONDS:
        return
    session.set_back_at = clock.now()
    # At once or not at all: written late, it would take what came after it for what lay ahead.
    await session.recorder.once(ClockSetBack(ahead), actor="warroom")
