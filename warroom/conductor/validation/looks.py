"""What validation looks at by itself: staging's numbers, the smoke test of what serves, and which alerts are open."""

from collections.abc import Sequence

from warroom.conductor.comms.updates import others_of, product
from warroom.conductor.evidence import judging
from warroom.conductor.people.paging import page_key
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.traffic import staging
from warroom.conductor.validation.staging_logs import SAID_AGAIN_SECONDS, in_staging
from warroom.incident import mitigation
from warroom.incident.boxes.seen import since
from warroom.incident.events import AlertsAsked, AnyFact, StagingJudged
from warroom.incident.state import Incident, Lane
from warroom.incident.validation.facts import OpenAlert
from warroom.protocol.integrations import Port
from warroom.rollout.evidence import Freshness, Sample, Verdict
from warroom.rollout.traffic import ServiceRef
from warroom.rollout.verdict import judge
from warroom.services.errors import ServiceError
from warroom.services.gather import each
from warroom.services.ports import Alerts, Monitoring
from warroom.services.systems.ports import Pager

EVERY_SECONDS = 15.0
"""How often open alerts are asked for once something was done for the users: two systems, a request or two each."""

SMOKE_AGAIN_SECONDS = 60.0
"""A smoke test of what serves that failed is made again after so long."""

MONITORING = "Cloud Monitoring"
NOT_CONNECTED = "warroom has no way to Cloud Monitoring's alerts: look there by hand."
SHOWN = 20
"""So many alerts of one answer are kept by name."""


async def measure_staging(session: Session) -> None:
    """Judge what staging runs since it was deployed there, until the hotfix goes to production."""
    clients, incident = session.clients, session.incident
    if clients is None or incident.resolved_at is not None or incident.closed_at is not None:
        return
    lanes = [lane for lane in incident.lanes.values() if in_staging(lane)]
    verdicts = await each(lanes, lambda lane: _judged(session, lane, clients.monitoring))
    found = {lane.ref.name: verdict for lane, verdict in zip(lanes, verdicts, strict=True)}

    def news(now: Incident) -> list[AnyFact]:
        """Another board may have judged the same meanwhile, or another image may have gone there."""
        facts: list[AnyFact] = []
        for name, verdict in found.items():
            staged = now.lanes[name].staging
            same = staged is not None and staged.revision == verdict.candidate
            if staged is not None and same and judging.is_newer(verdict, staged.verdict):
                facts.append(StagingJudged(now.lanes[name].ref, staged.revision, verdict))
        return facts

    if news(incident):
        await session.recorder.record_found(news, actor="warroom")
        await session.record()


async def look(session: Session) -> None:
    """After something was done for the users: the smoke test of what serves, and the open alerts."""
    clients, incident = session.clients, session.incident
    over = incident.resolved_at is not None or incident.closed_at is not None
    if clients is None or over or incident.relief is None or mitigation.climbing(incident.lanes.values()):
        return
    for lane in tuple(incident.lanes.values()):
        await _smoke(session, lane)
    begun = since(incident)
    if begun is None:
        return
    told = [await _monitoring(session, clients.alerts, clients.no_alerts, begun)]
    if (pager := others_of(session).pager) is not None:
        told.append(await _pager(session, pager, begun))
    now = session.clock.now()

    def news(known: Incident) -> list[AnyFact]:
        """What differs from what is known, or is old; and what was asked after users were better."""
        return [one for one in told if _is_news(known, one, now)]

    if news(incident):
        await session.recorder.record_found(news, actor="warroom")
        await session.record()


async def _judged(session: Session, lane: Lane, monitoring: Monitoring) -> Verdict:
    """The verdict on staging's revision, by its numbers alone: what can't be read is NO DATA, with why."""
    staged, gate, now = lane.staging, session.config.protocol.gate, session.clock.now()
    assert staged is not None and staged.deployed_at is not None  # see in_staging
    ref = ServiceRef(lane.ref.name, lane.ref.region, staged.project)
    began = min(now, max(staged.deployed_at, now - gate.evidence_minutes * 60))
    samples: Sequence[Sample] = ()
    freshness, lost = Freshness(), ""
    try:
        freshness = await monitoring.freshness(ref.project)
        samples = (await monitoring.read([ref], began, now)).samples.get(ref.name, ())
    except ServiceError as error:
        lost = f"{error.title}. {error.remedy}"
    own = session.service_config(lane.ref)
    return judge(
        samples=samples,
        candidate=staged.revision,
        stable="",
        percent=staged.percent or 0,
        step_began=began,
        now=now,
        freshness=freshness,
        limits=judging.limits_for(lane, gate, own, session.incident.detected_at),
        probes={},
        previous=staged.verdict,
        lost=lost,
    )


async def _smoke(session: Session, lane: Lane) -> None:
    """Make the service's own smoke test of what serves, once after each act, and again while it fails."""
    own, seen, relief = session.service_config(lane.ref), lane.smokes.get("service"), session.incident.relief
    look, serving = session.looks.get(lane.ref.name), judging.serving_revisions(lane)
    clients = session.clients
    if not own.smoke or look is None or relief is None or clients is None or len(serving) != 1:
        return
    known = seen is not None and seen.revision == serving[0] and seen.at >= mitigation.since(lane, relief)
    if known and seen is not None and (seen.ok or session.clock.now() - seen.at < SMOKE_AGAIN_SECONDS):
        return
    try:
        await staging.smoke_production(lane, look, "service", clients.prober, own, session.recorder)
    except Refused:
        return
    await session.record()


async def _monitoring(session: Session, alerts: Alerts | None, why: str, begun: float) -> AlertsAsked:
    """Cloud Monitoring's open alerts of the incident's projects, sorted by whom they concern."""
    names = {lane.ref.name for lane in session.incident.lanes.values()}
    projects = sorted({lane.ref.project for lane in session.incident.lanes.values()})
    asked = f"open alerts of {', '.join(projects)} that name {', '.join(sorted(names))} or no service"
    if alerts is None:
        title, _, remedy = (why or NOT_CONNECTED).partition(": ")
        return AlertsAsked(MONITORING, asked, begun, failed=title, remedy=remedy)
    try:
        found = [one for project in projects for one in await alerts.open_alerts(project)]
    except ServiceError as error:
        return AlertsAsked(MONITORING, asked, begun, failed=error.title, remedy=error.remedy)
    ours = [OpenAlert(one.name, one.opened_at, one.service, one.link) for one in found if one.service in ("", *names)]
    return _sorted(MONITORING, asked, begun, ours, len(found) - len(ours))


async def _pager(session: Session, pager: Pager, begun: float) -> AlertsAsked:
    """The pager's open incidents but this one's own; they name no service of Cloud Run."""
    name = product(session, Port.PAGER).name
    try:
        pages = await pager.open_incidents(page_key(session.incident))
    except ServiceError as error:
        return AlertsAsked(name, "open incidents", begun, failed=error.title, remedy=error.remedy)
    found = [OpenAlert(one.name, one.opened_at, "", one.link) for one in pages.found]
    return _sorted(name, pages.where, begun, found, 0)


def _sorted(system: str, asked: str, begun: float, found: list[OpenAlert], others: int) -> AlertsAsked:
    new = tuple(one for one in found if one.opened_at >= begun)
    old = tuple(one for one in found if one.opened_at < begun)
    return AlertsAsked(system, asked, begun, new[:SHOWN], old[:SHOWN], others)


def _is_news(known: Incident, told: AlertsAsked, now: float) -> bool:
    before = known.alerts.get(told.system)
    if before is None or before.answer != told or now - before.at >= SAID_AGAIN_SECONDS:
        return True
    return known.mitigated_at is not None and before.at < known.mitigated_at <= now
