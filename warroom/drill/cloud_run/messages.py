"""Cloud Run's answers: services, revisions and operations as Google's messages, as they are at one moment."""

from google.cloud import run_v2
from google.longrunning import operations_pb2

from warroom.drill.cloud_run.revisions import BuiltRevision
from warroom.drill.cloud_run.state import Operation, RunService
from warroom.drill.wire.proto import REVISION, Message, etag, timestamp

_RevisionMessage = run_v2.Revision.pb()

RECONCILING = int(run_v2.Condition.State.CONDITION_RECONCILING)
FAILED = int(run_v2.Condition.State.CONDITION_FAILED)
SUCCEEDED = int(run_v2.Condition.State.CONDITION_SUCCEEDED)


def service_message(service: RunService, base_url: str, now: float) -> Message:
    """The service: what was asked for, and what became of it by `now`."""
    message = type(service.spec)()
    message.CopyFrom(service.spec)
    message.observed_generation = service.observed_generation
    message.reconciling = service.reconciling
    message.latest_ready_revision = f"{service.ref.path}/revisions/{service.latest_ready}"
    message.latest_created_revision = f"{service.ref.path}/revisions/{service.latest_created}"
    message.uri = base_url + service.url_path()
    message.urls.append(base_url + service.url_path())
    for target in service.serving:
        status = message.traffic_statuses.add(type_=target.type_, percent=target.percent, tag=target.tag)
        if target.type_ == REVISION:
            status.revision = target.revision
        if target.tag:
            status.uri = base_url + service.url_path(target.tag)
    _conditions(message, service, now)
    return message


def _conditions(message: Message, service: RunService, now: float) -> None:
    """Ready, and its two parts: first the revision is made ready, then the traffic is routed."""
    latest = service.revisions[service.latest_created]
    starting = service.reconciling and now < latest.settled_at
    built = RECONCILING if starting else FAILED if latest.failure and service.failure else SUCCEEDED
    if service.reconciling:
        state, words = RECONCILING, "Deploying revision." if starting else "Routing traffic."
    else:
        state, words = (FAILED, service.failure) if service.failure else (SUCCEEDED, "")
    _fill(message.terminal_condition, "Ready", state, words, service.transition_at)
    _fill(message.conditions.add(), "ConfigurationsReady", built, words if starting else "", service.transition_at)
    _fill(message.conditions.add(), "RoutesReady", state, words, service.transition_at)


def revision_message(service: RunService, revision: BuiltRevision, now: float) -> Message:
    """One revision as it is at `now`."""
    template = revision.template
    message = _RevisionMessage(
        name=f"{service.ref.path}/revisions/{revision.name}",
        uid=etag(revision.name, revision.generation).strip('"'),
        generation=1,
        observed_generation=1,
        service=service.ref.name,
        service_account=template.service_account,
        max_instance_request_concurrency=template.max_instance_request_concurrency,
        containers=template.containers,
        labels=template.labels,
        annotations=template.annotations,
        scaling=template.scaling,
        log_uri=service.log_url(revision.name),
        etag=etag(revision.name, 1),
        reconciling=now < revision.settled_at,
        create_time=timestamp(revision.created_at),
        update_time=timestamp(min(now, revision.settled_at)),
    )
    message.timeout.CopyFrom(template.timeout)
    if now < revision.settled_at:
        _fill(message.conditions.add(), "Ready", RECONCILING, "Deploying revision.", revision.created_at)
    else:
        state = FAILED if revision.failure else SUCCEEDED
        _fill(message.conditions.add(), "Ready", state, revision.failure, revision.settled_at)
        if revision.cause is not None:
            for name in ("reason", "revision_reason"):
                if value := getattr(revision.cause, name):
                    setattr(message.conditions[0], name, value)
    return message


def operation_message(operation: Operation, base_url: str, now: float) -> operations_pb2.Operation:
    """The operation at `now`; its metadata is the service."""
    service = service_message(operation.service, base_url, now)
    message = operations_pb2.Operation(name=operation.name, done=operation.done)
    message.metadata.Pack(service)
    if operation.error is not None:
        message.error.code, message.error.message = operation.error
    elif operation.done:
        message.response.Pack(service)
    return message


def _fill(condition: Message, kind: str, state: int, words: str, at: float) -> None:
    condition.type_ = kind
    condition.state = state
    condition.message = words
    condition.last_transition_time.CopyFrom(timestamp(at))
    if state == FAILED:
        condition.severity = int(run_v2.Condition.Severity.ERROR)
