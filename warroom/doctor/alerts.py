"""Whether Cloud Monitoring's open alerts can be asked for: without that the box about alerts stays a person's."""

from collections.abc import AsyncIterator, Iterable

from warroom.doctor.finding import Finding
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError, Unreachable

PERMISSION = "monitoring.alerts.list"


async def examine(clients: Clients, projects: Iterable[str]) -> AsyncIterator[Finding]:
    """A line for each project, by one read of its alerts; one line where there is no way to ask."""
    if clients.alerts is None:
        if clients.no_alerts:
            why, _, remedy = clients.no_alerts.partition(": ")
            yield Finding("alerts", "warning", f"looked at by hand: {why}", remedy[:1].upper() + remedy[1:])
        return
    for project in projects:
        try:
            found = await clients.alerts.open_alerts(project)
        except ServiceError as error:
            what = f"{error.title}: whether alerts are open stays by hand"
            again = "Check network, VPN and proxy, then ask again"
            yield Finding("alerts", "warning", what, again if isinstance(error, Unreachable) else error.remedy)
        else:
            yield Finding("alerts", "ok", f"{PERMISSION} is granted on {project}: {len(found)} open now")
