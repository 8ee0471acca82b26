"""Cloud Run's messages and the program's own values, one into the other. Pure; import after `loading.load_google`."""

from google.cloud import run_v2

from warroom.rollout.traffic import Revision, Service, ServiceRef, Share, Split
from warroom.services.google.raw import Raw, seconds
from warroom.services.ports import Deployment
from warroom.text import plain

_LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
_REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
_SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED
_FAILED = run_v2.Condition.State.CONDITION_FAILED
_INTERNAL = (
    run_v2.IngressTraffic.INGRESS_TRAFFIC_INTERNAL_ONLY,
    run_v2.IngressTraffic.INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER,
    run_v2.IngressTraffic.INGRESS_TRAFFIC_NONE,
)


def short(name: str) -> str:
    """The last part of a resource name: projects/…/revisions/x → x."""
    return name.rsplit("/", 1)[-1]


def to_service(ref: ServiceRef, pb: Raw) -> Service:
    """A Service as Cloud Run reported it; `pb` is the raw message."""
    container = ingress(pb.template)
    return Service(
        ref=ref,
        etag=pb.etag,
        spec=tuple(_share(target) for target in pb.traffic),
        serving=tuple(_share(status, status.uri) for status in pb.traffic_statuses),
        latest_ready=short(pb.latest_ready_revision),
        latest_created=short(pb.latest_created_revision),
        settled=at_rest(pb) and pb.terminal_condition.state == _SUCCEEDED,
        url=pb.uri,
        image=container.image if container is not None else "",
        last_modifier=plain(pb.last_modifier, 120),
        updated_at=seconds(pb.update_time),
        condition=_words(pb.terminal_condition),
        failed=failed(pb),
        reasons=reasons(pb.terminal_condition) if failed(pb) else (),
        session_affinity=pb.template.session_affinity,
        min_instances=max(pb.scaling.min_instance_count, pb.template.scaling.min_instance_count),
        generation=pb.generation,
        internal=pb.ingress in _INTERNAL,
    )


def to_revision(pb: Raw) -> Revision:
    """A Revision as Cloud Run reported it; `reason` is why it is not ready, "" when it is."""
    ready = next((condition for condition in pb.conditions if condition.type_ == "Ready"), None)
    is_ready = ready is not None and ready.state == _SUCCEEDED
    container = ingress(pb)
    return Revision(
        name=short(pb.name),
        ready=is_ready,
        image=container.image if container is not None else "",
        created_at=seconds(pb.create_time),
        reason="" if is_ready or ready is None else _words(ready),
        reasons=() if is_ready or ready is None else reasons(ready),
        log_url=plain(pb.log_uri, 2000),
        version=plain(pb.labels.get("version", ""), 63),
    )


def to_traffic(split: Split) -> list[run_v2.TrafficTarget]:
    """The entries of UpdateService's `traffic`."""
    return [
        run_v2.TrafficTarget(type_=_LATEST, percent=share.percent, tag=share.tag)
        if share.latest
        else run_v2.TrafficTarget(type_=_REVISION, revision=share.revision, percent=share.percent, tag=share.tag)
        for share in split
    ]


def renewed(template: Raw, deployment: Deployment) -> run_v2.RevisionTemplate:
    """A copy of the raw current `template` with the deployment's image and revision name.

    The name must always be set: the one that Cloud Run echoes belongs to a revision that exists.
    """
    message = run_v2.RevisionTemplate.pb()()
    message.CopyFrom(template)
    message.revision = deployment.revision
    container = ingress(message)
    if container is None:
        container = message.containers.add()
    container.image = deployment.image
    wrapped: run_v2.RevisionTemplate = run_v2.RevisionTemplate.wrap(message)
    return wrapped


def ingress(holder: Raw) -> Raw | None:
    """The container that takes requests, of a raw template or revision: the one with ports (a sidecar has none)."""
    containers = holder.containers
    return next((container for container in containers if container.ports), containers[0] if containers else None)


def at_rest(pb: Raw) -> bool:
    """True when Cloud Run works on the raw Service no more, whether that went well or not."""
    return not pb.reconciling and pb.observed_generation == pb.generation


def failed(pb: Raw) -> bool:
    """True when the raw Service is at rest and its last change did not go well."""
    return at_rest(pb) and pb.terminal_condition.state == _FAILED


def progress(pb: Raw) -> str:
    """What Cloud Run is at, in its own words as one plain line; "" when it says nothing."""
    for condition in (*pb.conditions, pb.terminal_condition):
        if condition.state not in (_SUCCEEDED, _FAILED) and (condition.type_ or condition.message):
            return _words(condition, always_type=True)
    return ""


def reasons(condition: Raw) -> tuple[str, ...]:
    """The names of the reasons that a raw condition gives, e.g. SECRETS_ACCESS_CHECK_FAILED; () where it gives none."""
    named = []
    for field in ("reason", "revision_reason"):
        # By the descriptor: a reason that is newer than this client has a number and no name.
        known = condition.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(getattr(condition, field))
        if known is not None and known.number:
            named.append(str(known.name))
    return tuple(named)


def shows_spec(service: Service) -> bool:
    """True when `traffic_statuses` are what was asked for: percents per revision, and each tag on its revision."""
    spec = service.spec or (Share("", 100),)
    return _effect(service, spec) == _effect(service, service.serving)


def _effect(service: Service, split: Split) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Percent per revision name (those above 0), and (tag, revision name)."""
    percents: dict[str, int] = {}
    for share in split:
        if share.percent:
            percents[service.name_of(share)] = percents.get(service.name_of(share), 0) + share.percent
    return percents, {(share.tag, service.name_of(share)) for share in split if share.tag}


def _share(pb: Raw, url: str = "") -> Share:
    """A TrafficTarget or TrafficTargetStatus. LATEST keeps no name, though a status may carry one."""
    return Share("" if pb.type_ == _LATEST else short(pb.revision), pb.percent, pb.tag, url)


def _words(condition: Raw, *, always_type: bool = False) -> str:
    """A condition as one plain line: its message, with its type before it where asked or where it stands alone."""
    if condition.message and not always_type:
        return plain(condition.message)
    return plain(": ".join(part for part in (condition.type_, condition.message) if part))
