"""Reading the error logs of what staging runs, since it was deployed there, until the hotfix goes to production."""

from msgspec.structs import replace

from warroom.conductor.session import Session
from warroom.incident.boxes.evidence import LOGGED_SECONDS
from warroom.incident.events import AnyFact, StagingLogsRead
from warroom.incident.state import Incident, Lane
from warroom.incident.validation.facts import LoggedError
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.gather import each
from warroom.services.logs import Logs

EVERY_SECONDS = 15.0
"""Cloud Logging allows 60 reads a minute in a project."""

SAID_AGAIN_SECONDS = 300.0
"""The same answer is written down again after so long: how old it is stands beside the box."""

OFF = ("Cloud Logging is not asked", "Look at the logs by hand, or take logs = false out of services.toml.")


async def follow(session: Session) -> None:
    """Read them for each service that is in staging; what is news is written down."""
    clients, incident = session.clients, session.incident
    if clients is None or incident.resolved_at is not None or incident.closed_at is not None:
        return
    lanes = [lane for lane in incident.lanes.values() if in_staging(lane)]
    found = await each(lanes, lambda lane: _read(session, lane, clients.logs))
    now = session.clock.now()

    def news(known: Incident) -> list[AnyFact]:
        """Another board may have read the same meanwhile, or another image may have gone there."""
        return [one for one in found if _is_news(known.lanes.get(one.service.name), one, now)]

    if news(incident):
        await session.recorder.record_found(news, actor="warroom")
        await session.record()


def in_staging(lane: Lane) -> bool:
    """Whether a revision stands in staging whose hotfix is not in production."""
    staged = lane.staging
    if staged is None or staged.percent is None or staged.failed or staged.deployed_at is None:
        return False
    return lane.ladder is None or lane.ladder.taken_back


async def _read(session: Session, lane: Lane, logs: Logs | None) -> StagingLogsRead:
    staged, now = lane.staging, session.clock.now()
    assert staged is not None and staged.deployed_at is not None  # see in_staging
    blank = StagingLogsRead(lane.ref, staged.revision, staged.deployed_at, now)
    if logs is None:
        return replace(blank, failed=OFF[0], remedy=OFF[1])
    try:
        staging = ServiceRef(lane.ref.name, lane.ref.region, staged.project)
        seen = await logs.errors_since(staging, [staged.revision], blank.since, now)
    except ServiceError as error:
        return replace(blank, failed=error.title, remedy=error.remedy)
    newest = tuple(LoggedError(one.at, one.text) for one in seen.newest)
    return replace(blank, to=seen.end, count=seen.count, newest=newest, more=seen.more)


def _is_news(lane: Lane | None, told: StagingLogsRead, now: float) -> bool:
    staged = lane.staging if lane is not None else None
    if staged is None or staged.revision != told.revision:
        return False
    before = staged.logs
    if before is None or now - before.at >= SAID_AGAIN_SECONDS:
        return True
    changed = (before.answer.count, before.answer.failed) != (told.count, told.failed)
    # What was read before the smoke test says nothing of it.
    tested = staged.tested_at is not None and before.answer.to < staged.tested_at + LOGGED_SECONDS <= told.to
    return changed or tested
