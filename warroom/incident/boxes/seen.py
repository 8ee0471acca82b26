"""What the systems that ring say of their open alerts, since when those count, and what is no news. Pure."""

from msgspec.structs import replace

from warroom.incident.events import AlertsAsked, AnyFact, Event, StagingJudged, StagingLogsRead
from warroom.incident.state import Incident
from warroom.incident.validation.facts import AlertsSeen


def since(incident: Incident) -> float | None:
    """From when on an alert is a new one (Unix seconds): the first hotfix, else the act that should have helped.

    None where neither was there yet.
    """
    begun = [lane.ladder.started_at for lane in incident.lanes.values() if lane.ladder is not None]
    if begun:
        return min(begun)
    return incident.relief.at if incident.relief is not None else None


def asked(incident: Incident, event: Event, fact: AlertsAsked) -> Incident:
    """A system has answered, or has not."""
    return replace(incident, alerts={**incident.alerts, fact.system: AlertsSeen(event.at, fact)})


def repeats(incident: Incident, fact: AnyFact) -> bool:
    """Whether a fact only says once more what stands there: it makes no line then."""
    match fact:
        case AlertsAsked():
            known = incident.alerts.get(fact.system)
            return known is not None and known.answer == fact
        case StagingJudged():
            lane = incident.lanes.get(fact.service.name)
            staged = lane.staging if lane is not None else None
            before = staged.verdict if staged is not None and staged.revision == fact.revision else None
            return before is not None and before.grade == fact.verdict.grade
        case StagingLogsRead():
            lane = incident.lanes.get(fact.service.name)
            read = lane.staging.logs if lane is not None and lane.staging is not None else None
            before_that = read.answer if read is not None and read.answer.revision == fact.revision else None
            return before_that is not None and _said(before_that) == _said(fact)
    return False


def _said(fact: StagingLogsRead) -> tuple[int, str]:
    """What a reading of the logs says, however far it reached."""
    return fact.count, fact.failed
