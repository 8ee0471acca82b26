"""What a fact about staging means for a lane. Pure."""

from msgspec.structs import replace

from warroom.incident import events
from warroom.incident.events import Event
from warroom.incident.state import Lane, Staging


def asked(lane: Lane, event: Event, fact: events.StagingAsked) -> Lane:
    """An image is on its way to staging; what was known of an earlier one no longer counts."""
    return replace(lane, staging=Staging(fact.image, fact.revision, fact.project, event.at))


def deployed(lane: Lane, event: Event, fact: events.StagingDeployed) -> Lane:
    """Staging shows the revision."""
    return _known(lane, fact.revision, percent=fact.percent)


def failed(lane: Lane, event: Event, fact: events.StagingFailed) -> Lane:
    """Staging did not take it."""
    return _known(lane, fact.revision, failed=fact.title)


def tested(lane: Lane, event: Event, fact: events.StagingTested) -> Lane:
    """The smoke test is over."""
    return _known(lane, fact.revision, tested=fact.ok, detail=fact.detail)


def validated(lane: Lane, event: Event, fact: events.StagingValidated) -> Lane:
    """Production may have the image."""
    return lane if fact.image in lane.validated else replace(lane, validated=(*lane.validated, fact.image))


def _known(lane: Lane, revision: str, **more: object) -> Lane:
    if lane.staging is None or lane.staging.revision != revision:
        return lane
    return replace(lane, staging=replace(lane.staging, **more))
