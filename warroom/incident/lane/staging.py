"""What a fact about staging, or about a smoke test, means for a lane. Pure."""

from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.state import Lane, Staging
from warroom.incident.validation.facts import LogsSeen, SmokeSeen


def asked(lane: Lane, event: Event, fact: events.StagingAsked) -> Lane:
    """An image is on its way to staging; what was known of an earlier one no longer counts.

    One whose own way is still open may be what stands there in the end: of two that are sent at once, one is refused.
    """
    coming = Staging(fact.image, fact.revision, fact.project, event.at, actor=event.actor)
    before = lane.staging
    under_way = before is not None and before.percent is None and not before.failed
    return replace(lane, staging=coming, staging_before=before if under_way else None)


def deployed(lane: Lane, event: Event, fact: events.StagingDeployed) -> Lane:
    """Staging shows the revision."""
    return _known(lane, fact.revision, percent=fact.percent, deployed_at=event.at)


def failed(lane: Lane, event: Event, fact: events.StagingFailed) -> Lane:
    """Staging did not take it."""
    return _known(lane, fact.revision, failed=fact.title)


def tested(lane: Lane, event: Event, fact: events.StagingTested) -> Lane:
    """The smoke test is over."""
    more = {"detail": fact.detail, "tested_at": event.at, "results": fact.results}
    return _known(lane, fact.revision, tested=None if fact.untold else fact.ok, **more)


def judged(lane: Lane, event: Event, fact: events.StagingJudged) -> Lane:
    """What is measured there."""
    return _known(lane, fact.revision, verdict=fact.verdict)


def logs_read(lane: Lane, event: Event, fact: events.StagingLogsRead) -> Lane:
    """What its error logs say."""
    return _known(lane, fact.revision, logs=LogsSeen(event.at, fact))


def smoked(lane: Lane, event: Event, fact: events.SmokeRan) -> Lane:
    """The smoke test met production."""
    seen = SmokeSeen(event.at, fact.revision, fact.ok, fact.detail, fact.results)
    return replace(lane, smokes={**lane.smokes, fact.where: seen})


def validated(lane: Lane, event: Event, fact: events.StagingValidated) -> Lane:
    """Production may have the image."""
    return lane if fact.image in lane.validated else replace(lane, validated=(*lane.validated, fact.image))


def _known(lane: Lane, revision: str, **more: object) -> Lane:
    newest, before = lane.staging, lane.staging_before
    if newest is None:
        return lane
    if newest.revision == revision:
        newest = replace(newest, **more)
    elif before is not None and before.revision == revision:
        before = replace(before, **more)
    if newest.failed and before is not None and not before.failed:
        newest, before = before, None
    return replace(lane, staging=newest, staging_before=before)
