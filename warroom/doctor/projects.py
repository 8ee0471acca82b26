"""What is asked once a project: what one may do there, and how late its Monitoring is."""

from collections.abc import AsyncIterator, Iterable

from warroom.doctor import metrics, service
from warroom.doctor.finding import Finding
from warroom.protocol.model import LadderRules
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError


async def examine(projects: Iterable[str], clients: Clients, ladder: LadderRules) -> AsyncIterator[Finding]:
    """The findings of each project. Where Monitoring does not answer, its services have said so."""
    for project in projects:
        if clients.permissions is not None:
            try:
                for finding in service.of_project(project, await clients.permissions.missing(project)):
                    yield finding
            except ServiceError as error:
                what = f"{project}: not known: {error.title}" + (f" ({error.detail})" if error.detail else "")
                yield Finding("permissions", "warning", what, error.remedy)
        try:
            yield metrics.delay(project, await clients.monitoring.freshness(project), ladder)
        except ServiceError:
            continue
