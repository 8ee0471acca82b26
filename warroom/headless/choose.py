"""Which incident, service or step a command means: the one named, or the only one that it can be. Never a guess."""

from collections.abc import Sequence

from warroom.actions.answer import Misused
from warroom.conductor.recorder import named
from warroom.incident.journal.store import Store
from warroom.incident.state import Incident, Lane

SHOWN = 8


def incident_of(journal: Store, wanted: str) -> Incident:
    """The incident of that number; for "" the only one that is not resolved, else the only one not closed.

    Blocks. Raises Misused and JournalError.
    """
    known = journal.incidents()
    if wanted:
        if wanted not in known:
            raise Misused(f"There is no incident {wanted}", f"The newest are: {_names(known[-5:])}.")
        return named(wanted, journal)
    incidents = [named(name, journal) for name in known]
    unclosed = [one for one in incidents if one.closed_at is None]
    open_ones = [one for one in unclosed if one.resolved_at is None] or unclosed
    if len(open_ones) == 1:
        return open_ones[0]
    if not open_ones:
        raise Misused("There is no open incident", "Declare one with warroom declare, or name one with --incident.")
    listed = "; ".join(f"{one.id} {one.severity} {one.title}" for one in open_ones[-SHOWN:])
    raise Misused(f"{len(open_ones)} incidents are open", f"Name one with --incident: {listed}.")


def lane_of(incident: Incident, wanted: str) -> Lane:
    """The lane of the service named; for "" the only one. Raises Misused."""
    names = list(incident.lanes)
    if wanted and wanted not in names:
        raise Misused(f"{wanted} is no service of {incident.id}", f"It has: {_names(names)}.")
    if not wanted and len(names) != 1:
        raise Misused(f"{incident.id} has {len(names)} services", f"Name one with --service: {_names(names)}.")
    return incident.lanes[wanted or names[0]]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown or "none"
